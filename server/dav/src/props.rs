//! The table of properties: what each resource says of itself.

use crate::answer;
use crate::card::{CONTENT_TYPE, modified};
use crate::filter::Wanted;
use crate::proto::ask::Props;
use crate::proto::{Name, Prop, write};
use crate::resource::{Resource, card_href};
use axum::response::Response;
use crm::Phone;
use crm::ports::CardRow;

/// No card is larger; advertised so that clients know (RFC 6352 §6.2.3).
pub(crate) const MAX_RESOURCE: usize = 1024 * 1024;

/// What `allprop` tells (RFC 4918 §9.1): the properties of WebDAV itself, not those that later RFCs ask to be left out.
const PLAIN: &[Prop] = &[Prop::ResourceType, Prop::DisplayName, Prop::Etag, Prop::ContentType, Prop::ContentLength, Prop::LastModified];

fn all(include: &[Name]) -> Vec<Name> {
    let mut names: Vec<_> = PLAIN.iter().map(|prop| Name::Known(*prop)).collect();
    names.extend(include.iter().filter(|name| !PLAIN.iter().any(|prop| **name == Name::Known(*prop))).cloned());
    names
}

/// The response of anything but a card.
pub(crate) fn write(phone: &Phone, resource: &Resource, wanted: &Props, minimal: bool, out: &mut Vec<u8>) {
    write::begin(out, &resource.href(phone.user()));
    let (found, missing) = gather(wanted, minimal, |prop| value(phone, resource, prop));
    write::propstats(out, &found, &missing);
}

/// The found properties as XML, and the propstat of those that are not there.
fn gather(wanted: &Props, minimal: bool, value: impl Fn(Prop) -> Option<String>) -> (String, String) {
    let mut found = String::new();
    let mut absent = Vec::new();
    let names = match wanted {
        Props::These(names) => names.clone(),
        Props::All(include) => all(include),
        Props::Names => {
            for prop in Prop::ALL {
                if value(*prop).is_some() {
                    Name::Known(*prop).write(&mut found);
                }
            }
            return (found, String::new());
        }
    };
    for name in names {
        match &name {
            Name::Known(prop) => match value(*prop) {
                Some(xml) => element(&mut found, *prop, &xml),
                // What `allprop` lists and is not here was not asked for.
                None if matches!(wanted, Props::All(_)) && PLAIN.contains(prop) => {}
                None => absent.push(name),
            },
            Name::Other(..) => absent.push(name),
        }
    }
    (found, if minimal { String::new() } else { write::missing(&absent) })
}

fn element(out: &mut String, prop: Prop, xml: &str) {
    let tag = prop.tag();
    if xml.is_empty() {
        out.push_str(&format!("<{tag}/>"));
    } else {
        out.push_str(&format!("<{tag}>{xml}</{tag}>"));
    }
}

fn href(to: &str) -> String {
    format!("<D:href>{to}</D:href>")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write::escape_into(&mut out, text);
    out
}

/// What a resource that is no card says; `None`: it has no such property.
fn value(phone: &Phone, resource: &Resource, prop: Prop) -> Option<String> {
    let user = phone.user();
    let book = *resource == Resource::Book;
    let xml = match prop {
        Prop::ResourceType => match resource {
            Resource::Principal => "<D:collection/><D:principal/>".to_owned(),
            Resource::Book => "<D:collection/><C:addressbook/>".to_owned(),
            _ => "<D:collection/>".to_owned(),
        },
        Prop::DisplayName => match resource {
            Resource::Principal => escaped(phone.name()),
            _ => "Spindle".to_owned(),
        },
        Prop::CurrentUserPrincipal | Prop::Owner => href(&Resource::Principal.href(user)),
        Prop::PrincipalUrl if *resource == Resource::Principal => href(&Resource::Principal.href(user)),
        Prop::PrincipalCollectionSet => href(&Resource::Principals.href(user)),
        Prop::GroupMembership if *resource == Resource::Principal => String::new(),
        Prop::AddressbookHomeSet if *resource == Resource::Principal => href(&Resource::Home.href(user)),
        Prop::EmailAddressSet if *resource == Resource::Principal => {
            format!("<S:email-address>{}</S:email-address>", escaped(phone.name()))
        }
        Prop::CurrentUserPrivilegeSet => may(phone, resource),
        Prop::SupportedPrivilegeSet => SUPPORTED_PRIVILEGES.to_owned(),
        Prop::Acl => acl(&Resource::Principal.href(user), &may(phone, resource)),
        Prop::SupportedReportSet => reports(resource),
        Prop::SyncToken if book => phone.token().to_string(),
        // Without it macOS asks for no card at all.
        Prop::Ctag if book => format!("\"{}-{}\"", phone.token().epoch, phone.token().seq),
        // 4.0 is not offered: who is offered it takes it, and then shows less.
        Prop::SupportedAddressData if book => "<C:address-data-type content-type=\"text/vcard\" version=\"3.0\"/>".to_owned(),
        Prop::SupportedCollationSet if book => ["i;ascii-casemap", "i;octet", "i;unicode-casemap"]
            .map(|name| format!("<C:supported-collation>{name}</C:supported-collation>"))
            .concat(),
        Prop::MaxResourceSize if book => MAX_RESOURCE.to_string(),
        Prop::AddressbookDescription if book => "Spindle".to_owned(),
        _ => return None,
    };
    Some(xml)
}

