//! What users write or paste: safe to keep and to send, and still what they meant.

use mail::show::safe;

fn kept(html: &str) -> String {
    safe(html).expect("it can be taken apart")
}

/// [TPL-08, SEC-06] Scripts, handlers and addresses that run go; tables, inline styles and merge fields stay.
#[test]
fn pasted_templates() {
    for gone in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "<a href=\" jAvAsCrIpT:alert(1)\">x</a>",
        "<svg onload=alert(1)>",
        "<iframe src=\"https://evil.example\"></iframe>",
        "<form action=\"https://evil.example\"><input name=x></form>",
        "<p style=\"background:url(javascript:alert(1))\" onclick=alert(1)>x</p>",
        "<style>p{background:url(https://evil.example)}</style>",
        "<base href=\"https://evil.example\"><meta http-equiv=refresh content=\"0;url=https://evil.example\">",
        "<span data-merge=\"me.x\" onmouseover=\"alert(1)\">x</span>",
        "<object data=x></object><embed src=x>",
    ] {
        let clean = kept(gone).to_ascii_lowercase();
        for word in ["script", "alert", "onerror", "onclick", "onload", "onmouse", "evil", "<iframe", "<form", "<input", "<style", "<svg"] {
            assert!(!clean.contains(word), "{word} of {gone} in {clean}");
        }
    }
    let table = "<table width=\"600\" cellpadding=\"0\" style=\"width:600px;border-collapse:collapse\"><tbody><tr>\
                 <td align=\"center\" bgcolor=\"#f0f0f0\" style=\"padding:8px;color:#333\">x</td></tr></tbody></table>";
    assert_eq!(kept(table), table);
    let link = "<a href=\"https://alfa.example/?naam=«contact.name»\">x</a> <a href=\"mailto:«me.email»\">y</a>";
    assert_eq!(kept(link), link);
    let chip = "<p><span data-merge=\"me.first_name\">«Mijn Voornaam»</span></p>";
    assert_eq!(kept(chip), chip);
    assert_eq!(kept(&kept(chip)), chip);
}

/// In a letter from outside a merge field means nothing.
#[test]
fn letters_bring_no_fields() {
    let shown = crate::show::shown("<span data-merge=\"me.first_name\">«Mijn Voornaam»</span>", mail::show::Images::Blocked);
    assert!(!shown.html.contains("data-merge"), "{}", shown.html);
}
