//! Who writes, and for which company.

use super::{Tx, err, text, unknown};
use async_trait::async_trait;
use crm::ports::Profiles;
use crm::{Error, Result};
use model::UserId;
use model::inbox::{ChangeKind, Entity};
use model::logo::Logo;
use model::profile::{CompanyData, Profile};
use sqlx::query;
use uuid::Uuid;

#[async_trait]
impl Profiles for Tx {
    async fn find_profile(&mut self, user: UserId) -> Result<Option<Profile>> {
        let row = query!("SELECT first_name, last_name, email, card_email, company, function, mobile FROM users WHERE id = $1", user.0)
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        Ok(row.map(|row| Profile {
            first_name: row.first_name,
            last_name: row.last_name,
            email: if row.card_email.is_empty() { row.email } else { row.card_email },
            company: row.company,
            function: row.function,
            mobile: row.mobile,
        }))
    }

    async fn put_profile(&mut self, user: UserId, profile: &Profile) -> Result<()> {
        let done = query!(
            "UPDATE users SET
                 first_name = $2,
                 last_name = $3,
                 card_email = CASE WHEN email = $4 THEN '' ELSE $4 END,
                 company = $5,
                 function = $6,
                 mobile = $7
             WHERE id = $1",
            user.0,
            text(&profile.first_name).into_owned(),
            text(&profile.last_name).into_owned(),
            text(&profile.email).into_owned(),
            text(&profile.company).into_owned(),
            text(&profile.function).into_owned(),
            text(&profile.mobile).into_owned()
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        self.note(Entity::User, user.0, ChangeKind::Changed);
        Ok(())
    }

    async fn company_data(&mut self) -> Result<CompanyData> {
        let row = query!("SELECT name, address, postcode, city, iban, bic, bank_city, kvk, vat FROM company WHERE id = 1")
            .fetch_optional(&mut *self.inner)
            .await
            .map_err(err)?;
        let data = row.map(|row| CompanyData {
            name: row.name,
            address: row.address,
            postcode: row.postcode,
            city: row.city,
            iban: row.iban,
            bic: row.bic,
            bank_city: row.bank_city,
            kvk: row.kvk,
            vat: row.vat,
        });
        Ok(data.unwrap_or_default())
    }

    async fn put_company_data(&mut self, data: &CompanyData) -> Result<()> {
        query!(
            "UPDATE company SET
                 name = $1, address = $2, postcode = $3, city = $4, iban = $5, bic = $6, bank_city = $7, kvk = $8, vat = $9
             WHERE id = 1",
            text(&data.name).into_owned(),
            text(&data.address).into_owned(),
            text(&data.postcode).into_owned(),
            text(&data.city).into_owned(),
            data.iban,
            data.bic,
            text(&data.bank_city).into_owned(),
            data.kvk,
            data.vat
        )
        .execute(&mut *self.inner)
        .await
        .map_err(err)?;
        self.note(Entity::Preferences, Uuid::nil(), ChangeKind::Changed);
        Ok(())
    }
    async fn logo(&mut self) -> Result<Option<Logo>> {
        let row = query!("SELECT picture, width, height FROM logo WHERE id = 1").fetch_optional(&mut *self.inner).await.map_err(err)?;
        let side = |pixels: i64| u32::try_from(pixels).ok().ok_or_else(unknown("logo.width"));
        row.map(|row| Ok(Logo { picture: row.picture, width: side(row.width)?, height: side(row.height)? })).transpose()
    }

    async fn put_logo(&mut self, logo: Option<&Logo>) -> Result<()> {
        match logo {
            Some(logo) => {
                query!(
                    "INSERT INTO logo (id, picture, width, height) VALUES (1, $1, $2, $3)
                     ON CONFLICT (id) DO UPDATE SET picture = excluded.picture, width = excluded.width, height = excluded.height",
                    logo.picture,
                    i64::from(logo.width),
                    i64::from(logo.height)
                )
                .execute(&mut *self.inner)
                .await
            }
            None => query!("DELETE FROM logo").execute(&mut *self.inner).await,
        }
        .map_err(err)?;
        self.note(Entity::Preferences, Uuid::nil(), ChangeKind::Changed);
        Ok(())
    }
}
