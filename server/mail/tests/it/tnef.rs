//! winmail.dat, from the raw mail to the listed files and the shown page. The streams are written here, value by value, as
//! [MS-OXTNEF] has them.

use crate::show::{assert_harmless, fetches, inside};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail::parse::{attachment, parse};
use mail::show::{Images, html, text};
use model::message::Parsed;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const MESSAGE: u8 = 1;
const FILE: u8 = 2;

const SUBJECT: u32 = 0x0001_8004;
const BODY: u32 = 0x0002_800c;
const DATA: u32 = 0x0006_800f;
const TITLE: u32 = 0x0001_8010;
const BEGIN: u32 = 0x0006_9002;
const PROPERTIES: u32 = 0x0006_9003;
const FILE_PROPERTIES: u32 = 0x0006_9005;
const CODEPAGE: u32 = 0x0006_9007;

const INTEGER: u16 = 0x0003;
const OBJECT: u16 = 0x000d;
const STRING8: u16 = 0x001e;
const UNICODE: u16 = 0x001f;
const BINARY: u16 = 0x0102;
const MANY: u16 = 0x1000;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn stream(attributes: &[Vec<u8>]) -> Vec<u8> {
    [&[0x78, 0x9f, 0x3e, 0x22, 0x34, 0x12][..], &attributes.concat()].concat()
}

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    [&[level][..], &id.to_le_bytes(), &size(data), data, &sum.to_le_bytes()].concat()
}

fn size(data: &[u8]) -> [u8; 4] {
    u32::try_from(data.len()).expect("small").to_le_bytes()
}

fn codepage(number: u32) -> Vec<u8> {
    attribute(MESSAGE, CODEPAGE, &[number.to_le_bytes(), [0; 4]].concat())
}

/// A file by the older attributes alone.
fn file(title: &[u8], data: &[u8]) -> Vec<u8> {
    [attribute(FILE, BEGIN, &[0; 14]), attribute(FILE, TITLE, &[title, b"\0"].concat()), attribute(FILE, DATA, data)].concat()
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    [&u32::try_from(list.len()).expect("small").to_le_bytes()[..], &list.concat()].concat()
}

fn head(kind: u16, id: u16) -> Vec<u8> {
    [kind.to_le_bytes(), id.to_le_bytes()].concat()
}

fn padded(value: &[u8]) -> Vec<u8> {
    [&size(value)[..], value, &vec![0; value.len().next_multiple_of(4) - value.len()]].concat()
}

fn number(id: u16, value: u32) -> Vec<u8> {
    [head(INTEGER, id), value.to_le_bytes().to_vec()].concat()
}

fn value(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    [head(kind, id), vec![1, 0, 0, 0], padded(value)].concat()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn unicode(id: u16, text: &str) -> Vec<u8> {
    value(UNICODE, id, &utf16(text))
}

fn message(list: &[Vec<u8>]) -> Vec<u8> {
    attribute(MESSAGE, PROPERTIES, &properties(list))
}

fn rich_file(list: &[Vec<u8>]) -> Vec<u8> {
    [attribute(FILE, BEGIN, &[0; 14]), attribute(FILE, FILE_PROPERTIES, &properties(list))].concat()
}

/// CRC-32 as [MS-OXRTFCP] wants it, the slow way.
fn crc(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }))
}

fn folded(contents: &[u8], raw_size: usize) -> Vec<u8> {
    let numbers = [contents.len() + 12, raw_size].map(|number| u32::try_from(number).expect("small").to_le_bytes()).concat();
    [&numbers, &b"LZFu"[..], &crc(contents).to_le_bytes(), contents].concat()
}

/// RTF as literals only, which any reader has to take.
fn literals(rtf: &[u8]) -> Vec<u8> {
    let contents: Vec<u8> = rtf.chunks(8).flat_map(|eight| [&[0], eight].concat()).collect();
    folded(&contents, rtf.len())
}

