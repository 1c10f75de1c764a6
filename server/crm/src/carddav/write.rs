//! What devices write. A card that was made or changed there becomes the contact, by the rights of its user; one that is deleted there is
//! kept off his devices, and nothing more.
//!
//! A card is compared with what we would write of the contact, so that only what the device changed is changed here. Nothing is taken
//! away that the device did not say it had seen, and never a tag for want of a line: DAVx5 leaves that line out.

use super::phone::SyncToken;
use crate::contacts::{change_detail_in, remove_detail_in};
use crate::inbox::split_name;
use crate::ports::{BookRow, DeviceMark, Tx};
use crate::vcard::{self, Place, Said, Sheet, Source, Spot, Way, cut};
use crate::{Error, Result, Session};
use model::contact::{AddressForm, Contact, ContactField, ContactFilter, ContactForm, ContactKind, DetailForm, DetailKind};
use model::fold::fold;
use model::phone_sync::Pick;
use model::{ContactId, Moment, Right};
use std::collections::HashSet;

/// What stands at an address when a write comes to it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Without its quotes. Absent: nothing is there.
    pub etag: Option<&'a str>,
    /// Where the book stands.
    pub token: &'a SyncToken,
}

/// What a device demands before it writes.
pub struct Claim<'a> {
    /// Asked in the transaction that writes, so that of two devices only one is right.
    pub holds: &'a (dyn Fn(Standing<'_>) -> bool + Send + Sync),
    /// It named the card that it had seen. What is then missing from its own was taken away.
    pub seen: bool,
}

/// What became of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Added,
    Changed,
}

/// Why it was not written.
#[derive(Debug)]
pub enum Unwritten {
    /// What is there is not what the device demanded.
    Stale,
    /// Another card of the book has this UID, or the card at this address has another: the name of that one.
    UidTaken(String),
    /// Nobody can be called by what stands on it.
    Nameless,
    Error(Error),
}

impl From<Error> for Unwritten {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Session {
    /// Whether what is changed on devices comes back.
    pub async fn set_two_way(&self, on: bool) -> Result<()> {
        if on {
            self.demand(Right::AddContacts)?;
        }
        let mut tx = self.write().await?;
        tx.set_two_way(self.user.id, on).await?;
        tx.commit().await
    }

    /// A card at this address of the book, as a device sent it.
    pub(super) async fn put_card(
        &self,
        device: DeviceMark,
        name: &str,
        sheet: &Sheet,
        claim: &Claim<'_>,
    ) -> std::result::Result<Put, Unwritten> {
        let mut tx = self.write().await?;
        tx.by_device(device);
        let book = self.writable_book(&mut *tx).await?;
        let there = self.claimed(&mut *tx, &book, name, claim).await?;
        let uid = sheet.uid();
        let carries = match &uid {
            Some(uid) => tx.contact_of_uid(uid).await?,
            None => None,
        };
        let (contact, put) = match (there, carries) {
            (Some(contact), carries) if uid.is_none() || carries == Some(contact) => (contact, Put::Changed),
            (Some(_), Some(other)) => {
                let at = tx.card_name(book.id, other).await?.filter(|(_, gone)| !gone);
                return Err(Unwritten::UidTaken(at.map_or_else(|| name.to_owned(), |(at, _)| at)));
            }
            (Some(_), None) => return Err(Unwritten::UidTaken(name.to_owned())),
            (None, carries) => {
                // By its own name every contact is known for good.
                let namesake = name.strip_suffix(".vcf").and_then(|id| id.parse().ok()).filter(|id| carries != Some(*id));
                if let Some(namesake) = namesake
                    && tx.contact_ref(namesake).await?.is_some()
                {
                    return Err(Unwritten::UidTaken(name.to_owned()));
                }
                let contact = match carries {
                    Some(contact) => self.take_along(&mut *tx, &book, contact, name).await?,
                    None => self.add_card(&mut *tx, &book, sheet, name).await?,
                };
                (contact, Put::Added)
            }
        };
        self.merge(&mut *tx, &book, contact, sheet, claim.seen && put == Put::Changed).await?;
        if put == Put::Changed && !claim.seen {
            tracing::info!(contact.id = %contact, "A device wrote a card without naming the one it had seen");
        }
        tx.commit().await?;
        Ok(put)
    }

    /// Deleted on a device: from now on it is kept off all devices of this user. The contact stays as it is.
    pub(super) async fn hide_card(&self, device: DeviceMark, name: &str, claim: &Claim<'_>) -> std::result::Result<(), Unwritten> {
        let mut tx = self.write().await?;
        tx.by_device(device);
        let book = self.writable_book(&mut *tx).await?;
        let contact = self.claimed(&mut *tx, &book, name, claim).await?.ok_or(Error::NotFound)?;
        tx.set_pick(self.user.id, contact, Pick::Hidden).await?;
        Ok(tx.commit().await?)
    }

