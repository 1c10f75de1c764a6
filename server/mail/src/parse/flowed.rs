//! Text that was broken into short lines for the journey (RFC 3676), put together again.

use super::text::quote_level;

/// Lines that end in a blank go on in the next one of the same quote depth. `delete_blanks` (`DelSp=yes`) takes that blank
/// away: the languages that use it have none between words. The result is ordinary quoted text, a paragraph a line.
pub(super) fn unflow(text: &str, delete_blanks: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The depth of the paragraph that is still open.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let rest = &line[depth..];
        // A blank was stuffed in before what would otherwise look like a quote, a `From ` or a blank of its own.
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let signature = rest == "-- ";
        if open != Some(depth) || signature {
            begin(&mut out, depth, rest);
        }
        open = None;
        if !signature && let Some(before) = rest.strip_suffix(' ') {
            out.push_str(if delete_blanks { before } else { rest });
            open = Some(depth);
        } else {
            out.push_str(rest);
        }
    }
    out
}

fn begin(out: &mut String, depth: usize, rest: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    for _ in 0..depth {
        out.push('>');
    }
    if depth > 0 {
        out.push(' ');
    }
    // What begins with `>` of its own, after the stuffing, is nobody's quote.
    if quote_level(rest).0 > 0 {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::unflow;
    use proptest::prelude::*;

    /// RFC 3676 §4: soft breaks, quote depths, stuffed blanks, signatures, DelSp.
    #[test]
    fn paragraphs() {
        for (name, flowed, delete_blanks, wanted) in [
            ("joined", "een \r\ntwee \r\ndrie\r\nvier", false, "een twee drie\nvier"),
            ("without the blanks", "een \r\ntwee\r\n", true, "eentwee\n"),
            ("quotes join in their own depth", "> een \n> twee\n>> drie \n>> vier\nvijf", false, "> een twee\n>> drie vier\nvijf"),
            ("another depth ends a paragraph", "> een \n>> twee\n", false, "> een \n>> twee\n"),
            ("a stuffed quote mark is text", " >geen citaat\n From hier", false, " >geen citaat\nFrom hier"),
            ("quoted text with a mark of its own", "> >x", false, ">  >x"),
            ("a signature stays alone", "tekst \n-- \nPiet \nJansen", false, "tekst \n-- \nPiet Jansen"),
            ("a quoted signature too", "> a \n> -- \n> b", false, "> a \n> -- \n> b"),
            ("nothing", "", false, ""),
        ] {
            assert_eq!(unflow(flowed, delete_blanks), wanted, "{name}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        /// No word is lost or doubled, whatever comes in, and it grows by no more than a blank or two a line.
        #[test]
        fn words_survive(lines in prop::collection::vec("[> ]{0,4}[a-z]{0,6}[ ]{0,2}", 0..40)) {
            let text = lines.join("\n");
            let letters = |text: &str| text.chars().filter(char::is_ascii_lowercase).collect::<String>();
            let shown = unflow(&text, false);
            prop_assert_eq!(letters(&shown), letters(&text));
            prop_assert!(shown.len() <= text.len() + 2 * lines.len() + 2);
            prop_assert_eq!(letters(&unflow(&text, true)), letters(&text));
        }
    }
}
