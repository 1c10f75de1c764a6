//! Tasks: made from a message or about a contact, listed on the card, beside the inbox and on the dashboard.

pub mod verbs;

use crate::fault::{at_field, at_no_field};
use crate::i18n::{Locale, t, t_string, td_string, use_i18n};
use crate::{Fault, format, live};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_i18n::I18nContext;
use model::inbox::Entity;
use model::work::{Colleague, Due, Task, TaskFilter, TaskForm};
use model::{ContactId, MessageId, TaskId};
use ui::{Button, Dialog, Field, Glyph, Icon, IconButton, Kind, Select, Size, use_toasts};
use verbs::{add_task, list_colleagues, list_tasks, remove_task, set_task_done};

/// What a new task is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    pub title: String,
    pub contact: Option<ContactId>,
    pub message: Option<MessageId>,
}

/// The form for a new task. It opens when `about` is set, and sets it back.
#[component]
pub fn TaskDialog(about: RwSignal<Option<About>>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let open = RwSignal::new(false);
    let (title, due, assignee) = (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let colleagues = RwSignal::new(Vec::<Colleague>::new());
    let fault = RwSignal::new(None::<Fault>);
    Effect::new(move |_| {
        let Some(about) = about.get() else { return };
        title.set(about.title);
        due.set(String::new());
        assignee.set(String::new());
        fault.set(None);
        open.set(true);
        spawn_local(async move {
            if let Ok(found) = list_colleagues().await {
                _ = colleagues.try_set(found);
            }
        });
    });
    Effect::new(move |before: Option<bool>| {
        let now = open.get();
        if before == Some(true) && !now {
            about.set(None);
        }
        now
    });
    let me = crate::session::use_me();
    let people = Signal::derive(move || {
        let mine = me.with(|me| me.user);
        let mut people = vec![(String::new(), t_string!(i18n, inbox.task.me).to_owned())];
        people.extend(
            colleagues
                .get()
                .into_iter()
                .filter(|colleague| colleague.id != mine)
                .map(|colleague| (colleague.id.to_string(), colleague.name)),
        );
        people
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(about) = about.get_untracked() else { return };
        let form = TaskForm {
            title: title.get_untracked(),
            due: due.get_untracked(),
            assignee: assignee.get_untracked().parse().ok(),
            contact: about.contact,
            message: about.message,
        };
        spawn_local(async move {
            match add_task(form).await {
                Ok(id) => {
                    _ = open.try_set(false);
                    let undo = Callback::new(move |()| spawn_local(async move { _ = remove_task(id).await }));
                    toasts.undo(untrack(|| t_string!(i18n, inbox.task.added)), undo);
                }
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
        });
    };
    let wrong = move |field| at_field(fault, field);
    let other = at_no_field(fault);
    view! {
        <Dialog open title=text!(i18n, inbox.task.title)>
            <form class="task-form" on:submit=save>
                <Field name="task-title" label=text!(i18n, inbox.task.what) bind=title error=wrong("title") required=true/>
                <Field name="task-due" kind="date" label=text!(i18n, inbox.task.due) bind=due error=wrong("due")/>
                <Select
                    name="task-assignee"
                    label=text!(i18n, inbox.task.who)
                    options=people
                    value=assignee
                    on_change=Callback::new(move |who| assignee.set(who))
                />
                <p class="field__error" role="alert">
                    {other}
                </p>
                <Button kind=Kind::Primary submit=true>
                    {t!(i18n, inbox.task.save)}
                </Button>
            </form>
        </Dialog>
    }
}

/// When it is to be done, and whether that is over.
fn due_words(due: Due, locale: Locale) -> String {
    let day = format::calendar_day(due.day, due.days_from_today, locale);
    if due.days_from_today < 0 { td_string!(locale, inbox.task.late, day = day) } else { day }
}

/// Tasks with their boxes to tick. `empty` is what stands there when there are none.
#[component]
pub fn TaskList(
    #[prop(into)] filter: Signal<Option<TaskFilter>>,
    /// How many there are to do: for a badge.
    #[prop(optional)]
    count: Option<RwSignal<usize>>,
    #[prop(optional)] empty: Option<ViewFn>,
) -> impl IntoView {
    let i18n = use_i18n();
    let changed = live::use_live(|change| change.entity == Entity::Task);
    let tasks = RwSignal::new(None::<Vec<Task>>);
    let ask = move || {
        let Some(wanted) = filter.get_untracked() else { return };
        spawn_local(async move {
            if let Ok(found) = list_tasks(wanted).await
                && filter.try_get_untracked() == Some(Some(wanted))
            {
                if let Some(count) = count {
                    _ = count.try_set(found.iter().filter(|task| !task.done).count());
                }
                _ = tasks.try_set(Some(found));
            }
        });
    };
    Effect::new(move |_| {
        changed.track();
        filter.track();
        ask();
    });
    let rows = move || {
        tasks.get().map(|rows| {
            if rows.is_empty() {
                return empty.as_ref().map(ViewFn::run).into_any();
            }
            rows.into_iter().map(|task| row(i18n, task, tasks)).collect_view().into_any()
        })
    };
    view! { <div class="tasks">{rows}</div> }
}

fn row(i18n: I18nContext<Locale>, task: Task, tasks: RwSignal<Option<Vec<Task>>>) -> impl IntoView {
    let toasts = use_toasts();
    let id = task.id;
    let paint = move |done: bool| {
        _ = tasks.try_update(|tasks| {
            if let Some(task) = tasks.iter_mut().flatten().find(|task| task.id == id) {
                task.done = done;
            }
        });
    };
    let set = move |done: bool| {
        paint(done);
        spawn_local(async move {
            match set_task_done(id, done).await {
                Ok(()) if done => {
                    toasts.undo(untrack(|| t_string!(i18n, inbox.task.done)), Callback::new(move |()| undo_done(id, tasks)));
                }
                Ok(()) => {}
                Err(fault) => {
                    paint(!done);
                    toasts.say(fault.sentence(i18n.get_locale_untracked()));
                }
            }
        });
    };
    let late = task.due.is_some_and(|due| due.days_from_today < 0) && !task.done;
    let (due, who) = (task.due, task.assignee_name.clone());
    let about = task.contact.as_ref().map(|contact| (format!("/contacts/{}", contact.id), contact.name.clone()));
    let small = move || {
        let mut parts: Vec<String> = due.map(|due| due_words(due, i18n.get_locale())).into_iter().collect();
        if !who.is_empty() {
            parts.push(who.clone());
        }
        parts.join(" · ")
    };
    let title = task.title.clone();
    let label = td_string!(i18n.get_locale_untracked(), inbox.task.tick, title = title.clone());
    let from = task.message.map(|message| format!("/inbox/inbox/{message}"));
    view! {
        <div class="side-line" data-done=task.done.then_some("")>
            <input
                class="checkbox"
                type="checkbox"
                aria-label=label
                prop:checked=task.done
                on:change=move |event| set(event_target_checked(&event))
            />
            <span>
                {match from {
                    Some(href) => view! { <a href=href>{title}</a> }.into_any(),
                    None => title.into_any(),
                }}
                <small class:late=late>
                    {late.then(|| view! { <Icon name=Glyph::Warn size=Size::Small/> })}
                    {small}
                    {about.map(|(href, name)| view! { <a href=href>{name}</a> })}
                </small>
            </span>
        </div>
    }
}

fn undo_done(id: TaskId, tasks: RwSignal<Option<Vec<Task>>>) {
    _ = tasks.try_update(|tasks| {
        if let Some(task) = tasks.iter_mut().flatten().find(|task| task.id == id) {
            task.done = false;
        }
    });
    spawn_local(async move { _ = set_task_done(id, false).await });
}

/// A button that makes a task.
#[component]
pub fn NewTask(about: RwSignal<Option<About>>, #[prop(into)] of: Signal<About>) -> impl IntoView {
    let i18n = use_i18n();
    view! { <IconButton name=Glyph::Task label=text!(i18n, inbox.act.task) on_click=move |_| about.set(Some(of.get_untracked()))/> }
}
