//! What there is, and where: one user sees his own principal, his home and the one book in it.
//!
//! One book and no more: macOS reads only one of a home, and iOS all of them as groups.

use model::UserId;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) const ROOT: &str = "/dav/";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    /// Also `/` and the well-known address: answered in place, because an iPhone that is redirected before it has shown its
    /// password gives up (the deviation from RFC 6764 §5 is deliberate).
    Root,
    Principals,
    Principal,
    Homes,
    Home,
    Book,
    /// By the last part of its address, decoded.
    Card(String),
}

impl Resource {
    /// `None`: there is nothing, or nothing of this user's.
    pub(crate) fn find(path: &str, user: UserId) -> Option<Self> {
        // Compared after decoding: some send `%40` or `@` as they please, macOS sends blanks.
        let parts: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8().map(std::borrow::Cow::into_owned).ok())
            // No name of ours has one, and no database takes them all.
            .map(|part| part.filter(|part| !part.contains(char::is_control)))
            .collect::<Option<_>>()?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let mine = |id: &str| id.parse() == Ok(user);
        match parts.as_slice() {
            [] | ["dav"] | [".well-known", "carddav"] => Some(Self::Root),
            ["principals"] | ["dav", "users"] => Some(Self::Principals),
            ["dav", "users", id] if mine(id) => Some(Self::Principal),
            ["dav", "books"] => Some(Self::Homes),
            ["dav", "books", id] if mine(id) => Some(Self::Home),
            ["dav", "books", id, "contacts"] if mine(id) => Some(Self::Book),
            ["dav", "books", id, "contacts", name] if mine(id) => Some(Self::Card((*name).to_owned())),
            _ => None,
        }
    }

    /// The path part of what a client calls an address: whole, or only the path.
    pub(crate) fn path_of(href: &str) -> &str {
        match href.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => href,
        }
    }

    /// The same bytes everywhere: clients compare them.
    pub(crate) fn href(&self, user: UserId) -> String {
        match self {
            Self::Root => ROOT.to_owned(),
            Self::Principals => "/dav/users/".to_owned(),
            Self::Principal => format!("/dav/users/{user}/"),
            Self::Homes => "/dav/books/".to_owned(),
            Self::Home => format!("/dav/books/{user}/"),
            Self::Book => format!("/dav/books/{user}/contacts/"),
            Self::Card(name) => card_href(&Self::Book.href(user), name),
        }
    }

    pub(crate) fn children(&self) -> Vec<Self> {
        match self {
            Self::Root => vec![Self::Principals, Self::Homes],
            Self::Principals => vec![Self::Principal],
            Self::Homes => vec![Self::Home],
            Self::Home => vec![Self::Book],
            Self::Principal | Self::Book | Self::Card(_) => Vec::new(),
        }
    }

    /// Reports on cards can be asked here (RFC 6352 §8).
    pub(crate) fn has_cards(&self) -> bool {
        matches!(self, Self::Book | Self::Card(_))
    }

    /// Only what this user may do here: Evolution reads it as rights.
    pub(crate) fn allow(&self, writes: bool) -> &'static str {
        match self {
            Self::Card(_) if writes => "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, REPORT",
            Self::Card(_) => "OPTIONS, GET, HEAD, PROPFIND, REPORT",
            Self::Book => "OPTIONS, PROPFIND, REPORT",
            _ => "OPTIONS, PROPFIND, PROPPATCH, REPORT",
        }
    }
}

/// All but what never needs encoding (RFC 3986 §2.3), so that a name which a device chose comes back as most would write it.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Of a card in the book with this address.
pub(crate) fn card_href(book: &str, name: &str) -> String {
    format!("{book}{}", utf8_percent_encode(name, ENCODED))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [DAV-04] Whatever people type leads to the same place, and nothing leads out of it.
    #[test]
    fn addresses_lead_to_what_is_one_s_own() {
        let me: UserId = "01990000-0000-7000-8000-000000000001".parse().expect("it is an id");
        let find = |path: &str| Resource::find(path, me);
        for root in ["/", "", "//", "/dav", "/dav/", "/.well-known/carddav", "/.well-known/carddav/"] {
            assert_eq!(find(root), Some(Resource::Root), "{root}");
        }
        for resource in [Resource::Principals, Resource::Principal, Resource::Homes, Resource::Home, Resource::Book] {
            let href = resource.href(me);
            assert_eq!(find(&href).as_ref(), Some(&resource));
            assert_eq!(find(href.trim_end_matches('/')).as_ref(), Some(&resource));
        }
        for name in ["a.vcf", "a@b c.vcf", "é%.vcf"] {
            let card = Resource::Card(name.into());
            assert_eq!(find(&card.href(me)), Some(card), "{name}");
        }
        let other = "01990000-0000-7000-8000-000000000002";
        for nothing in [
            format!("/dav/users/{other}/"),
            format!("/dav/books/{other}/contacts/a.vcf"),
            "/dav/books/../users/".into(),
            format!("/dav/books/{me}/contacts/%2e%2e/%2e%2e/x"),
            format!("/dav/books/{me}/contacts/a/b"),
            "/dav/%ff".into(),
            format!("/dav/books/{me}/contacts/a%00.vcf"),
            "/etc/passwd".into(),
        ] {
            assert_eq!(find(&nothing), None, "{nothing}");
        }
        // A slash within a name stays within it.
        assert_eq!(find(&format!("/dav/books/{me}/contacts/..%2fx")), Some(Resource::Card("../x".into())));
        assert_eq!(Resource::path_of("https://crm.example/dav/x"), "/dav/x");
        assert_eq!(Resource::path_of("https://crm.example"), "/");
        assert_eq!(Resource::path_of("/dav/x"), "/dav/x");
    }
}
