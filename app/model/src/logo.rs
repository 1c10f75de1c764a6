//! The firm's logo: a picture that stands in letters, so it is one that every mail program shows.

use crate::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Bytes of a logo: it travels with every letter.
pub const MOST_LOGO: usize = 1024 * 1024;
/// Whoever draws a larger one did not mean it for a letter; programs that show it may take its word for it.
const MOST_SIDE: u32 = 10_000;
/// The room there is for it in a letter, in pixels.
const WIDTH: u32 = 240;
const HEIGHT: u32 = 96;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// As a `data:` address, as pictures stand in templates and drafts; what carries a letter makes a part of it.
    pub picture: String,
    /// In pixels.
    pub width: u32,
    pub height: u32,
}

impl Logo {
    /// What it is tells its bytes, never its name or what a browser calls it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Problem> {
        if bytes.len() > MOST_LOGO {
            return Err(too_big());
        }
        let (kind, (width, height)) =
            measured(bytes).ok_or_else(|| if is_svg(bytes) { Problem::SvgPicture } else { Problem::NotAPicture })?;
        if !(1..=MOST_SIDE).contains(&width) || !(1..=MOST_SIDE).contains(&height) {
            return Err(Problem::NotAPicture);
        }
        Ok(Self { picture: format!("data:image/{kind};base64,{}", STANDARD.encode(bytes)), width, height })
    }

    /// The same of a picture that comes from elsewhere: its address is not believed.
    pub fn read(&self) -> Result<Self, Problem> {
        if self.picture.len() > MOST_LOGO * 2 {
            return Err(too_big());
        }
        let (_, data) = self.picture.split_once(";base64,").ok_or(Problem::NotAPicture)?;
        Self::from_bytes(&STANDARD.decode(data).map_err(|_| Problem::NotAPicture)?)
    }

    /// How it stands in a letter: as large as there is room for, never larger than it is. Said in attributes, since Outlook reads no style.
    pub fn shown(&self) -> (u32, u32) {
        let (width, height) = (self.width.max(1), self.height.max(1));
        let (mut wide, mut high) = (width.min(WIDTH), height);
        if wide < width {
            high = (height * wide / width).max(1);
        }
        if high > HEIGHT {
            high = HEIGHT;
            wide = (width * high / height).max(1);
        }
        (wide, high)
    }
}

fn too_big() -> Problem {
    Problem::TooBig(u16::try_from(MOST_LOGO >> 20).unwrap_or(u16::MAX))
}

/// The kind by its first bytes, and width and height by what comes after.
fn measured(bytes: &[u8]) -> Option<(&'static str, (u32, u32))> {
    let little = |at: usize| Some(u32::from(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        let side = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        // Its first chunk is its header (PNG §5.6).
        return (bytes.get(12..16)? == b"IHDR").then_some(("png", (side(16)?, side(20)?)));
    }
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some(("gif", (little(6)?, little(8)?)));
    }
    if bytes.starts_with(b"\xff\xd8\xff") {
        return Some(("jpeg", jpeg(bytes)?));
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12)? == b"WEBP" {
        let side = |at: usize| Some(u32::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?, *bytes.get(at + 2)?, 0]) + 1);
        // With losses, without them, or with more to it (RFC 9649 §2.5 to §2.7).
        let size = match bytes.get(12..16)? {
            b"VP8 " => (little(26)? & 0x3fff, little(28)? & 0x3fff),
            b"VP8L" => {
                let sides = u32::from_le_bytes(bytes.get(21..25)?.try_into().ok()?);
                ((sides & 0x3fff) + 1, ((sides >> 14) & 0x3fff) + 1)
            }
            b"VP8X" => (side(24)?, side(27)?),
            _ => return None,
        };
        return Some(("webp", size));
    }
    None
}

/// Segment by segment until the frame's header (ITU T.81 §B.2.2).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let pair = |at: usize| Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let mut at = 2;
    loop {
        let marker = (*bytes.get(at)? == 0xff).then_some(*bytes.get(at + 1)?)?;
        match marker {
            // Padding.
            0xff => at += 1,
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => return Some((u32::from(pair(at + 7)?), u32::from(pair(at + 5)?))),
            // The picture itself began, or ended, without one.
            0xd8..=0xda => return None,
            _ => at += 2 + usize::from(pair(at + 2)?),
        }
    }
}

fn is_svg(bytes: &[u8]) -> bool {
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(4_096)).unwrap_or_default()).to_ascii_lowercase();
    start.contains("<svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIF: &[u8] = b"GIF89a\x20\x03\x2c\x01\x80\0\0";

    fn size(bytes: &[u8]) -> Result<(u32, u32), Problem> {
        Logo::from_bytes(bytes).map(|logo| (logo.width, logo.height))
    }

    /// [TPL-14, USR-04] What a picture is tells its first bytes, and how large it is what follows them.
    #[test]
    fn pictures_are_known_by_their_bytes() {
        assert_eq!(size(GIF), Ok((800, 300)));
        assert_eq!(size(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\0\0\0\0\x40\x08\x06"), Ok((256, 64)));
        let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xff\xc2\0\x11\x08\0\x60\0\xc0\x03";
        assert_eq!(size(jpeg), Ok((192, 96)));
        assert_eq!(size(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\x63\0\0"), Ok((300, 100)));
        assert_eq!(size(b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x90\x01\x64\0"), Ok((400, 100)));
        assert_eq!(size(b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x8f\xc1\x18\0"), Ok((400, 100)));
        for (bytes, problem) in [
            (&b"<?xml version=\"1.0\"?>\n<SVG xmlns=\"http://www.w3.org/2000/svg\"/>"[..], Problem::SvgPicture),
            (b"%PDF-1.7", Problem::NotAPicture),
            (b"", Problem::NotAPicture),
            (b"GIF89a\0\0\0\0", Problem::NotAPicture),
            (b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0", Problem::NotAPicture),
            (b"\xff\xd8\xff\xda\0\x04", Problem::NotAPicture),
            (&vec![0; MOST_LOGO + 1], Problem::TooBig(1)),
        ] {
            assert_eq!(size(bytes), Err(problem));
        }
    }

    /// [TPL-14] Nothing of what is sent along is believed.
    #[test]
    fn a_logo_is_read_again() {
        let logo = Logo::from_bytes(GIF).unwrap_or_else(|problem| panic!("{problem:?}"));
        assert!(logo.picture.starts_with("data:image/gif;base64,R0lGOD"), "{}", logo.picture);
        let data = logo.picture.rsplit(',').next().unwrap_or_default();
        let forged = Logo { picture: format!("data:text/html;base64,{data}"), width: 1, height: 1 };
        assert_eq!(forged.read(), Ok(logo));
        for picture in ["", "https://mallory.example/a.gif", "data:image/gif;base64,?"] {
            assert_eq!(Logo { picture: picture.to_owned(), width: 1, height: 1 }.read(), Err(Problem::NotAPicture));
        }
    }

    /// [TPL-14] It fits its place in a letter, and keeps its shape.
    #[test]
    fn a_logo_fits() {
        for (width, height, shown) in
            [(100, 40, (100, 40)), (800, 300, (240, 90)), (400, 400, (96, 96)), (10_000, 1, (240, 1)), (1, 10_000, (1, 96))]
        {
            assert_eq!(Logo { picture: String::new(), width, height }.shown(), shown);
        }
    }
}