    async fn writable_book(&self, tx: &mut dyn Tx) -> Result<BookRow> {
        self.demand(Right::AddContacts)?;
        let book = tx.find_book(self.user.id).await?.ok_or(Error::NotFound)?;
        if book.two_way { Ok(book) } else { Err(Error::Denied) }
    }

    /// Who is at this address, if what is demanded of it holds.
    async fn claimed(
        &self,
        tx: &mut dyn Tx,
        book: &BookRow,
        name: &str,
        claim: &Claim<'_>,
    ) -> std::result::Result<Option<ContactId>, Unwritten> {
        let there = tx.cards_named(book.id, &[name.to_owned()], false).await?.pop();
        let token = SyncToken { epoch: book.epoch.clone(), seq: book.seq };
        let standing = Standing { etag: there.as_ref().map(|row| row.etag.as_str()), token: &token };
        if (claim.holds)(standing) { Ok(there.map(|row| row.contact)) } else { Err(Unwritten::Stale) }
    }

    /// The contact is here, and not in this book: in the bin, inactive, not chosen, or deleted on a device. Whoever makes its card
    /// anew wants it back.
    async fn take_along(&self, tx: &mut dyn Tx, book: &BookRow, id: ContactId, name: &str) -> std::result::Result<ContactId, Unwritten> {
        let known = match tx.card_name(book.id, id).await? {
            Some((at, false)) => return Err(Unwritten::UidTaken(at)),
            gone => gone.map(|(at, _)| at),
        };
        if tx.contact_deleted_at(id).await?.is_some() {
            self.restore_contact_in(tx, id).await?;
        }
        let contact = tx.find_contact(id).await?.ok_or(Error::NotFound)?;
        if !contact.active {
            tx.put_contact(&Contact { active: true, ..contact }).await?;
        }
        if known.is_some_and(|before| before != name) {
            // A device that has not heard yet that it left would keep it under its old address for ever: all of them list anew.
            tx.put_book(&BookRow { epoch: self.crm.draw_epoch(), ..book.clone() }).await?;
        }
        self.carry(tx, book, id, name).await?;
        Ok(id)
    }

    async fn carry(&self, tx: &mut dyn Tx, book: &BookRow, id: ContactId, name: &str) -> Result<()> {
        tx.name_card(book.id, id, name).await?;
        tx.set_pick(self.user.id, id, Pick::Chosen).await
    }

    /// Made on a device: a contact of the type that a new one gets here.
    async fn add_card(&self, tx: &mut dyn Tx, book: &BookRow, sheet: &Sheet, name: &str) -> std::result::Result<ContactId, Unwritten> {
        let said = sheet.said();
        let mut form = ContactForm::default();
        let organisation = said.organisation.clone().unwrap_or_default();
        let shown = said.shown.clone().unwrap_or_default();
        if said.company {
            form.kind = ContactKind::Company;
            form.company = if organisation.is_empty() { shown } else { organisation };
        } else {
            (form.first_name, form.last_name) = names(&said).unwrap_or_default();
            if form.first_name.is_empty() && form.last_name.is_empty() && organisation.is_empty() {
                // Named by how it is reached, as phones show it.
                let first = [shown].into_iter().chain(said.ways.iter().map(|way| way.form.value.clone()));
                form.last_name =
                    first.map(|name| cut(&name, ContactField::LastName)).find(|name| !name.trim().is_empty()).unwrap_or_default();
            }
            form.employer = self.company_named(tx, &organisation).await?;
            form.company = organisation;
        }
        if !form.problems().is_empty() {
            return Err(Unwritten::Nameless);
        }
        let id = self.add_contact_in(tx, form).await?;
        if let Some(uid) = sheet.uid() {
            tx.keep_lines(id, &uid, "").await?;
        }
        self.carry(tx, book, id, name).await?;
        Ok(id)
    }

    /// What the device changed. `takes`: what it left out was taken away.
    async fn merge(&self, tx: &mut dyn Tx, book: &BookRow, id: ContactId, sheet: &Sheet, takes: bool) -> Result<()> {
        let source = tx.card_source(id, &book.address).await?.ok_or(Error::NotFound)?;
        let (ours, sent) = (Said::by_us(&source), sheet.said());
        self.merge_fields(tx, id, &ours, &sent, takes).await?;
        self.merge_ways(tx, &source, &sent, takes).await?;
        self.merge_spots(tx, &source, &sent, takes).await?;
        if let Some(tags) = &sent.tags {
            self.merge_tags(tx, id, &ours.tags.unwrap_or_default(), tags, takes).await?;
        }
        keep(tx, book, id, sheet, takes).await
    }

