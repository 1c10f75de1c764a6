//! What a person may be told when something fails. What really happened is logged by the server, once, under a reference.

use crate::compose::reason;
use crate::i18n::{Locale, td_string};
use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::ServerFnErrorErr;
use model::outgoing::SendFault;
use model::{Invalid, Problem};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    NotFound,
    Denied,
    SignIn,
    Invalid(Vec<Invalid>),
    /// Seconds until the next attempt is listened to.
    TooMany(u32),
    Conflict,
    /// The mailbox's own server did not take a letter that was to go at once.
    Unsent(SendFault),
    Offline,
    Internal {
        reference: String,
    },
}

impl Fault {
    /// The sentence for this fault, in the language given: `fault.sentence(i18n.get_locale())`.
    pub fn sentence(&self, locale: Locale) -> String {
        match self {
            Self::NotFound => td_string!(locale, common.faults.not_found).to_owned(),
            Self::Denied => td_string!(locale, common.faults.denied).to_owned(),
            Self::SignIn => td_string!(locale, common.faults.sign_in).to_owned(),
            // One problem is said as it is; several stand at their fields.
            Self::Invalid(found) => match found.as_slice() {
                [only] => sentence(only.problem, locale),
                _ => td_string!(locale, common.faults.invalid).to_owned(),
            },
            Self::TooMany(seconds) => td_string!(locale, common.faults.too_many, wait = wait(*seconds, locale)),
            Self::Conflict => td_string!(locale, common.faults.conflict).to_owned(),
            Self::Unsent(fault) => td_string!(locale, common.faults.unsent, why = reason(fault, locale)),
            Self::Offline => td_string!(locale, common.faults.offline).to_owned(),
            Self::Internal { reference } => td_string!(locale, common.faults.internal, reference = reference.clone()),
        }
    }

    /// What is wrong with one field of a form.
    pub fn at(&self, field: &str) -> Option<Problem> {
        match self {
            Self::Invalid(found) => found.iter().find(|invalid| invalid.field == field).map(|invalid| invalid.problem),
            _ => None,
        }
    }

    pub fn is_invalid(&self) -> bool {
        matches!(self, Self::Invalid(_))
    }
}

fn wait(seconds: u32, locale: Locale) -> String {
    if seconds < 120 {
        td_string!(locale, common.faults.seconds, count = seconds)
    } else {
        td_string!(locale, common.faults.minutes, count = seconds.div_ceil(60))
    }
}

/// The sentence at one field of a form, while something is wrong with it.
pub fn at_field(fault: RwSignal<Option<Fault>>, field: &'static str) -> Signal<Option<String>> {
    let i18n = crate::i18n::use_i18n();
    Signal::derive(move || {
        let problem = fault.with(|fault| fault.as_ref().and_then(|fault| fault.at(field)))?;
        Some(sentence(problem, i18n.get_locale()))
    })
}

/// The sentence of a fault that is no field's.
pub fn at_no_field(fault: RwSignal<Option<Fault>>) -> Signal<Option<String>> {
    let i18n = crate::i18n::use_i18n();
    Signal::derive(move || fault.get().filter(|fault| !fault.is_invalid()).map(|fault| fault.sentence(i18n.get_locale())))
}

/// What is wrong with a value, in the language given.
pub fn sentence(problem: Problem, locale: Locale) -> String {
    match problem {
        Problem::TooLong(max) => return td_string!(locale, common.problems.too_long, max = max),
        Problem::NotDays(max) => return td_string!(locale, common.problems.not_days, max = max),
        Problem::TooBig(max) => return td_string!(locale, common.problems.too_big, max = max),
        Problem::NotAnIban => td_string!(locale, common.problems.not_an_iban),
        Problem::NotABic => td_string!(locale, common.problems.not_a_bic),
        Problem::NotAKvkNumber => td_string!(locale, common.problems.not_a_kvk_number),
        Problem::NotAVatNumber => td_string!(locale, common.problems.not_a_vat_number),
        Problem::NotAPicture => td_string!(locale, common.problems.not_a_picture),
        Problem::SvgPicture => td_string!(locale, common.problems.svg_picture),
        Problem::NotADomain => td_string!(locale, common.problems.not_a_domain),
        Problem::UnreadableHtml => td_string!(locale, common.problems.unreadable_html),
        Problem::NoBackup => td_string!(locale, common.problems.no_backup),
        Problem::NotADay => td_string!(locale, common.problems.not_a_day),
        Problem::Missing => td_string!(locale, common.problems.missing),
        Problem::NotAnEmailAddress => td_string!(locale, common.problems.not_an_email_address),
        Problem::NotAPhoneNumber => td_string!(locale, common.problems.not_a_phone_number),
        Problem::NotAWebAddress => td_string!(locale, common.problems.not_a_web_address),
        Problem::NotAHostName => td_string!(locale, common.problems.not_a_host_name),
        Problem::NotAPort => td_string!(locale, common.problems.not_a_port),
        Problem::PasswordTooShort => td_string!(locale, common.problems.password_too_short),
        Problem::PasswordNeedsLowercase => td_string!(locale, common.problems.password_needs_lowercase),
        Problem::PasswordNeedsUppercase => td_string!(locale, common.problems.password_needs_uppercase),
        Problem::PasswordNeedsDigit => td_string!(locale, common.problems.password_needs_digit),
        Problem::EmailInUse => td_string!(locale, common.problems.email_in_use),
        Problem::WrongCredentials => td_string!(locale, common.problems.wrong_credentials),
        Problem::WrongPassword => td_string!(locale, common.problems.wrong_password),
        Problem::LinkExpired => td_string!(locale, common.problems.link_expired),
        Problem::AlreadyThere => td_string!(locale, common.problems.already_there),
        Problem::Unknown => td_string!(locale, common.problems.unknown),
        Problem::EmployerLoop => td_string!(locale, common.problems.employer_loop),
        Problem::TooManyRecipients(max) => return td_string!(locale, common.problems.too_many_recipients, max = max),
        Problem::NoMailbox => td_string!(locale, common.problems.no_mailbox),
        Problem::OwnMailbox => td_string!(locale, common.problems.own_mailbox),
        Problem::NotACode => td_string!(locale, common.problems.not_a_code),
        Problem::WrongCode => td_string!(locale, common.problems.wrong_code),
        Problem::CodeLapsed => td_string!(locale, common.problems.code_lapsed),
        Problem::NoRecipient => td_string!(locale, common.problems.no_recipient),
        Problem::TooManyAccounts(1) => td_string!(locale, common.problems.one_account),
        Problem::TooManyAccounts(_) => td_string!(locale, common.problems.too_many_accounts),
    }
    .to_owned()
}

