//! A code for the camera of a phone, as one path of an SVG. Drawn by the server: the browser need not know how.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Modules on a side, with the white border that cameras need.
    pub side: i32,
    pub path: String,
}

/// Empty when the text is too long for any code.
#[cfg(feature = "ssr")]
pub fn draw(text: &str) -> Code {
    use std::fmt::Write as _;
    const BORDER: i32 = 4;
    let Ok(code) = qrcodegen::QrCode::encode_text(text, qrcodegen::QrCodeEcc::Medium) else { return Code::default() };
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // Writing to a string does not fail.
            _ = write!(path, "M{} {}h1v1h-1z", x + BORDER, y + BORDER);
        }
    }
    Code { side: code.size() + 2 * BORDER, path }
}
