//! Errors as a user can act on them (mail.md §4.2). Pure functions: what went wrong goes in, a diagnosis comes out.

pub mod sending;

use crate::providers::{self, Passwords, Provider};
use crate::reach::{UnknownCertificate, Unreachable};
use model::fold;
use model::mail_account::{Diagnosis, DiagnosisKind, Security};
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use std::io;

/// How much of a server's own words is shown.
const MAX_SAID: usize = 200;

/// A server's own words: one line, no control characters, not endless.
pub fn said(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        let word = fold::clean(word);
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
        if out.len() > MAX_SAID * 4 {
            break;
        }
    }
    match out.char_indices().nth(MAX_SAID) {
        Some((at, _)) => out[..at].to_owned(),
        None => out,
    }
}

/// There was no connection.
pub fn unreachable(error: &Unreachable, host: &str, port: u16) -> Diagnosis {
    match error {
        Unreachable::UnknownHost => Diagnosis::new(DiagnosisKind::UnknownHost, host),
        Unreachable::Forbidden => Diagnosis::new(DiagnosisKind::ForbiddenHost, host),
        Unreachable::PortClosed => Diagnosis::new(DiagnosisKind::PortClosed, format!("{host}:{port}")),
        Unreachable::NoAnswer => Diagnosis::new(DiagnosisKind::NoAnswer, format!("{host}:{port}")),
        Unreachable::Io(error) => io(error, host, port),
    }
}

/// A connection, or the handshake upon it, failed.
pub fn io(error: &io::Error, host: &str, port: u16) -> Diagnosis {
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return tls(error, host, port);
    }
    let door = format!("{host}:{port}");
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Diagnosis::new(DiagnosisKind::PortClosed, door),
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Diagnosis::new(DiagnosisKind::NoAnswer, door)
        }
        io::ErrorKind::NotFound => Diagnosis::new(DiagnosisKind::UnknownHost, host),
        io::ErrorKind::PermissionDenied => Diagnosis::new(DiagnosisKind::ForbiddenHost, host),
        _ => Diagnosis { said: said(&error.to_string()), ..Diagnosis::new(DiagnosisKind::BrokenConnection, door) },
    }
}

/// TLS could not be agreed on.
pub fn tls(error: &rustls::Error, host: &str, port: u16) -> Diagnosis {
    let door = format!("{host}:{port}");
    match error {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
            Diagnosis::new(DiagnosisKind::NeedsStartTls, door)
        }
        rustls::Error::InvalidCertificate(reason) => certificate(reason, host),
        rustls::Error::NoCertificatesPresented => Diagnosis::new(DiagnosisKind::CertificateUnknown, ""),
        rustls::Error::AlertReceived(AlertDescription::UnrecognisedName) => Diagnosis::new(DiagnosisKind::CertificateName, host),
        other => Diagnosis { said: said(&other.to_string()), ..Diagnosis::new(DiagnosisKind::BrokenConnection, door) },
    }
}

fn certificate(reason: &CertificateError, host: &str) -> Diagnosis {
    match reason {
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => Diagnosis::new(DiagnosisKind::CertificateExpired, host),
        CertificateError::NotValidForName => Diagnosis::new(DiagnosisKind::CertificateName, ""),
        CertificateError::NotValidForNameContext { presented, .. } => Diagnosis::new(DiagnosisKind::CertificateName, names(presented)),
        CertificateError::Other(other) => {
            let print = other.0.downcast_ref::<UnknownCertificate>().map(|unknown| unknown.sha256.clone());
            Diagnosis::new(DiagnosisKind::CertificateUnknown, print.unwrap_or_default())
        }
        _ => Diagnosis::new(DiagnosisKind::CertificateUnknown, ""),
    }
}

/// The names on a certificate as hosts: rustls writes `DnsName("mail.example.nl")`.
fn names(presented: &[String]) -> String {
    let plain = presented.iter().take(5).map(|name| name.split('"').nth(1).unwrap_or(name));
    said(&plain.collect::<Vec<_>>().join(", "))
}

