//! A letter as a page that is safe to show (mail.md §3.2).
//!
//! Four walls, each of which would do by itself: the source is tokenised and written anew with known tags only, `ammonia`
//! cleans the tree, style declarations pass a list of properties and kinds of values, and the page is served into a
//! sandboxed frame under [`CSP_BLOCKED`], which neither runs scripts nor loads anything from elsewhere.

mod fold;
pub(crate) mod images;
mod plain;
mod source;
mod style;

use crate::parse::{self, text};
use ammonia::{Builder, UrlRelative};
use mail_parser::{HeaderName, HeaderValue, Message, PartType};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Longer texts and pages are cut here.
pub const MAX_BODY: usize = 2 << 20;
/// How long a page may take before its text is shown instead.
pub const BUDGET: Duration = Duration::from_secs(2);

/// The header the page is served with while remote images are blocked.
pub const CSP_BLOCKED: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; \
                               style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
/// The header the page is served with after the reader asked for its images.
pub const CSP_ALLOWED: &str = "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: https: http:; \
                               style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// Whether images may be fetched from where the sender put them: that tells the sender when and where one reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Images {
    #[default]
    Blocked,
    Allowed,
}

impl Images {
    pub fn csp(self) -> &'static str {
        match self {
            Self::Blocked => CSP_BLOCKED,
            Self::Allowed => CSP_ALLOWED,
        }
    }
}

/// A page, and what was held back of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// A complete document.
    pub html: String,
    /// Whether it has images elsewhere, shown or not.
    pub remote_images: bool,
    /// Images that only report that the letter was opened; they are never loaded.
    pub trackers: u32,
    /// Made of text: there was no HTML, or it was too much to take apart.
    pub text_only: bool,
}

/// The page of a raw message. Takes as long as it takes: call it where blocking is allowed, or use [`within`].
pub fn html(raw: &[u8], images: Images) -> Shown {
    parse::with_opened(raw, |message| page(message, images)).unwrap_or_else(|_| bytes_as_text(raw))
}

/// Text, fit to stand in a page or in an attribute between double quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    plain::escape(&mut out, text);
    out
}

/// HTML that a user wrote or pasted, fit to be kept, shown and sent: what runs, asks, plays or hides is gone, tables and styles stay,
/// and so do merge fields. `None`: too deep or too crooked to be taken apart. Takes as long as it takes, like [`html`].
pub fn safe(html: &str) -> Option<String> {
    Some(writing().clean(&source::normal(html)?).to_string())
}

/// [`safe`], for whoever reads it elsewhere: a merge field that is left is the words it shows.
pub(crate) fn sendable(html: &str) -> Option<String> {
    let mut builder = writing();
    builder.rm_generic_attributes(["data-merge", "data-quote"]);
    Some(builder.clean(&source::normal(html)?).to_string())
}

/// The body of a raw message to stand in a quotation: nothing is folded away, its own pictures are in it as far as `room` reaches, and
/// pictures elsewhere keep their address. Takes as long as it takes, like [`html`].
pub(crate) fn quoted(message: &parse::Opened<'_>, room: usize) -> String {
    body(message, Images::Allowed, Some(room)).map_or_else(|| quoted_text(message), |page| page.body)
}

/// The same, made of its text.
pub(crate) fn quoted_text(message: &parse::Opened<'_>) -> String {
    text_as_quoted(&parse::body_text(message, MAX_BODY))
}

/// What could not be read, as far as it is text.
pub(crate) fn quoted_bytes(raw: &[u8]) -> String {
    text_as_quoted(&text::decode(&raw[..raw.len().min(MAX_BODY)], None))
}

/// Text to stand in a quotation. Other programs know no style sheet of ours: what breaks a line is a tag.
fn text_as_quoted(text: &str) -> String {
    plain::to_html(parse::cut(text, MAX_BODY), true).replace('\n', "<br>").replace("<div class=\"text\">", "<div>")
}

/// The text version of a raw message, whether it has HTML or not. Linear in its size.
pub fn text(raw: &[u8]) -> Shown {
    parse::with_opened(raw, text_page).unwrap_or_else(|_| bytes_as_text(raw))
}

/// [`html`], on a thread where it may block, and [`text`] when it is not done in time.
pub async fn within(limit: Duration, raw: bytes::Bytes, images: Images) -> Shown {
    let source = raw.clone();
    let page = tokio::task::spawn_blocking(move || html(&source, images));
    match tokio::time::timeout(limit, page).await {
        Ok(Ok(shown)) => shown,
        Ok(Err(_)) | Err(_) => tokio::task::spawn_blocking(move || text(&raw)).await.unwrap_or_else(|_| document_of_text("")),
    }
}

fn bytes_as_text(raw: &[u8]) -> Shown {
    document_of_text(&text::decode(&raw[..raw.len().min(MAX_BODY)], None))
}