impl FromServerFnError for Fault {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // Only a request that went nowhere means offline; a value that could not be read is a mistake in what was sent.
            ServerFnErrorErr::Request(_) => Self::Offline,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => Self::Invalid(Vec::new()),
            _ => Self::internal("The server function failed", &error),
        }
    }
}

impl Fault {
    #[cfg(feature = "ssr")]
    fn internal(what: &str, error: &dyn std::error::Error) -> Self {
        let reference = format!("{:08x}", rand::random::<u32>());
        let mut causes = String::new();
        let mut cause = error.source();
        while let Some(inner) = cause {
            causes.push_str(": ");
            causes.push_str(&inner.to_string());
            cause = inner.source();
        }
        tracing::error!(fault.reference = %reference, error = %error, causes = %causes, "{what}");
        Self::Internal { reference }
    }

    #[cfg(not(feature = "ssr"))]
    fn internal(_: &str, _: &dyn std::error::Error) -> Self {
        Self::Internal { reference: "-".to_owned() }
    }
}

#[cfg(feature = "ssr")]
impl From<crm::Error> for Fault {
    fn from(error: crm::Error) -> Self {
        use crm::Error as E;
        match error {
            E::NotFound => Self::NotFound,
            E::Denied => Self::Denied,
            E::SignIn => Self::SignIn,
            E::Invalid(found) => Self::Invalid(found),
            E::TooMany(seconds) => Self::TooMany(seconds),
            E::Conflict(_) => Self::Conflict,
            E::Unsent(fault) => Self::Unsent(fault),
            other => Self::internal("A verb failed", &other),
        }
    }
}

/// The sentence of a fault in the reader's language, for a banner or toast.
pub fn explain(fault: &Fault) -> String {
    fault.sentence(crate::i18n::use_i18n().get_locale_untracked())
}

/// What to draw where a fault came instead of the thing: the reason and a way on.
#[component]
pub fn FaultNote(
    fault: Fault,
    /// With it there is a button to try again.
    #[prop(optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let i18n = crate::i18n::use_i18n();
    let words = move || crate::i18n::t_string!(i18n, common.words.retry);
    let said = move || fault.sentence(i18n.get_locale());
    view! {
        <div class="banner fault-note" data-tone="danger" data-tall="" role="alert">
            <ui::Icon name=ui::Glyph::Warn/>
            <span class="banner__text">{said}</span>
            {retry
                .map(|retry| {
                    view! {
                        <ui::Button size=ui::Size::Small on:click=move |_| retry.run(())>
                            {words}
                        </ui::Button>
                    }
                })}
        </div>
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// [SEC-05] Internals stay on the server: the browser sees a reference and nothing else.
    #[test]
    fn an_internal_error_tells_the_browser_nothing() {
        let fault = Fault::from(crm::Error::bug("SELECT secret FROM logins"));
        let sent = serde_json::to_string(&fault).expect("a fault is plain data");
        assert!(!sent.contains("SELECT"), "{sent}");
        assert!(matches!(fault, Fault::Internal { reference } if reference.len() == 8));
    }

    #[test]
    fn only_a_failed_request_is_offline() {
        assert_eq!(Fault::from_server_fn_error(ServerFnErrorErr::Request("x".into())), Fault::Offline);
        assert_eq!(Fault::from_server_fn_error(ServerFnErrorErr::Args("x".into())), Fault::Invalid(Vec::new()));
    }

    #[test]
    fn every_problem_has_a_sentence_in_both_languages() {
        for locale in [Locale::en, Locale::nl] {
            assert!(sentence(Problem::TooLong(5), locale).contains('5'));
            assert!(Fault::TooMany(300).sentence(locale).contains('5'));
        }
        assert_ne!(sentence(Problem::Missing, Locale::en), sentence(Problem::Missing, Locale::nl));
    }
}