/// What the server said first. `None`: it is an IMAP server at our service.
pub fn greeting(first_line: Option<&str>, security: Security, host: &str, port: u16) -> Option<Diagnosis> {
    let door = format!("{host}:{port}");
    let Some(line) = first_line else {
        // A server that waits for TLS says nothing to plain text, and the other way round the handshake fails before.
        let kind = if security == Security::Tls { DiagnosisKind::NotImap } else { DiagnosisKind::NeedsTls };
        return Some(Diagnosis::new(kind, door));
    };
    // A TLS alert or record in answer to plain text.
    if security != Security::Tls && matches!(line.as_bytes(), [0x15 | 0x16, 0x03, ..]) {
        return Some(Diagnosis::new(DiagnosisKind::NeedsTls, door));
    }
    let upper = line.trim_start().get(..12.min(line.trim_start().len())).unwrap_or_default().to_ascii_uppercase();
    if upper.starts_with("* OK") || upper.starts_with("* PREAUTH") {
        return None;
    }
    let kind = if upper.starts_with("* BYE") { DiagnosisKind::TryLater } else { DiagnosisKind::NotImap };
    Some(Diagnosis { said: said(line), ..Diagnosis::new(kind, door) })
}

/// The server refused a login. `text` is what followed its `NO` or `BAD`, response code and all; `capabilities` are
/// those it announced.
pub fn login(text: &str, capabilities: &[&str], host: &str) -> Diagnosis {
    let provider = providers::by_host(host);
    let kind = refusal(text, capabilities, provider);
    let link = match kind {
        DiagnosisKind::NeedsAppPassword | DiagnosisKind::ImapDisabled | DiagnosisKind::WrongPassword => {
            link_in(text).or_else(|| provider.and_then(|provider| provider.link).map(str::to_owned))
        }
        _ => None,
    };
    Diagnosis { kind, about: host.to_owned(), said: said(text), link }
}

/// The server would not take a provider's word. `text` as with a login.
pub fn signing_in(text: &str, host: &str) -> Diagnosis {
    let lower = text.to_lowercase();
    let kind = if is_unconnected(&lower) {
        DiagnosisKind::NoMailbox
    } else if is_disabled(&lower) {
        DiagnosisKind::ImapDisabled
    } else if is_busy(&code(text), &lower) {
        DiagnosisKind::TryLater
    } else {
        DiagnosisKind::SignInRefused
    };
    Diagnosis { said: said(text), ..Diagnosis::new(kind, host) }
}

/// A refused command after the login worked: Exchange says so only then.
pub fn command(text: &str, host: &str, port: u16) -> Diagnosis {
    let lower = text.to_lowercase();
    let kind = if is_unconnected(&lower) {
        DiagnosisKind::NoMailbox
    } else if is_disabled(&lower) {
        DiagnosisKind::ImapDisabled
    } else if is_busy(&code(text), &lower) {
        DiagnosisKind::TryLater
    } else {
        DiagnosisKind::BrokenConnection
    };
    let about = if kind == DiagnosisKind::BrokenConnection { format!("{host}:{port}") } else { host.to_owned() };
    Diagnosis { said: said(text), ..Diagnosis::new(kind, about) }
}

/// The connection was closed with a `BYE`.
pub fn bye(text: &str, host: &str, port: u16) -> Diagnosis {
    let kind = if is_busy(&code(text), &text.to_lowercase()) { DiagnosisKind::TryLater } else { DiagnosisKind::BrokenConnection };
    Diagnosis { said: said(text), ..Diagnosis::new(kind, format!("{host}:{port}")) }
}

/// The response code in front of a text, in upper case: `[AUTHENTICATIONFAILED] …`.
fn code(text: &str) -> String {
    let inner = text.trim_start().strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or("", |(code, _)| code);
    inner.split_whitespace().next().unwrap_or_default().to_ascii_uppercase()
}

