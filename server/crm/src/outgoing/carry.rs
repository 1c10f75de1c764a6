//! The outbox as the mail door empties it (mail.md §5).
//!
//! A message is handed over in four steps, each durable before the next: it is taken (`take_parcel`), its last byte is about to go
//! (`parcel_leaves`), and what came of it is written down (`parcel_ends`). Whoever dies in between leaves a row that says how far he came:
//! before the last byte it goes again, after it nobody knows, and nothing goes twice without its writer's word.

use crate::ports::{AccountRow, Handed, OutboxRow, Parcel, Tx, Want};
use crate::session::Office;
use crate::{Crm, Error, Pass, Result, System};
use model::mail_account::{Diagnosis, DiagnosisKind};
use model::message::ParticipantRole;
use model::outgoing::{RecipientState, SendFault, SendState};
use model::{MailAccountId, MessageId, Moment};
use std::sync::Arc;

/// How long the mail server gets to put a copy among the sent items by itself, as some do.
const COPY_SECONDS: i64 = 60;
/// A letter that could not be taken for a reason of ours is taken again after so long.
const STUMBLE_SECONDS: i64 = 300;

/// A moment as far off as this is never reached.
const NEVER: Moment = Moment(i64::MAX);

impl Crm {
    /// Has `deliver` give a letter to the server of this account, with what opens the mailbox now. A token that was refused may only be
    /// too old: it is renewed, once.
    pub(crate) async fn hand_over<D>(self: &Arc<Self>, office: &Office, account: &AccountRow, deliver: impl Fn(Pass) -> D) -> Result<Handed>
    where
        D: Future<Output = Result<Handed>>,
    {
        let mut refused: Option<Pass> = None;
        loop {
            let pass = match self.pass(office, account, refused.as_ref()).await? {
                Ok(pass) => pass,
                Err(diagnosis) => return Ok(Handed { fault: Some(SendFault::Server(diagnosis)), ..Handed::default() }),
            };
            let handed = deliver(pass.clone()).await?;
            let is_old = matches!(&handed.fault, Some(SendFault::Server(diagnosis)) if diagnosis.kind == DiagnosisKind::SignInRefused);
            if !is_old || refused.is_some() || !matches!(pass, Pass::Token(_)) {
                return Ok(handed);
            }
            refused = Some(pass);
        }
    }
}

impl System {
    /// What the node left that did this before: called once, under the lease, before anything is taken.
    pub async fn resume_outbox(&self) -> Result<()> {
        let mut tx = self.write().await?;
        for out in tx.left_in_outbox().await? {
            if out.handed_over {
                unknown(&mut *tx, out, self.crm().now()).await?;
            } else {
                tx.put_in_outbox(&OutboxRow { state: SendState::Waiting, due_at: self.crm().now(), ..out }).await?;
            }
        }
        tx.commit().await
    }

