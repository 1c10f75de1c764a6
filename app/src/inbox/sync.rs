use crate::format;
use crate::i18n::{t, t_string, use_i18n};
use leptos::prelude::*;
use model::mail_account::{AccountState, MailAccountRow};
use std::time::Duration;
use ui::{Banner, Glyph, Progress, Tone};

/// Thousands of messages come in: numbers follow at this pace, not at theirs.
const PACE: Duration = Duration::from_millis(600);

pub(crate) fn calm(source: Signal<u32>) -> Signal<u32> {
    let calm = RwSignal::new(0_u32);
    let waiting = StoredValue::new(false);
    Effect::new(move |before: Option<u32>| {
        let now = source.get();
        if before.is_some_and(|before| before != now) && !waiting.get_value() {
            waiting.set_value(true);
            set_timeout(
                move || {
                    _ = waiting.try_set_value(false);
                    _ = calm.try_update(|count| *count = count.wrapping_add(1));
                },
                PACE,
            );
        }
        now
    });
    calm.into()
}

/// Messages done and there, of all mailboxes that are still being fetched.
fn progress(accounts: &[MailAccountRow]) -> Option<(i64, i64)> {
    let fetching: Vec<_> = accounts.iter().filter(|account| account.state == AccountState::Fetching).collect();
    if fetching.is_empty() {
        return None;
    }
    let folders = || fetching.iter().flat_map(|account| &account.folders);
    Some((folders().map(|folder| i64::from(folder.done)).sum(), folders().map(|folder| i64::from(folder.total)).sum()))
}

/// What the mailboxes are doing: fetching, connecting, or broken. Nothing when all is well.
#[component]
pub(super) fn SyncStrip(#[prop(into)] accounts: Signal<Vec<MailAccountRow>>) -> impl IntoView {
    let i18n = use_i18n();
    let share = move || accounts.with(|accounts| progress(accounts));
    let fetching = Memo::new(move |_| share().is_some());
    let text = move || {
        let (done, total) = share().unwrap_or_default();
        let locale = i18n.get_locale();
        let (done, total) = (format::count(done, locale), format::count(total, locale));
        t_string!(i18n, inbox.sync.fetching, done = done, total = total).to_string()
    };
    let value = Signal::derive(move || {
        let (done, total) = share().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "no mailbox holds 2^52 messages")]
        (total > 0).then(|| done as f64 / total as f64)
    });
    let starting = move || {
        accounts.with(|accounts| accounts.iter().find(|account| account.state == AccountState::New).map(|account| account.address.clone()))
    };
    let broken = move || {
        accounts
            .get()
            .into_iter()
            .filter_map(|account| {
                let AccountState::Failing(diagnosis) = account.state else { return None };
                let locale = i18n.get_locale();
                let why = crate::wizard::why(locale, &diagnosis);
                let text = t_string!(i18n, inbox.sync.broken, address = account.address, why = why).to_string();
                let mend = format!("/settings/mail/{}", account.id);
                let end = ViewFn::from(move || {
                    view! {
                        <a class="button" data-size="small" href=mend.clone()>
                            {t!(i18n, inbox.sync.mend)}
                        </a>
                    }
                });
                Some(view! {
                    <Banner tone=Tone::Danger icon=Glyph::Warn end>
                        {text}
                    </Banner>
                })
            })
            .collect_view()
    };
    view! {
        <div class="inbox__sync">
            {broken}
            <Show when=move || fetching.get()>
                <div class="inbox__progress" role="status">
                    <p>{text}</p>
                    <Progress label=text!(i18n, inbox.sync.label) value/>
                </div>
            </Show>
            {move || {
                starting()
                    .map(|address| {
                        view! {
                            <div class="inbox__progress" role="status">
                                <p>{t_string!(i18n, inbox.sync.starting, address = address).to_string()}</p>
                                <Progress label=text!(i18n, inbox.sync.label) value=None/>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
