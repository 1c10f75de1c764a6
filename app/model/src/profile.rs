//! What stands under one's letters: who one is, and which company one writes for.

use crate::contact::DetailKind;
use crate::{Invalid, Problem, fold};
use serde::{Deserialize, Serialize};

/// `Gebruikersprofiel`: of one user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub first_name: String,
    pub last_name: String,
    /// What his letters name; one logs in with another, perhaps.
    pub email: String,
    /// Empty: that of everyone.
    pub company: String,
    /// Job title.
    pub function: String,
    pub mobile: String,
}

/// `Bedrijf`: of everyone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyData {
    pub name: String,
    /// Street and number.
    pub address: String,
    pub postcode: String,
    pub city: String,
    pub iban: String,
    /// Also called SWIFT.
    pub bic: String,
    pub bank_city: String,
    /// Chamber of Commerce number.
    pub kvk: String,
    pub vat: String,
}

const LONGEST: u16 = 200;

/// One line of text, no longer than it may be.
fn line(field: &str, typed: &str, wrong: &mut Vec<Invalid>) -> String {
    let value = fold::one_line(typed);
    if value.chars().count() > usize::from(LONGEST) {
        wrong.push(Invalid::new(field, Problem::TooLong(LONGEST)));
    }
    value
}

/// What may be empty, and otherwise is read.
fn optional(field: &str, typed: &str, read: impl FnOnce(&str) -> Result<String, Problem>, wrong: &mut Vec<Invalid>) -> String {
    match typed.trim() {
        "" => String::new(),
        word => read(word).unwrap_or_else(|problem| {
            wrong.push(Invalid::new(field, problem));
            String::new()
        }),
    }
}

impl Profile {
    /// As it is kept, or everything that is wrong with it, at once.
    pub fn read(&self) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let profile = Self {
            first_name: line("first_name", &self.first_name, &mut wrong),
            last_name: line("last_name", &self.last_name, &mut wrong),
            email: optional("email", &self.email, |word| Ok(DetailKind::Email.read(word)?.0), &mut wrong),
            company: line("company", &self.company, &mut wrong),
            function: line("function", &self.function, &mut wrong),
            mobile: optional("mobile", &self.mobile, |word| Ok(DetailKind::Mobile.read(word)?.0), &mut wrong),
        };
        for (field, value) in [("first_name", &profile.first_name), ("email", &profile.email)] {
            if value.is_empty() && !wrong.iter().any(|invalid| invalid.field == field) {
                wrong.push(Invalid::new(field, Problem::Missing));
            }
        }
        if wrong.is_empty() { Ok(profile) } else { Err(wrong) }
    }
}

impl CompanyData {
    /// As it is kept, or everything that is wrong with it, at once.
    pub fn read(&self) -> Result<Self, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let data = Self {
            name: line("name", &self.name, &mut wrong),
            address: line("address", &self.address, &mut wrong),
            postcode: line("postcode", &self.postcode, &mut wrong),
            city: line("city", &self.city, &mut wrong),
            iban: optional("iban", &self.iban, read_iban, &mut wrong),
            bic: optional("bic", &self.bic, read_bic, &mut wrong),
            bank_city: line("bank_city", &self.bank_city, &mut wrong),
            kvk: optional("kvk", &self.kvk, read_kvk, &mut wrong),
            vat: optional("vat", &self.vat, read_vat, &mut wrong),
        };
        if data.name.is_empty() {
            wrong.push(Invalid::new("name", Problem::Missing));
        }
        if wrong.is_empty() { Ok(data) } else { Err(wrong) }
    }
}

/// Letters and digits alone, letters as capitals.
fn bare(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-')).flat_map(char::to_uppercase).collect()
}

/// In groups of four, as it is printed (ISO 13616). Its check digits have to be right: a wrong digit is somebody else's money.
pub fn read_iban(typed: &str) -> Result<String, Problem> {
    let iban = bare(typed);
    let shape = iban.is_ascii()
        && (15..=34).contains(&iban.len())
        && iban.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && iban.bytes().skip(2).take(2).all(|byte| byte.is_ascii_digit())
        && iban.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let length = match iban.get(..2) {
        Some("NL") => iban.len() == 18,
        Some("BE") => iban.len() == 16,
        Some("DE") => iban.len() == 22,
        _ => true,
    };
    if !shape || !length {
        return Err(Problem::NotAnIban);
    }
    // The first four go to the end, letters count from ten on, and the rest of a division by 97 is one.
    let rest = iban.bytes().cycle().skip(4).take(iban.len()).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    if rest != 1 {
        return Err(Problem::NotAnIban);
    }
    let groups: Vec<_> = iban.as_bytes().chunks(4).map(String::from_utf8_lossy).collect();
    Ok(groups.join(" "))
}

