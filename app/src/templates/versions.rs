use super::verbs::list_template_versions;
use crate::fault::FaultNote;
use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use model::TemplateId;
use model::template::TemplateVersion;
use ui::{Button, Sheet, Size, SkeletonRows};

/// Every body there was; any of them can be the newest again.
#[component]
pub(super) fn Versions(
    open: RwSignal<bool>,
    template: TemplateId,
    #[prop(into)] version: Signal<i64>,
    on_restore: Callback<i64>,
) -> impl IntoView {
    let i18n = use_i18n();
    let found = Resource::new(
        move || (open.get(), version.get()),
        move |(open, _)| async move { if open { list_template_versions(template).await } else { Ok(Vec::new()) } },
    );
    view! {
        <Sheet open title=text!(i18n, templates.versions.title)>
            <p class="settings__hint">{t!(i18n, templates.versions.intro)}</p>
            <Transition fallback=|| {
                view! { <SkeletonRows rows=4/> }
            }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(rows) => {
                            let newest = rows.first().map(|row| row.version);
                            let rows = rows
                                .into_iter()
                                .map(|row| view! { <Line current={Some(row.version) == newest} row on_restore/> })
                                .collect_view();
                            view! { <ul class="manage">{rows}</ul> }.into_any()
                        }
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Transition>
        </Sheet>
    }
}

#[component]
fn Line(row: TemplateVersion, current: bool, on_restore: Callback<i64>) -> impl IntoView {
    let i18n = use_i18n();
    let TemplateVersion { version, at, who } = row;
    let when = move || format::full(at, i18n.get_locale());
    let by = move || if who.is_empty() { t_string!(i18n, templates.versions.program).to_owned() } else { who.clone() };
    let act = if current {
        view! { <small>{t!(i18n, templates.versions.current)}</small> }.into_any()
    } else {
        view! {
            <Button
                size=Size::Small
                attr:aria-label=move || t_string!(i18n, templates.versions.restore_name, when = when()).to_string()
                on_click=move |_| on_restore.run(version)
            >
                {t!(i18n, templates.versions.restore)}
            </Button>
        }
        .into_any()
    };
    view! {
        <li class="manage__row">
            <div class="removed__main">
                <span>{when}</span>
                <small>{by}</small>
            </div>
            {act}
        </li>
    }
}