/// What this user may do here, a leaf each (RFC 3744 §5.4). Without `read` Thunderbird passes a book over; without one that writes it is
/// read-only to all, and with `write-content` it is not.
fn may(phone: &Phone, resource: &Resource) -> String {
    let writing: &[&str] = match resource {
        Resource::Book if phone.writes() => &["write-content", "bind", "unbind"],
        Resource::Card(_) if phone.writes() => &["write-content"],
        _ => &[],
    };
    let all = [READING, writing].concat();
    all.iter().map(|name| format!("<D:privilege><D:{name}/></D:privilege>")).collect()
}

const READING: &[&str] = &["read", "read-current-user-privilege-set"];

const SUPPORTED_PRIVILEGES: &str = "<D:supported-privilege><D:privilege><D:all/></D:privilege><D:abstract/>\
    <D:supported-privilege><D:privilege><D:read/></D:privilege></D:supported-privilege>\
    <D:supported-privilege><D:privilege><D:read-current-user-privilege-set/></D:privilege></D:supported-privilege>\
    <D:supported-privilege><D:privilege><D:write-content/></D:privilege></D:supported-privilege>\
    <D:supported-privilege><D:privilege><D:bind/></D:privilege></D:supported-privilege>\
    <D:supported-privilege><D:privilege><D:unbind/></D:privilege></D:supported-privilege>\
    </D:supported-privilege>";

fn acl(principal: &str, may: &str) -> String {
    format!("<D:ace><D:principal>{}</D:principal><D:grant>{may}</D:grant><D:protected/></D:ace>", href(principal))
}

fn reports(resource: &Resource) -> String {
    let names: &[&str] = match resource {
        Resource::Book => &["C:addressbook-query", "C:addressbook-multiget", "D:sync-collection"],
        Resource::Card(_) => &["C:addressbook-query", "C:addressbook-multiget"],
        _ => &["D:principal-property-search", "D:principal-search-property-set"],
    };
    names.iter().map(|name| format!("<D:supported-report><D:report><{name}/></D:report></D:supported-report>")).collect()
}

/// What each card of an answer looks like: worked out once, filled in for each.
pub(crate) struct Shape {
    book: String,
    parts: Vec<Part>,
    missing: String,
}

enum Part {
    Text(String),
    Etag,
    Length,
    Modified,
    Data,
}

