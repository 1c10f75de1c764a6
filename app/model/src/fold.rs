//! Keys to compare and search by. What people typed is kept; the key beside it is what matches.

/// Upper and lower case, accents and runs of white space make no difference: `José  de VRIES` and `jose de vries` meet here.
pub fn fold(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !key.is_empty();
            continue;
        }
        if gap {
            key.push(' ');
            gap = false;
        }
        push(&mut key, c);
    }
    key
}

/// Appends one character, folded.
pub(crate) fn push(key: &mut String, c: char) {
    if c.is_ascii() {
        // Nearly all there is of a letter.
        return key.push(c.to_ascii_lowercase());
    }
    for lower in c.to_lowercase() {
        match plain(lower) {
            Some(letters) => key.push_str(letters),
            None => key.push(lower),
        }
    }
}

/// The letters under a European accent. The same set SQLite's `remove_diacritics` knows, as far as Latin script goes.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' | 'ĉ' | 'ċ' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ĺ' | 'ľ' | 'ł' | 'ļ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ŕ' | 'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ĳ' => "ij",
        '\u{300}'..='\u{36f}' => "",
        _ => return None,
    })
}

/// What e-mail addresses are compared by: lower case throughout, and one spelling of Gmail's domain.
pub fn email_key(address: &str) -> String {
    let lower = address.trim().to_lowercase();
    match lower.strip_suffix("@googlemail.com") {
        Some(local) => format!("{local}@gmail.com"),
        None => lower,
    }
}

/// Whether this can be an address at all: one `@`, something before it, a dotted or single-label domain after it.
///
/// Deliverability is not judged here; RFC 5321 §4.5.3.1 gives the lengths.
pub fn is_email_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    !local.is_empty()
        && local.len() <= 64
        && !local.contains('@')
        && !local.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"'))
        && is_host_name(domain)
        && domain.contains('.')
}

/// A host name or an IPv4 address: labels of letters, digits and inner hyphens (RFC 1123 §2.1), international ones included.
pub fn is_host_name(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
        })
}

/// Text from outside on its way to a database: no NUL (PostgreSQL refuses it) and no other control characters but tab and line feed.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Fit for a line of a form or a letter: no control characters, no space but single ones within.
pub fn one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        assert_eq!(fold("  José  de VRIES "), "jose de vries");
        assert_eq!(fold("Søren Łukasz Müßig"), "soren lukasz mussig");
        assert_eq!(fold("e\u{301}"), "e");
        assert_eq!(fold("\0\t"), "");
    }

    #[test]
    fn addresses() {
        for good in ["a@b.nl", "jan.bakker+crm@bakker-bouw.example", "o'neil@x.co", "zoë@münchen.example"] {
            assert!(is_email_address(good), "{good}");
        }
        for bad in ["", "a", "@b.nl", "a@", "a@b", "a b@c.nl", "a@b..nl", "a@-b.nl", "a@b.nl\r\nBcc: x@y.nl", "a@b@c.nl"] {
            assert!(!is_email_address(bad), "{bad}");
        }
        assert_eq!(email_key(" Jan@GoogleMail.com "), "jan@gmail.com");
    }
}
