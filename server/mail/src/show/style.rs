//! Style attributes: known properties with values of numbers, words, colours and lengths. An allow-list of kinds of
//! tokens, because every list of bad functions (`url`, `image-set`, `src`, `var`, `expression`) was one short.

use cssparser::{Delimiter, ParseError, Parser, ToCss, Token};

const MAX_STYLE: usize = 8 << 10;
const MAX_DECLARATIONS: usize = 100;

const PROPERTIES: [&str; 83] = [
    "background",
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style",
    "list-style-position",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "opacity",
    "overflow",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-decoration-style",
    "text-indent",
    "text-transform",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
    "zoom",
];
/// With `!important` these would beat the page's own frame.
const NEVER_IMPORTANT: [&str; 9] =
    ["width", "height", "min-width", "min-height", "max-width", "max-height", "display", "visibility", "overflow"];
const FUNCTIONS: [&str; 5] = ["rgb", "rgba", "hsl", "hsla", "calc"];

/// The declarations that may stay, written anew. `None`: none may.
pub(super) fn filter(style: &str) -> Option<String> {
    let mut parser = Parser::new(crate::parse::cut(style, MAX_STYLE));
    let mut out = String::new();
    for _ in 0..MAX_DECLARATIONS {
        if parser.is_exhausted() {
            break;
        }
        let declaration = parser.parse_until_after(Delimiter::Semicolon, declaration);
        if let Ok((property, value, important)) = declaration {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(property);
            out.push(':');
            out.push_str(&value);
            if important && !NEVER_IMPORTANT.contains(&property) {
                out.push_str("!important");
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

fn declaration(parser: &mut Parser<'_>) -> Result<(&'static str, String, bool), ParseError<()>> {
    let name = parser.expect_ident_cloned()?;
    let property = PROPERTIES.into_iter().find(|known| name.eq_ignore_ascii_case(known)).ok_or_else(|| ParseError::custom(()))?;
    parser.expect_colon()?;
    let mut value = String::new();
    let mut important = false;
    values(parser, property, &mut value, &mut important, 0)?;
    let value = value.trim().to_owned();
    if value.is_empty() || (property == "display" && !is_quiet_display(&value)) {
        return Err(ParseError::custom(()));
    }
    Ok((property, value, important))
}

fn is_quiet_display(value: &str) -> bool {
    let word = value.to_ascii_lowercase();
    matches!(word.as_str(), "none" | "block" | "inline" | "inline-block" | "list-item")
        || word.starts_with("table")
        || word == "inline-table"
}

fn values(parser: &mut Parser<'_>, property: &str, out: &mut String, important: &mut bool, depth: usize) -> Result<(), ParseError<()>> {
    loop {
        let token = match parser.next_including_whitespace() {
            Ok(token) => token.clone(),
            Err(_) => return Ok(()),
        };
        let refused = *important && !matches!(token, Token::WhiteSpace(_));
        let fits = !refused
            && match &token {
                Token::WhiteSpace(_) | Token::Comma | Token::Percentage { .. } | Token::Hash(_) | Token::IDHash(_) => true,
                Token::Ident(word) => word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ')),
                Token::Number { value, .. } | Token::Dimension { value, .. } => {
                    // A negative margin pulls text out of its own letter.
                    value.is_finite() && (*value >= 0.0 || !(property.starts_with("margin") || property == "text-indent"))
                }
                Token::QuotedString(text) => {
                    matches!(property, "font-family" | "font") && text.chars().all(|c| c.is_alphanumeric() || " -_.,'".contains(c))
                }
                Token::Delim('/') => true,
                Token::Delim('+' | '-' | '*') => depth > 0,
                Token::Delim('!') => depth == 0 && parser.expect_ident_matching("important").is_ok(),
                Token::Function(name) => depth < 4 && FUNCTIONS.iter().any(|known| name.eq_ignore_ascii_case(known)),
                Token::ParenthesisBlock => (1..4).contains(&depth),
                _ => false,
            };
        if !fits {
            return Err(ParseError::custom(()));
        }
        match &token {
            Token::Delim('!') => *important = true,
            Token::WhiteSpace(_) => out.push(' '),
            Token::Function(_) | Token::ParenthesisBlock => {
                if let Token::Function(name) = &token {
                    out.push_str(&name.to_ascii_lowercase());
                }
                out.push('(');
                parser.parse_nested_block(|inner| values(inner, property, out, important, depth + 1))?;
                out.push(')');
            }
            token => token.to_css(out).map_err(|_| ParseError::custom(()))?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [SEC-06] No style reaches the network, covers the page or runs anything.
    #[test]
    fn declarations() {
        for (style, wanted) in [
            ("color: red; font-weight:bold", Some("color:red;font-weight:bold")),
            ("COLOR: RED !important", Some("color:RED!important")),
            ("width: 100px !important; height:calc(100% - (2px + 1em))", Some("width:100px;height:calc(100% - (2px + 1em))")),
            ("background: #fff url(https://evil.example/x.png) no-repeat", None),
            ("background:url(", None),
            ("background-color: rgba(1, 2, 3, .5); background-image: url(x)", Some("background-color:rgba(1, 2, 3, 0.5)")),
            ("background: image-set('https://evil.example/x' 1x)", None),
            ("background: src('https://evil.example/x')", None),
            ("color: var(--x)", None),
            ("--x: url(https://evil.example/)", None),
            ("color:red;background:u\\72l(https://evil.example/x)", Some("color:red")),
            ("width: expression(alert(1))", None),
            ("position:fixed !important; top:0; z-index:99", None),
            ("behavior:url(#x);-moz-binding:url(x);content:'x';cursor:url(x);transform:scale(9)", None),
            ("margin:-200px 0 0; padding:1px", Some("padding:1px")),
            ("font-family: \"Segoe UI\", Arial, sans-serif", Some("font-family:\"Segoe UI\", Arial, sans-serif")),
            ("color:'red'", None),
            ("display:flex;display:none", Some("display:none")),
            ("color:red}body{display:none", None),
            ("color:red;/*x*/background:/**/blue", Some("color:red;background:blue")),
            ("color:blue;@import 'https://evil.example/'", Some("color:blue")),
            ("", None),
        ] {
            assert_eq!(filter(style).as_deref(), wanted, "{style}");
        }
    }
}