/// RTF not folded at all.
fn flat(rtf: &[u8]) -> Vec<u8> {
    let numbers = [rtf.len() + 12, rtf.len()].map(|number| u32::try_from(number).expect("small").to_le_bytes()).concat();
    [&numbers, &b"MELA\0\0\0\0"[..], rtf].concat()
}

fn rtf(folded: &[u8]) -> Vec<u8> {
    stream(&[message(&[value(BINARY, 0x1009, folded)])])
}

/// A mail as Exchange sends it: some text, and the winmail.dat.
fn mail_with(text: &str, kind: &str, packed: &[u8]) -> Vec<u8> {
    let encoded = STANDARD.encode(packed);
    let lines: Vec<_> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    format!(
        "From: anna@bakker-bouw.example\r\nTo: bas@kantoor.example\r\nSubject: Offerte\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--b\r\n\
         Content-Type: {kind}; name=\"winmail.dat\"\r\nContent-Disposition: attachment; filename=\"winmail.dat\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

fn mail(packed: &[u8]) -> Vec<u8> {
    mail_with("", "application/ms-tnef", packed)
}

fn listed(parsed: &Parsed) -> Vec<(&str, &str, bool)> {
    parsed.attachments.iter().map(|a| (a.name.as_str(), a.mime.as_str(), a.inline)).collect()
}

/// The names and bytes of what comes along.
fn files(raw: &[u8]) -> Vec<(String, Vec<u8>)> {
    let parsed = parse(raw, None);
    let open = |part| attachment(raw, part).expect("a listed attachment");
    parsed.attachments.iter().map(|meta| (meta.name.clone(), open(meta.part).1)).collect()
}

/// [SYN-06] The whole way: a mail with a winmail.dat, its files listed in its place and opened by their numbers.
#[test]
fn files_take_the_place_of_the_winmail_dat() {
    let packed = stream(&[codepage(1252), file(b"prijzen.csv", b"a;b\r\n"), file(b"caf\xe9.pdf", b"%PDF-1.4"), file(b"LEESMIJ", b"")]);
    for kind in ["application/ms-tnef", "Application/MS-TNEF", "application/octet-stream"] {
        let raw = mail_with("Zie bijlage.", kind, &packed);
        let parsed = parse(&raw, None);
        assert_eq!(parsed.search_text, "Zie bijlage.");
        assert!(!parsed.has_html);
        let whole: Vec<_> = parsed.attachments.iter().map(|a| (a.part, a.name.as_str(), a.size)).collect();
        // The mail is part 0, its text 1, the winmail.dat 2.
        assert_eq!(whole, [(0x1_0002, "prijzen.csv", 5), (0x2_0002, "café.pdf", 8), (0x3_0002, "LEESMIJ", 0)]);
        for meta in &parsed.attachments {
            let (again, bytes) = attachment(&raw, meta.part).expect("a listed attachment");
            assert_eq!((&again, bytes.len() as u64), (meta, meta.size));
        }
        assert_eq!(files(&raw)[1].1, b"%PDF-1.4");
        // Where it was listed itself, before it could be read, its number goes on to work.
        assert_eq!(attachment(&raw, 2).map(|(meta, bytes)| (meta.name, bytes)), Some(("winmail.dat".to_owned(), packed.clone())));
        for none in [0x4_0002, 0x1_0001, 0x1_0003, u32::MAX] {
            assert_eq!(attachment(&raw, none), None, "{none:x}");
        }
    }
    // Without a multipart around it.
    let alone =
        [b"From: a@x.example\r\nContent-Type: application/ms-tnef\r\nContent-Transfer-Encoding: binary\r\n\r\n", &packed[..]].concat();
    assert_eq!(files(&alone)[0], ("prijzen.csv".to_owned(), b"a;b\r\n".to_vec()));
}

/// A name alone does not make a winmail.dat of it, and what cannot be read stays what it was.
#[test]
fn what_is_none_stays_listed() {
    for packed in [&b"MZ this is something else"[..], b"", b"\x78\x9f", &stream(&[]), &stream(&[codepage(1252)])] {
        let raw = mail(packed);
        assert_eq!(listed(&parse(&raw, None)), [("winmail.dat", "application/ms-tnef", false)]);
        assert_eq!(files(&raw)[0].1, packed);
    }
}

/// Names, types and data as properties, behind properties of every width, named and many.
#[test]
fn files_by_their_properties() {
    let list = [
        head(0x0002, 0x3000).into_iter().chain([1, 0, 0, 0]).collect(),
        number(0x3705, 1),
        head(0x000b, 0x7ffd).into_iter().chain([1, 0, 0, 0]).collect(),
        head(0x0040, 0x3007).into_iter().chain([9; 8]).collect(),
        head(0x0048, 0x3008).into_iter().chain([9; 16]).collect(),
        head(0x0005 | MANY, 0x6001).into_iter().chain([2, 0, 0, 0]).chain([9; 16]).collect(),
        // Named by a number and by a name, which is filled up to four.
        [head(INTEGER, 0x8001), vec![7; 16], vec![0; 4], vec![5; 4], vec![1, 2, 3, 4]].concat(),
        [head(UNICODE, 0x8002), vec![7; 16], vec![1, 0, 0, 0], padded(&utf16("xy")), vec![1, 0, 0, 0], padded(&utf16("z"))].concat(),
        [head(STRING8 | MANY, 0x6002), vec![2, 0, 0, 0], padded(b"a\0"), padded(b"bcdef\0")].concat(),
        value(STRING8, 0x3704, b"BOUWTE~1.PNG\0"),
        unicode(0x3707, "Bouwtekening – żółć.png"),
        value(STRING8, 0x370e, b"image/PNG\0"),
        unicode(0x3712, "<foto@01D>"),
        value(BINARY, 0x3701, PNG),
    ];
    let odd_type = [unicode(0x3707, "x.pdf"), unicode(0x370e, "text/html; evil\r\nX: y"), value(BINARY, 0x3701, b"%PDF")];
    let raw = mail(&stream(&[rich_file(&list), rich_file(&odd_type)]));
    let parsed = parse(&raw, None);
    assert_eq!(listed(&parsed), [("Bouwtekening – żółć.png", "image/png", false), ("x.pdf", "application/octet-stream", false)]);
    assert_eq!(parsed.attachments[0].content_id.as_deref(), Some("foto@01D"));
    assert_eq!(files(&raw)[0].1, PNG);
}

#[test]
fn names_in_the_code_page_of_the_letter() {
    for (number, name, wanted) in [
        (1251, &b"\xd1\xf7\xb8\xf2.doc"[..], "Счёт.doc"),
        (932, b"\x8c\xa9\x90\xcf.doc", "見積.doc"),
        (1252, b"caf\xe9.doc", "café.doc"),
        (0, b"caf\xc3\xa9.doc", "café.doc"),
        (4_000_000_000, b"..\\..\\x.doc", "x.doc"),
    ] {
        // The code page may come behind what is written in it.
        for packed in [stream(&[codepage(number), file(name, b"x")]), stream(&[file(name, b"x"), codepage(number)])] {
            assert_eq!(files(&mail(&packed))[0].0, wanted);
        }
    }
}

/// [SEC-06] The page inside is shown, by the same rules as any page, with its own pictures.
#[test]
fn the_page_inside_is_shown() {
    let page = "<html><head><style>p{}</style></head><body><p>Beste Bas,</p><p>caf\u{e9}<script>alert(1)</script>\
                <img src=\"cid:foto@01D\"><img src=\"https://evil.example/x.png\"></p></body></html>";
    let picture = rich_file(&[unicode(0x3707, "foto.png"), unicode(0x3712, "foto@01D"), value(BINARY, 0x3701, PNG)]);
    let latin: Vec<u8> = page.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
    let named = page.replace("<style>", "<meta content='text/html; charset=utf-8'><style>");
    for property in [
        unicode(0x1013, page),
        value(BINARY, 0x1013, page.as_bytes()),
        value(BINARY, 0x1013, &latin),
        value(BINARY, 0x1013, named.as_bytes()),
        value(BINARY, 0x1013, named.replace("utf-8", "UTF-16").as_bytes()),
        value(STRING8, 0x1013, &[&latin[..], b"\0"].concat()),
    ] {
        let raw = mail_with(" \r\n\u{a0}\r\n", "application/ms-tnef", &stream(&[message(&[property]), picture.clone()]));
        let parsed = parse(&raw, None);
        assert!(parsed.has_html);
        assert_eq!(parsed.snippet, "Beste Bas, café");
        assert_eq!(listed(&parsed), [("foto.png", "application/octet-stream", true)]);
        let shown = html(&raw, Images::Blocked);
        assert_harmless(&shown.html, "the page inside");
        assert!(!shown.text_only && shown.remote_images && !fetches(&shown.html));
        assert!(inside(&shown).contains("<p>Beste Bas,</p><p>café<img src=\"data:image/png;base64,"), "{}", shown.html);
        assert!(text(&raw).html.contains("Beste Bas,"));
    }
    // Nothing but a picture.
    let only = stream(&[message(&[unicode(0x1013, "<img src=cid:foto@01D>")]), picture]);
    let shown = html(&mail(&only), Images::Blocked);
    assert!(!shown.text_only && shown.html.contains("data:image/png"));
    // Of a charset that only a property names.
    let cyrillic = stream(&[message(&[number(0x3fde, 20_866), value(BINARY, 0x1013, b"<p>\xf0\xd2\xc9\xd7\xc5\xd4</p>")])]);
    assert_eq!(parse(&mail(&cyrillic), None).snippet, "Привет");
}

/// What the letter says itself goes before what was packed away.
#[test]
fn own_words_come_first() {
    let packed = stream(&[message(&[unicode(0x1000, "binnen"), unicode(0x1013, "<p>binnen</p>")]), file(b"a.txt", b"x")]);
    let raw = mail_with("buiten", "application/ms-tnef", &packed);
    let parsed = parse(&raw, None);
    assert_eq!((parsed.search_text.as_str(), parsed.has_html), ("buiten", false));
    assert!(html(&raw, Images::Blocked).text_only);
    assert_eq!(listed(&parsed), [("a.txt", "application/octet-stream", false)]);
    let page = String::from_utf8(raw).expect("ASCII").replace("text/plain", "text/html").replace("buiten", "<img src=cid:x>");
    assert_eq!(parse(page.as_bytes(), None).search_text, "");
    // Words alone leave no file behind.
    let words = stream(&[message(&[unicode(0x1000, "binnen")])]);
    assert!(parse(&mail_with("buiten", "application/ms-tnef", &words), None).attachments.is_empty());
}

#[test]
fn the_text_inside_is_shown() {
    for packed in [
        stream(&[message(&[unicode(0x1000, "Hallo\r\nżółć <b>")])]),
        stream(&[codepage(1250), message(&[value(STRING8, 0x1000, b"Hallo\r\n\xbf\xf3\xb3\xe6 <b>\0")])]),
        stream(&[codepage(1250), attribute(MESSAGE, BODY, b"Hallo\r\n\xbf\xf3\xb3\xe6 <b>\0")]),
    ] {
        let raw = mail(&packed);
        let parsed = parse(&raw, None);
        assert_eq!((parsed.search_text.as_str(), parsed.has_html), ("Hallo\nżółć <b>", false));
        assert!(parsed.attachments.is_empty());
        let shown = html(&raw, Images::Blocked);
        assert!(shown.text_only && shown.html.contains("żółć &lt;b&gt;"), "{}", shown.html);
    }
}

const RTF: &[u8] = b"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset204 Arial Cyr;}}\r\n\
    {\\colortbl\\red0;}{\\stylesheet{\\s1 Kop;}}{\\*\\generator Riched20;}{\\info{\\title Geheim}}\\pard\\f0 Beste \\b Bas\\b0 ,\\par\r\n\
    caf\\'e9 \\'80 5, {\\f1\\'cf\\'f0\\'e8\\'e2\\'e5\\'f2} \\u21776?\\u-10179 ?\\u-8704\\'3f{\\uc2\\u8364 xx}\\~\\{x\\}\\\\\\emdash\\line\r\n\
    {\\pict\\wmetafile8 0102{\\x y}}{\\object{\\*\\objdata 0102}{\\result zichtbaar}}\\bin4 {}\\}einde\\tab .\\par}weg";
const RTF_TEXT: &str = "Beste Bas,\ncafé € 5, Привет 唐😀€\u{a0}{x}\\—\nzichtbaareinde\t.";

/// Rich text alone: folded with nothing but literals, and not folded.
#[test]
fn rich_text_is_read_for_its_words() {
    for packed in [literals(RTF), flat(RTF)] {
        let raw = mail(&rtf(&packed));
        let parsed = parse(&raw, None);
        assert_eq!((parsed.search_text.as_str(), parsed.has_html), (RTF_TEXT, false));
        assert!(parsed.attachments.is_empty());
        assert!(html(&raw, Images::Blocked).html.contains("Beste Bas,"));
    }
}

/// The examples of [MS-OXRTFCP] §4: references into what the window holds from the start, and into what is only being written.
#[test]
fn folded_rich_text() {
    let simple = b"\x03\x00\x0a\x00rcpg125B2\x0a\xf3 hel\x09\x00 bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    assert_eq!(crc(simple), 0xa7c7_c5f1);
    assert_eq!(parse(&mail(&rtf(&folded(simple, 43))), None).search_text, "hello world");
    let crossing = b"\x41\x00\x04 WXYZ\x0dn}\x01\x0e\xb0";
    assert_eq!(crc(crossing), 0x514b_d4e2);
    assert_eq!(parse(&mail(&rtf(&folded(crossing, 28))), None).search_text, "WXYZWXYZWXYZWXYZWXYZ");
    // Damage: every reference in it may point anywhere.
    let mut damaged = literals(RTF);
    damaged[20] ^= 1;
    let parsed = parse(&mail(&rtf(&damaged)), None);
    assert_eq!((parsed.search_text.as_str(), parsed.attachments[0].name.as_str()), ("", "winmail.dat"));
    // Whatever it states about its size.
    for claim in [0_u32, 1, 11, 12, 13, u32::MAX] {
        let mut lying = flat(RTF);
        lying[..4].copy_from_slice(&claim.to_le_bytes());
        lying[4..8].copy_from_slice(&claim.to_le_bytes());
        assert!(RTF_TEXT.starts_with(&parse(&mail(&rtf(&lying)), None).search_text));
    }
}

/// A page that was made into rich text on its way is made into a page again.
#[test]
fn a_page_inside_rich_text() {
    let wrapped = b"{\\rtf1\\ANSI\\ansi\\ansicpg1251\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss\\fcharset0 Arial;}}\r\n\
        {\\*\\htmltag243 <!-- x -->}{\\*\\htmltag64 <p onclick=alert(1)>}\\htmlrtf \\par weg \\htmlrtf0 {\\*\\htmltag84 <b>}\
        \\htmlrtf {\\b\\f0 \\htmlrtf0 vet \\'e9\\htmlrtf\\'3f\\htmlrtf0{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0 {\\*\\htmltag84 &lt;}\
        \\htmlrtf <\\htmlrtf0 {\\*\\mhtmltag84 <i>}{\\*\\htmltag84 <img alt=\"\\'cf\\'f0\\\\\">}{\\*\\htmltag72 </p>}}";
    let raw = mail(&rtf(&literals(wrapped)));
    let parsed = parse(&raw, None);
    assert!(parsed.has_html);
    assert_eq!(parsed.search_text, "vet é<");
    let shown = html(&raw, Images::Blocked);
    assert_harmless(&shown.html, "a page inside rich text");
    assert_eq!(inside(&shown), "<p><b>vet é</b>&lt;<img alt=\"Пр\\\"></p>");
}

/// Wrong sums are forgiven, wrong lengths are not; what came before is there, and so is the winmail.dat with the rest.
#[test]
fn damage_costs_no_more_than_it_must() {
    let (one, two) = (file(b"een.txt", b"1"), file(b"twee.txt", b"22"));
    let mut miscounted = one.clone();
    let last = miscounted.len() - 1;
    miscounted[last] ^= 0x55;
    let names = |packed: &[u8]| files(&mail(packed)).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(&stream(&[miscounted.clone(), two.clone()])), ["een.txt", "twee.txt"]);
    assert_eq!(names(&stream(&[two.clone(), miscounted])), ["twee.txt", "een.txt"]);
    // Line ends and zeros behind it, or the last sum missing.
    assert_eq!(names(&stream(&[one.clone(), b"\r\n\r\n".to_vec()])), ["een.txt"]);
    assert_eq!(names(&stream(&[one.clone(), vec![0; 100]])), ["een.txt"]);
    let short = stream(std::slice::from_ref(&one));
    assert_eq!(names(&short[..short.len() - 2]), ["een.txt"]);
    // Broken off.
    let short = stream(&[one.clone(), two.clone()]);
    assert_eq!(names(&short[..short.len() - 3]), ["een.txt", "winmail.dat"]);
    // A length that reaches into the next, and one beyond the end of everything.
    for length in [3_u32, 1_000, u32::MAX] {
        let mut lying = two.clone();
        let at = lying.len() - 2 - 2 - 4;
        lying[at..at + 4].copy_from_slice(&length.to_le_bytes());
        assert_eq!(names(&stream(&[one.clone(), lying, one.clone()])), ["een.txt", "winmail.dat"], "{length}");
    }
    // A name for a file that is not there.
    assert_eq!(names(&stream(&[attribute(FILE, BEGIN, &[0; 14]), attribute(FILE, TITLE, b"weg.txt"), one])), ["een.txt", "winmail.dat"]);
}

/// A letter attached to a letter: its words are a file, and so are its files; as deep as anybody goes, and no deeper.
#[test]
fn letters_within() {
    let object = |inner: &[u8]| value(OBJECT, 0x3701, &[&[7; 16], inner].concat());
    let inner = stream(&[
        codepage(1252),
        attribute(MESSAGE, SUBJECT, b"Eerder bericht\0"),
        message(&[value(BINARY, 0x1013, b"<meta charset=koi8-r><p>\xf0\xd2</p>")]),
        file(b"oud.txt", b"oud"),
    ]);
    let raw = mail(&stream(&[rich_file(&[object(&inner)]), file(b"nieuw.txt", b"nieuw")]));
    let found = files(&raw);
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["oud.txt", "Eerder bericht.html", "nieuw.txt"]);
    assert_eq!(found[1].1, "\u{feff}<meta charset=koi8-r><p>Пр</p>".as_bytes());
    // Something else than a letter comes as it is.
    let raw = mail(&stream(&[rich_file(&[unicode(0x3001, "Tabel.xls"), object(b"a sheet")])]));
    assert_eq!(files(&raw), [("Tabel.xls".to_owned(), b"a sheet".to_vec())]);
    let mut deep = stream(&[file(b"diep.txt", b"x")]);
    for _ in 0..200 {
        deep = stream(&[file(b"laag.txt", b"x"), rich_file(&[unicode(0x3707, "bericht.msg"), object(&deep)])]);
    }
    let names: Vec<_> = files(&mail(&deep)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["laag.txt", "laag.txt", "laag.txt", "laag.txt", "bericht.msg"]);
}

