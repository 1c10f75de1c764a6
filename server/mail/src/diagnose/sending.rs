//! The same for servers of outgoing mail: their refusals come with a number.

use super::{Diagnosis, DiagnosisKind, Passwords, Provider, Security, is_busy, link_in, providers, refusal, said};

/// What the server said first, or did not say. `None`: it is an SMTP server at our service.
pub fn greeting(first_line: Option<&str>, security: Security, host: &str, port: u16) -> Option<Diagnosis> {
    let door = format!("{host}:{port}");
    let Some(line) = first_line else {
        // A server that waits for TLS says nothing to plain text.
        let kind = if security == Security::Tls { DiagnosisKind::NoAnswer } else { DiagnosisKind::NeedsTls };
        return Some(Diagnosis::new(kind, door));
    };
    // A TLS alert or record in answer to plain text.
    if security != Security::Tls && matches!(line.as_bytes(), [0x15 | 0x16, 0x03, ..]) {
        return Some(Diagnosis::new(DiagnosisKind::NeedsTls, door));
    }
    let kind = match line.as_bytes() {
        [b'2', b'2', b'0', ..] => return None,
        [b'4', _, _, ..] => DiagnosisKind::TryLater,
        _ => DiagnosisKind::BrokenConnection,
    };
    Some(Diagnosis { said: said(line), ..Diagnosis::new(kind, door) })
}

/// Whether the server takes no passwords any more, whichever: only the provider's own page lets one in.
pub fn wants_oauth(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["5.7.139", "5.7.30 ", "smtpclientauthentication is disabled", "basic auth"].iter().any(|words| lower.contains(words))
}

/// It would not let us in. `text` is what followed the number.
pub fn login(code: u16, text: &str, host: &str) -> Diagnosis {
    let provider = providers::by_outgoing_host(host);
    let kind = kind(code, text, provider);
    let link = match kind {
        DiagnosisKind::NeedsAppPassword | DiagnosisKind::WrongPassword => {
            link_in(text).or_else(|| provider.and_then(|provider| provider.link).map(str::to_owned))
        }
        _ => None,
    };
    Diagnosis { kind, about: host.to_owned(), said: said(&format!("{code} {text}")), link }
}

/// It would not take a provider's word.
pub fn signing_in(code: u16, text: &str, host: &str) -> Diagnosis {
    let lower = text.to_lowercase();
    let kind = if lower.contains("smtpclientauthentication is disabled") {
        DiagnosisKind::SendingDisabled
    } else if (400..500).contains(&code) || is_busy("", &lower) {
        DiagnosisKind::TryLater
    } else {
        DiagnosisKind::SignInRefused
    };
    Diagnosis { said: said(&format!("{code} {text}")), ..Diagnosis::new(kind, host) }
}

