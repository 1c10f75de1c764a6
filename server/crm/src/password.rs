//! Password hashes: Argon2id with the parameters OWASP names first (19 MiB, two passes, one lane).

use crate::ports::Dice;
use crate::{Error, Result, Secret};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;

/// Compared against when there is no such login, so that the answer takes as long as for one that exists.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    let salt = SaltString::encode_b64(&[7; 16]).expect("sixteen bytes are a salt");
    argon2().hash_password(b"nobody has this password", &salt).map(|hash| hash.to_string()).unwrap_or_default()
});

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).expect("the parameters are in range"))
}

/// Slow on purpose: call it where blocking is allowed.
pub(crate) fn hash(password: &Secret, dice: &dyn Dice) -> Result<String> {
    let mut bytes = [0; 16];
    dice.fill(&mut bytes);
    let salt = SaltString::encode_b64(&bytes).map_err(|error| Error::bug(format!("Salt: {error}")))?;
    let hash = argon2().hash_password(password.reveal().as_bytes(), &salt).map_err(|error| Error::bug(format!("Argon2: {error}")))?;
    Ok(hash.to_string())
}

/// As slow without a hash as with one.
pub(crate) fn verify(password: &Secret, hash: Option<&str>) -> bool {
    let known = hash.is_some();
    let text = hash.unwrap_or(&NOBODY);
    PasswordHash::new(text).is_ok_and(|hash| argon2().verify_password(password.reveal().as_bytes(), &hash).is_ok()) && known
}
