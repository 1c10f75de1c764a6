use super::Desk;
use super::verbs::send_phone_letter;
use crate::i18n::{t, t_string, td_string, use_i18n};
use leptos::prelude::*;
use leptos::task::spawn_local;
use ui::{Button, Glyph, Icon, use_toasts};

/// What to type on a device, and where.
#[component]
pub(super) fn Guide(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let address = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.address.clone()).unwrap_or_default()));
    let user = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.sync.user_name.clone()).unwrap_or_default()));
    let host = move || address.with(|address| address.split_once("://").map_or(address.clone(), |(_, host)| host.to_owned()));
    let code = Memo::new(move |_| desk.shown.with(|shown| shown.as_ref().map(|shown| shown.qr.clone()).unwrap_or_default()));
    let letter = move |_| {
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match send_phone_letter().await {
                Ok(()) => toasts.say(td_string!(locale, phones.guide.sent, email = user.get_untracked())),
                Err(fault) => toasts.say(fault.sentence(locale)),
            }
        });
    };
    let server = move || format!("{}/dav/", address.get());
    view! {
        <section class="card settings__card" aria-labelledby="s-guide">
            <header class="card__head">
                <h2 id="s-guide">{t!(i18n, phones.guide.title)}</h2>
            </header>
            <div class="card__body phone__guide">
                <dl class="phone__facts">
                    <dt>{t!(i18n, phones.guide.server)}</dt>
                    <dd>
                        <code>{host}</code>
                    </dd>
                    <dt>{t!(i18n, phones.guide.user)}</dt>
                    <dd>
                        <code>{move || user.get()}</code>
                    </dd>
                    <dt>{t!(i18n, phones.guide.password)}</dt>
                    <dd>{t!(i18n, phones.guide.password_text)}</dd>
                </dl>
                <figure class="phone__code">
                    <svg
                        viewBox=move || code.with(|code| format!("0 0 {0} {0}", code.side))
                        role="img"
                        aria-label=move || t_string!(i18n, phones.guide.qr)
                    >
                        <path d=move || code.with(|code| code.path.clone())></path>
                    </svg>
                    <figcaption>{t!(i18n, phones.guide.qr)}</figcaption>
                </figure>
                <Show when=move || !address.with(|address| address.starts_with("https://"))>
                    <p class="banner phone__wide" data-tone="warn" data-tall="">
                        <Icon name=Glyph::Warn/>
                        <span class="banner__text">{t!(i18n, phones.guide.not_public)}</span>
                    </p>
                </Show>
                <div class="phone__wide">
                    <details class="phone__steps">
                        <summary>
                            <Icon name=Glyph::ChevronRight/>
                            {t!(i18n, phones.guide.ios)}
                        </summary>
                        <ol>
                            <li>{t!(i18n, phones.guide.ios_1)}</li>
                            <li>{t!(i18n, phones.guide.ios_2)}</li>
                            <li>{t!(i18n, phones.guide.ios_3)}</li>
                            <li>{t!(i18n, phones.guide.ios_4)}</li>
                        </ol>
                    </details>
                    <details class="phone__steps">
                        <summary>
                            <Icon name=Glyph::ChevronRight/>
                            {t!(i18n, phones.guide.mac)}
                        </summary>
                        <ol>
                            <li>{t!(i18n, phones.guide.mac_1)}</li>
                            <li>{t!(i18n, phones.guide.mac_2)}</li>
                        </ol>
                    </details>
                    <details class="phone__steps">
                        <summary>
                            <Icon name=Glyph::ChevronRight/>
                            {t!(i18n, phones.guide.android)}
                        </summary>
                        <ol>
                            <li>{t!(i18n, phones.guide.android_1)}</li>
                            <li>{t!(i18n, phones.guide.android_2)}</li>
                            <li>{t!(i18n, phones.guide.android_3)}</li>
                        </ol>
                    </details>
                    <details class="phone__steps">
                        <summary>
                            <Icon name=Glyph::ChevronRight/>
                            {t!(i18n, phones.guide.thunderbird)}
                        </summary>
                        <ol>
                            <li>{t!(i18n, phones.guide.thunderbird_1)}</li>
                            <li>{t!(i18n, phones.guide.thunderbird_2)} " " <code>{server}</code></li>
                        </ol>
                    </details>
                </div>
                <div class="button-row phone__wide">
                    // Not a page of the program: the browser fetches it itself.
                    <a class="button" href="/phones/spindle.mobileconfig" rel="external" download="spindle.mobileconfig">
                        <Icon name=Glyph::Mobile/>
                        {t!(i18n, phones.guide.profile)}
                    </a>
                    <Button icon=Glyph::Send on_click=letter>
                        {t!(i18n, phones.guide.again)}
                    </Button>
                </div>
            </div>
        </section>
    }
}