    /// Takes what has been due for longest, of none of the accounts that are busy.
    pub async fn take_parcel(&self, busy: &[MailAccountId]) -> Result<Option<Parcel>> {
        loop {
            let now = self.crm().now();
            let mut tx = self.write().await?;
            let Some(out) = tx.due_in_outbox(now, busy).await? else { return Ok(None) };
            let taken = OutboxRow { state: SendState::Sending, attempts: out.attempts + 1, handed_over: false, ..out };
            tx.put_in_outbox(&taken).await?;
            tx.commit().await?;
            match self.packed(&taken).await {
                Ok(Some(parcel)) => return Ok(Some(parcel)),
                Ok(None) => {
                    let fault = SendFault::Server(Diagnosis::new(DiagnosisKind::NoSettingsFound, ""));
                    self.put_out(&OutboxRow { state: SendState::Failed, due_at: NEVER, fault: Some(fault), ..taken }).await?;
                }
                Err(error @ Error::LeaseLost) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, message.id = %taken.message, "A letter could not be taken out of the outbox");
                    self.put_out(&OutboxRow { state: SendState::Waiting, due_at: now.plus_seconds(STUMBLE_SECONDS), ..taken }).await?;
                }
            }
        }
    }

    async fn put_out(&self, row: &OutboxRow) -> Result<()> {
        let mut tx = self.write().await?;
        tx.put_in_outbox(row).await?;
        tx.commit().await
    }

    /// `None`: its mailbox is gone.
    async fn packed(&self, out: &OutboxRow) -> Result<Option<Parcel>> {
        let mut tx = self.office.company.read().await?;
        let Some(account) = tx.find_mail_account(out.account).await? else { return Ok(None) };
        let people = tx.outbox_recipients(out.message).await?;
        let server = tx.sending_server(out.account).await?;
        // What it says it is from is what its server is told.
        let (written, _) = tx.participants(out.message).await?;
        let from = written.into_iter().find(|one| one.role == ParticipantRole::From).map(|one| one.address);
        drop(tx);
        let server = match server {
            Some(server) => server,
            None => self.crm().mailroom()?.guess_sending(&account.address, &account.server),
        };
        Ok(Some(Parcel {
            message: out.message,
            account: out.account,
            from: from.unwrap_or(account.address),
            recipients: people.into_iter().filter(|(_, state, _)| *state == RecipientState::Waiting).map(|(address, ..)| address).collect(),
            bytes: self.raw(out.message).await?,
            server,
        }))
    }

    /// A stored message, opened.
    pub async fn raw(&self, message: MessageId) -> Result<Vec<u8>> {
        let at = self.office.company.read().await?.raw_at(message).await?.ok_or(Error::NotFound)?;
        self.crm().unsealed(&self.office, at).await
    }

    /// When there is something to take next, of none of these accounts.
    pub async fn next_parcel_at(&self, busy: &[MailAccountId]) -> Result<Option<Moment>> {
        self.office.company.read().await?.next_in_outbox(busy).await
    }

    /// Has `deliver` give this letter to its server, with what opens the mailbox.
    pub async fn hand_over<D>(&self, parcel: &Parcel, deliver: impl Fn(Pass) -> D) -> Result<Handed>
    where
        D: Future<Output = Result<Handed>>,
    {
        let account = self.office.company.read().await?.find_mail_account(parcel.account).await?.ok_or(Error::NotFound)?;
        self.crm().hand_over(&self.office, &account, deliver).await
    }

    /// Its last byte goes next. Until this has returned, it must not.
    pub async fn parcel_leaves(&self, message: MessageId) -> Result<()> {
        let mut tx = self.write().await?;
        let out = tx.find_in_outbox(message).await?.ok_or(Error::NotFound)?;
        tx.put_in_outbox(&OutboxRow { handed_over: true, ..out }).await?;
        tx.commit().await
    }

    /// What came of it.
    pub async fn parcel_ends(&self, message: MessageId, handed: Handed) -> Result<()> {
        let now = self.crm().now();
        let mut tx = self.write().await?;
        let Some(out) = tx.find_in_outbox(message).await? else { return Ok(()) };
        for address in &handed.accepted {
            tx.set_recipient(message, address, RecipientState::Accepted, "").await?;
        }
        for refusal in &handed.refused {
            tx.set_recipient(message, &refusal.address, RecipientState::Refused, &refusal.said).await?;
        }
        let people = tx.outbox_recipients(message).await?;
        let some = |wanted| people.iter().any(|(_, state, _)| *state == wanted);
        // What was said nothing of is asked again like what was put off, and given up like it.
        let fault = handed.fault.or_else(|| some(RecipientState::Waiting).then(|| SendFault::Later(String::new())));
        let again = OutboxRow { state: SendState::Waiting, fault: fault.clone(), handed_over: false, ..out.clone() };
        let given_up = OutboxRow { state: SendState::Failed, due_at: NEVER, ..again.clone() };
        match fault {
            Some(SendFault::Cut) => unknown(&mut *tx, again, now).await?,
            _ if !some(RecipientState::Waiting) && some(RecipientState::Accepted) => went(&mut *tx, again, now).await?,
            None => {
                let said = people.first().map(|(_, _, said)| said.clone()).unwrap_or_default();
                tx.put_in_outbox(&OutboxRow { fault: Some(SendFault::Refused(said)), ..given_up }).await?;
            }
            Some(fault) => match pause(out.attempts).filter(|_| passes(&fault)) {
                Some(pause) => tx.put_in_outbox(&OutboxRow { due_at: now.plus_seconds(pause), ..again }).await?,
                None if some(RecipientState::Accepted) => {
                    // Some have it: it went, and the others are shown with the reason.
                    for (address, ..) in people.iter().filter(|(_, state, _)| *state == RecipientState::Waiting) {
                        tx.set_recipient(message, address, RecipientState::Refused, words(&fault)).await?;
                    }
                    went(&mut *tx, again, now).await?;
                }
                None => tx.put_in_outbox(&given_up).await?,
            },
        }
        tx.commit().await
    }
}

/// Its last byte went, and nothing more was heard. The mailbox may know already: a copy that was met while it was being handed over is not
/// met again.
async fn unknown(tx: &mut dyn Tx, out: OutboxRow, now: Moment) -> Result<()> {
    if tx.is_on_server(out.message).await? {
        return went(tx, out, now).await;
    }
    tx.put_in_outbox(&OutboxRow { state: SendState::Unknown, due_at: NEVER, fault: Some(SendFault::Cut), handed_over: true, ..out }).await
}

/// It went: it stands among the sent items, a copy of it comes into the mailbox, and its draft is over.
pub(super) async fn went(tx: &mut dyn Tx, out: OutboxRow, now: Moment) -> Result<()> {
    let message = out.message;
    tx.put_in_outbox(&OutboxRow { state: SendState::Sent, due_at: NEVER, fault: None, ..out }).await?;
    if !tx.is_on_server(message).await? {
        tx.put_errand(message, Want::Keep, now.plus_seconds(COPY_SECONDS)).await?;
    }
    if let Some(draft) = tx.draft_of(message).await? {
        if let Some(row) = tx.find_draft(draft).await?
            && let Some(answered) = row.answers.filter(|_| row.action != model::outgoing::Action::Forward)
        {
            tx.set_answered(answered).await?;
        }
        tx.destroy_draft(draft).await?;
    }
    Ok(())
}

/// Whether waiting helps.
fn passes(fault: &SendFault) -> bool {
    match fault {
        SendFault::Server(diagnosis) => !diagnosis.kind.needs_owner(),
        SendFault::Later(_) => true,
        SendFault::Refused(_) | SendFault::TooLarge(_) | SendFault::Cut => false,
    }
}

fn words(fault: &SendFault) -> &str {
    match fault {
        SendFault::Server(diagnosis) => &diagnosis.said,
        SendFault::Refused(said) | SendFault::TooLarge(said) | SendFault::Later(said) => said,
        SendFault::Cut => "",
    }
}

/// How long a letter that cannot go waits for its next try, by how often it was tried (mail.md §5).
fn pause(attempts: i64) -> Option<i64> {
    const MINUTES: [i64; 9] = [1, 5, 15, 30, 60, 120, 240, 480, 960];
    let tried = usize::try_from(attempts.max(1) - 1).ok()?;
    MINUTES.get(tried).map(|minutes| minutes * 60)
}
