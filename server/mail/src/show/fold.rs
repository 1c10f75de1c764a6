//! Finds what a letter quotes at its end, so that it can be folded away.
//!
//! Only what stands at the end, after words of the writer's own, and only where nothing of his follows: whoever answers
//! between the lines needs those lines to be understood. A forwarded letter is its own text and stays open.

use crate::parse::text::{self, is_forward_mark, quote_level, starts_attribution};
use memchr::memchr;

/// Shorter quotes are not worth a click.
const SHORT: usize = 160;
/// "On Monday Jan wrote:" is shorter; more than this before a quote is text of the writer's own.
const INTRODUCTION: usize = 400;
/// Lines that are looked at for the header of a quoted letter.
const HEADER: usize = 6;

pub(super) const OPEN: &str = "<details class=\"quote\"><summary>\u{2026}</summary>";
pub(super) const CLOSE: &str = "</details>";

/// Where the quoted end of a plain text begins, as a number of lines.
pub(super) fn quoted_end(lines: &[&str]) -> Option<usize> {
    let start = quoted_letter(lines).or_else(|| quoted_run(lines))?;
    let own = lines[..start].iter().any(|line| !line.trim().is_empty());
    let quoted: usize = lines[start..].iter().map(|line| line.trim().len()).sum();
    (own && quoted > SHORT).then_some(start)
}

/// Outlook puts the whole letter below the answer, under a line of dashes or a header in the writer's language.
fn quoted_letter(lines: &[&str]) -> Option<usize> {
    let start = (1..lines.len()).find(|at| {
        let line = lines[*at].trim();
        is_forward_mark(line) || (is_field(line, FROM) && is_header(&lines[at + 1..]))
    })?;
    // The ruler above it belongs to it.
    let ruler = (0..start).rev().find(|at| !lines[*at].trim().is_empty()).filter(|at| {
        let line = lines[*at].trim();
        line.len() > 8 && line.bytes().all(|b| matches!(b, b'_' | b'-'))
    });
    Some(ruler.unwrap_or(start))
}

const FROM: &[&str] = &["from", "van", "von", "de"];
const FIELDS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "verzonden",
    "datum",
    "aan",
    "onderwerp",
    "gesendet",
    "an",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "reply-to",
];

fn is_field(line: &str, names: &[&str]) -> bool {
    let line = line.trim_start_matches(['*', ' ']);
    line.split_once(':').is_some_and(|(name, rest)| {
        let name = name.trim_end_matches(['*', ' ']).to_lowercase();
        name.len() <= 12 && rest.len() <= 1_000 && !rest.trim().is_empty() && names.contains(&name.as_str())
    })
}

fn is_header(lines: &[&str]) -> bool {
    lines.iter().take(HEADER).filter(|line| is_field(line.trim(), FIELDS)).count() >= 2
}

/// The lines with `>` that nothing but blanks and a signature follows, and the words that introduce them.
fn quoted_run(lines: &[&str]) -> Option<usize> {
    let blank = |at: usize| lines[at].trim().is_empty();
    let quoted = |at: usize| quote_level(lines[at]).0 > 0;
    let signature = (0..lines.len()).rev().take(12).find(|at| matches!(*lines.get(*at).unwrap_or(&""), "-- " | "--"));
    let last = |until: usize| (0..until).rev().find(|at| !blank(*at)).filter(|at| quoted(*at));
    let last = last(lines.len()).or_else(|| last(signature?))?;
    let mut start = last;
    let mut at = last;
    while at > 0 && (blank(at - 1) || quoted(at - 1)) {
        at -= 1;
        if quoted(at) {
            start = at;
        }
    }
    let before = (0..start).rev().find(|at| !blank(*at))?;
    if !lines[before].trim_end().ends_with(':') {
        return Some(start);
    }
    let two_lines = before > 0 && starts_attribution(lines[before - 1].trim()) && !starts_attribution(lines[before].trim());
    Some(if two_lines { before - 1 } else { before })
}

/// What stands for a quote in HTML.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// A `blockquote` that stands in no other.
    Block,
    /// The box that holds an introduction and a quote: Gmail, Yahoo, Proton.
    Box,
    /// From here on to the end of what it stands in: Outlook's header, Thunderbird's introduction.
    Rest,
}

