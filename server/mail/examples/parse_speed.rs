//! How fast a Maildir is parsed: `cargo run --release -p mail --example parse_speed -- ~/Maildir`.
#![expect(clippy::print_stdout, reason = "a measuring tool for the command line")]

use std::io;
use std::path::Path;
use std::time::Instant;

fn main() -> io::Result<()> {
    let Some(root) = std::env::args().nth(1) else {
        println!("usage: parse_speed FOLDER");
        return Ok(());
    };
    let mut mails = Vec::new();
    collect(Path::new(&root), &mut mails)?;
    let bytes: usize = mails.iter().map(Vec::len).sum();
    let megabytes = bytes as f64 / 1e6;
    for round in 1..=3 {
        let start = Instant::now();
        let (mut quarantined, mut attachments, mut text) = (0, 0, 0);
        for mail in &mails {
            let parsed = mail::parse::parse(mail, None);
            quarantined += usize::from(parsed.quarantine.is_some());
            attachments += parsed.attachments.len();
            text += parsed.search_text.len();
        }
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "round {round}: {} mails, {megabytes:.1} MB in {seconds:.3} s: {:.0} MB/s, {:.0} mails/s; {attachments} attachments, {text} bytes of text, {quarantined} quarantined",
            mails.len(),
            megabytes / seconds,
            mails.len() as f64 / seconds
        );
    }
    let start = Instant::now();
    let mut slowest = (0.0_f64, 0);
    for mail in &mails {
        let one = Instant::now();
        let shown = mail::show::html(mail, mail::show::Images::Blocked);
        slowest = if one.elapsed().as_secs_f64() > slowest.0 { (one.elapsed().as_secs_f64(), shown.html.len()) } else { slowest };
    }
    println!("shown: {:.3} s for all; slowest {:.1} ms ({} bytes)", start.elapsed().as_secs_f64(), slowest.0 * 1e3, slowest.1);
    Ok(())
}

fn collect(folder: &Path, mails: &mut Vec<Vec<u8>>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, mails)?;
        } else if let Ok(mail) = std::fs::read(&path) {
            mails.push(mail);
        }
    }
    Ok(())
}
