use super::use_compose;
use super::verbs::{call_it_sent, send_again, take_back};
use crate::format;
use crate::i18n::{Locale, t, td_string, use_i18n};
use crate::inbox::verbs::open_message;
use crate::inbox::{not_there, why_undelivered};
use crate::live;
use crate::wizard::{next_outgoing, why};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::MessageId;
use model::inbox::Entity;
use model::outgoing::{Dispatch, SendFault, SendState};
use ui::{Button, Glyph, Icon, Size};

/// What became of a message that was written here, where that is worth a word, and what can be done about it.
#[component]
pub(crate) fn DispatchNote(id: MessageId, dispatch: Option<Dispatch>) -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    let now = RwSignal::new(dispatch);
    let refresh = move || {
        spawn_local(async move {
            if let Ok(view) = open_message(id).await {
                _ = now.try_set(view.dispatch);
            }
        });
    };
    let changed = live::use_live(move |change| change.entity == Entity::Message && change.id == id.0);
    Effect::new(move |before: Option<u32>| {
        let count = changed.get();
        if before.is_some_and(|before| before != count) {
            refresh();
        }
        count
    });
    let complain = move |fault: crate::Fault| compose.toasts.say(fault.sentence(i18n.get_locale_untracked()));
    let back = move |_| {
        spawn_local(async move {
            match take_back(id).await {
                Ok(draft) => compose.show(draft),
                Err(fault) => complain(fault),
            }
        });
    };
    let again = move |_| {
        spawn_local(async move {
            if let Err(fault) = send_again(id).await {
                complain(fault);
            }
        });
    };
    let arrived = move |_| {
        spawn_local(async move {
            if let Err(fault) = call_it_sent(id).await {
                complain(fault);
            }
        });
    };
    move || {
        now.get().map(|dispatch| {
            let locale = i18n.get_locale();
            let tone = match dispatch.state {
                SendState::Waiting | SendState::Sending => None,
                SendState::Sent | SendState::Unknown => Some("warn"),
                SendState::Failed => Some("danger"),
            };
            let said = sentence(&dispatch, locale);
            let refused = dispatch.refused.iter().map(|one| {
                let text = td_string!(locale, compose.dispatch.refused, address = one.address.clone(), said = one.said.clone());
                view! { <li>{text}</li> }
            });
            let returned = dispatch.undelivered.iter().map(|one| {
                let text = not_there(&one.address, one.delayed, locale);
                let said = (!one.diagnostic.is_empty()).then(|| view! { <code class="letter__said">{one.diagnostic.clone()}</code> });
                view! {
                    <li>
                        {text} " " {why_undelivered(&one.status, locale)} {said}
                    </li>
                }
            });
            let returned = (!dispatch.undelivered.is_empty()).then(|| view! { <ul>{returned.collect_view()}</ul> });
            let refused = (!dispatch.refused.is_empty()).then(|| view! { <ul>{refused.collect_view()}</ul> });
            let can_send = matches!(dispatch.state, SendState::Unknown | SendState::Failed)
                || (dispatch.state == SendState::Waiting && dispatch.fault.is_some());
            view! {
                <div class="banner dispatch" data-tone=tone data-tall="" role="status">
                    <Icon name=if tone.is_some() { Glyph::Warn } else { Glyph::Clock }/>
                    <div class="banner__text">
                        {said} {refused} {returned}
                    </div>
                    <div class="button-row">
                        {(dispatch.state == SendState::Unknown)
                            .then(|| {
                                view! {
                                    <Button size=Size::Small on_click=arrived>
                                        {t!(i18n, compose.dispatch.arrived)}
                                    </Button>
                                }
                            })}
                        {can_send
                            .then(|| {
                                view! {
                                    <Button size=Size::Small icon=Glyph::Send on_click=again>
                                        {t!(i18n, compose.dispatch.again)}
                                    </Button>
                                }
                            })}
                        {dispatch
                            .can_take_back
                            .then(|| {
                                view! {
                                    <Button size=Size::Small icon=Glyph::Edit on_click=back>
                                        {t!(i18n, compose.dispatch.back)}
                                    </Button>
                                }
                            })}
                    </div>
                </div>
            }
        })
    }
}

fn sentence(dispatch: &Dispatch, locale: Locale) -> String {
    let because = dispatch.fault.as_ref().map(|fault| reason(fault, locale)).unwrap_or_default();
    let when = dispatch.due.map(|due| format::full(due, locale)).unwrap_or_default();
    match dispatch.state {
        SendState::Waiting if dispatch.fault.is_some() => td_string!(locale, compose.dispatch.retrying, when = when, why = because),
        SendState::Waiting => td_string!(locale, compose.dispatch.waiting, when = when),
        SendState::Sending => td_string!(locale, compose.dispatch.sending).to_owned(),
        SendState::Sent if dispatch.refused.is_empty() => {
            // What is only late may arrive still.
            let failed = dispatch.undelivered.iter().any(|one| !one.delayed);
            if failed { td_string!(locale, compose.dispatch.returned) } else { td_string!(locale, compose.dispatch.late) }.to_owned()
        }
        SendState::Sent => td_string!(locale, compose.dispatch.partly).to_owned(),
        SendState::Unknown => td_string!(locale, compose.dispatch.unknown).to_owned(),
        SendState::Failed => td_string!(locale, compose.dispatch.failed, why = because),
    }
}

/// Why a letter did not go, and what can be done about it.
pub(crate) fn reason(fault: &SendFault, locale: Locale) -> String {
    match fault {
        SendFault::Server(diagnosis) => {
            let said = if diagnosis.said.is_empty() {
                String::new()
            } else {
                format!(" {}", td_string!(locale, wizard.said, said = diagnosis.said.clone()))
            };
            format!("{} {}{said}", why(locale, diagnosis), next_outgoing(locale, diagnosis.kind))
        }
        SendFault::Refused(said) => td_string!(locale, compose.dispatch.why.refused, said = said.clone()),
        SendFault::TooLarge(said) => td_string!(locale, compose.dispatch.why.too_large, said = said.clone()),
        SendFault::Later(said) => td_string!(locale, compose.dispatch.why.later, said = said.clone()),
        SendFault::Cut => td_string!(locale, compose.dispatch.why.cut).to_owned(),
    }
}
