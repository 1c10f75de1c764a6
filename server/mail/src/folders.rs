//! Which of the server's folders is what: by attribute where the server says so, by name where it does not (mail.md §1.4.8).

use crate::imap::Listed;
use model::mail_account::FolderRole;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Names people's programs give to folders, in lower case.
const NAMES: [(FolderRole, &[&str]); 5] = [
    (
        FolderRole::Sent,
        &[
            "sent",
            "sent items",
            "sent messages",
            "sent mail",
            "sent-mail",
            "sentmail",
            "verzonden",
            "verzonden items",
            "verzonden berichten",
            "gesendet",
            "gesendete elemente",
            "gesendete objekte",
            "envoyés",
            "éléments envoyés",
            "messages envoyés",
            "enviados",
            "elementos enviados",
            "posta inviata",
            "inviati",
            "wysłane",
            "skickat",
            "sendt",
            "odeslané",
            "отправленные",
        ],
    ),
    (
        FolderRole::Trash,
        &[
            "trash",
            "deleted",
            "deleted items",
            "deleted messages",
            "bin",
            "prullenbak",
            "verwijderd",
            "verwijderde items",
            "papierkorb",
            "gelöscht",
            "gelöschte elemente",
            "gelöschte objekte",
            "corbeille",
            "éléments supprimés",
            "papelera",
            "elementos eliminados",
            "cestino",
            "posta eliminata",
            "kosz",
            "koš",
            "papperskorgen",
            "удаленные",
        ],
    ),
    (
        FolderRole::Spam,
        &[
            "spam",
            "junk",
            "junk e-mail",
            "junk email",
            "junk mail",
            "bulk",
            "bulk mail",
            "ongewenste e-mail",
            "ongewenste mail",
            "ongewenst",
            "spamverdacht",
            "unerwünscht",
            "junk-e-mail",
            "courrier indésirable",
            "pourriel",
            "correo no deseado",
            "posta indesiderata",
            "skräppost",
            "roskaposti",
            "спам",
        ],
    ),
    (FolderRole::Drafts, &["drafts", "draft", "concepten", "entwürfe", "brouillons", "borradores", "bozze", "robocze", "черновики"]),
    (FolderRole::Archive, &["archive", "archief", "archiv", "archivio", "archives"]),
];

/// Where those names count. Elsewhere, `Projects/Sent` say, they are somebody's own.
const PARENTS: [&str; 4] = ["", "inbox", "[gmail]", "[google mail]"];

/// A folder with a role it may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub raw_name: String,
    /// As people read it.
    pub name: String,
    pub role: FolderRole,
    pub by_attribute: bool,
}

/// Folders kept of one account; the rest of a mailbox with more than these cannot be chosen.
const MOST: usize = 300;

/// The folders that messages lie in, with what each may be. Those that can hold no messages are left out.
pub fn candidates(listed: &[Listed]) -> Vec<Candidate> {
    let mut all: Vec<_> = listed.iter().filter_map(candidate).collect();
    all.sort_by_key(|one| one.role == FolderRole::Other);
    all.truncate(MOST);
    all
}

fn candidate(folder: &Listed) -> Option<Candidate> {
    let has = |attribute: &str| folder.attributes.iter().any(|own| own.eq_ignore_ascii_case(attribute));
    if has("\\NOSELECT") || has("\\NONEXISTENT") {
        return None;
    }
    let name = decode(&folder.raw_name);
    let found = |role, by_attribute| Some(Candidate { raw_name: folder.raw_name.clone(), name: name.clone(), role, by_attribute });
    if folder.raw_name.eq_ignore_ascii_case("INBOX") {
        return found(FolderRole::Inbox, true);
    }
    const ATTRIBUTES: [(&str, FolderRole); 8] = [
        ("\\SENT", FolderRole::Sent),
        ("\\TRASH", FolderRole::Trash),
        ("\\JUNK", FolderRole::Spam),
        ("\\SPAM", FolderRole::Spam),
        ("\\DRAFTS", FolderRole::Drafts),
        ("\\ARCHIVE", FolderRole::Archive),
        ("\\ALL", FolderRole::All),
        ("\\ALLMAIL", FolderRole::All),
    ];
    if let Some((_, role)) = ATTRIBUTES.iter().find(|(attribute, _)| has(attribute)) {
        return found(*role, true);
    }
    let lower = name.to_lowercase();
    let (parent, last) = match folder.delimiter.and_then(|delimiter| lower.rsplit_once(delimiter)) {
        Some((parent, last)) => (parent, last),
        None => ("", lower.as_str()),
    };
    let named = NAMES.iter().find(|(_, names)| names.contains(&last.trim())).filter(|_| PARENTS.contains(&parent));
    found(named.map_or(FolderRole::Other, |(role, _)| *role), false)
}

