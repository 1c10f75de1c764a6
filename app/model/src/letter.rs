//! The text of a letter, block by block: what its template gave, what was typed, and what is quoted.

use std::collections::HashMap;

/// The same letter begun with another template: what was typed stays, and so does what is quoted.
///
/// `begun` is what the template gave before, `html` the letter as it stands, `template` what the other one gives.
pub fn retemplated(begun: &str, html: &str, template: &str) -> String {
    let all = blocks(html);
    let (text, quoted) = all.split_at(quote_starts(&all));
    let mut given: HashMap<String, usize> = HashMap::new();
    for block in blocks(begun) {
        *given.entry(said(block)).or_default() += 1;
    }
    let typed: Vec<&str> = text
        .iter()
        .copied()
        .filter(|block| {
            let said = said(block);
            match given.get_mut(&said) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    false
                }
                _ => !said.is_empty(),
            }
        })
        .collect();
    let fresh = blocks(template);
    let room = room_to_type(&fresh);
    let mut out = String::with_capacity(html.len() + template.len());
    out.extend(fresh.iter().take(room.start).copied());
    if typed.is_empty() {
        out.extend(fresh.iter().skip(room.start).take(room.len()).copied());
    }
    out.extend(typed);
    out.extend(fresh.iter().skip(room.end).copied());
    out.extend(quoted.iter().copied());
    out
}

/// Words of the languages our writers use for what they enclose; compound words begin with them.
const FILES: [&str; 8] = ["bijlage", "bijgevoegd", "bijgaand", "meegestuurd", "attach", "enclosed", "anbei", "anhang"];

/// Whether the letter itself, not what it quotes, says that something is enclosed.
pub fn speaks_of_files(html: &str) -> bool {
    let all = blocks(html);
    let (text, _) = all.split_at(quote_starts(&all));
    let text = crate::fold::fold(&text.iter().map(|block| worded(block)).collect::<Vec<_>>().join(" "));
    text.split(|c: char| !c.is_alphanumeric()).any(|word| FILES.iter().any(|file| word.starts_with(file)))
}

/// The text of a block, a space for each tag.
fn worded(block: &str) -> String {
    let mut words = String::new();
    let mut inside = false;
    for c in block.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                words.push(' ');
            }
            _ if !inside => words.push(c),
            _ => {}
        }
    }
    words
}

/// The first empty line below a line that says something; below the first line where there is none.
fn room_to_type(blocks: &[&str]) -> std::ops::Range<usize> {
    let spoken = blocks.iter().position(|block| !said(block).is_empty());
    let Some(spoken) = spoken else { return 0..blocks.len() };
    match blocks.iter().skip(spoken).position(|block| said(block).is_empty()) {
        Some(empty) => spoken + empty..spoken + empty + 1,
        None => spoken + 1..spoken + 1,
    }
}

/// Where the quotation begins that answers end with: the line above it, which ends in a colon, belongs to it.
fn quote_starts(blocks: &[&str]) -> usize {
    let Some(quote) = blocks.iter().position(|block| block.trim_start().to_ascii_lowercase().starts_with("<blockquote")) else {
        return blocks.len();
    };
    let mut start = quote;
    while start > 0 && blocks.get(start - 1).is_some_and(|block| said(block).is_empty()) {
        start -= 1;
    }
    if start > 0 && blocks.get(start - 1).is_some_and(|block| said(block).ends_with(':')) { start - 1 } else { quote }
}

/// What a block says: its text without tags and spaces, and the pictures in it. Editors write the same text with other tags.
fn said(block: &str) -> String {
    let mut said = String::new();
    let mut rest = block;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        push_text(&mut said, text);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        let name = tag_name(tag);
        if matches!(name.as_str(), "img" | "hr" | "table") {
            said.push_str(if name == "img" { tag } else { &name });
        }
        rest = after;
    }
    push_text(&mut said, rest);
    said
}