/// [SYN-06] Too many files, folded rich text that grows, counts of thousands of millions: each ends, and soon.
#[test]
fn bombs() {
    let before = Instant::now();
    let many: Vec<_> = (0..2_000).map(|n: u32| file(format!("{n}.txt").as_bytes(), b"x")).collect();
    let parsed = parse(&mail(&stream(&many)), None);
    assert_eq!((parsed.attachments.len(), parsed.attachments[500].name.as_str()), (501, "winmail.dat"));
    // One letter, and then copies of the longest kind: two bytes make seventeen.
    let mut contents = b"\x00{\\rtf1 a".to_vec();
    let mut at = 207 + 8;
    while contents.len() < 1_100 << 10 {
        contents.push(0xff);
        for _ in 0..8 {
            let reference = u16::try_from((at + 4_095) % 4_096).expect("small") << 4 | 15;
            contents.extend(reference.to_be_bytes());
            at += 17;
        }
    }
    let raw = mail(&rtf(&folded(&contents, 0)));
    assert!(parse(&raw, None).search_text.len() <= 64 << 10);
    assert!(html(&raw, Images::Blocked).html.len() < 3 << 20);
    for kind in [INTEGER | MANY, 0x0048 | MANY, STRING8, BINARY | MANY, OBJECT, MANY, 0, 1, 0xffff] {
        for id in [0x1013, 0x8000] {
            let list = [&[0xff; 4][..], &head(kind, id), &[0; 16], &[0xff; 64]].concat();
            assert_eq!(parse(&mail(&stream(&[attribute(MESSAGE, PROPERTIES, &list)])), None).attachments.len(), 1);
        }
    }
    let deep = [&b"{\\rtf1 tekst "[..], &b"{\\b ".repeat(200_000)].concat();
    assert_eq!(parse(&mail(&rtf(&flat(&deep))), None).search_text, "tekst");
    assert!(before.elapsed() < Duration::from_secs(30), "{:?}", before.elapsed());
}

