//! What is asked: bodies of PROPFIND, PROPPATCH and REPORT, and the headers that go with them.
//!
//! `roxmltree` refuses document types, so no entity is ever expanded.

use super::names::{CARD, DAV, Name};
use super::{Precondition, Prop};
use crate::Refusal;
use crate::filter::{Collation, Filter, Match, ParamFilter, PropFilter, Test, TextMatch, Wanted};
use http::HeaderMap;
use roxmltree::{Document, Node};

/// No client asks for more properties, and no name is longer.
const PROPS: usize = 200;
const NAME: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Zero,
    One,
    Infinity,
}

impl Depth {
    pub(crate) fn read(headers: &HeaderMap) -> Result<Option<Self>, Refusal> {
        let Some(value) = headers.get("depth") else { return Ok(None) };
        match value.as_bytes() {
            b"0" => Ok(Some(Self::Zero)),
            b"1" | b"1,noroot" => Ok(Some(Self::One)),
            value if value.eq_ignore_ascii_case(b"infinity") => Ok(Some(Self::Infinity)),
            _ => Err(Refusal::BadRequest),
        }
    }
}

/// `Prefer: return=minimal` (RFC 8144) or its ancestor `Brief: t`: leave out what is not there.
pub(crate) fn minimal(headers: &HeaderMap) -> bool {
    let says = |name: &str, word: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split([',', ';']).any(|part| part.trim() == word))
    };
    says("prefer", "return=minimal") || says("brief", "t")
}

/// Which properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Props {
    /// All that a client need not ask for by name, and these.
    All(Vec<Name>),
    Names,
    These(Vec<Name>),
}

pub(crate) struct Multiget {
    pub(crate) props: Props,
    pub(crate) data: Wanted,
    /// As they were sent, decoded from XML.
    pub(crate) hrefs: Vec<String>,
}

pub(crate) struct Query {
    pub(crate) props: Props,
    pub(crate) data: Wanted,
    pub(crate) filter: Filter,
    pub(crate) limit: Option<usize>,
}

pub(crate) struct Changes {
    pub(crate) props: Props,
    pub(crate) data: Wanted,
    /// Empty: from the beginning.
    pub(crate) token: String,
    pub(crate) limit: Option<usize>,
}

pub(crate) enum Ask {
    Multiget(Multiget),
    Query(Query),
    Changes(Changes),
    /// Whose name holds these words.
    PrincipalSearch(Vec<String>),
    PrincipalSearchSet,
    Unknown,
}

fn document(text: &str) -> Result<Document<'_>, Refusal> {
    Document::parse(text).map_err(|_| Refusal::BadRequest)
}

fn is(node: Node<'_, '_>, space: &str, local: &str) -> bool {
    node.is_element() && node.tag_name().name() == local && node.tag_name().namespace() == Some(space)
}

fn child<'a, 'i>(node: Node<'a, 'i>, space: &str, local: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| is(*child, space, local))
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

pub(crate) fn propfind(body: &str) -> Result<Props, Refusal> {
    // RFC 4918 §9.1; CardDAV-Sync does this.
    if body.trim().is_empty() {
        return Ok(Props::All(Vec::new()));
    }
    let document = document(body)?;
    let root = document.root_element();
    if !is(root, DAV, "propfind") {
        return Err(Refusal::BadRequest);
    }
    if let Some(prop) = child(root, DAV, "prop") {
        Ok(Props::These(names(prop)?))
    } else if child(root, DAV, "propname").is_some() {
        Ok(Props::Names)
    } else if child(root, DAV, "allprop").is_some() {
        let include = child(root, DAV, "include").map(names).transpose()?;
        Ok(Props::All(include.unwrap_or_default()))
    } else {
        Err(Refusal::BadRequest)
    }
}

