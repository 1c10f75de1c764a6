use crate::i18n::{t, use_i18n};
use crate::live::use_live;
use crate::settings::verbs::list_mail_accounts;
use leptos::prelude::*;
use model::inbox::Entity;
use ui::{Glyph, Icon, Kind, LinkButton, Ring, Size, Tag};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Next,
    Later,
}

const STEPS: usize = 5;

/// [REG-16] The steps that fill the account, each done, next, or not built yet and honest about it.
#[component]
pub fn Setup() -> impl IntoView {
    let i18n = use_i18n();
    let live = use_live(|change| change.entity == Entity::MailAccount);
    let accounts = Resource::new(move || live.get(), |_| list_mail_accounts());
    let drawn = move || {
        let connected = accounts.get().map(|accounts| accounts.is_ok_and(|accounts| !accounts.is_empty()))?;
        let done = 1 + usize::from(connected);
        let mail = if connected { State::Done } else { State::Next };
        let view = view! {
            <section class="card home__setup" aria-labelledby="setup">
                <div class="card__head">
                    <h2 id="setup">
                        <Ring done=done of=STEPS/>
                        {t!(i18n, home.setup.title)}
                    </h2>
                    <small>{t!(i18n, home.setup.progress, done = done, all = STEPS)}</small>
                </div>
                <ol class="card__body home__steps">
                    <Step state=State::Done name=text!(i18n, home.setup.account) text=text!(i18n, home.setup.account_text)/>
                    <Step state=mail name=text!(i18n, home.setup.mail) text=text!(i18n, home.setup.mail_text) href="/connect"/>
                    <Step state=State::Later name=text!(i18n, home.setup.import) text=text!(i18n, home.setup.import_text)/>
                    <Step state=State::Later name=text!(i18n, home.setup.invite) text=text!(i18n, home.setup.invite_text)/>
                    <Step state=State::Later name=text!(i18n, home.setup.phone) text=text!(i18n, home.setup.phone_text)/>
                </ol>
            </section>
        };
        Some(view)
    };
    view! { <Transition>{drawn}</Transition> }
}

#[component]
fn Step(state: State, name: Signal<String>, text: Signal<String>, #[prop(optional)] href: Option<&'static str>) -> impl IntoView {
    let i18n = use_i18n();
    let (word, mark) = match state {
        State::Done => ("done", view! { <Icon name=Glyph::CheckCircle tone="success"/> }.into_any()),
        State::Next => ("next", view! { <span class="home__wait" aria-hidden="true"></span> }.into_any()),
        State::Later => ("later", view! { <span class="home__wait" aria-hidden="true"></span> }.into_any()),
    };
    let end = match (state, href) {
        (State::Done, _) => view! { <span class="aloud">{t!(i18n, home.setup.done)}</span> }.into_any(),
        (State::Next, Some(href)) => view! {
            <LinkButton href kind=Kind::Primary size=Size::Small>
                {t!(i18n, home.setup.mail_go)}
            </LinkButton>
        }
        .into_any(),
        _ => view! { <Tag>{t!(i18n, home.setup.later)}</Tag> }.into_any(),
    };
    view! {
        <li class="home__step" data-state=word>
            {mark}
            <strong>{move || name.get()}</strong>
            <small>{move || text.get()}</small>
            {end}
        </li>
    }
}
