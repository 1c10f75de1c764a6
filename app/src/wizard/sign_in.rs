//! Signing in at the provider's own page: the way there, and what is said on the way back. Links are plain, and work before the program.

use super::draft::{Draft, Way};
use crate::Fault;
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use model::sign_in::{Issuer, SignInFault, SignInFaultKind as K, SignInView};
use ui::{Button, Glyph, Icon, Kind, Size};

pub(crate) fn issuer_name(locale: Locale, issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Microsoft => td_string!(locale, wizard.sign_in.microsoft),
        Issuer::Google => td_string!(locale, wizard.sign_in.google),
    }
}

/// `Aanmelden bij Microsoft`.
pub(crate) fn at(locale: Locale, issuer: Issuer) -> String {
    td_string!(locale, wizard.sign_in.at, issuer = issuer_name(locale, issuer)).to_string()
}

/// Whether the operator registered this program there. The wizard also stands outside the shell, where only the answer to "who is
/// looking" is known.
pub(crate) fn known() -> Vec<Issuer> {
    if let Some(me) = use_context::<RwSignal<model::registration::Me>>() {
        return me.with_untracked(|me| me.issuers.clone());
    }
    let who = use_context::<crate::session::Who>().and_then(|who| who.get_untracked());
    who.and_then(Result::ok).map(|me| me.issuers).unwrap_or_default()
}

/// Signing in anew to an account that is there.
pub(crate) fn again_path(issuer: Issuer, account: model::MailAccountId) -> String {
    format!("/oauth/begin?issuer={}&account={account}", issuer.as_str())
}

/// What stands in the place of the password.
#[component]
pub(super) fn SignIn(draft: Draft) -> impl IntoView {
    let i18n = use_i18n();
    let way = Memo::new(move |_| draft.way());
    move || match way.get() {
        Way::Password => draft.offered().map(|issuer| {
            let word = move || t_string!(i18n, wizard.sign_in.page, issuer = issuer_name(i18n.get_locale(), issuer)).to_string();
            view! {
                <p>
                    <Button kind=Kind::Quiet size=Size::Small on_click=move |_| draft.by_password.set(false)>
                        {word}
                    </Button>
                </p>
            }
            .into_any()
        }),
        Way::SignIn(issuer) => Some(
            view! {
                <p>{move || t_string!(i18n, wizard.sign_in.text, issuer = issuer_name(i18n.get_locale(), issuer)).to_string()}</p>
                <div class="button-row">
                    <a class="button" data-kind="primary" id="wizard-sign-in" rel="external" href=move || draft.sign_in_path(issuer)>
                        {move || at(i18n.get_locale(), issuer)}
                    </a>
                    {by_password(draft, issuer)}
                </div>
            }
            .into_any(),
        ),
        Way::SignedIn(view) => Some(signed_in(draft, view)),
        Way::Kept(issuer) => Some(
            view! {
                <div class="banner" data-tall="">
                    <Icon name=Glyph::Key/>
                    <span class="banner__text">
                        {move || t_string!(i18n, wizard.sign_in.kept, issuer = issuer_name(i18n.get_locale(), issuer)).to_string()}
                    </span>
                    <a class="button" data-size="small" id="wizard-sign-in" rel="external" href=move || draft.sign_in_path(issuer)>
                        {t!(i18n, wizard.sign_in.again)}
                    </a>
                    {by_password(draft, issuer)}
                </div>
            }
            .into_any(),
        ),
    }
}

fn by_password(draft: Draft, issuer: Issuer) -> impl IntoView {
    let i18n = use_i18n();
    let word = move || match issuer {
        Issuer::Microsoft => t_string!(i18n, wizard.sign_in.password),
        Issuer::Google => t_string!(i18n, wizard.sign_in.app_password),
    };
    view! {
        <Button kind=Kind::Quiet size=Size::Small on_click=move |_| draft.by_password.set(true)>
            {word}
        </Button>
    }
}

