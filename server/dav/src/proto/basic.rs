//! `Authorization: Basic`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use percent_encoding::percent_decode_str;

/// Name and password; the first colon parts them, so a password may hold more.
pub(crate) fn read(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, rest) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    (!name.is_empty()).then(|| (name.to_owned(), password.to_owned()))
}

/// The name percent-decoded once, where that makes an address of what was none.
pub(crate) fn decoded(name: &str) -> Option<String> {
    if name.contains('@') || !name.contains('%') {
        return None;
    }
    let decoded = percent_decode_str(name).decode_utf8().ok()?;
    decoded.contains('@').then(|| decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> HeaderValue {
        HeaderValue::from_str(&format!("basic {}", STANDARD.encode(text))).expect("it is a header")
    }

    #[test]
    fn names_and_passwords() {
        assert_eq!(read(&of("a@b.nl:p:q")), Some(("a@b.nl".into(), "p:q".into())));
        assert_eq!(read(&of("zoë@b.nl:é")), Some(("zoë@b.nl".into(), "é".into())));
        for bad in ["", "nocolon", ":password"] {
            assert_eq!(read(&of(bad)), None, "{bad}");
        }
        assert_eq!(read(&HeaderValue::from_static("Basic !!!")), None);
        assert_eq!(read(&HeaderValue::from_static("Bearer abc")), None);
    }

    /// iOS 18.4 and later.
    #[test]
    fn an_at_sign_may_come_encoded() {
        assert_eq!(decoded("a%40b.nl"), Some("a@b.nl".into()));
        assert_eq!(decoded("a%2Bb%40c.nl"), Some("a+b@c.nl".into()));
        for plain in ["a@b.nl", "100%@b.nl", "a%zz", "a%ff%40b"] {
            assert_eq!(decoded(plain), None, "{plain}");
        }
    }
}
