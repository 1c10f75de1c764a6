//! The mail door as the verbs see it: letters that a test can read, and an outgoing server that says what it was told to say.

use crm::ports::{Built, Enclosed, Handed, Letterhead, Mailroom, Meeting, Parcel, Quotable};
use crm::{Pass, Result};
use futures::channel::oneshot;
use model::mail_account::{Check, CheckOutcome, Diagnosis, Security, ServerSettings};
use model::message::{AttachmentMeta, Parsed, Participant, ParticipantRole};
use model::nature::{Answer, Notice};
use model::outgoing::Recipient;
use model::sender::{DomainRecords, Finding, Verdict};
use model::{CheckId, CompanyId, MailAccountId, Moment};
use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// Between the text of a letter and each of its files.
const PART: &str = "\r\n--\r\n";

/// Remembers what it was asked, and finds every setting right that it was not told to refuse.
#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) wakes: Mutex<Vec<MailAccountId>>,
    pub(crate) errands: Mutex<Vec<MailAccountId>>,
    pub(crate) passwords: Mutex<Vec<String>>,
    /// What the outgoing server has against its settings.
    pub(crate) refuses: Mutex<Option<Diagnosis>>,
    /// What was handed over at once, and with what opened the mailbox.
    pub(crate) handed: Mutex<Vec<(Parcel, String)>>,
    /// What comes of the next of these. Absent: all are taken.
    pub(crate) comes_of: Mutex<Vec<Handed>>,
    /// Each time something waited to be sent, where.
    pub(crate) posted: Mutex<Vec<CompanyId>>,
    gate: Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>,
}

impl Quiet {
    /// The next letter to be built stops there: the first tells that it does, the second lets it go on.
    pub(crate) fn hold(&self) -> (oneshot::Receiver<()>, oneshot::Sender<()>) {
        let (here, reached) = oneshot::channel();
        let (open, opened) = oneshot::channel();
        *self.gate.lock().unwrap() = Some((here, opened));
        (reached, open)
    }
}

#[async_trait::async_trait]
impl Mailroom for Quiet {
    fn start_check(&self, _: CheckId, _: String, pass: std::result::Result<Pass, Diagnosis>, _: Option<ServerSettings>) {
        self.passwords.lock().unwrap().push(pass.map_or_else(|diagnosis| format!("{:?}", diagnosis.kind), |pass| words(&pass)));
    }

    async fn follow(&self, _: CheckId, _: u32) -> Option<Check> {
        Some(Check { version: 1, outcome: Some(CheckOutcome::Connected { folders: Vec::new(), messages: 0 }), ..Check::default() })
    }

    fn wake(&self, _: CompanyId, account: MailAccountId) {
        self.wakes.lock().unwrap().push(account);
    }

    fn errands(&self, _: CompanyId, account: MailAccountId) {
        self.errands.lock().unwrap().push(account);
    }

    /// What is safe is the mail door's business; here it is whatever has no script in it.
    async fn safe_html(&self, html: String) -> Option<String> {
        (!html.contains("<!crooked")).then(|| html.replace("<script>alert(1)</script>", ""))
    }

    async fn build(&self, letter: Letterhead) -> Result<Built> {
        let gate = self.gate.lock().unwrap().take();
        if let Some((here, opened)) = gate {
            here.send(()).unwrap();
            opened.await.unwrap();
        }
        let bytes = written(&letter);
        Ok(Built { parsed: read(&bytes), bytes })
    }

    async fn quotable(&self, raw: Vec<u8>, files: bool) -> Quotable {
        let (Parsed { message_id, mut references, .. }, parts) = (read(&raw), parts(&raw));
        references.push(message_id);
        Quotable { html: parts.0, references, files: if files { parts.1 } else { Vec::new() } }
    }

    async fn enclosed(&self, raw: Vec<u8>, part: u32) -> Option<Enclosed> {
        parts(&raw).1.into_iter().nth(usize::try_from(part).unwrap().checked_sub(1)?)
    }

    /// `Invite: uid sequence organizer seconds`: when it is over.
    async fn meeting(&self, raw: Vec<u8>, _: &str) -> Option<Meeting> {
        let text = String::from_utf8_lossy(&raw).into_owned();
        let asked = text.split("\r\n").find_map(|line| line.strip_prefix("Invite: "))?;
        let notice = notice(asked, false);
        let over = Moment::from_seconds(asked.rsplit_once(' ').unwrap().1.parse().unwrap());
        let organizer = notice.organizer.clone();
        Some(Meeting { notice, organizer, summary: "Kraan".into(), starts: over, ends: None, all_day: false, over: Some(over) })
    }

    async fn meeting_answer(&self, _: Vec<u8>, from: Recipient, answer: Answer, _: Moment) -> Option<String> {
        Some(format!("{} {}", from.address, answer.as_str()))
    }

