use super::*;
use proptest::prelude::*;

/// A Wednesday.
const TODAY: Day = Day { year: 2026, month: 11, day: 18 };

fn read(typed: &str) -> Query {
    Query::read(typed, TODAY, DateFormat::DayMonthYear)
}

/// Short, for comparing: `-from(jan*)`.
fn say(typed: &str) -> String {
    let one = |clause: &Clause| {
        let what = match &clause.what {
            What::Words(phrase) => {
                let field = match phrase.field {
                    Field::Any => "",
                    Field::From => "from:",
                    Field::To => "to:",
                    Field::Subject => "subject:",
                    Field::File => "file:",
                };
                format!("{field}{}{}", phrase.words.join("+"), if phrase.prefix { "*" } else { "" })
            }
            What::Attachment => "attachment".to_owned(),
            What::In(place) => format!("in:{}", place.as_str()),
            What::Folder(name) => format!("folder:{name}"),
            What::Anywhere => "anywhere".to_owned(),
            What::Tag(name) => format!("#{name}"),
            What::Contact(name) => format!("contact:{name}"),
            What::At(days) => format!("{}..{}", say_day(days.from), say_day(days.until)),
        };
        format!("{}{what}", if clause.not { "-" } else { "" })
    };
    read(typed).clauses.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn say_day(day: Option<Day>) -> String {
    day.map(|day| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)).unwrap_or_default()
}

#[test]
fn words_phrases_and_what_must_not_be() {
    assert_eq!(say("Offerte  warmtepomp"), "offerte warmtepomp*");
    assert_eq!(say("offerte "), "offerte");
    assert_eq!(say("\"week 49\" -concept"), "week+49 -concept*");
    assert_eq!(say("“week 49”"), "week+49");
    assert_eq!(say("\"week 4"), "week+4");
    assert_eq!(say("\"week 49"), "week+49*", "a phrase that is still being typed");
    assert_eq!(say("café CAFE\u{301} Müller "), "cafe cafe muller");
    assert_eq!(say("jan@bakker-bouw.example 10:30 "), "jan+bakker+bouw+example 10+30");
    assert_eq!(say("a"), "a", "one letter begins too much");
    assert_eq!(say("- -- : \" … 😀"), "");
}

#[test]
fn operators_go_by_both_names() {
    for (dutch, english) in [
        ("van:jan ", "from:jan "),
        ("aan:info@x.example ", "to:info@x.example "),
        ("onderwerp:\"week 49\"", "subject:\"week 49\""),
        ("heeft:bijlage ", "has:attachment "),
        ("met:bijlagen ", "has:attachments "),
        ("bijlage:offerte ", "file:offerte "),
        ("in:prullenbak ", "in:trash "),
        ("map:\"postvak in\"", "folder:inbox "),
        ("in:overal ", "in:anywhere "),
        ("kenmerk:vip ", "#vip "),
        ("relatie:bakker ", "contact:bakker "),
        ("voor:gisteren ", "before:yesterday "),
        ("na:maart ", "after:march "),
        ("op:maandag ", "on:monday "),
    ] {
        assert_eq!(say(dutch), say(english));
        assert!(!read(dutch).is_empty(), "{dutch}");
    }
    assert_eq!(say("-From:Jan"), "-from:jan*");
    assert_eq!(say("in:\"Klanten 2026\""), "folder:klanten 2026");
    assert_eq!(say("-has:attachment -in:spam -#vip"), "-attachment -in:spam -#vip");
    assert_eq!(say("contact:\"Bakker Bouw\" offerte "), "contact:bakker bouw offerte");
}

#[test]
fn what_is_no_operator_is_plain_words() {
    assert_eq!(say("from: jan "), "from jan");
    assert_eq!(say("has:iets "), "has+iets");
    assert_eq!(say("voor:piet "), "voor+piet");
    assert_eq!(say("on:31-02 "), "on+31+02");
    assert_eq!(say("re:offerte "), "re+offerte");
    assert_eq!(say("# "), "");
    assert_eq!(say("https://x.example/a "), "https+x+example+a");
}

