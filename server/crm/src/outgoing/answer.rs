//! Answering and forwarding (CMP-21): to whom, under which subject, and what is quoted.

use super::markup;
use crate::ports::MessageRecord;
use crate::{Result, Session};
use model::message::{Participant, ParticipantRole};
use model::outgoing::{Action, DraftForm, QuotedHead, Recipient, Sender};
use model::{DraftId, MessageId, Right, fold, merge, thread};
use std::collections::HashSet;

impl Session {
    /// Begins an answer to a message, or sends it on. `heading` words the line above what is quoted, as text.
    pub async fn begin_answer(
        &self,
        message: MessageId,
        action: Action,
        heading: impl Fn(&QuotedHead) -> String + Send + Sync,
    ) -> Result<DraftId> {
        self.demand(Right::UseMail)?;
        let (record, people, links) = {
            let mut tx = self.read().await?;
            let record = self.readable(&mut *tx, message).await?;
            let (people, _) = tx.participants(message).await?;
            let links = tx.links_of(message).await?;
            (record, people, links)
        };
        let forward = action == Action::Forward;
        let senders = self.list_senders().await?;
        let own_keys: HashSet<String> = senders.iter().map(|sender| fold::email_key(&sender.address)).collect();
        let sender = answering(&record, &people, &senders);
        let (to, cc) = match action {
            Action::New | Action::Forward => (Vec::new(), Vec::new()),
            Action::Reply => (answered_to(&record, &people), Vec::new()),
            Action::ReplyAll => everybody(&record, &people, &own_keys),
        };
        let form = DraftForm {
            sender: sender.map(|sender| sender.account),
            alias: sender.and_then(|sender| sender.alias),
            to,
            cc,
            subject: subject(&record.subject, forward),
            // What was linked by hand stays linked; addresses link by themselves, but for those of a letter that goes to somebody else.
            contacts: links
                .iter()
                .filter(|link| if forward { self.preferences.forward_keeps_contacts } else { link.by_hand })
                .map(|link| link.contact.id)
                .collect(),
            ..DraftForm::default()
        };
        let raw = self.raw_message(message).await?;
        let quoted = self.crm.mailroom()?.quotable(raw, forward).await;
        let head = QuotedHead {
            at: self.civil(record.at),
            from: first(&people, ParticipantRole::From).unwrap_or_else(|| recipient(&record.who)),
            to: all(&people, ParticipantRole::To),
            subject: record.subject.clone(),
            forward,
        };
        let quotation = quotation(&heading(&head), &quoted.html);
        let template = self.action_types().await?.of(action.template());
        self.begin(action, Some(message), form, template, &quotation, quoted.files).await
    }
}

/// The address that a message was sent to, where one sends from that; otherwise its mailbox. One's own goes on from where it went from.
pub(super) fn answering<'a>(record: &MessageRecord, people: &[Participant], senders: &'a [Sender]) -> Option<&'a Sender> {
    let roles: &[_] = if record.outgoing { &[ParticipantRole::From] } else { &[ParticipantRole::To, ParticipantRole::Cc] };
    let written = roles.iter().flat_map(|role| all(people, *role)).map(|one| one.key());
    let is_its = |sender: &&Sender| sender.account == record.account && sender.alias.is_none();
    let known = |key: String| senders.iter().find(|one| fold::email_key(&one.address) == key && (one.alias.is_some() || is_its(one)));
    written.into_iter().find_map(known).or_else(|| senders.iter().find(is_its))
}

/// `Reply-To`, or the sender; of one's own message those it went to.
fn answered_to(record: &MessageRecord, people: &[Participant]) -> Vec<Recipient> {
    let asked = all(people, ParticipantRole::ReplyTo);
    if record.outgoing {
        all(people, ParticipantRole::To)
    } else if asked.is_empty() {
        first(people, ParticipantRole::From).into_iter().collect()
    } else {
        asked
    }
}

/// Everybody else in `Cc`, each once, and never oneself.
fn everybody(record: &MessageRecord, people: &[Participant], own: &HashSet<String>) -> (Vec<Recipient>, Vec<Recipient>) {
    let mut to = answered_to(record, people);
    // A note to oneself is answered to oneself.
    if to.iter().any(|one| !own.contains(&one.key())) {
        to.retain(|one| !own.contains(&one.key()));
    }
    let mut seen: HashSet<String> = to.iter().map(Recipient::key).collect();
    let others = people.iter().filter(|one| matches!(one.role, ParticipantRole::To | ParticipantRole::Cc)).map(recipient);
    let cc = others.filter(|one| !own.contains(&one.key()) && seen.insert(one.key())).collect();
    (to, cc)
}

fn all(people: &[Participant], role: ParticipantRole) -> Vec<Recipient> {
    people.iter().filter(|one| one.role == role).map(recipient).collect()
}

fn first(people: &[Participant], role: ParticipantRole) -> Option<Recipient> {
    people.iter().find(|one| one.role == role).map(recipient)
}

fn recipient(one: &Participant) -> Recipient {
    Recipient { name: one.name.clone(), address: one.address.clone() }
}

/// One `Re:` or `Fwd:`, however many there were: those every mail program knows.
fn subject(subject: &str, forward: bool) -> String {
    let said = if forward { thread::is_forward(subject) } else { thread::is_reply(subject) };
    // Another's subject is no template of ours either: it is filled in with the rest of the letter.
    let subject = merge::inert(subject.trim());
    match (said, forward) {
        (true, _) => subject,
        (false, true) => format!("Fwd: {subject}"),
        (false, false) => format!("Re: {subject}"),
    }
}

fn quotation(heading: &str, html: &str) -> String {
    let heading: Vec<_> = heading.lines().map(escaped).collect();
    format!("<div><br></div><div>{}</div><blockquote type=\"cite\">{}</blockquote>", heading.join("<br>"), merge::inert(html))
}

fn escaped(text: &str) -> String {
    merge::inert(&markup(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CMP-21]
    #[test]
    fn subjects_are_prefixed_once() {
        assert_eq!(subject("Offerte", false), "Re: Offerte");
        assert_eq!(subject("AW: Offerte", false), "AW: Offerte");
        assert_eq!(subject("Re: Offerte", true), "Fwd: Re: Offerte");
    }

    /// [CMP-21, TPL-22] Another's letter cannot have our fields filled in, nor its name write markup.
    #[test]
    fn quotations_are_inert() {
        let chip = "<span data-merge=\"me.mobile\">x</span><a href=\"https://mallory.example/?%C2%ABMijn%20Mobiel%C2%BB\">y</a>";
        let quoted = quotation("Op 3 maart schreef <b>«Mijn Mobiel»</b>:", &format!("<p>«Mijn Mobiel»{chip}</p>"));
        assert!(!quoted.contains("<b>") && quoted.contains("‹Mijn Mobiel›"), "{quoted}");
        let mut values = merge::Values::default();
        values.set(merge::MergeField::MyMobile, "0612345678");
        assert_eq!(merge::fill(&quoted, &values).html, quoted);
        assert_eq!(subject("«Mijn Mobiel»", false), "Re: ‹Mijn Mobiel›");
    }
}
