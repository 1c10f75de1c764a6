//! A card as a device sent it: vCard 3.0 (RFC 2426) or 4.0 (RFC 6350), read leniently where that loses nothing.

use super::carried;
use super::line::{self, Block, Line, blocks};
use super::said::{Meaning, Said};

/// More lines than this are no card of one contact.
const LINES: usize = 2_000;
/// Each of these becomes a row, and each row a search text written anew.
const WAYS: usize = 200;
const SPOTS: usize = 50;
const TAGS: usize = 100;
/// It stands in an index.
const UID: usize = 255;

/// Why it cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It is no vCard, or more than one.
    Malformed,
    /// A version that is not read here.
    Version,
    TooMuch,
    /// A list of other cards, as Apple's programs and DAVx5 keep their groups.
    Group,
}

#[derive(Clone, Debug)]
pub struct Sheet {
    /// Unfolded, without its frame and without what no database and no XML can carry.
    lines: String,
    four: bool,
}

impl Sheet {
    pub fn read(text: &str) -> Result<Self, Flaw> {
        let lines = unfolded(text)?;
        let [begin, inner @ .., end] = lines.as_slice() else { return Err(Flaw::Malformed) };
        if !is(begin, "BEGIN:VCARD") || !is(end, "END:VCARD") {
            return Err(Flaw::Malformed);
        }
        let mut version = None;
        let mut kept = String::with_capacity(text.len());
        for text in inner {
            let line = Line::read(text).filter(is_named).ok_or(Flaw::Malformed)?;
            match line.name.to_ascii_uppercase().as_str() {
                "BEGIN" | "END" => return Err(Flaw::Malformed),
                "VERSION" if version.is_some() => return Err(Flaw::Malformed),
                "VERSION" => version = Some(line.value.trim().to_owned()),
                "KIND" | "X-ADDRESSBOOKSERVER-KIND" if line.value.trim().eq_ignore_ascii_case("group") => return Err(Flaw::Group),
                _ => {
                    kept.push_str(text);
                    kept.push('\n');
                }
            }
        }
        let four = match version.as_deref() {
            Some("3.0") => false,
            Some("4.0") => true,
            Some(_) => return Err(Flaw::Version),
            None => return Err(Flaw::Malformed),
        };
        let sheet = Self { lines: kept, four };
        let said = sheet.said();
        if said.ways.len() > WAYS || said.spots.len() > SPOTS || said.tags.is_some_and(|tags| tags.len() > TAGS) {
            return Err(Flaw::TooMuch);
        }
        if sheet.uid().is_some_and(|uid| uid.len() > UID) {
            return Err(Flaw::Malformed);
        }
        Ok(sheet)
    }

    /// Absent: whoever made it gave it none.
    pub(crate) fn uid(&self) -> Option<String> {
        let line = self.lines.lines().filter_map(Line::read).find(|line| line.is("UID"))?;
        Some(line.text().trim().to_owned()).filter(|uid| !uid.is_empty())
    }

    pub(crate) fn said(&self) -> Said {
        Said::read(&blocks(&self.lines))
    }

    /// The lines worth keeping: what the CRM has no field for, and the very words of what it has, with their parameters.
    /// `before`: what was kept until now, where the device did not say that it had seen it; of that nothing is taken away.
    pub(crate) fn kept(&self, before: Option<&str>) -> String {
        let mut out = String::new();
        let mine = blocks(&self.lines);
        for block in &mine {
            if self.keeps(block) {
                self.put(block, &mut out);
            }
        }
        for block in before.map(blocks).unwrap_or_default() {
            let is_there = mine.iter().any(|mine| mine.iter().any(|line| block.first().is_some_and(|first| line.is(first.name))));
            if !is_there {
                put(&block, &mut out);
            }
        }
        out
    }

    fn keeps(&self, block: &Block<'_>) -> bool {
        let Some(line) = line::main(block) else { return false };
        // Written anew for each card; or said by the contact itself.
        const OURS: [&str; 4] = ["PRODID", "UID", "REV", "CATEGORIES"];
        if OURS.iter().any(|name| line.is(name)) {
            return false;
        }
        match Meaning::of(block) {
            // The words of 4.0 for these are not read by those who know 3.0.
            Meaning::Way(way) => !(way.is_link() || self.four && way.key().is_some()),
            Meaning::Other => !(self.four && line.is("KIND")),
            _ => true,
        }
    }

    fn put(&self, block: &Block<'_>, out: &mut String) {
        match block.as_slice() {
            [line] if self.four && line.is("PHOTO") => match inline_photo(line) {
                Some(photo) => {
                    out.push_str(&photo);
                    out.push('\n');
                }
                None => put(block, out),
            },
            _ => put(block, out),
        }
    }
}

