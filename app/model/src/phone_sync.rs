//! The contacts on the phone: what a user chose to carry along, and what was seen of the devices.

use crate::contact::{ContactRef, ContactType, TagUse};
use crate::{Civil, ContactTypeId, DevicePasswordId, Moment, TagId};
use serde::{Deserialize, Serialize};

/// More cards than this make the contacts app of many a phone slow.
pub const MANY_CARDS: i64 = 2_000;
/// A phone that asks every quarter of an hour and was not heard for this long has stopped asking.
pub const QUIET_SECONDS: i64 = 24 * 3600;

/// Which contacts a phone gets: whoever fits any of these. What was said of a single contact goes before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SyncChoice {
    pub everyone: bool,
    pub types: Vec<ContactTypeId>,
    pub tags: Vec<TagId>,
    /// Those this user added.
    pub mine: bool,
}

/// What is said of one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pick {
    /// On the phone, whatever its type and tags.
    Chosen,
    /// Kept off the phone.
    Hidden,
    /// As the choice has it.
    Unsaid,
}

/// `Synchronisatie` in the user's settings, all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneSync {
    pub on: bool,
    /// What is changed on a device comes back.
    pub two_way: bool,
    /// Whether this user may have it so: who may change no contact here may not there.
    pub may_write: bool,
    /// What to type at "user name".
    pub user_name: String,
    pub choice: SyncChoice,
    /// How many contacts are chosen.
    pub count: i64,
    pub chosen: Vec<ContactRef>,
    pub hidden: Vec<ContactRef>,
    pub types: Vec<ContactType>,
    pub tags: Vec<TagUse>,
    pub devices: Vec<Device>,
    /// What devices wrote, newest first.
    pub written: Vec<Written>,
    pub passwords: Vec<DevicePassword>,
    pub doubt: Doubt,
}

/// What a device did to a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub contact: ContactRef,
    pub deed: Deed,
    pub at: Civil,
    pub family: String,
    /// As in [`Device`].
    pub password: Option<String>,
    /// It is kept off the devices still.
    pub hidden: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    Added,
    Changed,
    /// Deleted there, which here keeps it off the devices and no more.
    Hidden,
}

/// A device as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// `iOS`, `DAVx5` …
    pub family: String,
    /// As the program calls itself.
    pub agent: String,
    /// The label of the device password it came with; absent: the password of the login.
    pub password: Option<String>,
    pub seen: Civil,
    pub cards: i64,
    pub error: Option<(DeviceError, Civil)>,
}

/// Why a device was refused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceError {
    /// It tried to change or delete a card that it may only read.
    ReadOnly,
    /// Its token was of an earlier book: it fetched everything again.
    OldToken,
    /// It sent what cannot be understood.
    BadRequest,
    /// Something went wrong here.
    Ours,
}

impl DeviceError {
    pub const ALL: [Self; 4] = [Self::ReadOnly, Self::OldToken, Self::BadRequest, Self::Ours];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadOnly => "read_only",
            Self::OldToken => "old_token",
            Self::BadRequest => "bad_request",
            Self::Ours => "ours",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|error| error.as_str() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicePassword {
    pub id: DevicePasswordId,
    pub label: String,
    pub made: Civil,
}

/// The answer to "my list is empty": the first of these that holds, in the order of likelihood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    Off,
    /// Nothing is chosen, so there is nothing to send.
    NothingChosen,
    /// A device came with a wrong password, after the last that came with the right one.
    WrongPassword(Civil),
    /// A device asked over plain http, where passwords are not accepted.
    PlainHttp(Civil),
    NeverSeen,
    /// Devices log in and look, but fetched no card yet.
    NoCards,
    /// None asked for more than a day.
    Quiet(Civil),
    None,
}

/// What the diagnosis is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs {
    pub on: bool,
    pub chosen: i64,
    pub last_seen: Option<Moment>,
    pub cards: i64,
    pub wrong_password: Option<Moment>,
    pub plain_http: Option<Moment>,
}