    /// Addresses, numbers and websites.
    async fn merge_ways(&self, tx: &mut dyn Tx, source: &Source, sent: &Said, takes: bool) -> Result<()> {
        let id = source.contact.id;
        let details: Vec<_> = source.details.iter().filter_map(|detail| Some((detail, vcard::way_of(detail)?))).collect();
        let mut seen = HashSet::new();
        let ways: Vec<_> = sent.ways.iter().filter(|way| way.key().is_none_or(|key| seen.insert((way.form.kind, key)))).collect();
        let before: Vec<_> = details.iter().map(|(_, way)| way).collect();
        let pairs = pair(&before, &ways, |tier, was, is| match tier {
            0 => was == is,
            1 => is.key().is_some() && was.form.kind == is.form.kind && was.key() == is.key(),
            2 => is.key().is_some() && is_number(was) && is_number(is) && was.key() == is.key(),
            _ => takes && is.key().is_some() && was.form.kind == is.form.kind && (was.place, &was.form.label) == (is.place, &is.form.label),
        });
        for (was, is) in pairs.both.into_iter().map(|(was, is)| (&details[was], ways[is])) {
            let (detail, said) = was;
            if said != is {
                let same_number = is_number(is) && said.key() == is.key();
                let form = DetailForm {
                    kind: if said.form.kind == is.form.kind { detail.kind } else { is.form.kind },
                    label: if (said.place, &said.form.label) == (is.place, &is.form.label) {
                        detail.label.clone()
                    } else {
                        self.label(is.place, &is.form.label)
                    },
                    // Phones write the same number in ways of their own.
                    value: if same_number { detail.value.clone() } else { is.form.value.clone() },
                };
                taken(change_detail_in(tx, id, detail, form).await)?;
            }
        }
        for (detail, way) in pairs.left.into_iter().map(|at| &details[at]) {
            if takes && !way.is_link() {
                remove_detail_in(tx, id, detail).await?;
            }
        }
        for way in pairs.right.into_iter().map(|at| ways[at]).filter(|way| way.key().is_some()) {
            let form = DetailForm { label: self.label(way.place, &way.form.label), ..way.form.clone() };
            taken(self.add_detail_in(tx, id, &form).await)?;
        }
        Ok(())
    }

    /// Postal addresses.
    async fn merge_spots(&self, tx: &mut dyn Tx, source: &Source, sent: &Said, takes: bool) -> Result<()> {
        let id = source.contact.id;
        let addresses: Vec<_> = source.addresses.iter().filter_map(|address| Some((address, vcard::spot_of(address)?))).collect();
        let before: Vec<_> = addresses.iter().map(|(_, spot)| spot).collect();
        let spots: Vec<_> = sent.spots.iter().collect();
        let pairs = pair(&before, &spots, |tier, was, is| match tier {
            0 => was == is,
            1 => unlabelled(was) == unlabelled(is),
            2 => takes && (was.place, &was.form.label) == (is.place, &is.form.label),
            _ => false,
        });
        for ((address, was), is) in pairs.both.into_iter().map(|(was, is)| (&addresses[was], spots[is])).filter(|((_, was), is)| was != *is)
        {
            let same = (was.place, &was.form.label) == (is.place, &is.form.label);
            let label = if same { address.form.label.clone() } else { self.label(is.place, &is.form.label) };
            tx.put_address(id, address.id, &AddressForm { label, ..is.form.clone() }).await?;
        }
        for at in pairs.left.into_iter().filter(|_| takes) {
            tx.remove_address(addresses[at].0.id).await?;
        }
        for spot in pairs.right.into_iter().map(|at| spots[at]) {
            let label = self.label(spot.place, &spot.form.label);
            tx.put_address(id, self.crm.new_id(), &AddressForm { label, ..spot.form.clone() }).await?;
        }
        Ok(())
    }

    async fn merge_fields(&self, tx: &mut dyn Tx, id: ContactId, ours: &Said, sent: &Said, takes: bool) -> Result<()> {
        let before = tx.find_contact(id).await?.ok_or(Error::NotFound)?;
        let mut after = before.clone();
        let organisation = changed(&ours.organisation, &sent.organisation, takes);
        if after.kind == ContactKind::Company {
            let name = organisation.or_else(|| changed(&ours.shown, &sent.shown, false)).filter(|name| !name.is_empty());
            name.unwrap_or(&before.company).clone_into(&mut after.company);
        } else {
            if let Some((first, last)) = names(sent).filter(|names| Some(names) != self::names(ours).as_ref()) {
                (after.first_name, after.last_name) = (first, last);
            }
            if let Some(organisation) = organisation {
                after.employer = self.company_named(tx, organisation).await?;
                organisation.clone_into(&mut after.company);
            }
            if after.name().is_empty() {
                after.first_name.clone_from(&before.first_name);
                after.last_name.clone_from(&before.last_name);
            }
        }
        if let Some(function) = changed(&ours.function, &sent.function, takes) {
            function.clone_into(&mut after.function);
        }
        if let Some(note) = changed(&ours.note, &sent.note, takes) {
            note.clone_into(&mut after.note);
        }
        if after != before {
            tx.put_contact(&after).await?;
        }
        Ok(())
    }

