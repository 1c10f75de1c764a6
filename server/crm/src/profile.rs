//! Who writes, and for which company: what templates are filled with.

use crate::{Error, Result, Session};
use model::Right;
use model::profile::{CompanyData, Profile};

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
}
