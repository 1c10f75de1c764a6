//! A line of a vCard, whoever wrote it: `group.NAME;PARAM=value:value` (RFC 2425 §5.8.2), unfolded.

use std::borrow::Cow;
use std::collections::HashMap;

pub struct Line<'a> {
    pub group: &'a str,
    pub name: &'a str,
    pub params: Vec<(&'a str, &'a str)>,
    /// Name and parameters, as they are written.
    pub head: &'a str,
    /// Escaped still.
    pub value: &'a str,
}

impl<'a> Line<'a> {
    pub fn read(line: &'a str) -> Option<Self> {
        // A colon between quotes belongs to a parameter.
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let mut quoted = false;
        let mut parts = head.split(|c| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        let whole = parts.next()?;
        let (group, name) = whole.rsplit_once('.').unwrap_or(("", whole));
        let params = parts.map(|part| part.split_once('=').unwrap_or(("TYPE", part))).collect();
        Some(Self { group, name, params, head: &head[whole.len() - name.len()..], value })
    }

    /// `TEL` is also the TEL of any group; `item1.TEL` only that one (RFC 6352 §10.5.1).
    pub fn is(&self, wanted: &str) -> bool {
        match wanted.rsplit_once('.') {
            Some((group, name)) => self.group.eq_ignore_ascii_case(group) && self.name.eq_ignore_ascii_case(name),
            None => self.name.eq_ignore_ascii_case(wanted),
        }
    }

    /// The values of a parameter, one by one: lists stand between quotes, or do not.
    pub fn param<'s>(&'s self, wanted: &'s str) -> impl Iterator<Item = &'a str> + 's {
        let mine = self.params.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted));
        mine.flat_map(|(_, value)| value.split(',')).map(|value| value.trim_matches('"'))
    }

    pub(super) fn has_type(&self, wanted: &str) -> bool {
        self.param("TYPE").any(|value| value.eq_ignore_ascii_case(wanted))
    }

    /// The one to use: as 3.0 says it, or 4.0.
    pub(super) fn is_preferred(&self) -> bool {
        self.has_type("pref") || self.params.iter().any(|(name, _)| name.eq_ignore_ascii_case("PREF"))
    }

    pub(super) fn text(&self) -> Cow<'a, str> {
        unescape(self.value)
    }
}

pub fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(c) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The parts of a value between separators that stand bare; each still escaped.
pub(super) fn parts(value: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut escaped = false;
    value.split(move |c| {
        let bare = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        bare
    })
}

/// Lines that belong together: those of one group, or one alone.
pub(super) type Block<'a> = Vec<Line<'a>>;

/// Whether the CRM has a field for it.
fn is_mapped(line: &Line<'_>) -> bool {
    const MAPPED: [&str; 11] = ["N", "FN", "ORG", "TITLE", "NOTE", "CATEGORIES", "TEL", "EMAIL", "URL", "ADR", "X-SOCIALPROFILE"];
    MAPPED.iter().any(|name| line.is(name))
}

/// Of the block, the line that says what it is about.
pub(super) fn main<'a, 'b>(block: &'b Block<'a>) -> Option<&'b Line<'a>> {
    block.iter().find(|line| is_mapped(line)).or_else(|| block.first())
}

/// Unfolded lines, put together by group.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut groups: HashMap<String, usize> = HashMap::new();
    for line in text.lines().filter_map(Line::read) {
        if line.group.is_empty() {
            blocks.push(vec![line]);
            continue;
        }
        let group = line.group.to_ascii_lowercase();
        match groups.get(&group) {
            // Two things in one group: a label is of the first.
            Some(&at) if !(is_mapped(&line) && blocks[at].iter().any(is_mapped)) => blocks[at].push(line),
            Some(_) => blocks.push(vec![line]),
            None => {
                groups.insert(group, blocks.len());
                blocks.push(vec![line]);
            }
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_clients_write_them() {
        let line = Line::read("item1.ADR;TYPE=\"work,pref\";LABEL=\"a:b;c\";HOME:;;Straat 1\\, hs;Utrecht").expect("it is a line");
        assert_eq!((line.group, line.name, line.value), ("item1", "ADR", ";;Straat 1\\, hs;Utrecht"));
        assert!(line.has_type("WORK") && line.has_type("home") && line.is_preferred());
        assert!(line.head.starts_with("ADR;TYPE") && line.is("adr") && line.is("ITEM1.adr") && !line.is("item2.ADR"));
        assert_eq!(parts(line.value, ';').collect::<Vec<_>>(), ["", "", "Straat 1\\, hs", "Utrecht"]);
        assert_eq!(unescape("a\\nb\\;c\\\\n\\"), "a\nb;c\\n");
        assert!(Line::read("no colon").is_none());
        let text = "item1.TEL:1\nFN:x\nitem1.X-ABLabel:y\nItem1.X-Z:z\nitem1.EMAIL:two";
        assert_eq!(blocks(text).iter().map(Vec::len).collect::<Vec<_>>(), [3, 1, 1]);
    }
}
