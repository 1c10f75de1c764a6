//! What a request demands of what it writes over: `If-Match` and `If-None-Match` (RFC 9110 §13.1), and `If` with etags and sync tokens
//! (RFC 4918 §10.4, RFC 6578 §5).

use crate::Refusal;
use crate::resource::Resource;
use crm::{Standing, SyncToken};
use http::header::{self, HeaderMap, HeaderName};
use model::UserId;

/// Clients send one list of one or two; each is compared.
const LISTS: usize = 100;

#[derive(Debug, Default)]
pub(crate) struct Demands {
    matches: Option<Vec<String>>,
    none: Option<Vec<String>>,
    lists: Option<Vec<List>>,
}

/// All of it must hold, at one address.
#[derive(Debug)]
struct List {
    at: At,
    conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The card itself, or its book: its sync token is that of both.
    Card,
    Book,
    /// Nothing is known of it, so nothing matches there.
    Elsewhere,
}

#[derive(Debug)]
struct Condition {
    not: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    Token(String),
    Etag(String),
}

impl Demands {
    /// Of a request for this card.
    pub(crate) fn read(headers: &HeaderMap, user: UserId, name: &str) -> Result<Self, Refusal> {
        let lists = match headers.get("if") {
            Some(value) => {
                let text = value.to_str().map_err(|_| Refusal::BadRequest)?;
                Some(lists(text, |href| at(href, user, name)).ok_or(Refusal::BadRequest)?)
            }
            None => None,
        };
        Ok(Self { matches: etags(headers, &header::IF_MATCH), none: etags(headers, &header::IF_NONE_MATCH), lists })
    }

    pub(crate) fn hold(&self, there: Standing<'_>) -> bool {
        let is_there = |one: &String| there.etag.is_some_and(|etag| one == "*" || one == etag);
        self.matches.as_ref().is_none_or(|etags| etags.iter().any(is_there))
            && self.none.as_ref().is_none_or(|etags| !etags.iter().any(is_there))
            && self.lists.as_ref().is_none_or(|lists| lists.iter().any(|list| list.holds(there)))
    }

    /// Whether they name the very card that the client has seen.
    pub(crate) fn name_a_card(&self) -> bool {
        let listed = self.lists.iter().flatten().filter(|list| list.at == At::Card).flat_map(|list| &list.conditions);
        self.matches.iter().flatten().any(|etag| etag != "*") || listed.into_iter().any(|one| !one.not && matches!(one.what, What::Etag(_)))
    }
}

impl List {
    fn holds(&self, there: Standing<'_>) -> bool {
        self.conditions.iter().all(|condition| {
            let matches = match &condition.what {
                What::Token(token) => self.at != At::Elsewhere && SyncToken::read(token).as_ref() == Some(there.token),
                What::Etag(etag) => self.at == At::Card && there.etag == Some(etag),
            };
            matches != condition.not
        })
    }
}

fn at(href: &str, user: UserId, name: &str) -> At {
    match Resource::find(Resource::path_of(href), user) {
        Some(Resource::Card(one)) if one == name => At::Card,
        Some(Resource::Book) => At::Book,
        _ => At::Elsewhere,
    }
}

/// Without their quotes. Weak ones count: a proxy that compresses weakens ours on the way, and they are still of these bytes alone.
pub(crate) fn etags(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    headers.contains_key(name).then(|| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|one| bare(one).to_owned()).collect()
    })
}

fn bare(etag: &str) -> &str {
    let etag = etag.trim();
    let strong = etag.strip_prefix("W/").unwrap_or(etag);
    strong.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(strong)
}

/// `<href> (Not <token> ["etag"]) (…)`. `None`: it is not of this form.
fn lists(text: &str, at: impl Fn(&str) -> At) -> Option<Vec<List>> {
    let (mut found, mut here, mut rest) = (Vec::new(), At::Card, text.trim_start());
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let (href, after) = rest[1..].split_once('>')?;
            (here, rest) = (at(href), after.trim_start());
            // A tag is of the lists that follow it.
            if !rest.starts_with('(') {
                return None;
            }
        } else {
            let (conditions, after) = conditions(rest.strip_prefix('(')?)?;
            found.push(List { at: here, conditions });
            rest = after.trim_start();
        }
        if found.len() > LISTS {
            return None;
        }
    }
    (!found.is_empty()).then_some(found)
}

/// Up to the closing bracket, and what follows it.
fn conditions(text: &str) -> Option<(Vec<Condition>, &str)> {
    let (mut found, mut rest) = (Vec::new(), text.trim_start());
    loop {
        if let Some(after) = rest.strip_prefix(')') {
            return (!found.is_empty()).then_some((found, after));
        }
        let not = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not"));
        if not {
            rest = rest[3..].trim_start();
        }
        let (what, after) = if let Some(token) = rest.strip_prefix('<') {
            let (token, after) = token.split_once('>')?;
            (What::Token(token.to_owned()), after)
        } else {
            let (etag, after) = rest.strip_prefix('[')?.split_once(']')?;
            (What::Etag(bare(etag).to_owned()), after)
        };
        found.push(Condition { not, what });
        rest = after.trim_start();
        if found.len() > LISTS {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(header: &str, etag: Option<&str>) -> Option<bool> {
        let token = SyncToken { epoch: "e".into(), seq: 7 };
        let place = |href: &str| match href {
            "/card" => At::Card,
            "/book" => At::Book,
            _ => At::Elsewhere,
        };
        let demands = Demands { lists: Some(lists(header, place)?), ..Demands::default() };
        Some(demands.hold(Standing { etag, token: &token }))
    }

    /// Y10: lists of conditions, on the card and on its book.
    #[test]
    fn if_is_read_as_the_rfc_has_it() {
        let token = "<urn:x-spindle:dav-sync:e:7>";
        for (header, expected) in [
            (format!("({token})"), true),
            (format!("</book> ({token})"), true),
            (format!("<https://crm.example/elsewhere> ({token})"), false),
            (format!("<https://crm.example/elsewhere> (Not {token})"), true),
            ("(<urn:x-spindle:dav-sync:e:6>)".into(), false),
            ("(Not <DAV:no-lock>)".into(), true),
            ("([\"a\"])".into(), true),
            ("([W/\"a\"] <urn:x-spindle:dav-sync:e:7>)".into(), true),
            ("([\"a\"] <x>)([\"b\"]) </card>(not [\"b\"])".into(), true),
            ("</book> ([\"a\"])".into(), false),
            ("([\"b\"])".into(), false),
        ] {
            assert_eq!(holds(&header, Some("a")), Some(expected), "{header}");
        }
        assert_eq!(holds("([\"a\"])", None), Some(false));
        let long = "(<x>)".repeat(200);
        for bad in ["", "x", "()", "(", "(<x", "<a>", "<a> <b> (<x>)", "([a)", "(<x>) y", "(not)", "<é", long.as_str()] {
            assert_eq!(holds(bad, None), None, "{bad}");
        }
    }
}
