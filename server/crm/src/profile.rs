//! Who writes, and for which company: what templates are filled with.

use crate::ports::Tx;
use crate::{Error, Result, Session};
use model::Right;
use model::logo::Logo;
use model::merge::MergeField;
use model::profile::{CompanyData, Profile};
use model::registration::Language;

impl Session {
    /// One's own (USR-02).
    pub async fn open_profile(&self) -> Result<Profile> {
        self.read().await?.find_profile(self.user.id).await?.ok_or(Error::NotFound)
    }

    /// Answers what was in force before, so that it can be undone. The address one logs in with stays what it was.
    pub async fn change_profile(&self, form: Profile) -> Result<Profile> {
        let profile = form.read().map_err(Error::Invalid)?;
        let mut tx = self.write().await?;
        let before = tx.find_profile(self.user.id).await?.ok_or(Error::NotFound)?;
        tx.put_profile(self.user.id, &profile).await?;
        tx.commit().await?;
        Ok(before)
    }

    /// Everyone's (PRF-27).
    pub async fn open_company_data(&self) -> Result<CompanyData> {
        self.demand(Right::AdministrationMenu)?;
        self.read().await?.company_data().await
    }

    /// Answers what was in force before, so that it can be undone.
    pub async fn change_company_data(&self, form: CompanyData) -> Result<CompanyData> {
        self.demand(Right::AdministrationMenu)?;
        let data = form.read().map_err(Error::Invalid)?;
        let mut tx = self.write().await?;
        let before = tx.company_data().await?;
        let (_, preferences) = tx.preferences().await?;
        // There is a row to change, also where nothing was ever set.
        tx.put_preferences(&data.name, &preferences).await?;
        tx.put_company_data(&data).await?;
        tx.commit().await?;
        Ok(before)
    }

    /// The firm's logo, if it has one (USR-04).
    pub async fn open_logo(&self) -> Result<Option<Logo>> {
        self.demand(Right::AdministrationMenu)?;
        self.read().await?.logo().await
    }

    /// Another logo, or none (TPL-14). Answers what was in force before, so that it can be undone.
    pub async fn change_logo(&self, logo: Option<Logo>) -> Result<Option<Logo>> {
        self.demand(Right::AdministrationMenu)?;
        let logo = logo.map(|logo| logo.read()).transpose().map_err(|problem| Error::invalid("logo", problem))?;
        let mut tx = self.write().await?;
        let before = tx.logo().await?;
        if logo != before {
            tx.put_logo(logo.as_ref()).await?;
        }
        if logo.is_some() {
            place_logo(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(before)
    }
}

/// A standard template from before there were logos has no place for one: it gets it, unless somebody has made it his own by now.
async fn place_logo(tx: &mut dyn Tx) -> Result<()> {
    let Some(standard) = tx.list_templates().await?.into_iter().find(|row| row.standard && row.version == 1) else { return Ok(()) };
    let body = tx.template_body(standard.id).await?;
    let chip = MergeField::CompanyLogo.chip(Language::Nl);
    if !body.contains(&chip) {
        let body = format!("{body}<p>{chip}</p>");
        tx.put_template_body(standard.id, standard.version, &body).await?;
    }
    Ok(())
}