    /// The one company that is called so. Of two, nobody can tell which is meant.
    async fn company_named(&self, tx: &mut dyn Tx, name: &str) -> Result<Option<ContactId>> {
        const AT_MOST: i64 = 50;
        let key = fold(name);
        if key.is_empty() {
            return Ok(None);
        }
        let filter =
            ContactFilter { search: name.to_owned(), kind: Some(ContactKind::Company), inactive: true, ..ContactFilter::default() };
        let mut found = tx.list_contacts(&filter, None, AT_MOST).await?.into_iter().filter(|row| fold(&row.company) == key);
        let first = found.next().map(|row| row.id);
        Ok(first.filter(|_| found.next().is_none()))
    }

    async fn merge_tags(&self, tx: &mut dyn Tx, id: ContactId, ours: &[String], sent: &[String], takes: bool) -> Result<()> {
        let keys = |tags: &[String]| tags.iter().map(|tag| fold(tag)).filter(|key| !key.is_empty()).collect::<HashSet<_>>();
        let (had, has) = (keys(ours), keys(sent));
        for tag in sent.iter().filter(|tag| has.contains(&fold(tag)) && !had.contains(&fold(tag))) {
            let tag = tx.tag_named(self.crm.new_id(), tag).await?;
            tx.tag_contact(id, tag.id).await?;
        }
        for tag in tx.tags_of(id).await? {
            let key = fold(&tag.name);
            if takes && had.contains(&key) && !has.contains(&key) {
                tx.untag_contact(id, tag.id).await?;
            }
        }
        Ok(())
    }

    /// What a label on the card is called here.
    fn label(&self, place: Place, label: &str) -> String {
        if place == Place::Other { label.to_owned() } else { place.word(self.preferences.language).to_owned() }
    }
}

/// First names and last name; from the name in one piece, where the card has only that.
fn names(said: &Said) -> Option<(String, String)> {
    match &said.names {
        Some((first, last)) if !(first.is_empty() && last.is_empty()) => Some((first.clone(), last.clone())),
        // The parts are empty on purpose: what is shown is a company, or an address.
        Some(_) => None,
        None => said.shown.as_deref().map(split_name),
    }
}

/// What a field is now, if that is another than before.
fn changed<'a>(ours: &Option<String>, sent: &'a Option<String>, takes: bool) -> Option<&'a str> {
    match sent {
        Some(text) => (ours.as_ref().map_or("", String::as_str) != text).then_some(text),
        None => (takes && ours.is_some()).then_some(""),
    }
}

fn is_number(way: &Way) -> bool {
    matches!(way.form.kind, DetailKind::Phone | DetailKind::Mobile | DetailKind::Fax)
}

fn unlabelled(spot: &Spot) -> AddressForm {
    AddressForm { label: String::new(), ..spot.form.clone() }
}

/// What the CRM does not take of a card stands on the card still, and is no reason to refuse the rest.
fn taken<T>(result: Result<T>) -> Result<()> {
    match result {
        Err(Error::Invalid(_)) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Which of a list are which of another, by place in either.
struct Pairs {
    both: Vec<(usize, usize)>,
    left: Vec<usize>,
    right: Vec<usize>,
}

/// The likest first: `alike` is asked by tiers, from the same to the barely alike.
fn pair<T>(left: &[&T], right: &[&T], alike: impl Fn(u8, &T, &T) -> bool) -> Pairs {
    let mut pairs = Pairs { both: Vec::new(), left: (0..left.len()).collect(), right: (0..right.len()).collect() };
    for tier in 0..4 {
        pairs.left.retain(|was| {
            let found = pairs.right.iter().position(|is| alike(tier, left[*was], right[*is]));
            if let Some(at) = found {
                pairs.both.push((*was, pairs.right.remove(at)));
            }
            found.is_none()
        });
    }
    pairs
}

/// The lines that are given back. None, when we would write the very same card without them.
async fn keep(tx: &mut dyn Tx, book: &BookRow, id: ContactId, sheet: &Sheet, takes: bool) -> Result<()> {
    let mut source = tx.card_source(id, &book.address).await?.ok_or(Error::NotFound)?;
    let before = std::mem::take(&mut source.kept);
    let plain = vcard::render(&source, Moment(0));
    source.kept = sheet.kept((!takes).then_some(&before));
    if vcard::render(&source, Moment(0)) == plain {
        source.kept.clear();
    }
    if source.kept != before {
        tx.keep_lines(id, &source.uid, &source.kept).await?;
    }
    Ok(())
}
