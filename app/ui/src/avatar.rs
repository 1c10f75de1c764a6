use crate::Size;
use leptos::prelude::*;

/// Round is a person, square a company, dashed somebody unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Person,
    Company,
    Unknown,
}

/// Never read aloud: the name stands beside it.
#[component]
pub fn Avatar(#[prop(into)] name: Signal<String>, #[prop(optional)] shape: Shape, #[prop(optional)] size: Size) -> impl IntoView {
    let word = match shape {
        Shape::Person => None,
        Shape::Company => Some("company"),
        Shape::Unknown => Some("unknown"),
    };
    view! {
        <span
            class="avatar"
            aria-hidden="true"
            data-size=size.word()
            data-shape=word
            data-tint=move || (shape != Shape::Unknown).then(|| name.with(|name| tint(name)).to_string())
        >
            {move || if shape == Shape::Unknown { "?".to_owned() } else { name.with(|name| initials(name)) }}
        </span>
    }
}

/// The first letters of the first and last word; of one word its first two letters.
pub fn initials(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return "?".to_owned() };
    match words.next_back() {
        Some(last) => first.chars().take(1).chain(last.chars().take(1)).flat_map(char::to_uppercase).collect(),
        None => first.chars().take(2).flat_map(char::to_uppercase).collect(),
    }
}

/// One of the six quiet tints, always the same for the same name (FNV-1a: the same on every machine).
pub fn tint(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % 6 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_taken_from_the_ends() {
        for (name, letters) in
            [("Jan Bakker", "JB"), ("Sanne de Wit", "SW"), ("Wessels", "WE"), ("", "?"), ("'t Hof", "TH"), ("élan vital", "ÉV")]
        {
            assert_eq!(initials(name), letters, "{name}");
        }
    }

    #[test]
    fn tints_stay_within_the_palette() {
        for name in ["", "Jan", "Bakker Bouw BV", "Wonen"] {
            assert!((1..=6).contains(&tint(name)));
        }
    }
}