impl Shape {
    /// `data`: in a report a card can be asked whole; in PROPFIND it is no property (RFC 6352 §10.4).
    pub(crate) fn of_cards(phone: &Phone, wanted: &Props, data: bool, minimal: bool) -> Self {
        let user = phone.user();
        let any = Resource::Card(String::new());
        let mut parts = vec![Part::Text(String::new())];
        let text = |parts: &mut Vec<Part>, add: &str| match parts.last_mut() {
            Some(Part::Text(text)) => text.push_str(add),
            _ => parts.push(Part::Text(add.to_owned())),
        };
        let mut absent = Vec::new();
        let names = match wanted {
            Props::These(names) => names.clone(),
            Props::All(include) => all(include),
            Props::Names => Prop::ALL.iter().map(|prop| Name::Known(*prop)).collect(),
        };
        for name in names {
            let Name::Known(prop) = &name else {
                absent.push(name);
                continue;
            };
            let tag = prop.tag();
            let filled = match prop {
                Prop::Etag => Some(Part::Etag),
                Prop::ContentLength => Some(Part::Length),
                Prop::LastModified => Some(Part::Modified),
                Prop::AddressData if data && wanted.with_data() => Some(Part::Data),
                _ => None,
            };
            let fixed = match prop {
                Prop::ResourceType => Some(String::new()),
                Prop::ContentType => Some(CONTENT_TYPE.to_owned()),
                Prop::CurrentUserPrincipal
                | Prop::Owner
                | Prop::PrincipalCollectionSet
                | Prop::CurrentUserPrivilegeSet
                | Prop::SupportedPrivilegeSet
                | Prop::Acl
                | Prop::SupportedReportSet => value(phone, &any, *prop),
                _ => None,
            };
            match (filled, fixed) {
                (Some(_), _) | (_, Some(_)) if *wanted == Props::Names => text(&mut parts, &format!("<{tag}/>")),
                (Some(part), _) => {
                    text(&mut parts, &format!("<{tag}>"));
                    parts.push(part);
                    text(&mut parts, &format!("</{tag}>"));
                }
                (None, Some(xml)) => {
                    let mut out = String::new();
                    element(&mut out, *prop, &xml);
                    text(&mut parts, &out);
                }
                (None, None) if *wanted == Props::Names || (matches!(wanted, Props::All(_)) && PLAIN.contains(prop)) => {}
                (None, None) => absent.push(name),
            }
        }
        let missing = if minimal { String::new() } else { write::missing(&absent) };
        Self { book: Resource::Book.href(user), parts, missing }
    }

    pub(crate) fn write(&self, row: &CardRow, data: &Wanted, out: &mut Vec<u8>) {
        write::begin(out, &card_href(&self.book, &row.name));
        let found = !matches!(self.parts.as_slice(), [Part::Text(text)] if text.is_empty());
        if found || self.missing.is_empty() {
            write::put(out, "<D:propstat><D:prop>");
            for part in &self.parts {
                match part {
                    Part::Text(text) => write::put(out, text),
                    Part::Etag => {
                        write::put(out, "\"");
                        write::put(out, &row.etag);
                        write::put(out, "\"");
                    }
                    Part::Length => write::put(out, &row.bytes.to_string()),
                    Part::Modified => write::put(out, &modified(row.revised_at)),
                    Part::Data => match data {
                        Wanted::All => write::card(out, &row.vcard),
                        Wanted::These(lines) => write::card(out, &crate::filter::cut_down(&row.vcard, lines)),
                    },
                }
            }
            write::put(out, write::FOUND);
        }
        write::put(out, &self.missing);
        write::put(out, "</D:response>");
    }

    /// The whole answer of one card.
    pub(crate) fn alone(&self, row: &CardRow) -> Vec<u8> {
        let mut out = write::open();
        self.write(row, &Wanted::All, &mut out);
        write::close(&mut out);
        out
    }
}

/// Nothing can be set here. A proper answer all the same: macOS sets `me-card` on the home, and has crashed on less.
pub(crate) fn refuse_patch(phone: &Phone, resource: &Resource, names: &[Name]) -> Response {
    let mut out = write::open();
    write::begin(&mut out, &resource.href(phone.user()));
    let error = "<D:error><D:cannot-modify-protected-property/></D:error>";
    write::put(&mut out, &write::refused(names, "HTTP/1.1 403 Forbidden", error));
    write::put(&mut out, "</D:response>");
    write::close(&mut out);
    answer::multistatus(false, out)
}

/// RFC 3744 §9.4, among the one principal that a user sees: his own.
pub(crate) fn search_principal(phone: &Phone, words: &[String]) -> Response {
    let mut out = write::open();
    let name = phone.name().to_lowercase();
    if words.iter().all(|word| name.contains(&word.trim().to_lowercase())) {
        let wanted = Props::These([Prop::DisplayName, Prop::PrincipalUrl, Prop::AddressbookHomeSet].map(Name::Known).to_vec());
        write(phone, &Resource::Principal, &wanted, true, &mut out);
    }
    write::close(&mut out);
    answer::multistatus(false, out)
}

/// RFC 3744 §9.5.
pub(crate) fn search_set() -> Response {
    answer::xml(format!(
        "{}<D:principal-search-property-set{}><D:principal-search-property><D:prop><D:displayname/></D:prop>\
         </D:principal-search-property></D:principal-search-property-set>\n",
        write::HEAD,
        write::NAMESPACES
    ))
}
