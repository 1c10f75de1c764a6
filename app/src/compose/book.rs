use super::desk::Desk;
use super::verbs::list_address_book;
use crate::contacts::Paged;
use crate::i18n::{t, t_string, use_i18n};
use leptos::html;
use leptos::prelude::*;
use model::contact::{ContactKind, ContactRef};
use model::outgoing::{BookEntry, Recipient};
use model::{ContactId, Page, fold};
use ui::{Avatar, Button, Dialog, Glyph, Icon, Kind, Shape, Size, SkeletonRows, keys};

/// More is asked for when this many pixels are left below.
const NEAR_END: i32 = 600;

/// One address of a contact, as a row of its own.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    contact: ContactRef,
    /// Employer or city, and what the address is called.
    about: String,
    address: String,
}

impl Row {
    fn key(&self) -> (ContactId, String) {
        (self.contact.id, fold::email_key(&self.address))
    }

    fn recipient(&self) -> Recipient {
        Recipient { name: self.contact.name.clone(), address: self.address.clone() }
    }
}

fn rows_of(entry: BookEntry) -> impl Iterator<Item = Row> {
    let BookEntry { contact, sub, addresses } = entry;
    addresses.into_iter().map(move |one| {
        let about = [sub.as_str(), one.label.as_str()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        Row { contact: contact.clone(), about, address: one.address }
    })
}

/// `Adresboek` (CMP-06): whoever has an address, several at once, for `Aan`, `Cc` or `Bcc`. What is typed narrows it, arrows walk, Enter
/// ticks.
#[component]
pub(super) fn AddressBook(desk: Desk, open: RwSignal<bool>, cc: RwSignal<bool>) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let none = Page { rows: Vec::new(), next: None };
    let paged = Paged::new(
        none,
        |one: &BookEntry, other| one.contact.id == other.contact.id,
        move |after| list_address_book(typed.try_get_untracked().unwrap_or_default(), after),
    );
    let asked = RwSignal::new(false);
    let ticked = RwSignal::new(Vec::<Recipient>::new());
    let at = RwSignal::new(0_usize);
    let input = NodeRef::<html::Input>::new();
    let list = NodeRef::<html::Ul>::new();
    let rows = Memo::new(move |_| paged.rows.with(|entries| entries.iter().cloned().flat_map(rows_of).collect::<Vec<_>>()));
    Effect::new(move |_| {
        if !open.get() {
            return;
        }
        typed.set(String::new());
        ticked.set(Vec::new());
        at.set(0);
        asked.set(true);
        paged.reload();
        request_animation_frame(move || {
            if let Some(input) = input.try_get_untracked().flatten() {
                _ = input.focus();
            }
        });
    });
    let on_input = move |event: leptos::ev::Event| {
        typed.set(event_target_value(&event));
        at.set(0);
        paged.reload();
    };
    let toggle = move |one: Recipient| {
        ticked.update(|ticked| {
            let key = one.key();
            if ticked.iter().any(|there| there.key() == key) {
                ticked.retain(|there| there.key() != key);
            } else {
                ticked.push(one);
            }
        });
    };
    let id = desk.id;
    let walk = move |to: usize| {
        at.set(to);
        if let Some(row) = document().get_element_by_id(&format!("book-{id}-{to}")) {
            row.scroll_into_view_with_bool(false);
        }
        if to + 10 > rows.with_untracked(Vec::len) {
            paged.more();
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            if let Some(row) = rows.with_untracked(|rows| rows.get(at.get_untracked()).cloned()) {
                toggle(row.recipient());
            }
        }
        key @ ("ArrowDown" | "ArrowUp") => {
            event.prevent_default();
            if let Some(to) = keys::step(key, at.get_untracked(), rows.with_untracked(Vec::len)) {
                walk(to);
            }
        }
        _ => {}
    };
    let on_scroll = move |_| {
        let Some(list) = list.try_get_untracked().flatten() else { return };
        if list.scroll_top() + list.client_height() + NEAR_END > list.scroll_height() {
            paged.more();
        }
    };
    // Whoever stands in another field moves: nobody gets a letter twice.
    let add = move |field: &'static str| {
        let chosen = ticked.get_untracked();
        for (name, list) in [("to", desk.to), ("cc", desk.cc), ("bcc", desk.bcc)] {
            let is_here = |one: &Recipient| chosen.iter().any(|other| other.key() == one.key());
            if name == field {
                let there: Vec<_> = list.with_untracked(|list| list.iter().map(Recipient::key).collect());
                let fresh: Vec<_> = chosen.iter().filter(|one| !there.contains(&one.key())).cloned().collect();
                if !fresh.is_empty() {
                    list.update(|list| list.extend(fresh));
                }
            } else if list.with_untracked(|list| list.iter().any(is_here)) {
                list.update(|list| list.retain(|one| !is_here(one)));
            }
        }
        if field != "to" {
            cc.set(true);
        }
        open.set(false);
    };
    let has = move |key: &str| [desk.to, desk.cc, desk.bcc].iter().any(|list| list.with(|list| list.iter().any(|one| one.key() == key)));
    let option = move |(number, row): (usize, Row)| {
        let shape = if row.contact.kind == ContactKind::Company { Shape::Company } else { Shape::Person };
        let one = row.recipient();
        let key = one.key();
        let is_ticked = Signal::derive({
            let key = key.clone();
            move || ticked.with(|ticked| ticked.iter().any(|other| other.key() == key))
        });
        let there = move || has(&key).then(|| view! { <small>{t!(i18n, compose.book.already)}</small> });
        view! {
            <li
                class="picker__option"
                role="option"
                id=format!("book-{id}-{number}")
                data-at=move || (at.get() == number).then_some("")
                aria-selected=move || is_ticked.get().to_string()
                on:click=move |_| {
                    at.set(number);
                    toggle(one.clone());
                }
            >
                <span class="book__tick" aria-hidden="true">
                    {move || is_ticked.get().then(|| view! { <Icon name=Glyph::Check size=Size::Small/> })}
                </span>
                <Avatar name=row.contact.name.clone() shape size=Size::Small/>
                <span class="book__who">
                    <span class="picker__name">{row.contact.name}</span>
                    <small>{row.about}</small>
                </span>
                <span class="book__address">
                    <span>{row.address}</span>
                    {there}
                </span>
            </li>
        }
    };
    let nothing = move || {
        let words = typed.get();
        let empty = asked.get() && !paged.is_busy() && paged.fault().is_none() && rows.with(Vec::is_empty);
        empty.then(|| {
            let said = if words.trim().is_empty() {
                t_string!(i18n, compose.book.none).to_owned()
            } else {
                t_string!(i18n, compose.book.nothing, typed = words)
            };
            view! { <p class="picker__nothing">{said}</p> }
        })
    };
    let waiting = move || (paged.is_busy() && rows.with(Vec::is_empty)).then(|| view! { <SkeletonRows rows=6/> });
    let failed = move || paged.fault().map(|fault| view! { <p class="field__error">{fault.sentence(i18n.get_locale())}</p> });
    let count = move || ticked.with(Vec::len);
    let foot = ViewFn::from(move || {
        let disabled = Signal::derive(move || count() == 0);
        view! {
            <span class="book__count" role="status">
                {move || t_string!(i18n, compose.book.chosen, count = count())}
            </span>
            <Button disabled on_click=move |_| add("bcc")>
                {t!(i18n, compose.bcc)}
            </Button>
            <Button disabled on_click=move |_| add("cc")>
                {t!(i18n, compose.cc)}
            </Button>
            <Button kind=Kind::Primary disabled on_click=move |_| add("to")>
                {t!(i18n, compose.to)}
            </Button>
        }
    });
    let options_id = format!("book-{id}");
    view! {
        // The letter around it has keys of its own: Escape would close that, and Ctrl with Enter send it.
        <div on:keydown=move |event| event.stop_propagation()>
            <Dialog open title=text!(i18n, compose.book.title) foot>
                <div class="picker book">
                    <input
                        class="input"
                        type="search"
                        role="combobox"
                        aria-expanded="true"
                        aria-controls=options_id.clone()
                        aria-autocomplete="list"
                        aria-activedescendant=move || format!("book-{id}-{}", at.get())
                        aria-label=move || t_string!(i18n, compose.book.search)
                        placeholder=move || t_string!(i18n, compose.book.hint)
                        autocomplete="off"
                        node_ref=input
                        prop:value=move || typed.get()
                        on:input=on_input
                        on:keydown=on_key
                    />
                    <ul
                        class="picker__options book__list"
                        role="listbox"
                        aria-multiselectable="true"
                        id=options_id
                        aria-label=move || t_string!(i18n, compose.book.results)
                        node_ref=list
                        on:scroll=on_scroll
                    >
                        <For each=move || rows.get().into_iter().enumerate() key=|(number, row)| (*number, row.key()) children=option/>
                    </ul>
                    {waiting}
                    <div aria-live="polite">{nothing} {failed}</div>
                </div>
            </Dialog>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::outgoing::BookAddress;

    /// [CMP-06] Each address is a row, with what tells it from the others.
    #[test]
    fn a_row_for_each_address() {
        let contact = ContactRef {
            id: "00000000000000000000000000000001".parse().expect("32 hex digits"),
            kind: ContactKind::Person,
            name: "Jan Bakker".into(),
        };
        let address = |label: &str, address: &str| BookAddress { label: label.into(), address: address.into() };
        let addresses = vec![address("werk", "jan@bakker.example"), address("", "jan@thuis.example")];
        let rows: Vec<_> = rows_of(BookEntry { contact, sub: "Bakker Bouw".into(), addresses }).collect();
        let shown: Vec<_> = rows.iter().map(|row| (row.about.as_str(), row.address.as_str())).collect();
        assert_eq!(shown, [("Bakker Bouw · werk", "jan@bakker.example"), ("Bakker Bouw", "jan@thuis.example")]);
        assert_eq!(rows[0].recipient(), Recipient { name: "Jan Bakker".into(), address: "jan@bakker.example".into() });
    }
}
