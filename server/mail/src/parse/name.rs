//! Names of attachments, safe as a file name on every system.

use super::is_bidi;

const MAX_NAME: usize = 120;

/// At most 120 characters, no path, no control or direction characters, and an extension.
pub fn safe_name(given: &str, mime: &str) -> String {
    let last = given.rsplit(['/', '\\']).find(|piece| !piece.trim_matches(['.', ' ']).is_empty()).unwrap_or_default();
    let cleaned: String = last
        .chars()
        .take(4_096)
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_bidi(*c) && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\u{feff}' | '\u{fffd}'))
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200d}' | '\u{2028}' | '\u{2029}'))
        .collect();
    let trimmed = cleaned.trim_matches([' ', '.']);
    let (stem, extension) = match trimmed.rsplit_once('.') {
        Some((stem, end)) if is_extension(end) => (stem.trim_end_matches([' ', '.']), Some(end.to_owned())),
        _ => (trimmed, None),
    };
    let stem = if stem.is_empty() { "attachment" } else { stem };
    let extension = extension.or_else(|| usual_extension(mime).map(str::to_owned));
    let room = MAX_NAME - extension.as_ref().map_or(0, |end| end.chars().count() + 1);
    let mut name: String = stem.chars().take(room).collect();
    name.truncate(name.trim_end_matches([' ', '.']).len());
    // Windows still sees devices in these, whatever follows the dot.
    let upper = name.split('.').next().unwrap_or_default().trim().to_ascii_uppercase();
    let device = matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || (upper.len() == 4 && (upper.starts_with("COM") || upper.starts_with("LPT")) && upper.ends_with(|c: char| c.is_ascii_digit()));
    if device {
        name.insert(0, '_');
        name = name.chars().take(room).collect();
    }
    if let Some(end) = extension {
        name.push('.');
        name.push_str(&end);
    }
    name
}

fn is_extension(end: &str) -> bool {
    (1..=10).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn usual_extension(mime: &str) -> Option<&'static str> {
    Some(match mime {
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" | "text/plain" | "text/rfc822-headers" | "message/disposition-notification" => "txt",
        "text/html" => "html",
        "text/csv" => "csv",
        "text/calendar" => "ics",
        "text/vcard" | "text/x-vcard" => "vcf",
        "text/xml" | "application/xml" => "xml",
        "application/json" => "json",
        "application/pdf" => "pdf",
        "application/zip" | "application/x-zip-compressed" => "zip",
        "application/ms-tnef" => "dat",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "p7m",
        "image/png" => "png",
        "image/jpeg" | "image/jpg" | "image/pjpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/svg+xml" => "svg",
        "image/tiff" => "tif",
        "image/bmp" => "bmp",
        "image/heic" => "heic",
        "audio/mpeg" => "mp3",
        "audio/wav" | "audio/x-wav" => "wav",
        "video/mp4" => "mp4",
        "application/octet-stream" => "bin",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (given, mime, wanted) in [
            ("offerte.pdf", "application/pdf", "offerte.pdf"),
            ("..\\..\\windows\\system32\\evil.dll", "application/octet-stream", "evil.dll"),
            ("/etc/passwd", "text/plain", "passwd.txt"),
            ("../", "image/png", "attachment.png"),
            ("", "message/rfc822", "attachment.eml"),
            ("foto\u{202e}gpj.exe", "image/jpeg", "fotogpj.exe"),
            ("nul\0byte.txt", "text/plain", "nulbyte.txt"),
            ("CON.txt", "text/plain", "_CON.txt"),
            ("lpt1", "text/plain", "_lpt1.txt"),
            ("zonder extensie. ", "application/zip", "zonder extensie.zip"),
            ("v1.2 concept versie", "application/pdf", "v1.2 concept versie.pdf"),
            (".htaccess", "text/plain", "htaccess.txt"),
            ("a\r\nb.pdf", "application/pdf", "a  b.pdf"),
            ("onbekend", "x-own/thing", "onbekend"),
        ] {
            assert_eq!(safe_name(given, mime), wanted, "{given:?}");
        }
        let long = safe_name(&format!("{}.pdf", "é".repeat(5_000)), "application/pdf");
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with(".pdf"));
    }
}
