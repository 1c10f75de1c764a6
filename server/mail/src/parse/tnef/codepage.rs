//! Windows numbers its charsets; everybody else names them.

use crate::parse::text;
use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

/// An unknown number is taken for Western European, as text without a charset is elsewhere.
pub(super) fn label(codepage: u32) -> &'static str {
    match codepage {
        866 => "ibm866",
        874 => "windows-874",
        932 => "shift_jis",
        936 => "gbk",
        949 | 51_949 => "euc-kr",
        950 => "big5",
        1200 => "utf-16le",
        1250 => "windows-1250",
        1251 => "windows-1251",
        1253 => "windows-1253",
        1254 => "windows-1254",
        1255 => "windows-1255",
        1256 => "windows-1256",
        1257 => "windows-1257",
        1258 => "windows-1258",
        10_000 => "macintosh",
        10_007 => "x-mac-cyrillic",
        20_866 => "koi8-r",
        20_932 | 51_932 => "euc-jp",
        21_866 => "koi8-u",
        28_592 => "iso-8859-2",
        28_593 => "iso-8859-3",
        28_594 => "iso-8859-4",
        28_595 => "iso-8859-5",
        28_596 => "iso-8859-6",
        28_597 => "iso-8859-7",
        28_598 | 38_598 => "iso-8859-8",
        28_599 => "iso-8859-9",
        28_603 => "iso-8859-13",
        28_605 => "iso-8859-15",
        50_220..=50_222 => "iso-2022-jp",
        54_936 => "gb18030",
        65_001 => "utf-8",
        _ => "windows-1252",
    }
}

/// The code page of a font in RTF by the charset it is for; `None`: that of the document.
pub(super) fn of_font(charset: i32) -> Option<u32> {
    Some(match charset {
        0 => 1252,
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}

/// Western European is what is stated where nobody thought about it, so there the bytes are asked what they are.
pub(super) fn decode(bytes: &[u8], label: &str) -> String {
    match Encoding::for_label(label.as_bytes()) {
        Some(named) if named != WINDOWS_1252 => named.decode_without_bom_handling(bytes).0.into_owned(),
        _ => text::decode(bytes, None).into_owned(),
    }
}

/// Without asking: a word or a letter is too little to judge by.
pub(super) fn exact(bytes: &[u8], codepage: u32) -> Cow<'_, str> {
    Encoding::for_label(label(codepage).as_bytes()).unwrap_or(WINDOWS_1252).decode_without_bom_handling(bytes).0
}
