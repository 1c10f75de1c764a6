use super::desk::Desk;
use super::verbs::{attach_from, list_contact_files};
use crate::i18n::{t, use_i18n};
use crate::inbox::Picker;
use crate::{Fault, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::ContactId;
use model::contact::ContactRef;
use model::outgoing::ContactFile;
use ui::{Button, Dialog, Glyph, Icon, Size, SkeletonRows};

/// A file that stands in somebody's archive goes along (CMP-08): first whose, then which.
#[component]
pub(super) fn InternalFiles(desk: Desk, open: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let of = RwSignal::new(None::<ContactRef>);
    let shown = RwSignal::new(false);
    let found = RwSignal::new(None::<Result<Vec<ContactFile>, Fault>>);
    let look = Callback::new(move |contact: ContactRef| {
        let id = contact.id;
        of.set(Some(contact));
        found.set(None);
        shown.set(true);
        spawn_local(async move {
            let files = list_contact_files(id).await;
            if of.try_get_untracked().flatten().is_some_and(|now| now.id == id) {
                _ = found.try_set(Some(files));
            }
        });
    });
    let add = move |file: &ContactFile| {
        let (message, part) = (file.message, file.part);
        spawn_local(async move {
            match attach_from(desk.id, message, part).await {
                Ok(()) => desk.refresh_files(),
                Err(fault) => desk.compose.toasts.say(fault.sentence(i18n.get_locale_untracked())),
            }
        });
        shown.set(false);
    };
    let line = move |file: ContactFile| {
        let (name, size, at) = (file.name.clone(), file.size, file.at);
        view! {
            <li>
                <button class="picker__option" type="button" on:click=move |_| add(&file)>
                    <Icon name=Glyph::File size=Size::Small/>
                    <span class="picker__name">{name}</span>
                    <small>
                        {move || format!("{} · {}", format::size(size, i18n.get_locale()), format::full(at, i18n.get_locale()))}
                    </small>
                </button>
            </li>
        }
    };
    let list = move || match found.get() {
        None => view! { <SkeletonRows rows=4/> }.into_any(),
        Some(Ok(files)) if files.is_empty() => view! { <p class="picker__nothing">{t!(i18n, compose.internal.none)}</p> }.into_any(),
        Some(Ok(files)) => view! { <ul class="picker__options">{files.into_iter().map(line).collect_view()}</ul> }.into_any(),
        Some(Err(fault)) => view! { <p class="field__error">{move || fault.sentence(i18n.get_locale())}</p> }.into_any(),
    };
    let name = move || of.with(|of| of.as_ref().map(|of| of.name.clone()).unwrap_or_default());
    let foot = ViewFn::from(move || {
        let other = move |_| {
            shown.set(false);
            open.set(true);
        };
        view! { <Button on_click=other>{t!(i18n, compose.internal.other)}</Button> }
    });
    view! {
        <Picker open linked=Signal::stored(Vec::<ContactId>::new()) on_pick=look title=text!(i18n, compose.internal.whose)/>
        <Dialog open=shown title=text!(i18n, compose.internal.of, name = name()) foot>
            {list}
        </Dialog>
    }
}
