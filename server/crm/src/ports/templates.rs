//! Templates, and what they are filled with, as the store keeps it.

use super::RawAt;
use crate::Result;
use async_trait::async_trait;
use model::logo::Logo;
use model::profile::{CompanyData, Profile};
use model::template::{ActionTypes, TemplateAction, TemplateFile, TemplateProperties};
use model::{Moment, TemplateFileId, TemplateId, UserId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRecord {
    pub id: TemplateId,
    pub properties: TemplateProperties,
    pub standard: bool,
    /// Of the body, which lists leave alone.
    pub version: i64,
    pub changed_at: Moment,
    /// How many attachments it has.
    pub files: i64,
}

/// A body there was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersionRow {
    pub version: i64,
    /// Absent: it came with the program.
    pub author: Option<UserId>,
    pub at: Moment,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFileRow {
    pub template: TemplateId,
    pub file: TemplateFile,
    pub at: RawAt,
    pub removed: bool,
}

#[async_trait]
pub trait Templates {
    /// The standard one first, then by name. Not removed ones.
    async fn list_templates(&mut self) -> Result<Vec<TemplateRecord>>;
    /// Also a removed one: whether it is.
    async fn find_template(&mut self, id: TemplateId) -> Result<Option<(TemplateRecord, bool)>>;
    async fn template_body(&mut self, id: TemplateId) -> Result<String>;
    /// With its first body. `Error::Conflict("templates.standard")`: there is a standard one.
    async fn add_template(&mut self, row: &TemplateRecord, body: &str) -> Result<()>;
    async fn put_template_properties(&mut self, id: TemplateId, properties: &TemplateProperties) -> Result<()>;
    /// Another body, if this is still the version; answers the next. `None`: somebody saved meanwhile.
    async fn put_template_body(&mut self, id: TemplateId, version: i64, body: &str) -> Result<Option<i64>>;
    /// Out of view (`true`), or back.
    async fn set_template_removed(&mut self, id: TemplateId, removed: bool) -> Result<()>;
    /// The newest first.
    async fn list_template_versions(&mut self, id: TemplateId, limit: i64) -> Result<Vec<TemplateVersionRow>>;
    async fn template_version(&mut self, id: TemplateId, version: i64) -> Result<Option<String>>;

    /// In the order they were added. Not removed ones.
    async fn list_template_files(&mut self, template: TemplateId) -> Result<Vec<TemplateFileRow>>;
    async fn find_template_file(&mut self, id: TemplateFileId) -> Result<Option<TemplateFileRow>>;
    async fn add_template_file(&mut self, row: &TemplateFileRow) -> Result<()>;
    async fn set_template_file_removed(&mut self, id: TemplateFileId, removed: bool) -> Result<()>;

    /// A removed template counts as none.
    async fn action_types(&mut self) -> Result<ActionTypes>;
    async fn set_action_type(&mut self, action: TemplateAction, template: Option<TemplateId>) -> Result<()>;

    /// Templates and files removed at `before` or earlier are gone for good, and packs that held nothing else are spent.
    async fn destroy_templates(&mut self, before: Moment) -> Result<()>;
}

/// Who writes, and for which company.
#[async_trait]
pub trait Profiles {
    /// The address is the one he logs in with until he gives another.
    async fn find_profile(&mut self, user: UserId) -> Result<Option<Profile>>;
    async fn put_profile(&mut self, user: UserId, profile: &Profile) -> Result<()>;
    /// Its name is the one that the preferences tell.
    async fn company_data(&mut self) -> Result<CompanyData>;
    /// Passed over when the company was never set up.
    async fn put_company_data(&mut self, data: &CompanyData) -> Result<()>;
    async fn logo(&mut self) -> Result<Option<Logo>>;
    async fn put_logo(&mut self, logo: Option<&Logo>) -> Result<()>;
}
