use super::desk::Desk;
use super::verbs::{detach, reattach};
use crate::format;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::upload::upload;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::outgoing::{DraftFile, MOST_FILES};
use ui::{Glyph, Icon, IconButton, Size};

/// Files on their way to the letter: how many are still to come.
#[derive(Clone, Copy)]
pub(super) struct Bringing(RwSignal<usize>);

impl Bringing {
    pub(super) fn new() -> Self {
        Self(RwSignal::new(0))
    }

    pub(super) fn bring(self, desk: Desk, files: Vec<web_sys::File>) {
        let locale = desk.compose.i18n.get_locale_untracked();
        self.0.update(|left| *left += files.len());
        spawn_local(async move {
            for file in files {
                if let Err(fault) = upload(&format!("/draft/{}/file", desk.id), &file, MOST_FILES).await {
                    let said = td_string!(locale, compose.files.refused, name = file.name(), why = fault.sentence(locale));
                    desk.compose.toasts.say(said);
                }
                desk.refresh_files();
                _ = self.0.try_update(|left| *left = left.saturating_sub(1));
            }
        });
    }
}

/// All files of a list that the browser hands over.
pub(super) fn files_of(list: Option<web_sys::FileList>) -> Vec<web_sys::File> {
    let Some(list) = list else { return Vec::new() };
    (0..list.length()).filter_map(|at| list.item(at)).collect()
}

#[component]
pub(super) fn Files(desk: Desk, bringing: Bringing) -> impl IntoView {
    let i18n = use_i18n();
    let line = move |file: DraftFile| {
        let DraftFile { id, name, size, .. } = file;
        let label = t_string!(i18n, compose.files.remove, name = name.clone());
        let href = format!("/draft-file/{id}/{}", crate::upload::encoded(&name));
        let (gone, download) = (name.clone(), name.clone());
        let remove = move |_| {
            let locale = i18n.get_locale_untracked();
            let said = td_string!(locale, compose.files.removed, name = gone.clone());
            let toasts = desk.compose.toasts;
            spawn_local(async move {
                match detach(id).await {
                    Ok(()) => {
                        desk.refresh_files();
                        let back = Callback::new(move |()| {
                            spawn_local(async move {
                                match reattach(id).await {
                                    Ok(()) => desk.refresh_files(),
                                    Err(fault) => toasts.say(fault.sentence(locale)),
                                }
                            });
                        });
                        toasts.undo(said, back);
                    }
                    Err(fault) => toasts.say(fault.sentence(locale)),
                }
            });
        };
        let weight = move || format::size(u64::try_from(size).unwrap_or_default(), i18n.get_locale());
        view! {
            <li class="compose__file">
                <Icon name=Glyph::File size=Size::Small/>
                <a href=href rel="external" download=download>
                    {name}
                </a>
                <small>{weight}</small>
                <IconButton name=Glyph::Close size=Size::Tiny label=Signal::stored(label) on_click=remove/>
            </li>
        }
    };
    let coming = move || {
        let left = bringing.0.get();
        (left > 0).then(|| {
            view! {
                <li class="compose__file" role="status">
                    <Icon name=Glyph::Upload size=Size::Small/>
                    {t!(i18n, compose.files.coming, count = left)}
                </li>
            }
        })
    };
    let any = move || bringing.0.get() > 0 || desk.files.with(|files| !files.is_empty());
    view! {
        <Show when=any>
            <ul class="compose__files" aria-label=move || t_string!(i18n, compose.files.title)>
                {move || desk.files.get().into_iter().map(line).collect_view()}
                {coming}
            </ul>
        </Show>
    }
}
