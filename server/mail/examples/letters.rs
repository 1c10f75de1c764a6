//! How fast one template becomes personal letters, on one core: `cargo run --release -p mail --example letters -- FOLDER`.
//!
//! The folder holds `letter.html` with its fields, `logo.png`, and `people.tsv`, whose first line names the fields. The first letter is
//! written beside them; `end2end/bench/letters.py` does the same work with the same files.
#![expect(clippy::print_stdout, reason = "a measuring tool for the command line")]

use crm::ports::Letterhead;
use model::Moment;
use model::logo::Logo;
use model::merge::{self, MergeField, Values};
use model::outgoing::Recipient;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

const SUBJECT: &str = "Prijslijst voor «Bedrijf»";

fn main() -> Result<(), Box<dyn Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        println!("usage: letters FOLDER");
        return Ok(());
    };
    let folder = Path::new(&folder);
    // A template is kept with its fields as chips.
    let body = merge::normalise(&std::fs::read_to_string(folder.join("letter.html"))?);
    let subject = merge::normalise_text(SUBJECT);
    let logo = Logo::from_bytes(&std::fs::read(folder.join("logo.png"))?).map_err(|problem| format!("{problem:?}"))?;
    let people = std::fs::read_to_string(folder.join("people.tsv"))?;
    let mut lines = people.lines();
    let keys: Vec<_> = lines.next().unwrap_or_default().split('\t').map(MergeField::from_key).collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split('\t').collect()).collect();

    let mut bytes = 0;
    let start = Instant::now();
    for (nth, row) in rows.iter().enumerate() {
        let mut values = Values::default();
        for (field, value) in keys.iter().zip(row) {
            values.set(field.ok_or("a column that is no field")?, value);
        }
        values.set_logo(&logo, values.get(MergeField::CompanyName).to_owned().as_str());
        let html = merge::fill(&body, &values).html;
        let person = |name: MergeField, address: MergeField| Recipient {
            name: values.get(name).to_owned(),
            address: values.get(address).to_owned(),
        };
        let built = mail::send::build(Letterhead {
            message_id: format!("{nth}@firma.example"),
            date: Moment::from_seconds(1_793_610_900),
            zone: "Europe/Amsterdam".to_owned(),
            from: person(MergeField::MyFirstName, MergeField::MyEmail),
            to: vec![person(MergeField::ContactName, MergeField::ContactEmail)],
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: merge::fill_text(&subject, &values).0,
            html,
            files: Vec::new(),
            references: Vec::new(),
            calendar: None,
        })?;
        bytes += built.bytes.len();
        if nth == 0 {
            std::fs::write(folder.join("spindle.eml"), &built.bytes)?;
        }
    }
    println!("{} {} {bytes}", rows.len(), start.elapsed().as_secs_f64());
    Ok(())
}
