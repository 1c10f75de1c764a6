use super::verbs::{remove_template_file, restore_template_file};
use crate::format;
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::upload::upload;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::TemplateId;
use model::template::{MOST_FILES, TemplateFile};
use ui::{Glyph, Icon, IconButton, Size, use_toasts};

/// The attachments of a template: added and taken away at once.
#[component]
pub(super) fn Files(
    #[prop(into)] template: Signal<Option<TemplateId>>,
    files: RwSignal<Vec<TemplateFile>>,
    on_change: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let choose = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        let (Some(id), Some(chosen)) = (template.get_untracked(), input.files()) else { return };
        let chosen: Vec<_> = (0..chosen.length()).filter_map(|at| chosen.item(at)).collect();
        let locale = i18n.get_locale_untracked();
        busy.set(true);
        spawn_local(async move {
            for file in chosen {
                match upload(&format!("/template/{id}/file"), &file, MOST_FILES).await {
                    Ok(()) => on_change.run(()),
                    Err(fault) => toasts.say(td_string!(locale, templates.files.refused, name = file.name(), why = fault.sentence(locale))),
                }
            }
            // The same file can be chosen again.
            input.set_value("");
            _ = busy.try_set(false);
        });
    };
    let line = move |file: TemplateFile| {
        let TemplateFile { id, name, size, .. } = file;
        let label = {
            let name = name.clone();
            Signal::derive(move || t_string!(i18n, templates.files.remove, name = name.clone()))
        };
        let removed = name.clone();
        let remove = move |_| {
            let locale = i18n.get_locale_untracked();
            let said = td_string!(locale, templates.files.removed, name = removed.clone());
            spawn_local(async move {
                match remove_template_file(id).await {
                    Ok(()) => {
                        on_change.run(());
                        let back = Callback::new(move |()| {
                            spawn_local(async move {
                                match restore_template_file(id).await {
                                    Ok(()) => on_change.run(()),
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
            <li class="template-file">
                <Icon name=Glyph::Clip size=Size::Small/>
                <span class="template-file__name">{name}</span>
                <small>{weight}</small>
                <IconButton name=Glyph::Close size=Size::Small label=label on_click=remove/>
            </li>
        }
    };
    view! {
        <div class="field">
            <label class="field__label" for="template-files">
                {t!(i18n, templates.files.title)}
            </label>
            <ul class="template-files">{move || files.get().into_iter().map(line).collect_view()}</ul>
            <div>
                <input id="template-files" class="aloud" type="file" multiple disabled=move || busy.get() on:change=choose/>
                <label class="button" for="template-files">
                    <Icon name=Glyph::Clip/>
                    {t!(i18n, templates.files.add)}
                </label>
            </div>
            <p class="field__hint">{t!(i18n, templates.files.hint)}</p>
        </div>
    }
}