fn names(prop: Node<'_, '_>) -> Result<Vec<Name>, Refusal> {
    let mut found: Vec<Name> = Vec::new();
    for node in prop.children().filter(Node::is_element) {
        let long = node.tag_name().name().len() > NAME || node.tag_name().namespace().is_some_and(|space| space.len() > NAME);
        if long || found.len() == PROPS {
            return Err(Refusal::BadRequest);
        }
        let name = Name::of(node);
        if !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

/// The properties to be set or removed.
pub(crate) fn proppatch(body: &str) -> Result<Vec<Name>, Refusal> {
    let document = document(body)?;
    let root = document.root_element();
    if !is(root, DAV, "propertyupdate") {
        return Err(Refusal::BadRequest);
    }
    let mut found = Vec::new();
    for change in root.children().filter(|node| is(*node, DAV, "set") || is(*node, DAV, "remove")) {
        if let Some(prop) = child(change, DAV, "prop") {
            found.extend(names(prop)?);
        }
    }
    if found.is_empty() || found.len() > PROPS { Err(Refusal::BadRequest) } else { Ok(found) }
}

pub(crate) fn report(body: &str) -> Result<Ask, Refusal> {
    let document = document(body)?;
    let root = document.root_element();
    match (root.tag_name().namespace().unwrap_or_default(), root.tag_name().name()) {
        (CARD, "addressbook-multiget") => {
            let (props, data) = props(root)?;
            let hrefs = root.children().filter(|node| is(*node, DAV, "href")).map(|node| text(node).trim().to_owned()).collect();
            Ok(Ask::Multiget(Multiget { props, data, hrefs }))
        }
        (CARD, "addressbook-query") => {
            let (props, data) = props(root)?;
            let filter = child(root, CARD, "filter").map(filter).transpose()?.unwrap_or_default();
            Ok(Ask::Query(Query { props, data, filter, limit: limit(root, CARD)? }))
        }
        (DAV, "sync-collection") => {
            let token = child(root, DAV, "sync-token").map(text).unwrap_or_default().trim().to_owned();
            let level = child(root, DAV, "sync-level").map(text);
            // A book is flat, so both mean the same (RFC 6578 §6.3); clients of the drafts before it leave it out.
            if !matches!(level.as_deref().map(str::trim), None | Some("1" | "infinite")) || child(root, DAV, "prop").is_none() {
                return Err(Refusal::BadRequest);
            }
            let (props, data) = props(root)?;
            Ok(Ask::Changes(Changes { props, data, token, limit: limit(root, DAV)? }))
        }
        (DAV, "principal-property-search") => {
            let words = root.children().filter(|node| is(*node, DAV, "property-search"));
            Ok(Ask::PrincipalSearch(words.filter_map(|node| child(node, DAV, "match")).map(text).collect()))
        }
        (DAV, "principal-search-property-set") => Ok(Ask::PrincipalSearchSet),
        _ => Ok(Ask::Unknown),
    }
}

fn props(root: Node<'_, '_>) -> Result<(Props, Wanted), Refusal> {
    if let Some(prop) = child(root, DAV, "prop") {
        let data = child(prop, CARD, "address-data").map(wanted).transpose()?;
        Ok((Props::These(names(prop)?), data.unwrap_or_default()))
    } else if child(root, DAV, "propname").is_some() {
        Ok((Props::Names, Wanted::default()))
    } else {
        Ok((Props::All(Vec::new()), Wanted::default()))
    }
}

/// Which lines of a card (RFC 6352 §10.4).
fn wanted(node: Node<'_, '_>) -> Result<Wanted, Refusal> {
    let kind = node.attribute("content-type").unwrap_or("text/vcard");
    let version = node.attribute("version").unwrap_or("3.0");
    if !kind.trim().eq_ignore_ascii_case("text/vcard") || version.trim() != "3.0" {
        return Err(Refusal::Failed(Precondition::carddav("supported-address-data")));
    }
    let lines: Vec<_> = node
        .children()
        .filter(|node| is(*node, CARD, "prop"))
        .filter_map(|node| Some((node.attribute("name")?.to_ascii_uppercase(), node.attribute("novalue") == Some("yes"))))
        .take(PROPS)
        .collect();
    Ok(if lines.is_empty() { Wanted::All } else { Wanted::These(lines) })
}

fn limit(root: Node<'_, '_>, space: &str) -> Result<Option<usize>, Refusal> {
    let Some(limit) = child(root, space, "limit") else { return Ok(None) };
    let number = child(limit, space, "nresults").map(text).unwrap_or_default();
    number.trim().parse().map(Some).map_err(|_| Refusal::BadRequest)
}

fn unsupported() -> Refusal {
    Refusal::Failed(Precondition::carddav("supported-filter"))
}

fn test(node: Node<'_, '_>) -> Result<Test, Refusal> {
    match node.attribute("test") {
        None | Some("anyof") => Ok(Test::Any),
        Some("allof") => Ok(Test::All),
        Some(_) => Err(Refusal::BadRequest),
    }
}

fn filter(node: Node<'_, '_>) -> Result<Filter, Refusal> {
    let mut props = Vec::new();
    for node in node.children().filter(Node::is_element) {
        if !is(node, CARD, "prop-filter") || props.len() == PROPS {
            return Err(unsupported());
        }
        let name = node.attribute("name").ok_or(Refusal::BadRequest)?.to_ascii_uppercase();
        let mut found = PropFilter { name, absent: false, test: test(node)?, texts: Vec::new(), params: Vec::new() };
        for part in node.children().filter(Node::is_element) {
            match part.tag_name().name() {
                "is-not-defined" => found.absent = true,
                "text-match" => found.texts.push(text_match(part)?),
                "param-filter" => found.params.push(param_filter(part)?),
                _ => return Err(unsupported()),
            }
        }
        props.push(found);
    }
    Ok(Filter { test: test(node)?, props })
}

fn param_filter(node: Node<'_, '_>) -> Result<ParamFilter, Refusal> {
    let name = node.attribute("name").ok_or(Refusal::BadRequest)?.to_ascii_uppercase();
    let mut found = ParamFilter { name, absent: false, text: None };
    for part in node.children().filter(Node::is_element) {
        match part.tag_name().name() {
            "is-not-defined" => found.absent = true,
            "text-match" => found.text = Some(text_match(part)?),
            _ => return Err(unsupported()),
        }
    }
    Ok(found)
}

fn text_match(node: Node<'_, '_>) -> Result<TextMatch, Refusal> {
    let collation = match node.attribute("collation").unwrap_or("default") {
        "default" | "i;unicode-casemap" => Collation::Unicode,
        "i;ascii-casemap" => Collation::Ascii,
        "i;octet" => Collation::Octet,
        _ => return Err(Refusal::Failed(Precondition::carddav("supported-collation"))),
    };
    let how = match node.attribute("match-type") {
        None | Some("contains") => Match::Contains,
        Some("equals") => Match::Equals,
        Some("starts-with") => Match::Starts,
        Some("ends-with") => Match::Ends,
        Some(_) => return Err(unsupported()),
    };
    Ok(TextMatch { negate: node.attribute("negate-condition") == Some("yes"), collation, how, text: collation.fold(&text(node)) })
}

impl Props {
    /// Whether the card itself is asked for.
    pub(crate) fn with_data(&self) -> bool {
        matches!(self, Self::These(names) if names.contains(&Name::Known(Prop::AddressData)))
    }
}
