//! The letter as plain text, for whoever reads it that way.
//!
//! `parse::text` makes text to search in; here somebody is to read it, so paragraphs stay apart, lists stay lists, and where a link leads
//! is told. The HTML is our own, so every tag is closed and every attribute quoted.

use crate::parse::text::{tag_end, unescape};
use memchr::memchr;

/// Elements with a blank line before and after them.
const PARAGRAPHS: [&str; 13] = ["p", "ul", "ol", "dl", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"];
/// Elements that begin on a line of their own.
const LINES: [&str; 22] = [
    "div",
    "tr",
    "li",
    "dt",
    "dd",
    "hr",
    "address",
    "article",
    "section",
    "header",
    "footer",
    "main",
    "center",
    "caption",
    "figure",
    "figcaption",
    "details",
    "summary",
    "tbody",
    "thead",
    "tfoot",
    "dir",
];
const MOST_QUOTES: usize = 20;

/// In lines that end with LF. `max` bounds it, roughly.
pub(super) fn plain(html: &str, max: usize) -> String {
    let mut page = Page { max, ..Page::default() };
    let bytes = html.as_bytes();
    let mut at = 0;
    while at < bytes.len() && !page.is_full() {
        let next = memchr(b'<', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |step| at + step);
        page.words(&unescape(html.get(at..next).unwrap_or_default()));
        if next == bytes.len() {
            break;
        }
        at = tag_end(bytes, next + 1);
        page.tag(html.get(next + 1..at).unwrap_or_default().trim_end_matches('>'));
    }
    page.end_line();
    page.done.truncate(page.done.trim_end().len());
    page.done.push('\n');
    page.done
}

#[derive(Default)]
struct Page {
    max: usize,
    done: String,
    line: String,
    /// What the next word begins its line with.
    mark: String,
    /// Blanks were seen since the last word of the line.
    gap: bool,
    /// A paragraph ended: the next line has a blank one before it, quoted so often.
    apart: Option<usize>,
    quotes: usize,
    preformatted: usize,
    /// The lists it is in: the number of the next item, where they have numbers.
    lists: Vec<Option<usize>>,
    /// The link it is in, and the words of it so far.
    link: Option<(String, String)>,
}

impl Page {
    fn is_full(&self) -> bool {
        self.done.len() + self.line.len() > self.max
    }

    fn words(&mut self, text: &str) {
        if self.preformatted > 0 {
            for (nth, line) in text.split('\n').enumerate() {
                if nth > 0 {
                    self.break_line();
                }
                self.line.push_str(line);
            }
            return;
        }
        for (nth, word) in text.split(char::is_whitespace).enumerate() {
            self.gap |= nth > 0;
            if !word.is_empty() {
                self.word(word);
            }
        }
    }

    fn word(&mut self, word: &str) {
        let gap = std::mem::take(&mut self.gap);
        if self.line.is_empty() {
            self.line = std::mem::take(&mut self.mark);
        } else if gap {
            self.line.push(' ');
        }
        self.line.push_str(word);
        if let Some((_, words)) = &mut self.link {
            words.push_str(word);
        }
    }

    /// Ends the line, though nothing may stand on it.
    fn break_line(&mut self) {
        if let Some(quotes) = self.apart.take()
            && !self.done.is_empty()
            && !self.is_after_blank()
        {
            self.write(quotes, "");
        }
        let line = std::mem::take(&mut self.line);
        self.write(self.quotes, line.trim_end());
        self.gap = false;
    }

    fn write(&mut self, quotes: usize, line: &str) {
        for _ in 0..quotes {
            self.done.push('>');
        }
        // Apart from the marks, and where there are none, from what would be taken for one (RFC 3676 §4.4).
        if (quotes > 0 && !line.is_empty()) || line.starts_with('>') {
            self.done.push(' ');
        }
        self.done.push_str(line);
        self.done.push('\n');
    }

    fn is_after_blank(&self) -> bool {
        let done = self.done.strip_suffix('\n').unwrap_or(&self.done);
        done.rsplit('\n').next().unwrap_or_default().bytes().all(|b| b == b'>')
    }

    fn end_line(&mut self) {
        if !self.line.trim().is_empty() {
            self.break_line();
        }
        self.line.clear();
        self.gap = false;
    }

    fn end_paragraph(&mut self) {
        self.end_line();
        self.apart = Some(self.apart.map_or(self.quotes, |quotes| quotes.min(self.quotes)));
    }

    fn tag(&mut self, tag: &str) {
        let (closes, tag) = tag.strip_prefix('/').map_or((false, tag), |tag| (true, tag));
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        if PARAGRAPHS.contains(&name) {
            let depth = if closes && matches!(name, "ul" | "ol") { 1 } else { 0 };
            let in_list = matches!(name, "p" | "ul" | "ol") && self.lists.len() > depth;
            if in_list { self.end_line() } else { self.end_paragraph() }
        } else if LINES.contains(&name) {
            self.end_line();
        }
        match (name, closes) {
            ("br", _) => self.break_line(),
            ("hr", false) => {
                self.word("---");
                self.end_line();
            }
            ("td" | "th", _) => self.gap = true,
            ("blockquote", _) => {
                self.quotes = if closes { self.quotes.saturating_sub(1) } else { (self.quotes + 1).min(MOST_QUOTES) };
                self.end_paragraph();
            }
            ("pre", false) => self.preformatted += 1,
            ("pre", true) => self.preformatted = self.preformatted.saturating_sub(1),
            ("ul", false) => self.lists.push(None),
            ("ol", false) => self.lists.push(Some(1)),
            ("ul" | "ol", true) => _ = self.lists.pop(),
            ("li", false) => self.mark = self.item(),
            ("img", _) => {
                if let Some(words) = attribute(tag, "alt") {
                    self.words(&words);
                }
            }
            ("a", false) => self.link = attribute(tag, "href").map(|address| (address, String::new())),
            ("a", true) => self.end_link(),
            _ => {}
        }
    }

    fn item(&mut self) -> String {
        let indent = "  ".repeat(self.lists.len().clamp(1, MOST_QUOTES) - 1);
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}- "),
        }
    }

    /// Where it leads is told, unless its words tell.
    fn end_link(&mut self) {
        let Some((address, words)) = self.link.take() else { return };
        let bare = address.strip_prefix("mailto:").or_else(|| address.strip_prefix("tel:")).unwrap_or(&address);
        let short = bare.split_once("://").map_or(bare, |(_, rest)| rest);
        let told = [bare, short].iter().any(|told| told.trim_end_matches('/').eq_ignore_ascii_case(words.trim_end_matches('/')));
        if !told {
            self.line.push_str(&format!(" <{bare}>"));
        }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescape(rest.split('"').next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> String {
        plain(html, 100_000)
    }

    /// [CMP-18] Whoever reads text reads the same letter.
    #[test]
    fn letters_as_text() {
        for (html, wanted) in [
            ("", "\n"),
            ("<div>Beste Jan,</div><div><br></div><div>Tot  morgen &amp; groet</div>", "Beste Jan,\n\nTot morgen & groet\n"),
            ("<p>Een</p><p>Twee<br>drie</p>", "Een\n\nTwee\ndrie\n"),
            ("<ul><li>een</li><li><p>twee</p><ul><li>diep</li></ul></li></ul><p>na</p>", "- een\n- twee\n  - diep\n\nna\n"),
            ("<ol><li>een</li><li>twee</li></ol>", "1. een\n2. twee\n"),
            (
                "<a href=\"https://x.nl/a?b=1&amp;c=2\">klik <b>hier</b></a>, <a href=\"https://x.nl/\">x.nl</a> of <a href=\"mailto:a@x.nl\">a@x.nl</a>",
                "klik hier <https://x.nl/a?b=1&c=2>, x.nl of a@x.nl\n",
            ),
            ("<div>ja</div><blockquote><div>een</div><div><br></div><blockquote>nul</blockquote></blockquote>", "ja\n\n> een\n>\n>> nul\n"),
            ("<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></tbody></table>", "a b\nc d\n"),
            ("<pre>a  b\n c</pre>", "a  b\n c\n"),
            ("<img alt=\"logo\" src=\"cid:1\"><hr>x", "logo\n---\nx\n"),
            ("<p>&gt; geen citaat</p>", " > geen citaat\n"),
        ] {
            assert_eq!(text(html), wanted, "{html}");
        }
        assert!(text(&"<blockquote>".repeat(5_000)).len() < 2_000_000);
        assert!(plain(&"<p>woord</p>".repeat(100_000), 1_000).len() < 1_100);
    }
}
