//! Proof that a key is the right one, before anything is written with a wrong one.
//!
//! SQLCipher would not open with a wrong key; PostgreSQL does not know of our keys, so both ask here.

use super::err;
use crate::Db;
use crm::ports::Dice;
use crm::{CompanyKey, Error, MasterKey, Result, Secret};
use model::CompanyId;
use sqlx::{Database, query, query_scalar};
use uuid::Uuid;

/// Any word will do: it is the opening that proves.
const WORD: &str = "spindle";
const ROW: &[u8] = b"company_key";

pub(crate) async fn check_master_key(conn: &mut <Db as Database>::Connection, master: &MasterKey, dice: &dyn Dice) -> Result<()> {
    let nobody = CompanyId(Uuid::nil());
    let sealed = query_scalar!("SELECT sealed FROM directory_key WHERE id = 1").fetch_optional(&mut *conn).await.map_err(err)?;
    if let Some(sealed) = sealed {
        return master.unwrap(&sealed, nobody).map(drop);
    }
    let sealed = master.wrap(&CompanyKey::new([0; 32]), nobody, dice)?;
    query!("INSERT INTO directory_key (id, sealed) VALUES (1, $1)", sealed).execute(conn).await.map_err(err)?;
    Ok(())
}

pub(crate) async fn check_company_key(conn: &mut <Db as Database>::Connection, key: &CompanyKey, dice: &dyn Dice) -> Result<()> {
    let sealed = query_scalar!("SELECT sealed FROM company_key WHERE id = 1").fetch_optional(&mut *conn).await.map_err(err)?;
    if let Some(sealed) = sealed {
        return if key.open(&sealed, ROW)?.reveal() == WORD { Ok(()) } else { Err(Error::WrongKey) };
    }
    let sealed = key.seal(&Secret::new(WORD), ROW, dice)?;
    query!("INSERT INTO company_key (id, sealed) VALUES (1, $1)", sealed).execute(conn).await.map_err(err)?;
    Ok(())
}