/// [SEC-06, SYN-06] 4,000 broken streams: each read, each listing what it can open, each page harmless.
#[test]
fn broken_streams() {
    let object = value(OBJECT, 0x3701, &[&[7; 16][..], &stream(&[message(&[unicode(0x1000, "in")]), file(b"b.txt", b"b")])].concat());
    let page = b"{\\rtf1\\ansi\\fromhtml1{\\fonttbl{\\f0\\fcharset204 x;}}{\\*\\htmltag64 <p>}\\u8364?\\'e9\\htmlrtf x\\htmlrtf0{\\*\\htmltag72 </p>}}";
    let seeds = [
        stream(&[
            codepage(1251),
            file(b"a.txt", b"1"),
            rich_file(&[unicode(0x3707, "c.png"), unicode(0x3712, "c"), value(BINARY, 0x3701, PNG)]),
        ]),
        stream(&[message(&[unicode(0x0037, "x"), unicode(0x1013, "<p>x<img src=cid:c>")]), rich_file(&[object])]),
        rtf(&literals(RTF)),
        rtf(&flat(RTF)),
        rtf(&flat(page)),
        rtf(&literals(page)),
    ];
    let mut dice = StdRng::seed_from_u64(5_801);
    for round in 0..4_000 {
        let mut packed = seeds[dice.random_range(0..seeds.len())].clone();
        for _ in 0..dice.random_range(1..=5) {
            let at = dice.random_range(6..packed.len());
            let end = (at + dice.random_range(0..40)).min(packed.len());
            match dice.random_range(0..6) {
                0 => packed[at] ^= 1 << dice.random_range(0..8),
                1 => packed[at] = dice.random(),
                2 => packed[at..end].fill(0xff),
                3 => drop(packed.drain(at..end)),
                4 => {
                    let piece = packed[at..end].to_vec();
                    packed.splice(at..at, piece);
                }
                _ => packed.truncate(at.max(7)),
            }
            packed.resize(packed.len().max(7), 0);
        }
        let raw = mail(&packed);
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let parsed = parse(&raw, None);
            assert!(!parsed.search_text.contains('\0') && parsed.quarantine.is_none());
            for meta in &parsed.attachments {
                let (again, bytes) = attachment(&raw, meta.part).expect("a listed attachment");
                assert!(again == *meta && bytes.len() as u64 == meta.size);
            }
            let parts: std::collections::HashSet<_> = parsed.attachments.iter().map(|meta| meta.part).collect();
            assert_eq!(parts.len(), parsed.attachments.len());
            let shown = html(&raw, Images::Blocked);
            assert_harmless(&shown.html, "a broken stream");
            assert!(!fetches(&shown.html));
        }));
        assert!(looked.is_ok(), "round {round}: {}", STANDARD.encode(&packed));
    }
}