/// As whom, and what to do when that is somebody else.
fn signed_in(draft: Draft, view: SignInView) -> AnyView {
    let i18n = use_i18n();
    let (issuer, other, name) = (view.issuer, view.is_other(), view.name);
    let done = move || {
        let locale = i18n.get_locale();
        let issuer = issuer_name(locale, issuer);
        match name.as_str() {
            "" => td_string!(locale, wizard.sign_in.done, issuer = issuer).to_string(),
            name => td_string!(locale, wizard.sign_in.done_as, issuer = issuer, name = name.to_owned()).to_string(),
        }
    };
    let tone = if other { "warn" } else { "success" };
    view! {
        <div class="banner" data-tone=tone data-tall="">
            <Icon name=if other { Glyph::Info } else { Glyph::CheckCircle }/>
            <span class="banner__text">
                {done} {other.then(|| view! { <br/> {t!(i18n, wizard.sign_in.other)} })}
            </span>
            <a class="button" data-size="small" data-kind="quiet" rel="external" href=move || draft.sign_in_path(issuer)>
                {t!(i18n, wizard.sign_in.again)}
            </a>
        </div>
    }
    .into_any()
}

/// Why nobody was let in, above the place where one can try again.
#[component]
pub(crate) fn SignInNote(back: Result<SignInView, Fault>) -> impl IntoView {
    let i18n = use_i18n();
    let text = move || {
        let locale = i18n.get_locale();
        match &back {
            Ok(SignInView { issuer, fault: Some(fault), .. }) => Some(refused(locale, *issuer, fault)),
            Ok(_) => None,
            Err(Fault::NotFound) => Some((td_string!(locale, wizard.sign_in.lost).to_owned(), None)),
            Err(fault) => Some((fault.sentence(locale), None)),
        }
    };
    move || {
        text().map(|(why, said)| {
            view! {
                <div class="banner" data-tone="danger" data-tall="" role="alert">
                    <Icon name=Glyph::Warn/>
                    <span class="banner__text">
                        {why} {said.map(|said| view! { <br/> <small>{t_string!(i18n, wizard.said, said = said).to_string()}</small> })}
                    </span>
                </div>
            }
        })
    }
}

/// The cause with the next step, and the provider's own words where they are of use.
fn refused(locale: Locale, issuer: Issuer, fault: &SignInFault) -> (String, Option<String>) {
    let issuer = issuer_name(locale, issuer);
    let why = match fault.kind {
        K::Denied => td_string!(locale, wizard.sign_in.fault.denied, issuer = issuer).to_string(),
        K::NeedsConsent => td_string!(locale, wizard.sign_in.fault.needs_consent, issuer = issuer).to_string(),
        K::Lapsed => td_string!(locale, wizard.sign_in.fault.lapsed, issuer = issuer).to_string(),
        K::NoAccess => td_string!(locale, wizard.sign_in.fault.no_access, issuer = issuer).to_string(),
        K::OtherAccount => td_string!(locale, wizard.sign_in.fault.other_account, name = fault.said.clone()).to_string(),
        K::Misconfigured => td_string!(locale, wizard.sign_in.fault.misconfigured, issuer = issuer).to_string(),
        K::Away => td_string!(locale, wizard.sign_in.fault.away, issuer = issuer).to_string(),
    };
    let told = matches!(fault.kind, K::NeedsConsent | K::Lapsed | K::Misconfigured) && !fault.said.is_empty();
    (why, told.then(|| fault.said.clone()))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    /// [EML-17] Each way a provider can say no is explained by itself, in both languages.
    #[test]
    fn every_refusal_is_explained() {
        let mut said = std::collections::HashSet::new();
        for locale in [Locale::nl, Locale::en] {
            for kind in K::ALL {
                let (why, _) = refused(locale, Issuer::Microsoft, &SignInFault { kind, said: "jan@firma.example".into() });
                assert!(said.insert(why), "{kind:?} has words of its own");
            }
        }
    }
}
