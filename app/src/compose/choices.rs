use crate::i18n::use_i18n;
use crate::live;
use crate::templates::{list_templates, tab_name};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::TemplateId;
use model::inbox::Entity;
use model::template::TemplateRow;
use ui::MenuItem;

/// The templates in use, under their tabs, as the items of a menu.
#[component]
pub(crate) fn TemplateItems(#[prop(into)] current: Signal<Option<TemplateId>>, on_pick: Callback<TemplateId>) -> impl IntoView {
    let i18n = use_i18n();
    let changed = live::use_live(|change| change.entity == Entity::Template);
    let rows = RwSignal::new(Vec::<TemplateRow>::new());
    Effect::new(move |_| {
        changed.track();
        spawn_local(async move {
            if let Ok(mut all) = list_templates().await {
                all.retain(|row| row.properties.active);
                all.sort_by(|a, b| a.properties.tab.cmp(&b.properties.tab));
                _ = rows.try_set(all);
            }
        });
    });
    let item = move |row: TemplateRow| {
        let id = row.id;
        view! {
            <MenuItem checked=Signal::derive(move || current.get() == Some(id)) on_click=move |_| on_pick.run(id)>
                {row.properties.name}
            </MenuItem>
        }
    };
    move || {
        rows.get()
            .chunk_by(|a, b| a.properties.tab == b.properties.tab)
            .map(|group| {
                let tab = group.first().map(|row| row.properties.tab.clone()).unwrap_or_default();
                view! {
                    <p class="menu__heading">{move || tab_name(&tab, i18n.get_locale())}</p>
                    {group.iter().cloned().map(item).collect_view()}
                }
            })
            .collect_view()
    }
}