fn kind(code: u16, text: &str, provider: Option<&Provider>) -> DiagnosisKind {
    let lower = text.to_lowercase();
    if wants_oauth(text) {
        return DiagnosisKind::NeedsOAuth;
    }
    if (400..500).contains(&code) || is_busy("", &lower) {
        return DiagnosisKind::TryLater;
    }
    if code == 538 || lower.contains("starttls") || lower.contains("encryption required") {
        return DiagnosisKind::NeedsStartTls;
    }
    match (code, refusal(text, &[], provider)) {
        // These numbers mean a refused login whatever the words are (RFC 4954 §6).
        (530 | 534 | 535, DiagnosisKind::TryLater | DiagnosisKind::ImapDisabled) => match provider {
            Some(provider) if provider.needs_oauth() => DiagnosisKind::NeedsOAuth,
            Some(provider) if provider.passwords == Passwords::App => DiagnosisKind::NeedsAppPassword,
            _ if code == 534 => DiagnosisKind::NeedsAppPassword,
            _ => DiagnosisKind::WrongPassword,
        },
        (_, kind) => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DiagnosisKind as K;

    /// [EML-24] Each kind of refusal is told apart.
    #[test]
    fn refused_logins() {
        let (gmail, office) = ("smtp.gmail.com", "smtp.office365.com");
        for (host, code, text, kind) in [
            ("smtp.x.nl", 535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6", K::WrongPassword),
            ("smtp.x.nl", 535, "Incorrect authentication data", K::WrongPassword),
            ("smtp.x.nl", 535, "5.7.0 nee", K::WrongPassword),
            ("smtp.x.nl", 535, "5.7.8 Too many login failures, try again later", K::TryLater),
            ("smtp.x.nl", 454, "4.7.0 Temporary authentication failure", K::TryLater),
            ("smtp.x.nl", 421, "4.7.0 Too many connections", K::TryLater),
            ("smtp.x.nl", 538, "5.7.11 Encryption required for requested authentication mechanism", K::NeedsStartTls),
            ("smtp.x.nl", 530, "5.7.0 Must issue a STARTTLS command first", K::NeedsStartTls),
            ("smtp.x.nl", 530, "5.7.1 Authentication required", K::WrongPassword),
            (
                gmail,
                534,
                "5.7.9 Application-specific password required. For more information, go to https://support.google.com/mail/?p=InvalidSecondFactor",
                K::NeedsAppPassword,
            ),
            (
                gmail,
                534,
                "5.7.14 <https://accounts.google.com/signin/continue?x=1> Please log in via your web browser",
                K::NeedsAppPassword,
            ),
            (gmail, 535, "5.7.8 Username and Password not accepted.", K::NeedsAppPassword),
            ("smtp.mail.me.com", 535, "5.7.0 authentication rejected", K::NeedsAppPassword),
            (office, 535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", K::NeedsOAuth),
            (office, 535, "5.7.139 Authentication unsuccessful, basic authentication is disabled.", K::NeedsOAuth),
            (office, 535, "5.7.3 Authentication unsuccessful", K::NeedsOAuth),
            (office, 550, "5.7.30 Basic authentication is not supported for Client Submission.", K::NeedsOAuth),
        ] {
            assert_eq!(login(code, text, host).kind, kind, "{host}: {code} {text}");
        }
        let link = login(534, "5.7.14 <https://accounts.google.com/signin/continue?x=1> Please log in via your web browser", gmail).link;
        assert_eq!(link.as_deref(), Some("https://accounts.google.com/signin/continue?x=1"));
    }

    /// [EML-06, EML-24] So are those of a provider's word.
    #[test]
    fn refused_sign_ins() {
        for (code, text, kind) in [
            (535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", K::SendingDisabled),
            (535, "5.7.3 Authentication unsuccessful (400)", K::SignInRefused),
            (535, "5.7.8 Username and Password not accepted. (401)", K::SignInRefused),
            (454, "4.7.0 Temporary authentication failure", K::TryLater),
        ] {
            assert_eq!(signing_in(code, text, "smtp.office365.com").kind, kind, "{code} {text}");
        }
    }

    #[test]
    fn greetings() {
        let kind = |line, security| greeting(line, security, "x.nl", 587).map(|found| found.kind);
        assert_eq!(kind(Some("220 mail.x.nl ESMTP"), Security::StartTls), None);
        assert_eq!(kind(Some("421 4.3.2 Too busy"), Security::StartTls), Some(K::TryLater));
        assert_eq!(kind(Some("554 5.7.1 No"), Security::StartTls), Some(K::BrokenConnection));
        assert_eq!(kind(Some("* OK IMAP4rev1"), Security::Tls), Some(K::BrokenConnection));
        assert_eq!(kind(Some("\u{15}\u{3}\u{1}"), Security::StartTls), Some(K::NeedsTls));
        assert_eq!(kind(None, Security::StartTls), Some(K::NeedsTls));
        assert_eq!(kind(None, Security::Tls), Some(K::NoAnswer));
    }
}