impl Signs {
    /// What is most likely wrong; `civil` puts a moment on the wall of the office.
    pub fn doubt(&self, now: Moment, civil: impl Fn(Moment) -> Civil) -> Doubt {
        let later = |at: Option<Moment>| at.filter(|at| self.last_seen.is_none_or(|seen| seen < *at));
        if !self.on {
            Doubt::Off
        } else if self.chosen == 0 {
            Doubt::NothingChosen
        } else if let Some(at) = later(self.wrong_password) {
            Doubt::WrongPassword(civil(at))
        } else if let Some(at) = later(self.plain_http) {
            Doubt::PlainHttp(civil(at))
        } else {
            match self.last_seen {
                None => Doubt::NeverSeen,
                Some(_) if self.cards == 0 => Doubt::NoCards,
                Some(at) if at.plus_seconds(QUIET_SECONDS) < now => Doubt::Quiet(civil(at)),
                Some(_) => Doubt::None,
            }
        }
    }
}

/// What kind of program asks, as people would name it; of an unknown one its own first word.
pub fn family(agent: &str) -> &str {
    const KNOWN: [(&str, &str); 10] = [
        ("DAVx5", "DAVx5"),
        ("Thunderbird", "Thunderbird"),
        ("Evolution", "Evolution"),
        ("CardDAV-Sync", "CardDAV-Sync"),
        ("vdirsyncer", "vdirsyncer"),
        ("iOS/", "iOS"),
        ("iPhone OS", "iOS"),
        ("macOS/", "macOS"),
        ("Mac OS X", "macOS"),
        ("AddressBook", "macOS"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(word, _)| agent.contains(word)) {
        return name;
    }
    let word = agent.split(['/', ' ', '(']).next().unwrap_or_default();
    word.get(..40).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(at: Moment) -> Civil {
        Civil { year: 2027, month: 1, day: 1, hour: u8::try_from(at.0).unwrap_or_default(), minute: 0, days_from_today: 0, weekday: 5 }
    }

    /// [DAV-09] "My list is empty" has one answer, the likeliest first.
    #[test]
    fn the_diagnosis_names_the_likeliest_cause() {
        let well = Signs { on: true, chosen: 3, last_seen: Some(Moment(5)), cards: 3, ..Signs::default() };
        let now = Moment(6);
        assert_eq!(well.doubt(now, civil), Doubt::None);
        assert_eq!(Signs { on: false, ..well }.doubt(now, civil), Doubt::Off);
        assert_eq!(Signs { chosen: 0, ..well }.doubt(now, civil), Doubt::NothingChosen);
        assert_eq!(Signs { wrong_password: Some(Moment(4)), ..well }.doubt(now, civil), Doubt::None);
        assert_eq!(Signs { wrong_password: Some(Moment(6)), ..well }.doubt(now, civil), Doubt::WrongPassword(civil(Moment(6))));
        assert_eq!(Signs { plain_http: Some(Moment(6)), ..well }.doubt(now, civil), Doubt::PlainHttp(civil(Moment(6))));
        assert_eq!(Signs { last_seen: None, cards: 0, ..well }.doubt(now, civil), Doubt::NeverSeen);
        assert_eq!(Signs { cards: 0, ..well }.doubt(now, civil), Doubt::NoCards);
        assert_eq!(well.doubt(Moment(5).plus_seconds(QUIET_SECONDS + 1), civil), Doubt::Quiet(civil(Moment(5))));
    }

    #[test]
    fn programs_are_called_by_their_name() {
        assert_eq!(family("iOS/18.4 (22E240) dataaccessd/1.0"), "iOS");
        assert_eq!(family("DAVx5/4.5-ose (dav4jvm; okhttp/5) Android/15"), "DAVx5");
        assert_eq!(family("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Thunderbird/153.7"), "Thunderbird");
        assert_eq!(family("tsdav"), "tsdav");
        assert_eq!(family(""), "");
    }
}