/// One folder for each role, the others nothing special: the one the server names, then the fuller, then the one with the shorter path.
/// `counts` knows how many messages lie in a folder, by raw name.
pub fn settle(candidates: Vec<Candidate>, counts: &HashMap<String, i64>) -> Vec<Candidate> {
    let mut sorted = candidates;
    sorted.sort_by_cached_key(|one| {
        let count = counts.get(&one.raw_name).copied().unwrap_or_default();
        (one.role, Reverse(one.by_attribute), Reverse(count), one.raw_name.len(), one.raw_name.clone())
    });
    let mut taken = HashSet::new();
    for one in &mut sorted {
        if !taken.insert(one.role) {
            one.role = FolderRole::Other;
        }
    }
    sorted
}

/// The roles more than one folder claims with equal right: only these need their messages counted.
pub fn ties(candidates: &[Candidate]) -> Vec<&str> {
    let equal = |one: &Candidate, other: &Candidate| {
        one.role != FolderRole::Other && one.role == other.role && one.by_attribute == other.by_attribute
    };
    candidates
        .iter()
        .filter(|one| candidates.iter().filter(|other| equal(one, other)).count() > 1)
        .map(|one| one.raw_name.as_str())
        .collect()
}

/// Modified UTF-7 (RFC 3501 §5.1.3) as people read it. What is not valid stays as it is.
pub fn decode(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, coded)) = rest.split_once('&') {
        text.push_str(plain);
        let Some((word, after)) = coded.split_once('-') else {
            text.push('&');
            rest = coded;
            continue;
        };
        match (word.is_empty(), decode_word(word)) {
            (true, _) => text.push('&'),
            (false, Some(decoded)) => text.push_str(&decoded),
            (false, None) => {
                text.push('&');
                text.push_str(word);
                text.push('-');
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn decode_word(word: &str) -> Option<String> {
    use base64::Engine as _;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::IMAP_MUTF7, config);
    let bytes = engine.decode(word).ok()?;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(raw_name: &str, delimiter: char, attributes: &[&str]) -> Listed {
        Listed {
            raw_name: raw_name.to_owned(),
            delimiter: Some(delimiter),
            attributes: attributes.iter().map(|attribute| (*attribute).to_owned()).collect(),
        }
    }

    fn roles(folders: &[Listed], counts: &[(&str, i64)]) -> Vec<(FolderRole, String)> {
        let counts = counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        let settled = settle(candidates(folders), &counts).into_iter();
        settled.filter(|one| one.role != FolderRole::Other).map(|one| (one.role, one.name)).collect()
    }

    #[test]
    fn modified_utf7_is_read() {
        assert_eq!(decode("Entw&APw-rfe"), "Entwürfe");
        assert_eq!(decode("R&-D"), "R&D");
        assert_eq!(decode("&U,BTFw-"), "台北");
        assert_eq!(decode("broken &!-"), "broken &!-");
        assert_eq!(decode("open &"), "open &");
    }

    #[test]
    fn attributes_come_before_names() {
        let folders = [
            listed("INBOX", '/', &[]),
            listed("Sent", '/', &[]),
            listed("Verzonden items", '/', &["\\SENT"]),
            listed("Prullenbak", '/', &[]),
            listed("Ongewenste e-mail", '/', &[]),
            listed("Projects/Sent", '/', &[]),
        ];
        assert_eq!(
            roles(&folders, &[("Sent", 900)]),
            [
                (FolderRole::Inbox, "INBOX".to_owned()),
                (FolderRole::Sent, "Verzonden items".to_owned()),
                (FolderRole::Trash, "Prullenbak".to_owned()),
                (FolderRole::Spam, "Ongewenste e-mail".to_owned()),
            ]
        );
    }

    #[test]
    fn the_fuller_of_two_names_wins() {
        let folders = [listed("INBOX.Sent", '.', &[]), listed("INBOX.Sent Messages", '.', &[])];
        assert_eq!(roles(&folders, &[("INBOX.Sent", 2), ("INBOX.Sent Messages", 40)])[0].1, "INBOX.Sent Messages");
        assert_eq!(ties(&candidates(&folders)).len(), 2);
    }

    #[test]
    fn gmails_fakes_and_folders_without_messages_are_nothing() {
        let folders =
            [listed("[Gmail]Prullenbak", '/', &[]), listed("Trash", '/', &["\\NOSELECT"]), listed("[Gmail]/Prullenbak", '/', &[])];
        assert_eq!(roles(&folders, &[]), [(FolderRole::Trash, "[Gmail]/Prullenbak".to_owned())]);
    }
}