fn push_text(said: &mut String, text: &str) {
    let text = text.replace("&nbsp;", " ");
    said.extend(text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{feff}')));
}

fn tag_name(tag: &str) -> String {
    let name = tag.trim_start_matches(['<', '/']);
    name.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Elements, and texts between them, at the top level of HTML that was made safe. What wraps all of it is taken off.
fn blocks(html: &str) -> Vec<&str> {
    const EMPTY: [&str; 14] =
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    let mut at = 0;
    while let Some(open) = html.get(at..).and_then(|rest| rest.find('<')) {
        let open = at + open;
        let end = html.get(open..).and_then(|rest| rest.find('>')).map_or(html.len(), |end| open + end + 1);
        let tag = html.get(open..end).unwrap_or_default();
        let name = tag_name(tag);
        let closes = tag.starts_with("</");
        let block = is_block(&name);
        if depth == 0 && block && !closes && open > start {
            found.push(html.get(start..open).unwrap_or_default());
            start = open;
        }
        if closes {
            depth = depth.saturating_sub(1);
        } else if !EMPTY.contains(&name.as_str()) && !tag.ends_with("/>") {
            depth += 1;
        }
        at = end;
        if depth == 0 && block {
            found.push(html.get(start..end).unwrap_or_default());
            start = end;
        }
    }
    if start < html.len() {
        found.push(html.get(start..).unwrap_or_default());
    }
    found.retain(|block| !block.trim().is_empty());
    match found.as_slice() {
        [one] => match inside_div(one) {
            Some(inside) => blocks(inside),
            None => found,
        },
        _ => found,
    }
}

fn inside_div(block: &str) -> Option<&str> {
    let block = block.trim();
    if tag_name(block) != "div" {
        return None;
    }
    let inside = block.get(block.find('>')? + 1..)?.strip_suffix("</div>")?;
    inside.contains("<div").then_some(inside)
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div" | "p" | "table" | "blockquote" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr" | "pre" | "center" | "dl"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "<p>Geachte heer De Vries,</p><p><br></p><p>Met vriendelijke groet,<br>Alice</p>";
    const NEW: &str = "<div>Beste Jan,</div><div><br></div><div>Groeten van <b>Alice</b></div>";

    /// [CMP-15] Nothing typed: the other template as it is, though the editor wrote the first with other tags.
    #[test]
    fn an_untouched_letter_is_the_other_template() {
        let edited = "<div>Geachte heer De Vries,</div><div><br></div><div>Met vriendelijke groet,<br>Alice</div>";
        assert_eq!(retemplated(OLD, edited, NEW), NEW);
        assert_eq!(retemplated("", "", NEW), NEW);
        assert_eq!(retemplated("", "<div><br></div>", NEW), NEW);
    }

    /// [CMP-15] What was typed stays, below the other salutation.
    #[test]
    fn what_was_typed_stays() {
        let edited = "<p>Geachte heer De Vries,</p><p>Dank voor uw bericht.</p><p>Tot dan.</p><p>Met vriendelijke groet,<br>Alice</p>";
        assert_eq!(
            retemplated(OLD, edited, NEW),
            "<div>Beste Jan,</div><p>Dank voor uw bericht.</p><p>Tot dan.</p><div>Groeten van <b>Alice</b></div>"
        );
    }

    /// [CMP-15, CMP-21] What is quoted stays at the end, with the line above it.
    #[test]
    fn the_quotation_stays_at_the_end() {
        let edited = format!("{OLD}<div>Op 3 maart schreef Jan:</div><blockquote type=\"cite\"><p>Hoi</p></blockquote>");
        assert_eq!(
            retemplated(OLD, &edited, NEW),
            format!("{NEW}<div>Op 3 maart schreef Jan:</div><blockquote type=\"cite\"><p>Hoi</p></blockquote>")
        );
        let edited = "<div>Zie onder</div><div>Op 3 maart schreef Jan:</div><blockquote>Hoi</blockquote>";
        assert_eq!(retemplated("", edited, ""), "<div>Zie onder</div><div>Op 3 maart schreef Jan:</div><blockquote>Hoi</blockquote>");
    }

    /// [CMP-16] A forgotten attachment is noticed in the text, not in what is quoted, nor in an address.
    #[test]
    fn enclosures_are_noticed() {
        for html in ["<p>In de <b>bijlage</b>.</p>", "Bijgevoegd vindt u", "Please find attached", "zie bijlagen"] {
            assert!(speaks_of_files(html), "{html}");
        }
        for html in ["<p>Dank</p><blockquote>zie bijlage</blockquote>", "<img src=\"bijlage.png\">", "<p>Hechting</p>", ""] {
            assert!(!speaks_of_files(html), "{html}");
        }
    }

    /// [CMP-15] Crooked HTML is carried over whole.
    #[test]
    fn nothing_is_lost_of_crooked_html() {
        for html in ["tekst", "<b>tekst", "</div>tekst", "<div><div>tekst", "a<p>b</p>c", "<", "<div", "tekst<img src=\"x\">"] {
            let out = retemplated("", html, "");
            assert!(html.len() <= out.len() + "<div></div>".len(), "{html} became {out}");
            if html.contains("tekst") {
                assert!(out.contains("tekst"), "{html} became {out}");
            }
        }
    }
}
