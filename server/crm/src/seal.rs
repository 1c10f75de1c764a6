//! Packs: the raw bytes of a batch of messages, each compressed and sealed by itself, in one blob.
//!
//! One blob a batch, because making a file durable costs more than writing it: ten thousand messages are a hundred files.

use crate::keys::CompanyKey;
use crate::ports::Dice;
use crate::{Error, Result};
use chacha20poly1305::aead::AeadInPlace;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use model::PackId;
use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;

const NONCE: usize = 24;
const TAG: usize = 16;
/// Zstandard's fastest level that still helps: mail is mostly base64 that does not get smaller with effort.
const LEVEL: i32 = 1;
/// No message may unpack to more than this, whatever its frame says.
const MAX_PLAIN: usize = 128 * 1024 * 1024;

/// Seals messages for one company. Works without waiting for anything, so it can run on any thread.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

/// A pack on its way to the blobs.
#[derive(Default)]
pub struct SealedPack {
    bytes: Vec<u8>,
    /// Over the nonces and tags only: a tag stands for every byte of its message, and hashing all of them again would cost
    /// as much as parsing does.
    name: Sha256,
    /// Kept from one message to the next: making one clears a quarter of a megabyte.
    compressor: Option<Compressor<'static>>,
}

impl Sealer {
    pub fn new(key: &CompanyKey) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&key.derive("packs").into()) }
    }

    /// Appends a message; answers where it lies.
    pub fn add(&self, pack: &mut SealedPack, raw: &[u8], dice: &dyn Dice) -> Result<(i64, i64)> {
        let failed = |error| Error::internal("Compressing a message", error);
        let mut nonce = [0; NONCE];
        dice.fill(&mut nonce);
        let start = pack.bytes.len();
        let frame_start = start + NONCE;
        pack.bytes.extend_from_slice(&nonce);
        pack.bytes.resize(frame_start + zstd::zstd_safe::compress_bound(raw.len()), 0);
        let compressor = match &mut pack.compressor {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(LEVEL).map_err(failed)?),
        };
        let len = compressor.compress_to_buffer(raw, &mut pack.bytes[frame_start..]).map_err(failed)?;
        pack.bytes.truncate(frame_start + len);
        let tag = self
            .cipher
            .encrypt_in_place_detached(XNonce::from_slice(&nonce), b"", &mut pack.bytes[frame_start..])
            .map_err(|_| Error::bug("Sealing a message failed"))?;
        pack.bytes.extend_from_slice(&tag);
        pack.name.update(nonce);
        pack.name.update(tag);
        Ok((position(start)?, position(pack.bytes.len() - start)?))
    }

    /// The raw message again.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(NONCE).ok_or(Error::WrongKey)?;
        let (frame, tag) = rest.split_at_checked(rest.len().saturating_sub(TAG)).ok_or(Error::WrongKey)?;
        let mut frame = frame.to_vec();
        self.cipher.decrypt_in_place_detached(XNonce::from_slice(nonce), b"", &mut frame, tag.into()).map_err(|_| Error::WrongKey)?;
        let size =
            zstd::zstd_safe::get_frame_content_size(&frame).ok().flatten().and_then(|size| usize::try_from(size).ok()).unwrap_or(MAX_PLAIN);
        zstd::bulk::decompress(&frame, size.min(MAX_PLAIN)).map_err(|error| Error::internal("Unpacking a message", error))
    }
}

impl SealedPack {
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Its content address, and the bytes.
    pub fn finish(self) -> (PackId, Vec<u8>) {
        let digest = self.name.finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        (PackId(uuid::Uuid::from_bytes(id)), self.bytes)
    }
}

fn position(at: usize) -> Result<i64> {
    i64::try_from(at).map_err(|error| Error::internal("A pack is too long", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;
    impl Dice for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(1);
        }
    }

    /// [SEC-01, SEC-02] A sealed message opens with its own key only, and not when a byte of it changed.
    #[test]
    fn a_pack_opens_with_its_own_key_only() {
        let sealer = Sealer::new(&CompanyKey::new([1; 32]));
        let mut pack = SealedPack::default();
        let raw = b"Subject: geheim\r\n\r\ngeheim geheim geheim geheim";
        sealer.add(&mut pack, b"", &Ones).expect("an empty message too");
        let (offset, len) = sealer.add(&mut pack, raw, &Ones).expect("it seals");
        let (_, bytes) = pack.finish();
        let at = usize::try_from(offset).expect("small");
        let mut sealed = bytes[at..at + usize::try_from(len).expect("small")].to_vec();
        assert_eq!(sealer.open(&sealed).expect("it opens"), raw);
        assert!(!sealed.windows(6).any(|window| window == b"geheim"));
        assert!(matches!(Sealer::new(&CompanyKey::new([2; 32])).open(&sealed), Err(Error::WrongKey)));
        sealed[30] ^= 1;
        assert!(matches!(sealer.open(&sealed), Err(Error::WrongKey)));
        assert!(matches!(sealer.open(b"short"), Err(Error::WrongKey)));
    }
}