/// Google's `[WEBALERT https://…]` carries the page to open.
fn link_in(text: &str) -> Option<String> {
    let at = text.find("https://")?;
    let link: &str = text[at..].split(|c: char| c.is_whitespace() || matches!(c, ']' | '"' | '<' | '>' | ')')).next()?;
    let trusted = ["https://accounts.google.com/", "https://support.google.com/", "https://myaccount.google.com/"];
    (link.len() <= 2_000 && trusted.iter().any(|start| link.starts_with(start))).then(|| link.to_owned())
}

fn is_busy(code: &str, lower: &str) -> bool {
    matches!(code, "LIMIT" | "UNAVAILABLE" | "INUSE" | "SERVERBUG" | "THROTTLED")
        || [
            "too many",
            "throttl",
            "maximum number of connections",
            "try again later",
            "try later",
            "temporar",
            "rate limit",
            "backoff",
            "bandwidth",
            "system error",
            "internal error",
            "server busy",
            "overloaded",
        ]
        .iter()
        .any(|words| lower.contains(words))
}

/// Exchange lets in whoever the provider vouches for, and only then looks for his mailbox.
fn is_unconnected(lower: &str) -> bool {
    lower.contains("authenticated but not connected")
}

fn is_disabled(lower: &str) -> bool {
    [
        "not enabled for imap",
        "imap is disabled",
        "imap disabled",
        "imap access is disabled",
        "imap access disabled",
        "yet to enable imap",
        "enable imap",
        "imap not enabled",
        "imap is not enabled",
        "imap access is not",
        "imap not allowed",
        "imap nicht aktiviert",
    ]
    .iter()
    .any(|words| lower.contains(words))
}

fn refusal(text: &str, capabilities: &[&str], provider: Option<&Provider>) -> DiagnosisKind {
    let lower = text.to_lowercase();
    let code = code(text);
    let oauth = provider.is_some_and(Provider::needs_oauth);
    if is_unconnected(&lower) {
        return DiagnosisKind::NoMailbox;
    }
    if is_disabled(&lower) {
        return DiagnosisKind::ImapDisabled;
    }
    // Exchange's answer to a password it would never accept looks like trouble of its own.
    if lower.contains("basic auth")
        || (oauth && (lower.contains("login failed") || lower.contains("authenticate failed") || lower.contains("server unavailable")))
    {
        return DiagnosisKind::NeedsOAuth;
    }
    if is_busy(&code, &lower) {
        return DiagnosisKind::TryLater;
    }
    if ["application-specific password", "app-specific password", "app password", "application password", "application specific"]
        .iter()
        .any(|words| lower.contains(words))
        || code == "WEBALERT"
        || lower.contains("via your web browser")
        || lower.contains("web login required")
    {
        return DiagnosisKind::NeedsAppPassword;
    }
    if code == "PRIVACYREQUIRED" || capabilities.iter().any(|capability| capability.eq_ignore_ascii_case("LOGINDISABLED")) {
        return DiagnosisKind::NeedsStartTls;
    }
    if oauth {
        return DiagnosisKind::NeedsOAuth;
    }
    if matches!(code.as_str(), "AUTHORIZATIONFAILED" | "CONTACTADMIN") {
        return DiagnosisKind::ImapDisabled;
    }
    let plain_no = [
        "auth",
        "login",
        "log in",
        "password",
        "credential",
        "invalid",
        "incorrect",
        "denied",
        "rejected",
        "unknown user",
        "failed",
        "wachtwoord",
    ]
    .iter()
    .any(|word| lower.contains(word));
    if matches!(code.as_str(), "AUTHENTICATIONFAILED" | "EXPIRED") || plain_no {
        // These never take the password of the mailbox: saying that it is wrong would send people the wrong way.
        let app = provider.is_some_and(|provider| provider.passwords == Passwords::App);
        return if app { DiagnosisKind::NeedsAppPassword } else { DiagnosisKind::WrongPassword };
    }
    // Whoever calls any refusal a wrong password locks people out for a server's bad day.
    DiagnosisKind::TryLater
}

