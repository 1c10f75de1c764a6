//! What went wrong with a mailbox and what to do next, in words a bookkeeper says.

use super::sign_in::issuer_name;
use crate::i18n::{Locale, td_string};
use model::mail_account::{Diagnosis, DiagnosisKind as D};
use model::sign_in::Issuer;

/// The cause.
pub fn why(locale: Locale, diagnosis: &Diagnosis) -> String {
    let about = diagnosis.about.clone();
    let issuer = || Issuer::from_word(&diagnosis.about).map_or("", |issuer| issuer_name(locale, issuer));
    match diagnosis.kind {
        D::NoSettingsFound => td_string!(locale, wizard.why.no_settings_found).to_string(),
        D::UnknownHost => td_string!(locale, wizard.why.unknown_host, about = about).to_string(),
        D::ForbiddenHost => td_string!(locale, wizard.why.forbidden_host, about = about).to_string(),
        D::PortClosed => td_string!(locale, wizard.why.port_closed, about = about).to_string(),
        D::NoAnswer => td_string!(locale, wizard.why.no_answer, about = about).to_string(),
        D::NeedsStartTls => td_string!(locale, wizard.why.needs_start_tls).to_string(),
        D::NeedsTls => td_string!(locale, wizard.why.needs_tls).to_string(),
        D::CertificateName => td_string!(locale, wizard.why.certificate_name, about = about).to_string(),
        D::CertificateUnknown => td_string!(locale, wizard.why.certificate_unknown).to_string(),
        D::CertificateExpired => td_string!(locale, wizard.why.certificate_expired).to_string(),
        D::NotImap => td_string!(locale, wizard.why.not_imap, about = about).to_string(),
        D::WrongPassword => td_string!(locale, wizard.why.wrong_password).to_string(),
        D::NeedsAppPassword => td_string!(locale, wizard.why.needs_app_password).to_string(),
        D::NeedsOAuth => td_string!(locale, wizard.why.needs_o_auth).to_string(),
        D::SignInLapsed => td_string!(locale, wizard.why.sign_in_lapsed, issuer = issuer()).to_string(),
        D::SignInRefused => td_string!(locale, wizard.why.sign_in_refused, about = about).to_string(),
        D::NoMailbox => td_string!(locale, wizard.why.no_mailbox).to_string(),
        D::SignInMisconfigured => td_string!(locale, wizard.why.sign_in_misconfigured, issuer = issuer()).to_string(),
        D::IssuerAway => td_string!(locale, wizard.why.issuer_away, issuer = issuer()).to_string(),
        D::SendingDisabled => td_string!(locale, wizard.why.sending_disabled).to_string(),
        D::ImapDisabled => td_string!(locale, wizard.why.imap_disabled).to_string(),
        D::TryLater => td_string!(locale, wizard.why.try_later).to_string(),
        D::BrokenConnection => td_string!(locale, wizard.why.broken_connection).to_string(),
        D::DiskFull => td_string!(locale, wizard.why.disk_full).to_string(),
    }
}

/// The next step.
pub fn next(locale: Locale, kind: D) -> &'static str {
    match kind {
        D::NoSettingsFound => td_string!(locale, wizard.next.no_settings_found),
        D::UnknownHost => td_string!(locale, wizard.next.unknown_host),
        D::ForbiddenHost => td_string!(locale, wizard.next.forbidden_host),
        D::PortClosed => td_string!(locale, wizard.next.port_closed),
        D::NoAnswer => td_string!(locale, wizard.next.no_answer),
        D::NeedsStartTls => td_string!(locale, wizard.next.needs_start_tls),
        D::NeedsTls => td_string!(locale, wizard.next.needs_tls),
        D::CertificateName => td_string!(locale, wizard.next.certificate_name),
        D::CertificateUnknown => td_string!(locale, wizard.next.certificate_unknown),
        D::CertificateExpired => td_string!(locale, wizard.next.certificate_expired),
        D::NotImap => td_string!(locale, wizard.next.not_imap),
        D::WrongPassword => td_string!(locale, wizard.next.wrong_password),
        D::NeedsAppPassword => td_string!(locale, wizard.next.needs_app_password),
        D::NeedsOAuth => td_string!(locale, wizard.next.needs_o_auth),
        D::SignInLapsed => td_string!(locale, wizard.next.sign_in_lapsed),
        D::SignInRefused => td_string!(locale, wizard.next.sign_in_refused),
        D::NoMailbox => td_string!(locale, wizard.next.no_mailbox),
        D::SignInMisconfigured => td_string!(locale, wizard.next.sign_in_misconfigured),
        D::IssuerAway => td_string!(locale, wizard.next.issuer_away),
        D::SendingDisabled => td_string!(locale, wizard.next.sending_disabled),
        D::ImapDisabled => td_string!(locale, wizard.next.imap_disabled),
        D::TryLater => td_string!(locale, wizard.next.try_later),
        D::BrokenConnection => td_string!(locale, wizard.next.broken_connection),
        D::DiskFull => td_string!(locale, wizard.next.disk_full),
    }
}

/// The next step where the outgoing server is meant: other names, other ports.
pub fn next_outgoing(locale: Locale, kind: D) -> &'static str {
    match kind {
        D::NoSettingsFound => td_string!(locale, compose.server.next.no_settings_found),
        D::UnknownHost => td_string!(locale, compose.server.next.unknown_host),
        D::PortClosed | D::NotImap => td_string!(locale, compose.server.next.port_closed),
        D::ImapDisabled => td_string!(locale, compose.server.next.imap_disabled),
        other => next(locale, other),
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// [EML-17] Each kind of error names its own cause and its own next step, in both languages.
    #[test]
    fn every_diagnosis_says_what_is_wrong_and_what_to_do() {
        let kinds = [
            D::NoSettingsFound,
            D::UnknownHost,
            D::ForbiddenHost,
            D::PortClosed,
            D::NoAnswer,
            D::NeedsStartTls,
            D::NeedsTls,
            D::CertificateName,
            D::CertificateUnknown,
            D::CertificateExpired,
            D::NotImap,
            D::WrongPassword,
            D::NeedsAppPassword,
            D::NeedsOAuth,
            D::SignInLapsed,
            D::SignInRefused,
            D::NoMailbox,
            D::SignInMisconfigured,
            D::IssuerAway,
            D::SendingDisabled,
            D::ImapDisabled,
            D::TryLater,
            D::BrokenConnection,
            D::DiskFull,
        ];
        let mut said = std::collections::HashSet::new();
        for locale in [Locale::nl, Locale::en] {
            for kind in kinds {
                let diagnosis = Diagnosis::new(kind, "imap.bakker.example:993");
                assert!(said.insert(why(locale, &diagnosis)), "{kind:?} has a cause of its own");
                assert!(said.insert(next(locale, kind).to_owned()), "{kind:?} has a next step of its own");
            }
            assert!(why(locale, &Diagnosis::new(D::UnknownHost, "imap.bakker.example")).contains("imap.bakker.example"));
        }
    }
}
