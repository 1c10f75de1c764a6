//! Phone numbers: people type them in every way there is; the key makes one of them.

/// The number as digits with its country code, `+31612345678`, for matching; none when it cannot be a number.
///
/// A number without a country code is taken as Dutch, as `0031` and a bracketed zero are: `+31 (0)6 12 34 56 78`.
pub fn phone_key(typed: &str) -> Option<String> {
    let trimmed = typed.trim().replace("(0)", "");
    // An extension after the number does not belong to what is dialled first.
    let main = trimmed.split(['x', 'X', '#', ';', ',']).next().unwrap_or_default();
    if main.chars().any(|c| !(c.is_ascii_digit() || c.is_whitespace() || matches!(c, '+' | '-' | '.' | '(' | ')' | '/'))) {
        return None;
    }
    let international = main.trim_start().starts_with('+');
    if main.chars().filter(|c| *c == '+').count() > usize::from(international) {
        return None;
    }
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let number = if international {
        digits
    } else if let Some(rest) = digits.strip_prefix("00") {
        rest.to_owned()
    } else if let Some(rest) = digits.strip_prefix('0') {
        format!("31{rest}")
    } else {
        digits
    };
    // E.164: at most 15 digits; short service numbers such as 112 or 14020 have at least 3.
    (3..=15).contains(&number.len()).then(|| format!("+{number}"))
}

#[cfg(test)]
mod tests {
    use super::phone_key;

    /// [CON-04] What people type.
    #[test]
    fn one_key_for_every_way_to_write_a_number() {
        for typed in
            ["06 12 34 56 78", "06-12345678", "0612345678", "+31 6 12345678", "0031612345678", "+31 (0)6 12.34.56.78", "(06) 12345678 x12"]
        {
            assert_eq!(phone_key(typed).as_deref(), Some("+31612345678"), "{typed}");
        }
        assert_eq!(phone_key("+32 470 12 34 56").as_deref(), Some("+32470123456"));
        for bad in ["", "ask Jan", "06 12 34 56 78 of 06 98", "++31612345678", "12", "1234567890123456"] {
            assert_eq!(phone_key(bad), None, "{bad}");
        }
    }
}