#[cfg(test)]
mod tests {
    use super::*;
    use DiagnosisKind as K;
    use std::sync::Arc;

    /// [EML-17] Each kind of refusal is told apart.
    #[test]
    fn refused_logins() {
        let gmail = "imap.gmail.com";
        let office = "outlook.office365.com";
        for (host, text, kind) in [
            ("mail.x.nl", "[AUTHENTICATIONFAILED] Authentication failed.", K::WrongPassword),
            ("mail.x.nl", "Login incorrect", K::WrongPassword),
            ("mail.x.nl", "[UNAVAILABLE] Maximum number of connections from user+IP exceeded", K::TryLater),
            ("mail.x.nl", "[LIMIT] Maximum number of connections from user+IP exceeded", K::TryLater),
            ("mail.x.nl", "[INUSE] Mailbox locked", K::TryLater),
            ("mail.x.nl", "Something is odd today", K::TryLater),
            ("mail.x.nl", "[UNAVAILABLE] Temporary authentication failure.", K::TryLater),
            ("mail.x.nl", "[PRIVACYREQUIRED] Plaintext authentication disallowed", K::NeedsStartTls),
            ("mail.x.nl", "[AUTHORIZATIONFAILED] No access", K::ImapDisabled),
            ("mail.x.nl", "[EXPIRED] Password expired", K::WrongPassword),
            (
                gmail,
                "[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
                K::NeedsAppPassword,
            ),
            (gmail, "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", K::NeedsAppPassword),
            (
                gmail,
                "[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
                K::NeedsAppPassword,
            ),
            (gmail, "[WEBALERT https://accounts.google.com/signin/continue?x=1] Web login required.", K::NeedsAppPassword),
            (gmail, "[ALERT] Too many simultaneous connections. (Failure)", K::TryLater),
            (gmail, "[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page", K::ImapDisabled),
            ("imap.mail.me.com", "[AUTHENTICATIONFAILED] Authentication Failed", K::NeedsAppPassword),
            ("imap.mail.yahoo.com", "[AUTHENTICATIONFAILED] LOGIN Invalid credentials", K::NeedsAppPassword),
            (office, "LOGIN failed.", K::NeedsOAuth),
            (office, "Server Unavailable. 15", K::NeedsOAuth),
            (office, "AUTHENTICATE failed.", K::NeedsOAuth),
            (office, "User is authenticated but not connected.", K::NoMailbox),
            (office, "Request is throttled. Suggested Backoff Time: 299962 milliseconds", K::TryLater),
            (
                "imap.zoho.eu",
                "[ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)",
                K::ImapDisabled,
            ),
        ] {
            assert_eq!(login(text, &["IMAP4rev1"], host).kind, kind, "{host}: {text}");
        }
        assert_eq!(login("Login failed", &["LOGINDISABLED"], "mail.x.nl").kind, K::NeedsStartTls);
    }

    /// [EML-06, EML-17] A provider's word that is not taken is no wrong password.
    #[test]
    fn refused_sign_ins() {
        for (text, kind) in [
            ("AUTHENTICATE failed. (401)", K::SignInRefused),
            ("[AUTHENTICATIONFAILED] Invalid credentials (Failure) (400)", K::SignInRefused),
            ("[UNAVAILABLE] Temporary authentication failure.", K::TryLater),
            ("[ALERT] Too many simultaneous connections. (Failure)", K::TryLater),
            ("User is authenticated but not connected.", K::NoMailbox),
            ("[ALERT] IMAP access is disabled for your domain.", K::ImapDisabled),
        ] {
            assert_eq!(signing_in(text, "outlook.office365.com").kind, kind, "{text}");
        }
    }

