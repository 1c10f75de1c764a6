use super::{Begin, use_compose};
use crate::i18n::{t, use_i18n};
use leptos::prelude::*;
use model::MessageId;
use model::outgoing::Action;
use ui::{Button, Glyph, IconButton, Kind, Size};

/// What one says to a message: beside it wherever it is read.
#[component]
pub(crate) fn Answers(#[prop(into)] message: Signal<Option<MessageId>>) -> impl IntoView {
    let i18n = use_i18n();
    let compose = use_compose();
    let answer = move |action: Action| {
        if let Some(message) = message.get_untracked() {
            compose.begin(Begin::answer(message, action));
        }
    };
    view! {
        <Button size=Size::Small kind=Kind::Quiet icon=Glyph::Reply on_click=move |_| answer(Action::Reply)>
            <span class="conversation__word">{t!(i18n, inbox.act.reply)}</span>
        </Button>
        <IconButton name=Glyph::ReplyAll size=Size::Small label=text!(i18n, inbox.act.reply_all) on_click=move |_| answer(Action::ReplyAll)/>
        <IconButton name=Glyph::Forward size=Size::Small label=text!(i18n, inbox.act.forward) on_click=move |_| answer(Action::Forward)/>
    }
}