fn text_page(message: &parse::Opened<'_>) -> Shown {
    let body = plain::to_html(parse::cut(&parse::body_text(message, MAX_BODY), MAX_BODY), is_forward(message));
    Shown { html: document(&body, Kind::Text), text_only: true, ..Shown::default() }
}

fn is_forward(message: &parse::Opened<'_>) -> bool {
    message.header_values(HeaderName::Subject).find_map(HeaderValue::as_text).is_some_and(model::thread::is_forward)
}

fn document_of_text(text: &str) -> Shown {
    let body = plain::to_html(parse::cut(text, MAX_BODY), false);
    Shown { html: document(&body, Kind::Text), text_only: true, ..Shown::default() }
}

fn page(message: &parse::Opened<'_>, images: Images) -> Shown {
    body(message, images, None).map_or_else(|| text_page(message), Page::done)
}

/// `quoting`: to stand in an answer, with so many bytes of pictures. `None`: it is a text, or too crooked to be anything else.
fn body<'m>(message: &'m parse::Opened<'_>, images: Images, quoting: Option<usize>) -> Option<Page<'m>> {
    let is_html = parse::bodies(message, &message.html_body).any(|part| matches!(part.body, PartType::Html(_)));
    let packed = if is_html { None } else { parse::packed_html(message, MAX_BODY) };
    if !is_html && packed.is_none() {
        return None;
    }
    let mut page = Page {
        body: String::new(),
        room: MAX_BODY,
        images,
        count: images::Count::default(),
        pictures: images::Pictures::of(message, quoting),
        open: quoting.is_some() || is_forward(message),
    };
    if let Some(html) = packed {
        page.html(&html)?;
        return Some(page);
    }
    for part in parse::bodies(message, &message.html_body) {
        let text = parse::part_text(message, part);
        match &part.body {
            PartType::Html(_) => {
                // Too deep or too crooked: what is left of the reader's time goes to the text.
                page.html(&text)?;
            }
            PartType::Text(_) if quoting.is_some() => {
                let piece = page.piece(&text);
                page.body.push_str(&text_as_quoted(piece));
            }
            PartType::Text(_) => page.text(&text),
            _ => {}
        }
    }
    Some(page)
}

/// A page in the making.
struct Page<'m> {
    body: String,
    room: usize,
    images: Images,
    count: images::Count,
    pictures: images::Pictures<'m>,
    /// What it quotes at its end is not folded.
    open: bool,
}

impl Page<'_> {
    fn piece<'t>(&mut self, text: &'t str) -> &'t str {
        let piece = parse::cut(text, self.room);
        self.room -= piece.len();
        piece
    }

    fn html(&mut self, html: &str) -> Option<()> {
        let normal = source::normal(self.piece(html))?;
        let clean = sanitiser().clean(&normal).to_string();
        let mut settled = String::with_capacity(clean.len());
        images::settle(&clean, self.images, &mut self.pictures, &mut self.count, &mut settled);
        self.body.push_str("<div>");
        self.body.push_str(&fold::quotes(settled, self.open));
        self.body.push_str("</div>");
        Some(())
    }

    fn text(&mut self, text: &str) {
        let piece = self.piece(text);
        self.body.push_str(&plain::to_html(piece, self.open));
    }

    fn done(self) -> Shown {
        let html = document(&self.body, Kind::Html);
        Shown { html, remote_images: self.count.remote, trackers: self.count.trackers, text_only: false }
    }
}

enum Kind {
    Text,
    Html,
}

/// Letters in HTML were written for white paper and stay on it; text takes the colours of the reader's theme.
fn document(body: &str, kind: Kind) -> String {
    let (scheme, look) = match kind {
        Kind::Text => ("light dark", "background:transparent;color:CanvasText"),
        Kind::Html => ("light", "background:#fff;color:#1d2430"),
    };
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"{scheme}\">\
         <style>:root{{color-scheme:{scheme}}}html,body{{margin:0;padding:0}}\
         body{{{look};font:14px/1.5 system-ui,sans-serif;padding:16px;overflow-wrap:anywhere}}\
         img{{max-width:100%;height:auto}}pre{{white-space:pre-wrap}}table{{max-width:100%}}\
         .text{{white-space:pre-wrap}}blockquote{{margin:4px 0;padding-left:12px;border-left:2px solid #8a94a6}}\
         .quote>summary{{list-style:none;inline-size:max-content;margin:4px 0;padding:0 10px 4px;border-radius:4px;line-height:1;cursor:pointer;\
         background:rgba(128,138,156,.25)}}.quote>summary::-webkit-details-marker{{display:none}}\
         a{{color:#1a5fb4}}@media(prefers-color-scheme:dark){{.text a{{color:LinkText}}}}</style></head><body>{body}</body></html>"
    )
}

/// Tags of letters: words, lists, tables, pictures. Nothing that runs, asks, plays or loads by itself.
const TAGS: [&str; 66] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "dir",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "u",
];
const MORE_TAGS: [&str; 5] = ["ul", "var", "wbr", "tt", "main"];