    #[test]
    fn links_lead_to_the_provider() {
        let link = |text, host| login(text, &[], host).link;
        assert_eq!(link("[AUTHENTICATIONFAILED] x", "imap.mail.me.com").as_deref(), Some("https://account.apple.com/"));
        assert_eq!(
            link("[WEBALERT https://accounts.google.com/signin/continue?x=1] Web login required.", "imap.gmail.com").as_deref(),
            Some("https://accounts.google.com/signin/continue?x=1")
        );
        assert_eq!(link("[AUTHENTICATIONFAILED] go to https://evil.example/ now", "mail.x.nl"), None);
    }

    #[test]
    fn after_the_login() {
        assert_eq!(command("User is authenticated but not connected.", "h", 993).kind, K::NoMailbox);
        assert_eq!(command("[SERVERBUG] Internal error occurred.", "h", 993).kind, K::TryLater);
        assert_eq!(bye("Idle for too long", "h", 993).kind, K::BrokenConnection);
        assert_eq!(bye("Too many connections", "h", 993).kind, K::TryLater);
    }

    /// [EML-17] Wrong encryption and certificates.
    #[test]
    fn handshakes() {
        let tls = |error: rustls::Error| io(&io::Error::new(io::ErrorKind::InvalidData, error), "mail.x.nl", 993);
        assert_eq!(tls(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)).kind, K::NeedsStartTls);
        let unknown = UnknownCertificate { sha256: "ab".repeat(32) };
        let found = tls(rustls::Error::InvalidCertificate(CertificateError::Other(rustls::OtherError(Arc::new(unknown)))));
        assert_eq!((found.kind, found.about), (K::CertificateUnknown, "ab".repeat(32)));
        assert_eq!(tls(rustls::Error::InvalidCertificate(CertificateError::Expired)).kind, K::CertificateExpired);
        let wrong = CertificateError::NotValidForNameContext {
            expected: rustls::pki_types::ServerName::try_from("mail.x.nl").expect("a name"),
            presented: vec!["DnsName(\"server1.hoster.nl\")".to_owned(), "DnsName(\"www.hoster.nl\")".to_owned()],
        };
        let found = tls(rustls::Error::InvalidCertificate(wrong));
        assert_eq!((found.kind, found.about.as_str()), (K::CertificateName, "server1.hoster.nl, www.hoster.nl"));
    }

    #[test]
    fn connections() {
        for (error, kind) in [
            (Unreachable::UnknownHost, K::UnknownHost),
            (Unreachable::Forbidden, K::ForbiddenHost),
            (Unreachable::PortClosed, K::PortClosed),
            (Unreachable::NoAnswer, K::NoAnswer),
            (Unreachable::Io(io::ErrorKind::ConnectionReset.into()), K::BrokenConnection),
            (Unreachable::Io(io::ErrorKind::ConnectionRefused.into()), K::PortClosed),
            (Unreachable::Io(io::ErrorKind::TimedOut.into()), K::NoAnswer),
        ] {
            assert_eq!(unreachable(&error, "x.nl", 993).kind, kind, "{error:?}");
        }
    }

    #[test]
    fn greetings() {
        let kind = |line, security| greeting(line, security, "x.nl", 143).map(|found| found.kind);
        assert_eq!(kind(Some("* OK [CAPABILITY IMAP4rev1] ready"), Security::Tls), None);
        assert_eq!(kind(Some("* PREAUTH hi"), Security::Tls), None);
        assert_eq!(kind(Some("220 mail.x.nl ESMTP"), Security::Tls), Some(K::NotImap));
        assert_eq!(kind(Some("+OK POP3 ready"), Security::Tls), Some(K::NotImap));
        assert_eq!(kind(Some("é"), Security::Tls), Some(K::NotImap));
        assert_eq!(kind(Some("* BYE Too many connections"), Security::Tls), Some(K::TryLater));
        assert_eq!(kind(None, Security::StartTls), Some(K::NeedsTls));
        assert_eq!(kind(None, Security::Tls), Some(K::NotImap));
    }

    #[test]
    fn words_are_cleaned_and_cut() {
        assert_eq!(said("a\r\n b\0\u{1b}[31m  c"), "a b[31m c");
        assert_eq!(said(&"é".repeat(500)).chars().count(), 200);
    }
}
