//! Answering an invitation (RFC 5546 §3.2.3): a letter like any other, with the answer in it for the organizer's calendar.

use super::answer::answering;
use super::{as_markup, message_id, retractable};
use crate::ports::{AnswerRow, Letterhead, Meeting, MessageRecord, OutboxRow, Tx};
use crate::{Error, Result, Session};
use model::inbox::Place;
use model::nature::{Answer, AnsweredMeeting, Invited, Standing};
use model::outgoing::{Recipient, SendState, Sender, UNDO_SECONDS};
use model::{MailAccountId, MessageId, Problem, Right, fold};

impl Session {
    /// What was said to the invitation that this message is, and whether anything can be said to it. `None`: nobody waits for an answer,
    /// or not for one of this user.
    pub async fn open_invitation(&self, message: MessageId) -> Result<Option<Invited>> {
        let Some((record, meeting, _)) = self.invitation(message).await? else { return Ok(None) };
        let mut tx = self.read().await?;
        let answered = said(&mut *tx, record.account, &meeting).await?.map(|(_, answer)| answer);
        Ok(Some(Invited { answered, standing: self.standing(&mut *tx, &meeting).await? }))
    }

    /// Answers an invitation, or answers it otherwise than before; what was said before and has not gone yet never goes. `words` gives
    /// the subject and the text. Answers the letter that says it: `withdraw_answer` takes it back as long as that waits.
    pub async fn answer_invitation(
        &self,
        message: MessageId,
        answer: Answer,
        words: impl Fn(&AnsweredMeeting) -> (String, String) + Send + Sync,
    ) -> Result<MessageId> {
        self.demand(Right::UseMail)?;
        let (record, meeting, raw) = self.invitation(message).await?.ok_or(Error::NotFound)?;
        let people = {
            let mut tx = self.read().await?;
            if self.standing(&mut *tx, &meeting).await? != Standing::Open {
                return Err(Error::Conflict("notices.standing".into()));
            }
            if let Some((before, _)) = said(&mut *tx, record.account, &meeting).await?.filter(|(_, said)| *said == answer) {
                // Clicked twice.
                return Ok(before);
            }
            tx.participants(message).await?.0
        };
        let senders = self.senders_of(record.account).await?;
        let sender = answering(&record, &people, &senders).ok_or_else(|| Error::invalid("sender", Problem::NoMailbox))?;
        let (account, from) = (sender.account, Recipient { name: sender.name.clone(), address: sender.address.clone() });
        let (subject, text) = words(&AnsweredMeeting {
            answer,
            name: from.name.clone(),
            summary: meeting.summary.clone(),
            starts: self.civil(meeting.starts),
            ends: meeting.ends.map(|ends| self.civil(ends)),
            all_day: meeting.all_day,
        });
        let mailroom = self.crm.mailroom()?;
        let now = self.crm.now();
        let references = mailroom.quotable(raw.clone(), false).await.references;
        let calendar = mailroom.meeting_answer(raw, from.clone(), answer, now).await.ok_or(Error::NotFound)?;
        let reply: MessageId = self.crm.new_id();
        let built = mailroom
            .build(Letterhead {
                message_id: message_id(reply, &from.address),
                date: now,
                zone: self.preferences.time_zone.clone(),
                from,
                to: vec![Recipient { name: String::new(), address: meeting.organizer.clone() }],
                cc: Vec::new(),
                bcc: Vec::new(),
                subject,
                html: as_markup(&text),
                files: Vec::new(),
                references,
                calendar: Some(calendar),
            })
            .await?;
        let sealed = self.sealed(&built.bytes).await?;
        let mut tx = self.write().await?;
        if let Some((before, said)) = tx.meeting_answer(account, &meeting.notice).await? {
            if said == answer && !failed(&mut *tx, before).await? {
                // At once, from two windows.
                return Ok(before);
            }
            self.unsay(&mut *tx, before).await?;
        }
        tx.put_messages(&[self.new_outgoing(reply, account, now, built.parsed, sealed)]).await?;
        let out = OutboxRow {
            message: reply,
            account,
            state: SendState::Waiting,
            due_at: now.plus_seconds(UNDO_SECONDS),
            attempts: 0,
            fault: None,
            handed_over: false,
        };
        tx.add_to_outbox(&out, &[meeting.organizer]).await?;
        let row = AnswerRow { message: reply, invitation: message, account, answer, at: now };
        tx.add_meeting_answer(&row, &meeting.notice).await?;
        tx.commit().await?;
        mailroom.posted(self.office.id);
        Ok(reply)
    }

    /// Undoes answering, as long as nobody has it yet.
    pub async fn withdraw_answer(&self, reply: MessageId) -> Result<()> {
        let mut tx = self.write().await?;
        self.own_outgoing(&mut *tx, reply).await?;
        if !self.unsay(&mut *tx, reply).await? {
            return Err(Error::Conflict("outbox.state".into()));
        }
        tx.commit().await
    }

    /// An answer that nobody has is none. `false`: it went, or may have; or it is a letter that somebody wrote, and goes back to its draft.
    async fn unsay(&self, tx: &mut dyn Tx, reply: MessageId) -> Result<bool> {
        let Some(out) = tx.find_in_outbox(reply).await? else { return Ok(false) };
        if !retractable(tx, &out).await? || tx.draft_of(reply).await?.is_some() {
            return Ok(false);
        }
        tx.unsend(reply).await?;
        Ok(true)
    }

    /// One's own message, if it is an invitation that somebody else waits for an answer to; with its bytes.
    async fn invitation(&self, message: MessageId) -> Result<Option<(MessageRecord, Meeting, Vec<u8>)>> {
        let record = self.readable(&mut *self.read().await?, message).await?;
        if record.owner != self.user.id || record.outgoing || record.place == Place::Spam {
            return Ok(None);
        }
        let raw = self.raw_message(message).await?;
        let Some(meeting) = self.crm.mailroom()?.meeting(raw.clone(), self.zone()).await else { return Ok(None) };
        // One's own meeting, sent round by another program.
        let mine = self.senders_of(record.account).await?.iter().any(|own| fold::email_key(&own.address) == meeting.notice.organizer);
        Ok((!mine).then_some((record, meeting, raw)))
    }

    /// What one may write from through this mailbox.
    async fn senders_of(&self, account: MailAccountId) -> Result<Vec<Sender>> {
        Ok(self.senders(&mut *self.read().await?).await?.into_iter().filter(|one| one.account == account).collect())
    }

    async fn standing(&self, tx: &mut dyn Tx, meeting: &Meeting) -> Result<Standing> {
        Ok(match tx.newer_notice(self.user.id, &meeting.notice).await? {
            Some(true) => Standing::CalledOff,
            Some(false) => Standing::Replaced,
            None if meeting.over.is_some_and(|over| over <= self.crm.now()) => Standing::Over,
            None => Standing::Open,
        })
    }
}

/// What was said last, and by which letter; one that did not go said nothing.
async fn said(tx: &mut dyn Tx, account: MailAccountId, meeting: &Meeting) -> Result<Option<(MessageId, Answer)>> {
    let Some((reply, answer)) = tx.meeting_answer(account, &meeting.notice).await? else { return Ok(None) };
    Ok((!failed(tx, reply).await?).then_some((reply, answer)))
}

/// It did not go, and will not by itself.
async fn failed(tx: &mut dyn Tx, message: MessageId) -> Result<bool> {
    Ok(tx.find_in_outbox(message).await?.is_some_and(|out| out.state == SendState::Failed))
}
