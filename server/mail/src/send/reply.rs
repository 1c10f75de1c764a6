//! What an SMTP server answers (RFC 5321 §4.2): a number, and words that only people understand.

use crate::diagnose::said;

/// No line of a reply is longer; the standard says 512.
pub(super) const MAX_LINE: usize = 8 << 10;
/// Whoever says more than this has another purpose than to answer.
pub(super) const MAX_REPLY: usize = 64 << 10;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: u16,
    /// Without the code.
    pub(super) lines: Vec<String>,
}

impl Reply {
    /// Adds a line without its end. `Some(true)`: it was the last; `None`: it is no line of a reply.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<bool> {
        let (code, rest) = line.split_at_checked(3)?;
        let code: u16 = std::str::from_utf8(code).ok().filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        if !(200..600).contains(&code) {
            return None;
        }
        let last = match rest.first() {
            None | Some(b' ') => true,
            Some(b'-') => false,
            Some(_) => return None,
        };
        // Where the lines disagree, the last one counts.
        self.code = code;
        self.lines.push(String::from_utf8_lossy(rest.get(1..).unwrap_or_default()).into_owned());
        Some(last)
    }

    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.code)
    }

    pub(super) fn is_passing(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// The status of RFC 3463, `5.1.1` say; empty when there is none.
    pub(super) fn status(&self) -> &str {
        let word = self.lines.first().and_then(|line| line.split_whitespace().next()).unwrap_or_default();
        let mut pieces = word.split('.');
        let is_number =
            |piece: Option<&str>| piece.is_some_and(|piece| (1..=3).contains(&piece.len()) && piece.bytes().all(|b| b.is_ascii_digit()));
        if is_number(pieces.next()) && is_number(pieces.next()) && is_number(pieces.next()) && pieces.next().is_none() { word } else { "" }
    }

    /// The whole letter is too large, rather than the mailbox of somebody too full, or a file in it not wanted.
    pub(super) fn is_too_large(&self) -> bool {
        let status = self.status();
        matches!(status, "5.3.4" | "5.2.3") || (self.code == 552 && (status.is_empty() || status.starts_with("5.3.")))
    }

    /// More recipients than it takes at once: RFC 5321 §4.5.3.1.10 wants this taken for a refusal of the moment.
    pub(super) fn is_too_many(&self) -> bool {
        self.status() == "5.5.3" || (self.code == 552 && self.status().is_empty())
    }

    /// The words without the code; the status, which servers repeat on every line, once.
    pub(super) fn text(&self) -> String {
        let status = self.status();
        let mut text = String::new();
        for line in &self.lines {
            let words = if text.is_empty() || status.is_empty() { line } else { line.strip_prefix(status).unwrap_or(line) };
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(words.trim());
        }
        text
    }

    /// As it is shown: in the server's words, code and all, cut and cleaned.
    pub(super) fn said(&self) -> String {
        said(&format!("{} {}", self.code, self.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(lines: &[&str]) -> Reply {
        let mut reply = Reply::default();
        for (nth, line) in lines.iter().enumerate() {
            assert_eq!(reply.read(line.as_bytes()), Some(nth + 1 == lines.len()), "{line}");
        }
        reply
    }

    #[test]
    fn replies_are_read() {
        let long = reply(&[
            "534-5.7.9 Application-specific password required. For more",
            "534-5.7.9 information, go to",
            "534 5.7.9 https://x.example",
        ]);
        assert_eq!((long.code, long.status()), (534, "5.7.9"));
        assert_eq!(long.said(), "534 5.7.9 Application-specific password required. For more information, go to https://x.example");
        assert_eq!(reply(&["250"]).said(), "250");
        assert_eq!(reply(&["550 \u{1b}[31mno\u{0}"]).said(), "550 [31mno");
        assert_eq!(reply(&["250-5.1 x", "250 y"]).status(), "");
        for garbage in ["", "25", "2x0 hi", "+OK", "* OK hi", "999 x", "199 x", "250hi", "²50 x"] {
            assert_eq!(Reply::default().read(garbage.as_bytes()), None, "{garbage:?}");
        }
    }

    #[test]
    fn sizes() {
        assert!(reply(&["552 5.3.4 Message size exceeds fixed limit"]).is_too_large());
        assert!(reply(&["552 too big"]).is_too_large());
        assert!(reply(&["552 5.2.3 Your message exceeded Google's message size limits."]).is_too_large());
        assert!(!reply(&["552 5.2.2 Mailbox full"]).is_too_large());
        assert!(!reply(&["552 5.7.0 This message was blocked because its content presents a potential security issue."]).is_too_large());
    }
}
