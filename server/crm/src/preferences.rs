//! CRM preferences: one choice for all users of the company.

use crate::{Error, Result, Session};
use model::preferences::Preferences;
use model::registration::Language;
use model::{Problem, Right};

impl Session {
    /// Answers what was in force before, so that it can be undone.
    pub async fn change_preferences(&self, preferences: Preferences) -> Result<Preferences> {
        self.demand(Right::AdministrationMenu)?;
        if !self.crm.world.clock.knows_zone(&preferences.time_zone) {
            return Err(Error::invalid("time_zone", Problem::Unknown));
        }
        let mut tx = self.write().await?;
        let (company, before) = tx.preferences().await?;
        // What a page knew of the periods may be old; they have a verb of their own.
        tx.put_preferences(&company, &Preferences { cleaning: before.cleaning, ..preferences }).await?;
        tx.commit().await?;
        Ok(before)
    }

    pub async fn set_language(&self, language: Language) -> Result<()> {
        self.change_preferences(Preferences { language, ..self.preferences.clone() }).await.map(drop)
    }
}
