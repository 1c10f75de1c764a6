use super::undo::use_put_back;
use super::verbs::{change_logo, open_logo};
use crate::fault::{FaultNote, sentence};
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::session::use_me;
use crate::{Fault, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::Problem;
use model::logo::{Logo, MOST_LOGO};
use ui::{Button, Glyph, Icon, SkeletonRows, use_toasts};

/// What a dialog to choose a file offers first; the bytes decide.
const KINDS: &str = "image/png,image/jpeg,image/gif,image/webp";

/// The logo that letters show (TPL-14, USR-04).
#[component]
pub(super) fn LogoCard() -> impl IntoView {
    let i18n = use_i18n();
    let found = Resource::new(|| (), |()| open_logo());
    view! {
        <section class="card settings__card" aria-labelledby="s-logo">
            <header class="card__head">
                <h2 id="s-logo">{t!(i18n, templates.logo.title)}</h2>
            </header>
            <Suspense fallback=|| {
                view! { <SkeletonRows rows=2/> }
            }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(logo) => view! { <Picture logo/> }.into_any(),
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Suspense>
        </section>
    }
    .into_any()
}

#[component]
fn Picture(logo: Option<Logo>) -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let logo = RwSignal::new(logo);
    let fault = RwSignal::new(None::<Fault>);
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<Problem>);
    let show = move |shown: Option<Logo>| _ = logo.try_set(shown);
    let back = use_put_back(change_logo, show);
    let keep = move |next: Option<Logo>, said: fn(Locale) -> &'static str| {
        let locale = i18n.get_locale_untracked();
        async move {
            match change_logo(next.clone()).await {
                Ok(before) => {
                    show(next);
                    toasts.undo(said(locale), Callback::new(move |()| back(before.clone())));
                }
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
        }
    };
    let choose = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.item(0)) else { return };
        wrong.set(None);
        fault.set(None);
        busy.set(true);
        spawn_local(async move {
            match read(&file).await {
                Ok(picture) => keep(Some(picture), |locale| td_string!(locale, templates.logo.saved)).await,
                Err(problem) => _ = wrong.try_set(Some(problem)),
            }
            // The same file can be chosen again.
            input.set_value("");
            _ = busy.try_set(false);
        });
    };
    let remove = move |_| {
        wrong.set(None);
        fault.set(None);
        spawn_local(keep(None, |locale| td_string!(locale, templates.logo.removed)));
    };
    let has = move || logo.with(Option::is_some);
    let picture = move || {
        logo.get().map(|logo| {
            let (width, height) = logo.shown();
            let name = move || t_string!(i18n, templates.logo.of, company = me.with(|me| me.company.clone()));
            view! {
                <p class="logo__sheet">
                    <img src=logo.picture alt=name width=width height=height/>
                </p>
            }
        })
    };
    let error = move || {
        let locale = i18n.get_locale();
        wrong.get().map(|problem| sentence(problem, locale)).or_else(|| fault.get().map(|fault| fault.sentence(locale)))
    };
    let hint = move || {
        let locale = i18n.get_locale();
        t_string!(i18n, templates.logo.hint, size = format::size(u64::try_from(MOST_LOGO).unwrap_or_default(), locale))
    };
    view! {
        <div class="card__body logo">
            {picture}
            <p>{t!(i18n, templates.logo.text)}</p>
            <div class="button-row">
                <input id="logo-file" class="aloud" type="file" accept=KINDS disabled=move || busy.get() on:change=choose/>
                <label class="button" for="logo-file">
                    <Icon name=Glyph::Image/>
                    {move || if has() { t_string!(i18n, templates.logo.replace) } else { t_string!(i18n, templates.logo.choose) }}
                </label>
                <Show when=has>
                    <Button icon=Glyph::Trash on_click=remove>
                        {t!(i18n, templates.logo.remove)}
                    </Button>
                </Show>
            </div>
            <p class="field__hint">{hint}</p>
            <p class="field__error" role="alert">
                {error}
            </p>
        </div>
    }
}

/// A file that was chosen, judged by the rule that the server has too. One that is too large is not read.
async fn read(file: &web_sys::File) -> Result<Logo, Problem> {
    #[expect(clippy::cast_precision_loss, reason = "the browser counts bytes in floating point")]
    if file.size() > MOST_LOGO as f64 {
        return Err(Problem::TooBig(u16::try_from(MOST_LOGO >> 20).unwrap_or(u16::MAX)));
    }
    let bytes = file.array_buffer().await.map_err(|_| Problem::NotAPicture)?;
    Logo::from_bytes(&js_sys::Uint8Array::new(&bytes).to_vec())
}
