//! What DNS says of a domain that somebody sends from.

use crate::discover::{HERE, Zone};
use mail::records::look_up;
use model::sender::{DnsRecord, DomainRecords, Finding, RecordKind, Verdict};
use proptest::prelude::*;

const GOOGLE: &str = "smtp.gmail.com";
const GOOGLE_SPF: &str = "v=spf1 include:_spf.google.com ~all";

fn zone(texts: &[(&'static str, &[&str])]) -> Zone {
    let txt = texts.iter().map(|(name, texts)| (*name, Some(texts.iter().map(|text| (*text).to_owned()).collect()))).collect();
    Zone::saying(txt)
}

async fn look(zone: Zone, domain: &str, outgoing: &str) -> DomainRecords {
    look_up(domain, outgoing, &zone.network(HERE)).await.expect("a domain")
}

fn brief(records: &[DnsRecord]) -> Vec<String> {
    let brief = |one: &DnsRecord| format!("{} {} {}", one.name, one.kind.as_str(), one.value.as_deref().unwrap_or("?"));
    records.iter().map(brief).collect()
}

fn of(finding: &Finding) -> (Verdict, Vec<String>, Vec<String>) {
    (finding.verdict, brief(&finding.there), brief(&finding.add))
}

fn nothing(verdict: Verdict) -> (Verdict, Vec<String>, Vec<String>) {
    (verdict, Vec::new(), Vec::new())
}

/// [EML-25] A domain that has nothing yet: the exact records, as far as the provider says the same to everybody.
#[tokio::test]
async fn nothing_there() {
    for (outgoing, provider, spf, keys) in [
        (GOOGLE, Some("Google"), GOOGLE_SPF, &["google._domainkey.alfa.example TXT ?"][..]),
        (
            "SMTP.office365.com.",
            Some("Microsoft 365"),
            "v=spf1 include:spf.protection.outlook.com ~all",
            &["selector1._domainkey.alfa.example CNAME ?", "selector2._domainkey.alfa.example CNAME ?"],
        ),
        (
            "smtp.transip.email",
            Some("TransIP"),
            "v=spf1 include:_spf.transip.email ~all",
            &[
                "transip-A._domainkey.alfa.example CNAME _dkim-A.transip.email",
                "transip-B._domainkey.alfa.example CNAME _dkim-B.transip.email",
                "transip-C._domainkey.alfa.example CNAME _dkim-C.transip.email",
            ],
        ),
        (
            "smtp.mail.me.com",
            Some("iCloud"),
            "v=spf1 include:icloud.com ~all",
            &["sig1._domainkey.alfa.example CNAME sig1.dkim.alfa.example.at.icloudmailadmin.com"],
        ),
        // What is not known is not made up.
        ("smtp.strato.de", Some("Strato"), "?", &[]),
        ("smtp.eigen.example", None, "?", &[]),
    ] {
        let found = look(Zone::default(), "Alfa.Example", outgoing).await;
        assert_eq!((found.domain.as_str(), found.provider.as_deref(), found.foreign), ("alfa.example", provider, false));
        assert_eq!(of(&found.spf), (Verdict::Missing, vec![], vec![format!("alfa.example TXT {spf}")]), "{outgoing}");
        let verdict = if keys.is_empty() { Verdict::Unsure } else { Verdict::Missing };
        assert_eq!(of(&found.dkim), (verdict, vec![], keys.iter().map(|key| (*key).to_owned()).collect()), "{outgoing}");
        assert_eq!(of(&found.dmarc), (Verdict::Missing, vec![], vec!["_dmarc.alfa.example TXT v=DMARC1; p=none".to_owned()]));
    }
    for none in ["", "geen domein", "-x.nl", "x..nl"] {
        assert_eq!(look_up(none, GOOGLE, &Zone::default().network(HERE)).await, None, "{none}");
    }
}

/// [EML-25] All in order: among what other services had to be told, in any case, in several steps, and from the domain above.
#[tokio::test]
async fn all_in_order() {
    let texts: &[(&'static str, &[&str])] = &[
        ("post.alfa.example", &["google-site-verification=x", "V=SPF1 mx include:_spf.hoster.example -all", "MS=ms123"]),
        ("_spf.hoster.example", &["v=spf1 ip4:192.0.2.0/24 redirect=deeper.hoster.example"]),
        ("deeper.hoster.example", &["v=spf1 +include:_SPF.Google.com. ~all"]),
        ("google._domainkey.post.alfa.example", &["v=DKIM1; k=rsa; p=MIGf MA0G"]),
        ("_dmarc.alfa.example", &["v=DMARC1;p=Reject;rua=mailto:d@alfa.example"]),
    ];
    let found = look(zone(texts), "post.alfa.example", GOOGLE).await;
    let there = |name: &str, text: &str| (Verdict::Good, vec![format!("{name} TXT {text}")], vec![]);
    assert_eq!(of(&found.spf), there("post.alfa.example", "V=SPF1 mx include:_spf.hoster.example -all"));
    assert_eq!(of(&found.dkim), there("google._domainkey.post.alfa.example", "v=DKIM1; k=rsa; p=MIGf MA0G"));
    assert_eq!(of(&found.dmarc), there("_dmarc.alfa.example", "v=DMARC1;p=Reject;rua=mailto:d@alfa.example"));
    // One of the keys is enough: the other is for the day the first is changed.
    let texts: &[(&'static str, &[&str])] = &[("selector2._domainkey.alfa.example", &["p=abc"])];
    assert_eq!(look(zone(texts), "alfa.example", "smtp.office365.com").await.dkim.verdict, Verdict::Good);
}

/// [EML-25] What stands there and does not do what is needed, with what is to stand in its place.
#[tokio::test]
async fn amiss() {
    let texts: &[(&'static str, &[&str])] = &[
        // The one that includes it does not allow it.
        ("alfa.example", &["v=spf1 a -include:_spf.google.com include:loop.example -all"]),
        ("loop.example", &["v=spf1 include:alfa.example include:loop.example"]),
        ("google._domainkey.alfa.example", &["v=DKIM1; p="]),
        ("_dmarc.alfa.example", &["v=DMARC1; p=perhaps"]),
    ];
    let found = look(zone(texts), "alfa.example", GOOGLE).await;
    let wanted = "v=spf1 a -include:_spf.google.com include:loop.example include:_spf.google.com -all";
    assert_eq!((found.spf.verdict, brief(&found.spf.add)), (Verdict::Amiss, vec![format!("alfa.example TXT {wanted}")]));
    assert_eq!((found.dkim.verdict, found.dkim.there.len(), found.dkim.add.len()), (Verdict::Amiss, 1, 1));
    assert_eq!((found.dmarc.verdict, brief(&found.dmarc.add)), (Verdict::Amiss, vec!["_dmarc.alfa.example TXT v=DMARC1; p=none".into()]));

    let texts: &[(&'static str, &[&str])] = &[
        ("alfa.example", &["v=spf1 mx -all", "v=spf1 include:_spf.google.com ~all"]),
        ("_dmarc.alfa.example", &["v=DMARC1; p=none", "v=DMARC1; p=reject"]),
    ];
    let found = look(zone(texts), "alfa.example", GOOGLE).await;
    assert_eq!((found.spf.verdict, found.dmarc.verdict), (Verdict::Several, Verdict::Several));
    assert_eq!(brief(&found.spf.add), ["alfa.example TXT v=spf1 mx include:_spf.google.com -all"]);

    // Nobody knows what this server would need.
    let found = look(zone(&[("alfa.example", &["v=spf1 mx -all"])]), "alfa.example", "smtp.eigen.example").await;
    assert_eq!((found.spf.verdict, found.spf.there.len(), found.spf.add.len()), (Verdict::Unsure, 1, 0));
}

/// [EML-25] A provider's own domain is its own affair: it is shown, and nothing is to be added.
#[tokio::test]
async fn a_providers_own() {
    let found = look(zone(&[("gmail.com", &["v=spf1 redirect=_spf.google.com"])]), "gmail.com", GOOGLE).await;
    assert!(found.foreign);
    assert_eq!(found.spf.verdict, Verdict::Good);
    assert_eq!(of(&found.dkim), nothing(Verdict::Missing));
    assert_eq!(of(&found.dmarc), nothing(Verdict::Missing));
}

/// [EML-25] Where DNS does not answer, nothing is said to be missing.
#[tokio::test]
async fn silence() {
    let mut silent = zone(&[("beta.example", &["v=spf1 include:away.example ~all"])]);
    for name in ["alfa.example", "_dmarc.alfa.example", "google._domainkey.alfa.example", "away.example"] {
        silent.txt.insert(name, None);
    }
    let network = silent.network(HERE);
    let found = look_up("alfa.example", GOOGLE, &network).await.expect("a domain");
    for finding in [&found.spf, &found.dkim, &found.dmarc] {
        assert_eq!(of(finding), nothing(Verdict::Away));
    }
    let found = look_up("beta.example", GOOGLE, &network).await.expect("a domain");
    assert_eq!((found.spf.verdict, found.dkim.verdict), (Verdict::Away, Verdict::Missing), "what is included may allow it");
}

/// [EML-25] A chain of records that never ends is not followed for ever.
#[tokio::test]
async fn long_chains() {
    let names: Vec<&'static str> = (0..50).map(|n| &*format!("n{n}.example").leak()).collect();
    let mut zone = Zone::default();
    for (nth, name) in names.iter().enumerate() {
        let next = names.get(nth + 1).copied().unwrap_or("_spf.google.com");
        zone.txt.insert(name, Some(vec![format!("v=spf1 include:{next} ~all")]));
    }
    assert_eq!(look(zone, "n0.example", GOOGLE).await.spf.verdict, Verdict::Amiss);
}

proptest! {
    /// [EML-25] Whatever stands there is shown in one short line, and breaks nothing.
    #[test]
    fn odd_texts(
        spf in "v=spf1[ \\PC]{0,40}|(?s).{0,60}",
        key in "(v=DKIM1)?[;= \u{0}\u{fffd}a-pé]{0,40}",
        policy in "v=DMARC1[;= \tpé\u{202e}]{0,40}|(?s).{0,60}",
    ) {
        let texts = [("alfa.example", spf), ("google._domainkey.alfa.example", key), ("_dmarc.alfa.example", policy)];
        let long = "v=spf1 ".to_owned() + &"é".repeat(5_000);
        let txt = texts.into_iter().map(|(name, text)| (name, Some(vec![text, long.clone()]))).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let found = runtime.block_on(look(Zone::saying(txt), "alfa.example", GOOGLE));
        for record in [found.spf, found.dkim, found.dmarc].into_iter().flat_map(|finding| finding.there) {
            let value = record.value.expect("it stands there");
            prop_assert!(value.chars().count() <= 600 && !value.contains(char::is_control), "{value:?}");
            prop_assert_eq!(record.kind, RecordKind::Txt);
        }
    }
}
