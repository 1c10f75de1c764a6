//! Keys. The master key wraps the key of each company; a company's key opens its database and seals its secrets and blobs.
//!
//! XChaCha20-Poly1305 throughout: its nonce is long enough to be drawn at random.

use crate::ports::Dice;
use crate::{Error, Result};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

const NONCE: usize = 24;

/// Text that must not be printed: a password, a token.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Where it is really needed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            pub fn new(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            pub fn draw(dice: &dyn Dice) -> Self {
                let mut bytes = [0; 32];
                dice.fill(&mut bytes);
                Self(bytes)
            }

            /// A key for one purpose only, so that a leak of it says nothing of the others.
            pub fn derive(&self, purpose: &str) -> [u8; 32] {
                Sha256::new().chain_update(b"spindle/1/").chain_update(purpose).chain_update(b"/").chain_update(self.0).finalize().into()
            }

            fn cipher(&self, purpose: &str) -> XChaCha20Poly1305 {
                XChaCha20Poly1305::new(&self.derive(purpose).into())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

key! {
    /// The operator's key: a file with mode 0600, or from the environment.
    MasterKey
}
key! {
    /// The key of one company.
    CompanyKey
}

impl MasterKey {
    /// Only fits the company it was wrapped for.
    pub fn wrap(&self, key: &CompanyKey, company: model::CompanyId, dice: &dyn Dice) -> Result<Vec<u8>> {
        seal(&self.cipher("company keys"), &key.0, company.0.as_bytes(), dice)
    }

    pub fn unwrap(&self, wrapped: &[u8], company: model::CompanyId) -> Result<CompanyKey> {
        let bytes = open(&self.cipher("company keys"), wrapped, company.0.as_bytes())?;
        Ok(CompanyKey(bytes.try_into().map_err(|_| Error::WrongKey)?))
    }
}

impl CompanyKey {
    /// Seals a secret for one row; it opens nowhere else.
    pub fn seal(&self, secret: &Secret, row: &[u8], dice: &dyn Dice) -> Result<Vec<u8>> {
        seal(&self.cipher("secrets"), secret.reveal().as_bytes(), row, dice)
    }

    pub fn open(&self, sealed: &[u8], row: &[u8]) -> Result<Secret> {
        let bytes = open(&self.cipher("secrets"), sealed, row)?;
        String::from_utf8(bytes).map(Secret).map_err(|_| Error::WrongKey)
    }
}

fn seal(cipher: &XChaCha20Poly1305, plain: &[u8], row: &[u8], dice: &dyn Dice) -> Result<Vec<u8>> {
    let mut nonce = [0; NONCE];
    dice.fill(&mut nonce);
    let sealed = cipher.encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: row }).map_err(|_| Error::bug("Sealing failed"))?;
    Ok([&nonce[..], &sealed].concat())
}

fn open(cipher: &XChaCha20Poly1305, sealed: &[u8], row: &[u8]) -> Result<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(Error::WrongKey)?;
    cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: row }).map_err(|_| Error::WrongKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::CompanyId;
    use uuid::Uuid;

    struct Ones;
    impl Dice for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    /// [SEC-01, EML-26] A wrapped key fits its own company and master key; a sealed secret its own row.
    #[test]
    fn keys_and_secrets_fit_one_place_only() {
        let (master, key) = (MasterKey::new([1; 32]), CompanyKey::new([2; 32]));
        let (ours, theirs) = (CompanyId(Uuid::from_u128(1)), CompanyId(Uuid::from_u128(2)));
        let wrapped = master.wrap(&key, ours, &Ones).expect("it wraps");
        assert_eq!(master.unwrap(&wrapped, ours).expect("it fits").0, key.0);
        assert!(master.unwrap(&wrapped, theirs).is_err());
        assert!(MasterKey::new([3; 32]).unwrap(&wrapped, ours).is_err());

        let sealed = key.seal(&Secret::new("geheim"), b"row 1", &Ones).expect("it seals");
        assert_eq!(key.open(&sealed, b"row 1").expect("it opens"), Secret::new("geheim"));
        assert!(key.open(&sealed, b"row 2").is_err());
        assert_eq!(format!("{key:?} {:?}", Secret::new("geheim")), "CompanyKey(…) Secret(…)");
    }
}