/// The block as text, with its group where it is one.
fn put(block: &Block<'_>, out: &mut String) {
    for line in block {
        if block.len() > 1 {
            out.push_str(line.group);
            out.push('.');
        }
        out.push_str(line.head);
        out.push(':');
        out.push_str(line.value);
        out.push('\n');
    }
}

/// 4.0 has pictures as `data:` addresses, 3.0 in a way of its own (RFC 2426 §3.1.4).
fn inline_photo(line: &Line<'_>) -> Option<String> {
    let (kind, data) = line.value.trim().strip_prefix("data:image/")?.split_once(";base64,")?;
    let plain = |text: &str, more: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte));
    (plain(kind, "+-.") && plain(data, "+/=")).then(|| format!("PHOTO;ENCODING=b;TYPE={}:{data}", kind.to_ascii_uppercase()))
}

fn is(line: &str, wanted: &str) -> bool {
    line.trim_end().eq_ignore_ascii_case(wanted)
}

fn is_named(line: &Line<'_>) -> bool {
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    !line.name.is_empty() && plain(line.name) && plain(line.group)
}

/// Lines put together again (RFC 2425 §5.8.1), empty ones left out.
fn unfolded(text: &str) -> Result<Vec<String>, Flaw> {
    let mut lines: Vec<String> = Vec::new();
    for raw in text.strip_prefix('\u{feff}').unwrap_or(text).split('\n') {
        let (folded, raw) = match raw.strip_prefix([' ', '\t']) {
            Some(rest) if !lines.is_empty() => (true, rest),
            _ => (false, raw),
        };
        let clean = raw.chars().filter(|c| carried(*c) && (*c == '\t' || !c.is_control()));
        match lines.last_mut() {
            Some(line) if folded => line.extend(clean),
            _ => {
                let line: String = clean.collect();
                if !line.trim().is_empty() {
                    lines.push(line);
                }
            }
        }
        if lines.len() > LINES {
            return Err(Flaw::TooMuch);
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inner: &str) -> Result<Sheet, Flaw> {
        Sheet::read(&format!("BEGIN:VCARD\r\n{inner}END:VCARD\r\n"))
    }

    /// C7: one whole card of a version that is known, and nothing that no database can hold.
    #[test]
    fn what_is_a_card() {
        let good = read("VERSION:3.0\r\nUID:a\r\nFN:B\u{0}o\u{7}\r\n b\r\nN:Buys;Bob;;;\r\nX-A;B=\"c:d\":e\r\n").expect("it is a card");
        assert_eq!(good.uid().as_deref(), Some("a"));
        assert_eq!(good.said().shown.as_deref(), Some("Bob"));
        assert_eq!(good.kept(None), "FN:Bob\nN:Buys;Bob;;;\nX-A;B=\"c:d\":e\n");
        assert!(Sheet::read("begin:vcard\nversion:4.0\nfn:x\nend:vcard").is_ok());
        for bad in
            ["", "FN:x\r\n", "VERSION:3.0\r\nno line\r\n", "VERSION:3.0\r\nVERSION:3.0\r\n", "VERSION:3.0\r\nEND:VCARD\r\nBEGIN:VCARD\r\n"]
        {
            assert_eq!(read(bad).err(), Some(Flaw::Malformed), "{bad}");
        }
        assert_eq!(read("VERSION:2.1\r\nFN:x\r\n").err(), Some(Flaw::Version));
        assert_eq!(read("VERSION:3.0\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n").err(), Some(Flaw::Group));
        assert_eq!(read(&format!("VERSION:3.0\r\n{}", "X-A:b\r\n".repeat(3_000))).err(), Some(Flaw::TooMuch));
        assert_eq!(read(&format!("VERSION:3.0\r\n{}", "TEL:1234\r\n".repeat(201))).err(), Some(Flaw::TooMuch));
        assert_eq!(read(&format!("VERSION:3.0\r\nUID:{}\r\n", "x".repeat(300))).err(), Some(Flaw::Malformed));
    }

    #[test]
    fn four_becomes_three() {
        let sheet = read(
            "VERSION:4.0\r\nKIND:individual\r\nTEL;VALUE=uri;TYPE=\"cell,home\";PREF=1:tel:+31-6-12345678\r\nPHOTO:data:image/jpeg;base64,AAAA\r\n\
             EMAIL:mailto:bob@buys.example\r\nBDAY:19850412\r\nTEL:ask at the desk\r\n",
        )
        .expect("it is a card");
        let said = sheet.said();
        let ways: Vec<_> = said.ways.iter().map(|way| (way.place, way.form.value.as_str())).collect();
        assert_eq!(ways[..2], [(crate::vcard::Place::Home, "+31-6-12345678"), (crate::vcard::Place::Work, "bob@buys.example")]);
        assert_eq!(sheet.kept(None), "PHOTO;ENCODING=b;TYPE=JPEG:AAAA\nBDAY:19850412\nTEL:ask at the desk\n");
    }
}
