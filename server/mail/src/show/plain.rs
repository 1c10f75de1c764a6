//! Plain text as a page: escaped first and last, links made, quotes as levels.

use super::fold;
use crate::parse::text::quote_level;

const MAX_LEVEL: usize = 20;

/// `open`: what it quotes at its end is not folded.
pub(super) fn to_html(text: &str, open: bool) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let folded = if open { None } else { fold::quoted_end(&lines) };
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut level = 0;
    let mut fresh = true;
    out.push_str("<div class=\"text\">");
    for (at, line) in lines.into_iter().enumerate() {
        let (quoted, rest) = quote_level(line);
        let quoted = quoted.min(MAX_LEVEL);
        if folded == Some(at) {
            for _ in 0..level {
                out.push_str("</blockquote>");
            }
            out.push_str(fold::OPEN);
            (level, fresh) = (0, true);
        }
        if quoted != level {
            for _ in quoted..level {
                out.push_str("</blockquote>");
            }
            for _ in level..quoted {
                out.push_str("<blockquote>");
            }
            level = quoted;
            fresh = true;
        }
        if !fresh {
            out.push('\n');
        }
        fresh = false;
        linkify(&mut out, rest);
    }
    for _ in 0..level {
        out.push_str("</blockquote>");
    }
    if folded.is_some() {
        out.push_str(fold::CLOSE);
    }
    out.push_str("</div>");
    out
}

fn linkify(out: &mut String, line: &str) {
    for piece in line.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')) {
        let word = piece.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'));
        let after = &piece[word.len()..];
        let start = word.find(|c: char| c.is_alphanumeric()).unwrap_or(word.len());
        let (before, rest) = word.split_at(start);
        let link = without_punctuation(rest);
        let tail = &rest[link.len()..];
        escape(out, before);
        match target(link) {
            Some((scheme, link)) => {
                out.push_str("<a href=\"");
                out.push_str(scheme);
                escape(out, link);
                out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
                escape(out, link);
                out.push_str("</a>");
            }
            None => escape(out, link),
        }
        escape(out, tail);
        escape(out, after);
    }
}

/// What a word points at, as the scheme to write before it.
fn target(word: &str) -> Option<(&'static str, &str)> {
    let starts =
        |start: &str| word.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)) && word.len() > start.len() + 2;
    if word.len() > 2_000 {
        None
    } else if starts("https://") || starts("http://") {
        Some(("", word))
    } else if starts("www.") {
        Some(("https://", word))
    } else if word.contains('@') && model::fold::is_email_address(word) {
        Some(("mailto:", word))
    } else {
        None
    }
}

/// The full stop behind an address is not part of it; a closing bracket is, when one was opened inside.
fn without_punctuation(word: &str) -> &str {
    let mut link = word;
    while let Some(last) = link.chars().next_back() {
        let drop = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '’' | '”' | '*' | '_' => true,
            ')' => link.matches(')').count() > link.matches('(').count(),
            ']' => link.matches(']').count() > link.matches('[').count(),
            _ => false,
        };
        // Words of brackets only are not worth counting through again and again.
        if !drop || word.len() - link.len() > 16 {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link
}

pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let page = to_html(text, false).replace(" target=\"_blank\" rel=\"noopener noreferrer nofollow\"", "");
        page.trim_start_matches("<div class=\"text\">").trim_end_matches("</div>").to_owned()
    }

    #[test]
    fn links() {
        for (text, wanted) in [
            ("Zie https://x.nl/a?b=1&c=2.", "Zie <a href=\"https://x.nl/a?b=1&amp;c=2\">https://x.nl/a?b=1&amp;c=2</a>."),
            ("(www.x.nl/a_(b))", "(<a href=\"https://www.x.nl/a_(b)\">www.x.nl/a_(b)</a>)"),
            ("<jan@x.nl>", "&lt;<a href=\"mailto:jan@x.nl\">jan@x.nl</a>&gt;"),
            ("javascript:alert(1) data:text/html,x", "javascript:alert(1) data:text/html,x"),
            ("https://x.nl/\"onmouseover=\"alert(1)", "<a href=\"https://x.nl/\">https://x.nl/</a>&quot;onmouseover=&quot;alert(1)"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn quotes() {
        assert_eq!(shown("a\n> b\n> > c\n> d\ne\nf"), "a<blockquote>b<blockquote>c</blockquote>d</blockquote>e\nf");
        assert!(to_html(&format!("{}x", ">".repeat(10_000)), false).len() < 2_000);
    }
}
