//! What an answer takes from the message it answers.

use crate::{parse, show};
use bytes::Bytes;
use crm::ports::{Enclosed, Quotable};
use model::message::AttachmentMeta;
use model::outgoing::MOST_FILES;
use std::time::Duration;

/// Pictures of a quotation, before encoding: an answer is no second copy of an album.
const MAX_PICTURES: usize = 2 << 20;

/// A raw message, made fit to stand in an answer; with its attachments where they are wanted. Takes as long as it takes: call it where
/// blocking is allowed. [CMP-21]
pub fn quotable(raw: &[u8], files: bool) -> Quotable {
    taken(raw, files, |message| show::quoted(message, MAX_PICTURES))
}

/// [`quotable`], on a thread where it may block, and of its text alone when it is not done in time.
pub(crate) async fn quotable_within(limit: Duration, raw: Bytes, files: bool) -> Quotable {
    let source = raw.clone();
    let whole = tokio::task::spawn_blocking(move || quotable(&source, files));
    match tokio::time::timeout(limit, whole).await {
        Ok(Ok(quotable)) => quotable,
        Ok(Err(_)) | Err(_) => tokio::task::spawn_blocking(move || taken(&raw, files, show::quoted_text)).await.unwrap_or_default(),
    }
}

fn taken(raw: &[u8], files: bool, html: impl FnOnce(&parse::Opened<'_>) -> String + Send) -> Quotable {
    let read = parse::with_opened(raw, |message| Quotable {
        html: html(message),
        references: parse::answered(message),
        files: if files { parse::beside(message).into_iter().map(enclosing).collect() } else { Vec::new() },
    });
    // What cannot be read goes along as it came, unless no letter could hold it.
    read.unwrap_or_else(|_| Quotable {
        html: show::quoted_bytes(raw),
        references: Vec::new(),
        files: if files && i64::try_from(raw.len()).is_ok_and(|size| size <= MOST_FILES) { vec![whole(raw)] } else { Vec::new() },
    })
}

fn whole(raw: &[u8]) -> Enclosed {
    let mime = "message/rfc822";
    Enclosed { name: parse::safe_name("", mime), mime: mime.to_owned(), bytes: raw.to_vec() }
}

/// One attachment of a raw message.
pub fn enclosed(raw: &[u8], part: u32) -> Option<Enclosed> {
    parse::attachment(raw, part).map(enclosing)
}

fn enclosing((meta, bytes): (AttachmentMeta, Vec<u8>)) -> Enclosed {
    Enclosed { name: meta.name, mime: meta.mime, bytes }
}