    async fn try_sending(&self, _: &ServerSettings, pass: &Pass) -> std::result::Result<(), Diagnosis> {
        self.passwords.lock().unwrap().push(words(pass));
        self.refuses.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    /// A local part in letters of any alphabet is one that few servers take.
    fn takes(&self, address: &str) -> bool {
        address.is_ascii()
    }

    async fn hand_over(&self, parcel: &Parcel, pass: &Pass) -> Result<Handed> {
        self.handed.lock().unwrap().push((parcel.clone(), words(pass)));
        Ok(self.comes_of.lock().unwrap().pop().unwrap_or_else(|| Handed { accepted: parcel.recipients.clone(), ..Handed::default() }))
    }

    async fn domain_records(&self, domain: &str, outgoing: &str) -> Option<DomainRecords> {
        let none = Finding { verdict: Verdict::Unsure, there: Vec::new(), add: Vec::new() };
        let (spf, dkim, dmarc) = (none.clone(), none.clone(), none);
        Some(DomainRecords { domain: domain.to_owned(), provider: Some(outgoing.to_owned()), foreign: false, spf, dkim, dmarc })
    }

    fn guess_sending(&self, address: &str, incoming: &ServerSettings) -> ServerSettings {
        let domain = address.rsplit_once('@').unwrap().1;
        let (host, login) = (format!("smtp.{domain}"), incoming.login.clone());
        ServerSettings { login, host, port: 465, security: Security::Tls, trusted_certificate: None }
    }

    fn posted(&self, company: CompanyId) {
        self.posted.lock().unwrap().push(company);
    }
}

/// A password as it is, a token by its sort.
fn words(pass: &Pass) -> String {
    match pass {
        Pass::Password(password) => password.reveal().to_owned(),
        Pass::Token(token) => format!("token {}", token.reveal()),
    }
}

fn person(one: &Recipient) -> String {
    format!("{} <{}>", one.name, one.address)
}

fn notice(asked: &str, cancels: bool) -> Notice {
    let mut words = asked.split(' ').map(str::to_owned);
    let (uid, sequence, organizer) = (words.next().unwrap(), words.next().unwrap().parse().unwrap(), words.next().unwrap());
    Notice { uid, sequence, organizer, cancels, ..Notice::default() }
}

/// A header for each field and person, as it is given: what would break out of one is seen to. Then the text, and the files.
pub(crate) fn written(letter: &Letterhead) -> Vec<u8> {
    let mut head = vec![format!("From: {}", person(&letter.from))];
    head.extend(letter.to.iter().map(|one| format!("To: {}", person(one))));
    head.extend(letter.cc.iter().map(|one| format!("Cc: {}", person(one))));
    head.push(format!("Subject: {}", letter.subject));
    head.push(format!("Date: {}", letter.date.0));
    head.push(format!("Message-ID: {}", letter.message_id));
    head.extend(letter.references.iter().map(|one| format!("References: {one}")));
    let mut raw = format!("{}\r\n\r\n{}", head.join("\r\n"), letter.html).into_bytes();
    for file in &letter.files {
        raw.extend(format!("{PART}{}\r\n{}\r\n", file.name, file.mime).into_bytes());
        raw.extend(&file.bytes);
    }
    if let Some(calendar) = &letter.calendar {
        raw.extend(format!("{PART}answer.ics\r\ntext/calendar\r\n{calendar}").into_bytes());
    }
    raw
}

/// What such a letter says, read from its bytes: the same whoever has them.
pub(crate) fn read(raw: &[u8]) -> Parsed {
    let text = String::from_utf8_lossy(raw);
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let mut parsed = Parsed { fingerprint: Sha256::digest(raw)[..16].try_into().unwrap(), has_html: true, ..Parsed::default() };
    for (name, value) in head.split("\r\n").map(|line| line.split_once(": ").unwrap()) {
        let role = match name {
            "From" => ParticipantRole::From,
            "To" => ParticipantRole::To,
            "Cc" => ParticipantRole::Cc,
            "Bcc" => ParticipantRole::Bcc,
            "Reply-To" => ParticipantRole::ReplyTo,
            _ => {
                match name {
                    "Subject" => parsed.subject = value.into(),
                    "Date" => parsed.sent_at = Some(Moment(value.parse().unwrap())),
                    "Message-ID" => parsed.message_id = value.into(),
                    "References" => parsed.references.push(value.into()),
                    "Invite" | "Cancel" => parsed.notice = Some(notice(value, name == "Cancel")),
                    _ => panic!("{name}: {value}"),
                }
                continue;
            }
        };
        let (name, address) = value.rsplit_once(" <").unwrap();
        parsed.participants.push(Participant { role, name: name.into(), address: address.trim_end_matches('>').into() });
    }
    let (html, files) = parts(raw);
    parsed.search_text = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect::<Vec<_>>().join(" ");
    parsed.snippet = parsed.search_text.chars().take(100).collect();
    parsed.attachments = (1..)
        .zip(files)
        .map(|(part, file)| AttachmentMeta {
            part,
            name: file.name,
            mime: file.mime,
            size: file.bytes.len().try_into().unwrap(),
            content_id: None,
            inline: false,
        })
        .collect();
    parsed.size = raw.len().try_into().unwrap();
    parsed
}

fn parts(raw: &[u8]) -> (String, Vec<Enclosed>) {
    let text = String::from_utf8_lossy(raw);
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let mut parts = body.split(PART);
    let html = parts.next().unwrap().to_owned();
    let files = parts.map(|part| {
        let mut lines = part.splitn(3, "\r\n").map(str::to_owned);
        Enclosed { name: lines.next().unwrap(), mime: lines.next().unwrap(), bytes: lines.next().unwrap().into_bytes() }
    });
    (html, files.collect())
}