/// Four letters for the bank, two for its country, two for the place, three more for a branch (ISO 9362).
pub fn read_bic(typed: &str) -> Result<String, Problem> {
    let bic = bare(typed);
    let fits = matches!(bic.len(), 8 | 11)
        && bic.bytes().take(6).all(|byte| byte.is_ascii_uppercase())
        && bic.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits { Ok(bic) } else { Err(Problem::NotABic) }
}

/// Eight digits; what another country's register gives is taken as it is, as long as it is a number of some sort.
pub fn read_kvk(typed: &str) -> Result<String, Problem> {
    let number = bare(typed);
    let fits = (4..=20).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if fits && number.bytes().any(|byte| byte.is_ascii_digit()) { Ok(number) } else { Err(Problem::NotAKvkNumber) }
}

/// A country and what it calls the number; of the Netherlands nine digits, a B and two more.
pub fn read_vat(typed: &str) -> Result<String, Problem> {
    let vat = bare(typed);
    let shape = (4..=16).contains(&vat.len())
        && vat.bytes().take(2).all(|byte| byte.is_ascii_uppercase())
        && vat.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = shape
        && vat.strip_prefix("NL").is_none_or(|rest| {
            let bytes = rest.as_bytes();
            bytes.len() == 12 && bytes[9] == b'B' && bytes.iter().enumerate().all(|(at, byte)| at == 9 || byte.is_ascii_digit())
        });
    if fits { Ok(vat) } else { Err(Problem::NotAVatNumber) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [PRF-27] One wrong digit, or two that changed places, is no IBAN.
    #[test]
    fn ibans() {
        assert_eq!(read_iban("nl91abna0417164300"), Ok("NL91 ABNA 0417 1643 00".into()));
        assert_eq!(read_iban("BE68 5390 0754 7034"), Ok("BE68 5390 0754 7034".into()));
        assert_eq!(read_iban("GB29 NWBK 6016 1331 9268 19"), Ok("GB29 NWBK 6016 1331 9268 19".into()));
        for wrong in [
            "NL91ABNA0417164301",
            "NL91ABNA0471164300",
            "NL91ABNA041716430",
            "NL91ABNA04171643000",
            "9191ABNA0417164300",
            "NLÉ1ABNA0417164300",
            "0417164300",
            "NL00",
        ] {
            assert_eq!(read_iban(wrong), Err(Problem::NotAnIban), "{wrong}");
        }
    }

    /// [PRF-27]
    #[test]
    fn numbers() {
        assert_eq!(read_bic("abna nl 2a"), Ok("ABNANL2A".into()));
        assert_eq!(read_bic("ABNANL2"), Err(Problem::NotABic));
        assert_eq!(read_bic("ABNANL2A1"), Err(Problem::NotABic));
        assert_eq!(read_kvk("1234 5678"), Ok("12345678".into()));
        assert_eq!(read_kvk("geen"), Err(Problem::NotAKvkNumber));
        assert_eq!(read_vat("NL 0012.34.567.B.01"), Ok("NL001234567B01".into()));
        assert_eq!(read_vat("NL001234567A01"), Err(Problem::NotAVatNumber));
        assert_eq!(read_vat("BE0123456789"), Ok("BE0123456789".into()));
        assert_eq!(read_vat("001234567B01"), Err(Problem::NotAVatNumber));
    }

    /// [PRF-27, USR-02] All that is wrong is told at once, at its field; empty is fine where nothing hangs on it.
    #[test]
    fn wrong_fields_are_told_at_once() {
        let data = CompanyData { name: " Alfa \r\n BV ".into(), ..CompanyData::default() };
        assert_eq!(data.read(), Ok(CompanyData { name: "Alfa BV".into(), ..CompanyData::default() }));
        let data = CompanyData { iban: "x".into(), bic: "x".into(), kvk: "x".into(), vat: "x".into(), ..CompanyData::default() };
        let fields = data.read().map_err(|wrong| wrong.into_iter().map(|invalid| invalid.field).collect::<Vec<_>>());
        assert_eq!(fields, Err(["iban", "bic", "kvk", "vat", "name"].map(String::from).to_vec()));
        let profile = Profile { email: "alice".into(), mobile: "bel me".into(), ..Profile::default() };
        let fields = profile.read().map_err(|wrong| wrong.into_iter().map(|invalid| invalid.field).collect::<Vec<_>>());
        assert_eq!(fields, Err(["email", "mobile", "first_name"].map(String::from).to_vec()));
    }
}