/// What goes with all it holds.
const WITH_CONTENT: [&str; 13] =
    ["script", "style", "title", "head", "template", "noscript", "iframe", "object", "embed", "svg", "math", "select", "textarea"];

const GENERIC: [&str; 8] = ["align", "bgcolor", "data-quote", "dir", "lang", "style", "title", "valign"];

fn tag_attributes() -> HashMap<&'static str, HashSet<&'static str>> {
    let sized = ["width", "height"];
    HashMap::from([
        ("a", HashSet::from(["href"])),
        ("img", HashSet::from(["src", "alt", "width", "height", "border", "hspace", "vspace"])),
        ("table", HashSet::from(["width", "height", "border", "cellpadding", "cellspacing", "summary", "rules", "frame"])),
        ("td", HashSet::from(["width", "height", "colspan", "rowspan", "nowrap", "headers", "abbr"])),
        ("th", HashSet::from(["width", "height", "colspan", "rowspan", "nowrap", "scope", "abbr"])),
        ("tr", HashSet::from(sized)),
        ("col", HashSet::from(["width", "span"])),
        ("colgroup", HashSet::from(["width", "span"])),
        ("hr", HashSet::from(["width", "size", "color", "noshade"])),
        ("font", HashSet::from(["color", "face", "size"])),
        ("ol", HashSet::from(["start", "type", "reversed"])),
        ("ul", HashSet::from(["type"])),
        ("li", HashSet::from(["value", "type"])),
        ("br", HashSet::from(["clear"])),
        ("details", HashSet::from(["open"])),
        ("blockquote", HashSet::from(["type"])),
    ])
}

fn sanitiser() -> Builder<'static> {
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into_iter().chain(MORE_TAGS).collect())
        .clean_content_tags(WITH_CONTENT.into())
        .tag_attributes(tag_attributes())
        .generic_attributes(GENERIC.into())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid", "data"]))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(attribute);
    builder
}

/// For what is written here: the same tags and values. A link stays as its writer made it; how it opens is the reader's business.
fn writing() -> Builder<'static> {
    let mut builder = sanitiser();
    builder.rm_set_tag_attribute_value("a", "target").link_rel(None).add_generic_attributes(["data-merge"]);
    builder
}

/// The last word on an attribute that is known by name.
fn attribute<'a>(element: &str, name: &str, value: &'a str) -> Option<Cow<'a, str>> {
    match (element, name) {
        (_, "style") => style::filter(value).map(Cow::Owned),
        ("a", "href") => has_scheme(value, &["http:", "https:", "mailto:", "tel:"]).then(|| plain_host(value)).flatten(),
        ("img", "src") => {
            let trimmed = value.trim();
            let fits = has_scheme(trimmed, &["http:", "https:", "cid:"]) || images::is_safe_data(trimmed);
            fits.then_some(Cow::Borrowed(trimmed))
        }
        (_, "href" | "src") => None,
        (_, "alt" | "title" | "summary" | "abbr" | "lang" | "face") => Some(Cow::Borrowed(parse::cut(value, 1_000))),
        (_, "data-quote") => matches!(value, "box" | "rest").then_some(Cow::Borrowed(value)),
        ("a", _) => Some(Cow::Borrowed(value)),
        // Sizes, colours and words: nothing that could be an address.
        _ => (value.len() <= 64 && value.chars().all(|c| c.is_ascii_alphanumeric() || " #%.,-_+".contains(c)))
            .then_some(Cow::Borrowed(value)),
    }
}

/// A link whose host can be read for what it is: without a name and password that pose as one, in ASCII where letters of
/// another alphabet pose as Latin.
fn plain_host(href: &str) -> Option<Cow<'_, str>> {
    let web = has_scheme(href, &["http:", "https:"]);
    let authority = href.split_once(':').map_or("", |(_, rest)| rest.trim_start_matches(['/', '\\']));
    let authority = &authority[..authority.find(['/', '?', '#', '\\']).unwrap_or(authority.len())];
    if !web || (authority.is_ascii() && !authority.contains('@')) {
        return Some(Cow::Borrowed(href));
    }
    let mut url = ammonia::Url::parse(href).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(Cow::Owned(url.into()))
}

fn has_scheme(url: &str, schemes: &[&str]) -> bool {
    schemes.iter().any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// Whether the page would leave these to be downloaded only: used by callers that list attachments beside it.
pub(crate) fn content_id(part: &mail_parser::MessagePart<'_>) -> Option<String> {
    use mail_parser::MimeHeaders;
    let id = part.content_id()?.trim().trim_start_matches('<').trim_end_matches('>').trim().to_ascii_lowercase();
    (!id.is_empty()).then_some(id)
}

/// Used by the pictures: the message a page is made of.
type Letter<'x> = Message<'x>;