#[test]
fn days_as_people_say_them() {
    let on = |value: &str| say(&format!("on:\"{value}\""));
    assert_eq!(on("vandaag"), "2026-11-18..2026-11-19");
    assert_eq!(on("yesterday"), "2026-11-17..2026-11-18");
    assert_eq!(on("maandag"), "2026-11-16..2026-11-17");
    assert_eq!(on("donderdag"), "2026-11-12..2026-11-13", "the last one there was");
    assert_eq!(on("vorige week"), "2026-11-09..2026-11-16");
    assert_eq!(on("this month"), "2026-11-01..2026-12-01");
    assert_eq!(on("vorig jaar"), "2025-01-01..2026-01-01");
    assert_eq!(on("last wednesday"), "2026-11-11..2026-11-12");
    assert_eq!(on("3 weken"), "2026-10-28..2026-10-29");
    assert_eq!(on("10d"), "2026-11-08..2026-11-09");
    assert_eq!(on("9 maanden"), "2026-02-18..2026-02-19");
    assert_eq!(on("2024"), "2024-01-01..2025-01-01");
    assert_eq!(on("2026-03"), "2026-03-01..2026-04-01");
    assert_eq!(on("3-2026"), "2026-03-01..2026-04-01");
    assert_eq!(on("december"), "2025-12-01..2026-01-01");
    assert_eq!(on("mrt 2026"), "2026-03-01..2026-04-01");
    assert_eq!(on("12 maart"), "2026-03-12..2026-03-13");
    assert_eq!(on("March 12, 2025"), "2025-03-12..2025-03-13");
    assert_eq!(on("12-3-2025"), "2025-03-12..2025-03-13");
    assert_eq!(on("31/12"), "2025-12-31..2026-01-01");
    assert_eq!(on("1/2/26"), "2026-02-01..2026-02-02");
    assert_eq!(on("2024-02-29"), "2024-02-29..2024-03-01");
    assert_eq!(on("29-2"), "2024-02-29..2024-03-01");
    assert_eq!(say("voor:2026-03"), "..2026-03-01");
    assert_eq!(say("na:2026-03"), "2026-03-01..");
    let american = Query::read("on:12/3/2025", TODAY, DateFormat::MonthDayYear);
    let december = Days { from: Day::new(2025, 12, 3), until: Day::new(2025, 12, 4) };
    assert_eq!(american.clauses, [Clause { not: false, what: What::At(december) }]);
}

#[test]
fn what_is_looked_for_among_contacts() {
    assert_eq!(read("Jan 06-12 from:x in:spam").contact_words().as_deref(), Some("jan 06-12"));
    assert_eq!(read("#vip jan@x.ex").contact_words().as_deref(), Some("#vip jan@x.ex"));
    assert_eq!(read("has:attachment -jan").contact_words(), None);
}

#[test]
fn matches_are_marked_where_they_stand() {
    let marked = |typed: &str, text: &str| {
        let pieces = mark(text, &read(typed).marks());
        pieces.iter().map(|piece| if piece.marked { format!("[{}]", piece.text) } else { piece.text.clone() }).collect::<String>()
    };
    assert_eq!(marked("bak", "Jan Bakker, opvangbak"), "Jan [Bak]ker, opvangbak");
    assert_eq!(marked("\"week 49\"", "Week 49, week 50"), "[Week] [49], week 50");
    assert_eq!(marked("cafe", "Café's cafetière"), "[Café]'s [cafe]tière");
    assert_eq!(marked("cafe", "Cafe\u{301}s"), "[Cafe\u{301}]s");
    assert_eq!(marked("strasse ", "Straße"), "[Straße]");
    assert_eq!(marked("-jan from:piet", "jan piet"), "jan [piet]");
}

proptest! {
    /// Whatever is typed is read, in bounds, and marks only what stands there.
    #[test]
    fn nothing_typed_is_refused(typed in "(\\PC|[ :\"#-]){0,80}", text in "\\PC{0,60}") {
        let query = read(&typed);
        prop_assert!(query.clauses.len() <= CLAUSES);
        for clause in &query.clauses {
            if let What::Words(phrase) = &clause.what {
                prop_assert!(!phrase.words.is_empty());
                prop_assert!(phrase.words.iter().all(|word| !word.is_empty() && !word.contains(' ') && word.len() <= 64));
            }
        }
        let pieces = mark(&text, &query.marks());
        prop_assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
    }

    /// What somebody sees in a message and types finds it: every word of a text is a clause that marks it.
    #[test]
    fn a_word_of_the_text_is_marked_in_it(text in "[a-zA-Zéëïöüßø0-9]{2,20}( [a-zA-Zéëïöüßø0-9]{2,20}){0,4}") {
        for word in text.split(' ') {
            let pieces = mark(&text, &read(word).marks());
            prop_assert!(pieces.iter().any(|piece| piece.marked && word.starts_with(&piece.text)), "{} in {}: {:?}", word, text, pieces);
        }
    }

    /// Reading what the words of a query are, and typing those, is the same query.
    #[test]
    fn plain_words_mean_themselves(words in prop::collection::vec("[a-z0-9]{2,12}", 1..6)) {
        let typed = words.join(" ") + " ";
        let read: Vec<_> = read(&typed).clauses.into_iter().map(|clause| clause.what).collect();
        let expected: Vec<_> = words
            .iter()
            .map(|word| What::Words(Phrase { field: Field::Any, words: vec![word.clone()], prefix: false, typed: word.clone() }))
            .collect();
        prop_assert_eq!(read, expected);
    }

    /// Every day that can be written is read as that day.
    #[test]
    fn dates_are_read_as_written(days in 0_i64..60_000) {
        let day = Day::from_days(days);
        let expected = Days { from: Some(day), until: Some(day.plus_days(1)) };
        for written in [format!("{}-{:02}-{:02}", day.year, day.month, day.day), format!("{}/{}/{}", day.day, day.month, day.year)] {
            prop_assert_eq!(Days::read(&written, TODAY, DateFormat::DayMonthYear), Some(expected));
        }
        prop_assert_eq!(Day::from_days(days).days(), days);
    }
}
