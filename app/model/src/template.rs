//! E-mail templates: letters that begin half-written.

use crate::registration::Language;
use crate::{Civil, Invalid, Problem, TemplateFileId, TemplateId, fold};
use serde::{Deserialize, Serialize};

/// No body is longer. Newsletters weigh 300 KB; what is more is pictures pasted into the text.
pub const MOST_BODY: usize = 700_000;
/// All files of one template together.
pub const MOST_FILES: i64 = 25 * 1024 * 1024;

/// What a template is called for by itself (`Actietypen`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TemplateAction {
    New,
    Reply,
    Forward,
}

impl TemplateAction {
    pub const ALL: [Self; 3] = [Self::New, Self::Reply, Self::Forward];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reply => "reply",
            Self::Forward => "forward",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// Which template each action begins with. Absent: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTypes {
    pub new: Option<TemplateId>,
    pub reply: Option<TemplateId>,
    pub forward: Option<TemplateId>,
}

impl ActionTypes {
    pub fn of(&self, action: TemplateAction) -> Option<TemplateId> {
        match action {
            TemplateAction::New => self.new,
            TemplateAction::Reply => self.reply,
            TemplateAction::Forward => self.forward,
        }
    }

    pub fn set(&mut self, action: TemplateAction, template: Option<TemplateId>) {
        match action {
            TemplateAction::New => self.new = template,
            TemplateAction::Reply => self.reply = template,
            TemplateAction::Forward => self.forward = template,
        }
    }
}

/// `Sjabloontabblad`: the ones that are always offered. The rooms translate them; any other tab is called what somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StandardTab {
    Default,
    General,
    Internal,
    Tender,
}

impl StandardTab {
    pub const ALL: [Self; 4] = [Self::Default, Self::General, Self::Internal, Self::Tender];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::General => "general",
            Self::Internal => "internal",
            Self::Tender => "tender",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.as_str() == word)
    }
}

/// All of a template but its body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateProperties {
    pub name: String,
    /// The word of a `StandardTab`, or what somebody typed.
    pub tab: String,
    /// With fields: «Mijn Bedrijf».
    pub subject: String,
    /// When the template is called, the sender's address in this domain is chosen. Empty: any.
    pub sender_domain: String,
    /// Offered when a letter is written.
    pub active: bool,
}

impl TemplateProperties {
    /// As it is kept, or everything that is wrong with it, at once.
    pub fn read(&self) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut line = |field: &str, typed: &str, longest: u16| {
            let value = fold::one_line(typed);
            if value.chars().count() > usize::from(longest) {
                wrong.push(Invalid::new(field, Problem::TooLong(longest)));
            }
            value
        };
        let name = line("name", &self.name, 200);
        let tab = line("tab", &self.tab, 60);
        let subject = line("subject", &self.subject, 500);
        let domain = self.sender_domain.trim().trim_start_matches('@').to_lowercase();
        if name.is_empty() {
            wrong.push(Invalid::new("name", Problem::Missing));
        }
        let is_domain = fold::is_host_name(&domain) && domain.contains('.');
        if !domain.is_empty() && !is_domain {
            wrong.push(Invalid::new("sender_domain", Problem::NotADomain));
        }
        let tab = if tab.is_empty() { StandardTab::General.as_str().to_owned() } else { tab };
        if wrong.is_empty() { Ok(Self { name, tab, subject, sender_domain: domain, active: self.active }) } else { Err(wrong) }
    }
}

/// A template in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    pub id: TemplateId,
    pub properties: TemplateProperties,
    /// The one that new ones are copied from.
    pub standard: bool,
    pub files: i64,
    pub changed: Civil,
}

/// A template opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    pub id: TemplateId,
    pub properties: TemplateProperties,
    pub standard: bool,
    /// HTML, its fields named in the reader's language.
    pub body: String,
    /// Of the body: who saves says which one he began with.
    pub version: i64,
    pub files: Vec<TemplateFile>,
    pub changed: Civil,
    /// Empty: nobody yet.
    pub changed_by: String,
}

/// An attachment that comes along with each letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFile {
    pub id: TemplateFileId,
    pub name: String,
    pub mime: String,
    pub size: i64,
}

/// An earlier body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateVersion {
    pub version: i64,
    pub at: Civil,
    /// Empty: it came with the program.
    pub who: String,
}

/// The beginning of a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledTemplate {
    pub subject: String,
    pub html: String,
    pub sender_domain: String,
    /// What stands between guillemets and is no field: to be warned of before the letter goes.
    pub unknown: Vec<String>,
    pub files: Vec<TemplateFile>,
}

/// The body of the template that every company has: salutation, text, signature, and whom one writes for.
pub fn standard_body(language: Language) -> &'static str {
    match language {
        Language::Nl => include_str!("template/standard.nl.html"),
        Language::En => include_str!("template/standard.en.html"),
    }
}

pub fn standard_name(language: Language) -> &'static str {
    match language {
        Language::Nl => "Standaardsjabloon",
        Language::En => "Standard template",
    }
}

/// A file's name as it is kept: without folders, without what a disk or a header would stumble over.
pub fn file_name(typed: &str) -> String {
    let last = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String =
        last.chars().filter(|c| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect();
    let name = name.trim().trim_matches('.');
    name.chars().take(150).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [TPL-05, TPL-10, TPL-11]
    #[test]
    fn properties_are_read() {
        let form =
            TemplateProperties { name: " Offerte\n2026 ".into(), sender_domain: "@Alfa.Example".into(), ..TemplateProperties::default() };
        let read = form.read().unwrap_or_default();
        assert_eq!((read.name.as_str(), read.tab.as_str(), read.sender_domain.as_str()), ("Offerte 2026", "general", "alfa.example"));
        let form = TemplateProperties { sender_domain: "alfa".into(), tab: "x".repeat(61), ..TemplateProperties::default() };
        let fields = form.read().map_err(|wrong| wrong.into_iter().map(|invalid| invalid.field).collect::<Vec<_>>());
        assert_eq!(fields, Err(["tab", "name", "sender_domain"].map(String::from).to_vec()));
    }

    /// [TPL-09]
    #[test]
    fn files_have_no_folders() {
        assert_eq!(file_name("C:\\map\\prijs lijst.pdf"), "prijs lijst.pdf");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("a\r\nb\u{202e}fdp.exe"), "abfdp.exe");
        assert_eq!(file_name(".."), "");
    }
}
