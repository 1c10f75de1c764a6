//! What is reported of a letter after it went (RFC 3464): it did not arrive, or not yet.

use crate::ports::{BounceRow, Tx};
use crate::{Error, Result, Session};
use model::contact::{Bounce, DetailKind};
use model::message::ParticipantRole;
use model::nature::{Report, Undelivered};
use model::{ContactId, DetailId, Moment, Right, UserId, fold};

/// A report came in at this time: what it says is kept at the letter that it is about, which may be met later. Only of what the one whose
/// mailbox it came to sent himself, and only of whom that went to: anybody can write a report.
pub(crate) async fn take_report(tx: &mut dyn Tx, owner: UserId, report: &Report, at: Moment) -> Result<()> {
    let Some(letter) = tx.find_sent(owner, &report.about).await? else { return tx.put_report(owner, report, at).await };
    let (people, _) = tx.participants(letter).await?;
    let written_to = |role| matches!(role, ParticipantRole::To | ParticipantRole::Cc | ParticipantRole::Bcc);
    let mut people: Vec<(String, String)> =
        people.into_iter().filter(|one| written_to(one.role)).map(|one| (fold::email_key(&one.address), one.address)).collect();
    people.sort_unstable();
    people.dedup_by(|one, other| one.0 == other.0);
    // A letter to one that was sent on by his server comes back under the address it was sent on to.
    let only = people.first().filter(|_| people.len() == 1 && report.undelivered.len() + report.delivered.len() == 1);
    let meant = |address: &str| {
        let key = fold::email_key(address);
        people.iter().find(|(other, _)| *other == key).or(only)
    };
    for told in &report.undelivered {
        let Some((_, address)) = meant(&told.address) else { continue };
        let told = Undelivered { address: address.clone(), ..told.clone() };
        tx.put_bounce(&BounceRow { message: letter, told, at }).await?;
    }
    for address in &report.delivered {
        if let Some((key, _)) = meant(address) {
            tx.remove_delay(letter, key, at).await?;
        }
    }
    Ok(())
}

impl Session {
    /// The addresses of a card that letters came back from.
    pub(crate) async fn bounces(&self, tx: &mut dyn Tx, contact: ContactId) -> Result<Vec<Bounce>> {
        let rows = tx.bounces_at(contact).await?;
        Ok(rows.into_iter().map(|(detail, row)| Bounce { detail, at: self.civil(row.at), told: row.told }).collect())
    }

    /// Somebody knows better: the warning goes, or (`false`) comes back.
    pub async fn settle_bounce(&self, detail: DetailId, settled: bool) -> Result<()> {
        self.demand(Right::AddContacts)?;
        let mut tx = self.write().await?;
        let (contact, detail) = tx.find_detail(detail).await?.filter(|(_, one)| one.kind == DetailKind::Email).ok_or(Error::NotFound)?;
        crate::inbox::live_contact(&mut *tx, contact).await?;
        tx.settle_bounces(&fold::email_key(&detail.value), settled).await?;
        tx.commit().await
    }
}