/// The value of the mark that `source` leaves on elements which mail programs put round quotes. No page can bring its own.
pub(super) fn mark_of(class: &str, id: &str) -> Option<&'static str> {
    let is = |words: &[&str]| {
        class
            .split_ascii_whitespace()
            .chain(id.split_ascii_whitespace())
            .any(|word| words.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    if is(&["gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "zmail_extra", "tutanota_quote"]) {
        Some("box")
    } else if is(&[
        "divRplyFwdMsg",
        "OLK_SRC_BODY_SECTION",
        "moz-cite-prefix",
        "OutlookMessageHeader",
        "mail-editor-reference-message-container",
    ]) {
        Some("rest")
    } else {
        None
    }
}

struct Open<'p> {
    name: &'p str,
    start: usize,
    text: usize,
    mark: Option<Mark>,
    /// Where a `Rest` began in it.
    rest: Option<(usize, usize)>,
}

struct Range {
    mark: Mark,
    start: usize,
    end: usize,
    /// Letters before it and up to its end.
    before: usize,
    until: usize,
}

/// The page with the quote at its end folded. It comes from a serialiser: every tag is closed, every attribute quoted.
pub(super) fn quotes(page: String, forward: bool) -> String {
    let range = if forward { None } else { quoted_range(&page) };
    let mut out = match range {
        Some(range) => {
            let mut out = String::with_capacity(page.len() + OPEN.len() + CLOSE.len());
            out.push_str(&page[..range.0]);
            out.push_str(OPEN);
            out.push_str(&page[range.0..range.1]);
            out.push_str(CLOSE);
            out.push_str(&page[range.1..]);
            out
        }
        None => page,
    };
    if out.contains(" data-quote=\"") {
        out = out.replace(" data-quote=\"box\"", "").replace(" data-quote=\"rest\"", "");
    }
    out
}

fn quoted_range(page: &str) -> Option<(usize, usize)> {
    let bytes = page.as_bytes();
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut found: Vec<Range> = Vec::new();
    let (mut at, mut letters, mut blocks) = (0, 0_usize, 0_usize);
    let count = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '\u{a0}').count();
    while let Some(step) = memchr(b'<', &bytes[at..]) {
        let tag = at + step;
        letters += count(&page[at..tag].replace("&nbsp;", " "));
        let end = text::tag_end(bytes, tag + 1);
        at = end;
        let whole = &page[tag..end];
        if let Some(rest) = whole.strip_prefix("</") {
            let name = rest.trim_end_matches('>');
            // Well-formed, so this is the innermost one; if it is not, nothing is folded.
            let closed = open.pop().filter(|open| open.name == name)?;
            if name == "blockquote" {
                blocks -= 1;
            }
            if let Some((start, before)) = closed.rest {
                found.push(Range { mark: Mark::Rest, start, end: tag, before, until: letters });
            }
            if let Some(mark) = closed.mark {
                found.push(Range { mark, start: closed.start, end, before: closed.text, until: letters });
            }
            continue;
        }
        let name_end = whole[1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(whole.len(), |n| n + 1);
        let name = &whole[1..name_end];
        if matches!(name, "img" | "hr" | "br" | "col" | "wbr") {
            letters += usize::from(name == "img");
            continue;
        }
        let mut mark = None;
        if name == "blockquote" {
            mark = (blocks == 0).then_some(Mark::Block);
            blocks += 1;
        }
        if whole.contains(" data-quote=\"box\"") && blocks == usize::from(name == "blockquote") {
            mark = Some(Mark::Box);
        } else if whole.contains(" data-quote=\"rest\"")
            && blocks == 0
            && let Some(parent) = open.last_mut()
            && parent.rest.is_none()
        {
            parent.rest = Some((tag, letters));
        }
        open.push(Open { name, start: tag, text: letters, mark, rest: None });
    }
    letters += count(&page[at..]);
    choose(&found, letters)
}

fn choose(found: &[Range], letters: usize) -> Option<(usize, usize)> {
    let at_end = |range: &&Range| range.until == letters && range.before > 0 && range.until - range.before > SHORT;
    // What mail programs themselves mark, as long as the writer did not go on inside it.
    let marked = found.iter().filter(|range| range.mark != Mark::Block).filter(at_end).find(|range| {
        let mut inside = found.iter().filter(|block| block.mark == Mark::Block && block.start >= range.start && block.end <= range.end);
        match inside.next() {
            None => range.mark == Mark::Rest,
            Some(first) => inside.next().is_none() && first.until == range.until && first.before - range.before <= INTRODUCTION,
        }
    });
    let last = || found.iter().rev().filter(|range| range.mark == Mark::Block).find(at_end);
    marked.or_else(last).map(|range| (range.start, range.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(word: &str) -> String {
        format!("{word} ").repeat(60)
    }

    /// What is folded of a plain text, and what is not.
    #[test]
    fn plain_quotes() {
        let quote = format!("> {}", long("oud"));
        for (name, text, wanted) in [
            ("a quote at the end, with its introduction", format!("ja\n\nOp ma schreef Jan:\n\n{quote}"), Some(2)),
            (
                "an introduction over two lines",
                format!("ja\n\nOn Monday the 3rd of May, Jan Bakker\n<jan@x.example> wrote:\n{quote}"),
                Some(2),
            ),
            ("a signature below it", format!("ja\n{quote}\n-- \nPiet"), Some(1)),
            ("answers between the lines", format!("{quote}\nja\n{quote}\nnee"), None),
            ("nothing but a quote", quote.clone(), None),
            ("a short quote", "ja\n> goed?".to_owned(), None),
            ("Outlook", format!("ja\n\n_________________\nVan: Jan\nVerzonden: ma\nAan: Piet\nOnderwerp: x\n\n{}", long("oud")), Some(2)),
            ("an original message", format!("ja\n-----Oorspronkelijk bericht-----\n{}", long("oud")), Some(1)),
            ("words that look like a header", format!("Van: hier kan\nalles komen: zo ook dit\n{}", long("eigen")), None),
            ("nothing", String::new(), None),
        ] {
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(quoted_end(&lines), wanted, "{name}");
        }
    }

    /// The same for pages, as mail programs make them.
    #[test]
    fn page_quotes() {
        let old = long("oud");
        for (name, page, wanted) in [
            ("a quote at the end", format!("<p>ja</p><blockquote>{old}</blockquote><br>"), Some("<p>ja</p>|<br>")),
            ("answers below", format!("<blockquote>{old}</blockquote><p>ja</p>"), None),
            (
                "Gmail",
                format!("<div>ja</div><div data-quote=\"box\"><div>Op ma schreef Jan:</div><blockquote>{old}</blockquote></div>"),
                Some("<div>ja</div>|"),
            ),
            (
                "Gmail, answered between the lines",
                format!(
                    "<div>ja</div><div data-quote=\"box\">Jan:<blockquote>{old}</blockquote>nee<blockquote>{old}</blockquote>ook niet</div>"
                ),
                None,
            ),
            (
                "Outlook",
                format!("<div><p>ja</p><hr><div data-quote=\"rest\">Van: Jan</div><div>{old}</div></div>"),
                Some("<div><p>ja</p><hr>|</div>"),
            ),
            (
                "Thunderbird",
                format!("<div>ja<div data-quote=\"rest\">Jan schreef:</div><blockquote>{old}</blockquote></div>"),
                Some("<div>ja|</div>"),
            ),
            (
                "Thunderbird, answered below",
                format!("<div>ja<div data-quote=\"rest\">Jan schreef:</div><blockquote>{old}</blockquote>nee</div>"),
                None,
            ),
            ("nothing of one's own", format!("<blockquote>{old}</blockquote>"), None),
            (
                "quotes of quotes fold once",
                format!("<p>ja</p><blockquote>a<blockquote>{old}</blockquote></blockquote>"),
                Some("<p>ja</p>|"),
            ),
        ] {
            let shown = quotes(page.clone(), false);
            assert!(!shown.contains("data-quote"), "{name}");
            let folded = shown.split_once(OPEN).map(|(before, rest)| {
                let (_, after) = rest.rsplit_once(CLOSE).expect("closed");
                format!("{before}|{after}")
            });
            assert_eq!(folded.as_deref(), wanted, "{name}");
            assert!(!quotes(page, true).contains("<details"), "a forwarded letter is not folded: {name}");
        }
    }
}
