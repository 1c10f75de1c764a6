//! `addressbook-query`: which cards, and which of their lines (RFC 6352 §10.4, §10.5).
//!
//! Works on the cards as they are served, so a filter finds what the client would see.

use crm::vcard::{Line, unescape};
use std::borrow::Cow;

/// Which lines of a card are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    #[default]
    All,
    /// By name in capitals; and whether their values are to be left out.
    These(Vec<(String, bool)>),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Test {
    #[default]
    Any,
    All,
}

impl Test {
    fn of(self, mut results: impl Iterator<Item = bool>) -> bool {
        match self {
            Self::Any => results.any(|result| result),
            Self::All => results.all(|result| result),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) test: Test,
    pub(crate) props: Vec<PropFilter>,
}

#[derive(Clone, Debug)]
pub(crate) struct PropFilter {
    /// In capitals; with its group where the client named one.
    pub(crate) name: String,
    pub(crate) absent: bool,
    pub(crate) test: Test,
    pub(crate) texts: Vec<TextMatch>,
    pub(crate) params: Vec<ParamFilter>,
}

#[derive(Clone, Debug)]
pub(crate) struct ParamFilter {
    pub(crate) name: String,
    pub(crate) absent: bool,
    pub(crate) text: Option<TextMatch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Collation {
    Unicode,
    Ascii,
    Octet,
}

impl Collation {
    pub(crate) fn fold(self, text: &str) -> String {
        match self {
            Self::Unicode => text.to_lowercase(),
            Self::Ascii => text.to_ascii_lowercase(),
            Self::Octet => text.to_owned(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Equals,
    Contains,
    Starts,
    Ends,
}

#[derive(Clone, Debug)]
pub(crate) struct TextMatch {
    pub(crate) negate: bool,
    pub(crate) collation: Collation,
    pub(crate) how: Match,
    /// Folded already.
    pub(crate) text: String,
}

impl TextMatch {
    fn holds(&self, value: &str) -> bool {
        let value = self.collation.fold(value);
        let found = match self.how {
            Match::Equals => value == self.text,
            Match::Contains => value.contains(&self.text),
            Match::Starts => value.starts_with(&self.text),
            Match::Ends => value.ends_with(&self.text),
        };
        found != self.negate
    }
}

impl Filter {
    pub(crate) fn is_empty(&self) -> bool {
        self.props.is_empty()
    }

    pub(crate) fn lets_through(&self, card: &str) -> bool {
        if self.is_empty() {
            return true;
        }
        let card = unfold(card);
        let lines: Vec<_> = card.lines().filter_map(Line::read).collect();
        self.test.of(self.props.iter().map(|filter| filter.holds(&lines)))
    }
}

impl PropFilter {
    fn holds(&self, lines: &[Line<'_>]) -> bool {
        let mine: Vec<_> = lines.iter().filter(|line| line.is(&self.name)).collect();
        if self.absent {
            return mine.is_empty();
        }
        if self.texts.is_empty() && self.params.is_empty() {
            return !mine.is_empty();
        }
        mine.iter().any(|line| {
            let value = unescape(line.value);
            let texts = self.texts.iter().map(|text| text.holds(&value));
            self.test.of(texts.chain(self.params.iter().map(|param| param.holds(line))))
        })
    }
}

impl ParamFilter {
    fn holds(&self, line: &Line<'_>) -> bool {
        let values: Vec<_> = line.param(&self.name).collect();
        match &self.text {
            _ if self.absent => values.is_empty(),
            Some(text) => values.iter().any(|value| text.holds(value)),
            None => !values.is_empty(),
        }
    }
}

fn unfold(card: &str) -> Cow<'_, str> {
    if card.contains("\r\n ") { Cow::Owned(card.replace("\r\n ", "")) } else { Cow::Borrowed(card) }
}

/// The lines of these names, and those without which it is no card.
pub(crate) fn cut_down(card: &str, wanted: &[(String, bool)]) -> String {
    let mut out = String::with_capacity(card.len());
    let mut keep = false;
    for raw in card.split_inclusive("\r\n") {
        if raw.starts_with(' ') {
            if keep {
                out.push_str(raw);
            }
            continue;
        }
        let Some(line) = Line::read(raw) else { continue };
        let frame = ["BEGIN", "VERSION", "END"].iter().any(|name| line.name.eq_ignore_ascii_case(name));
        let asked = wanted.iter().find(|(name, _)| line.is(name));
        keep = frame || asked.is_some_and(|(_, without_value)| !without_value);
        if keep {
            out.push_str(raw);
        } else if asked.is_some() {
            let end = raw.len() - line.value.len();
            out.push_str(&raw[..end]);
            out.push_str("\r\n");
        }
    }
    out
}
