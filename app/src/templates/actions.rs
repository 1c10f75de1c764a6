use super::verbs::{list_templates, open_action_types, set_action_types};
use super::words::action_name;
use crate::fault::FaultNote;
use crate::i18n::{t, t_string, use_i18n};
use crate::live::use_live;
use crate::{Fault, PageTitle};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::inbox::Entity;
use model::template::{ActionTypes, TemplateAction, TemplateRow};
use ui::{Glyph, Select, SkeletonRows, Tag, Tone, use_toasts};

type Found = Resource<Result<(Vec<TemplateRow>, ActionTypes), Fault>>;

/// `Actietypen`: which template is called for what.
#[component]
pub fn Actions() -> impl IntoView {
    let i18n = use_i18n();
    let changed = use_live(|change| change.entity == Entity::Template);
    let found: Found = Resource::new(move || changed.get(), |_| async { Ok((list_templates().await?, open_action_types().await?)) });
    view! {
        <PageTitle text=text!(i18n, templates.actions.title)/>
        <header class="settings__head">
            <h1>
                {t!(i18n, templates.actions.title)}
                <Tag tone=Tone::Accent icon=Glyph::People>
                    {t!(i18n, settings.everyone)}
                </Tag>
            </h1>
            <p>{t!(i18n, templates.actions.intro)}</p>
        </header>
        <section class="card settings__card">
            <Transition fallback=|| {
                view! { <SkeletonRows rows=3/> }
            }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok((rows, types)) => {
                            TemplateAction::ALL
                                .into_iter()
                                .map(|action| view! { <Choice action rows=rows.clone() types found/> })
                                .collect_view()
                                .into_any()
                        }
                        Err(fault) => view! { <FaultNote fault/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
    .into_any()
}

#[component]
fn Choice(action: TemplateAction, rows: Vec<TemplateRow>, types: ActionTypes, found: Found) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let now = types.of(action).map(|id| id.to_string()).unwrap_or_default();
    let options = Signal::derive(move || {
        let mut options = vec![(String::new(), t_string!(i18n, templates.actions.none).to_owned())];
        options.extend(rows.iter().map(|row| (row.id.to_string(), row.properties.name.clone())));
        options
    });
    let choose = Callback::new(move |word: String| {
        let mut next = types;
        next.set(action, word.parse().ok());
        let locale = i18n.get_locale_untracked();
        spawn_local(async move {
            match set_action_types(next).await {
                Ok(before) => {
                    found.refetch();
                    let back = Callback::new(move |()| {
                        spawn_local(async move {
                            match set_action_types(before).await {
                                Ok(_) => found.refetch(),
                                Err(fault) => toasts.say(fault.sentence(locale)),
                            }
                        });
                    });
                    toasts.undo(untrack(|| t_string!(i18n, settings.crm.saved)), back);
                }
                Err(fault) => {
                    found.refetch();
                    toasts.say(fault.sentence(locale));
                }
            }
        });
    });
    let name = Signal::derive(move || action_name(action, i18n.get_locale()).to_owned());
    let text = move || match action {
        TemplateAction::New => t_string!(i18n, templates.actions.fresh_text),
        TemplateAction::Reply => t_string!(i18n, templates.actions.reply_text),
        TemplateAction::Forward => t_string!(i18n, templates.actions.forward_text),
    };
    view! {
        <div class="rule">
            <div class="rule__text">
                <h3>{move || name.get()}</h3>
                <p>{text}</p>
            </div>
            <div class="rule__control">
                <Select name=action.as_str() bare=true label=name options value=Signal::stored(now) on_change=choose/>
            </div>
        </div>
    }
}
