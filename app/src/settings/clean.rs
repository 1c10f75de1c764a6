use super::undo::use_put_back;
use super::verbs::{change_cleaning, clean_now};
use crate::fault::{at_field, at_no_field};
use crate::i18n::{t, t_string, td_string, use_i18n};
use crate::session::use_me;
use crate::{Fault, format};
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::clean::{Cleaning, CleaningForm};
use ui::{Button, Field, Glyph, Icon, Kind, use_toasts};

/// Auto-clean: four periods in days, for everyone.
#[component]
pub(super) fn CleaningCard() -> impl IntoView {
    let i18n = use_i18n();
    let me = use_me();
    let toasts = use_toasts();
    let start = CleaningForm::from(me.with_untracked(|me| me.preferences.cleaning));
    let [trash, spam, finished, backup] = [start.trash, start.spam, start.finished, start.backup].map(RwSignal::new);
    let fault = RwSignal::new(None::<Fault>);
    let busy = RwSignal::new(false);
    let show = move |now: Cleaning| {
        let form = CleaningForm::from(now);
        trash.set(form.trash);
        spam.set(form.spam);
        finished.set(form.finished);
        backup.set(form.backup);
        me.update(|me| me.preferences.cleaning = now);
    };
    let back = use_put_back(|before| change_cleaning(CleaningForm::from(before)), show);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        fault.set(None);
        let form = CleaningForm {
            trash: trash.get_untracked(),
            spam: spam.get_untracked(),
            finished: finished.get_untracked(),
            backup: backup.get_untracked(),
        };
        spawn_local(async move {
            match change_cleaning(form.clone()).await {
                Ok(before) => {
                    if let Ok(now) = form.read() {
                        show(now);
                    }
                    toasts.undo(untrack(|| t_string!(i18n, settings.crm.saved)), Callback::new(move |()| back(before)));
                }
                Err(refused) => _ = fault.try_set(Some(refused)),
            }
        });
    };
    let clean = move |_| {
        busy.set(true);
        spawn_local(async move {
            let locale = i18n.get_locale_untracked();
            match clean_now().await {
                Ok(cleaned) => toasts.say(match cleaned.removed() {
                    0 => td_string!(locale, settings.clean.cleaned_none).to_owned(),
                    1 => td_string!(locale, settings.clean.cleaned_one).to_owned(),
                    many => td_string!(locale, settings.clean.cleaned_many, count = format::count(many, locale)),
                }),
                Err(refused) => toasts.say(refused.sentence(locale)),
            }
            _ = busy.try_set(false);
        });
    };
    let period = move |name, label, hint, bind| {
        view! { <Field name inputmode="numeric" autocomplete="off" label hint bind error=at_field(fault, name)/> }
    };
    let other = at_no_field(fault);
    view! {
        <section class="card settings__card" aria-labelledby="s-clean">
            <header class="card__head">
                <h2 id="s-clean">{t!(i18n, settings.clean.title)}</h2>
            </header>
            <div class="card__body settings__form">
                <p class="settings__hint">{t!(i18n, settings.clean.intro)}</p>
                <form on:submit=save>
                    {period("trash", text!(i18n, settings.clean.trash), text!(i18n, settings.clean.trash_text), trash)}
                    {period("spam", text!(i18n, settings.clean.spam), text!(i18n, settings.clean.spam_text), spam)}
                    {period("finished", text!(i18n, settings.clean.finished), text!(i18n, settings.clean.finished_text), finished)}
                    {period("backup", text!(i18n, settings.clean.backup), text!(i18n, settings.clean.backup_text), backup)}
                    <p class="field__error" role="alert">
                        {other}
                    </p>
                    <div class="button-row">
                        <Button kind=Kind::Primary submit=true>
                            {t!(i18n, settings.clean.save)}
                        </Button>
                    </div>
                </form>
                <p class="settings__hint">{t!(i18n, settings.clean.now_text)}</p>
                <div class="button-row">
                    <Button disabled=busy on_click=clean>
                        {t!(i18n, settings.clean.now)}
                    </Button>
                    <a class="button" href="/settings/removed">
                        <Icon name=Glyph::Trash/>
                        {t!(i18n, settings.removed.title)}
                    </a>
                </div>
            </div>
        </section>
    }
}
