//! What DNS tells others about letters from a domain, and what it would have to: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489).
//!
//! A record is named only where the provider says the same for everybody. Whatever is drawn for one customer, or is not known for
//! certain, is left to the provider: a wrong record keeps letters from arriving that would have.

use crate::discover::base_domain;
use crate::providers;
use crate::reach::{Network, PATIENCE, ascii_host};
use futures::future::join_all;
use model::fold;
use model::sender::{DnsRecord, DomainRecords, Finding, RecordKind, Verdict};
use std::collections::{HashSet, VecDeque};
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// For each of the three: SPF may ask ten times, one after the other.
const LOOK: Duration = Duration::from_secs(2 * PATIENCE.as_secs());
/// Questions that one SPF record may lead to (RFC 7208 §4.6.4).
const MOST_QUESTIONS: usize = 10;
/// Characters of a record that are shown.
const SHOWN: usize = 600;

/// What a provider wants in the DNS of domains that send through it.
struct Wants {
    /// Its servers for outgoing mail.
    hosts: &'static [&'static str],
    /// What SPF has to include. Absent: not known for certain.
    spf: Option<&'static str>,
    keys: &'static [Key],
}

/// A key that it signs with.
struct Key {
    selector: &'static str,
    lies: Lies,
}

enum Lies {
    /// Behind this name, in which `{}` is the domain.
    At(&'static str),
    /// Behind a name that the provider draws for each customer.
    Elsewhere,
    /// In the domain itself; the provider draws it.
    Here,
}

const fn key(selector: &'static str, at: &'static str) -> Key {
    Key { selector, lies: Lies::At(at) }
}

const fn drawn(selector: &'static str) -> Key {
    Key { selector, lies: Lies::Elsewhere }
}

/// As their own pages for domains of one's own had it in 2026.
static WANTS: [Wants; 10] = [
    Wants {
        hosts: &["smtp.gmail.com", "smtp-relay.gmail.com"],
        spf: Some("_spf.google.com"),
        keys: &[Key { selector: "google", lies: Lies::Here }],
    },
    Wants { hosts: &["smtp.office365.com"], spf: Some("spf.protection.outlook.com"), keys: &[drawn("selector1"), drawn("selector2")] },
    Wants { hosts: &["smtp.mail.me.com"], spf: Some("icloud.com"), keys: &[key("sig1", "sig1.dkim.{}.at.icloudmailadmin.com")] },
    Wants {
        hosts: &["smtp.transip.email"],
        spf: Some("_spf.transip.email"),
        keys: &[
            key("transip-A", "_dkim-A.transip.email"),
            key("transip-B", "_dkim-B.transip.email"),
            key("transip-C", "_dkim-C.transip.email"),
        ],
    },
    Wants { hosts: &["smtp.ionos.de"], spf: Some("_spf-eu.ionos.com"), keys: &IONOS },
    // Of this one customers are in Europe or elsewhere, and have another SPF accordingly.
    Wants { hosts: &["smtp.ionos.com"], spf: None, keys: &IONOS },
    Wants {
        hosts: &["smtp.fastmail.com"],
        spf: Some("spf.messagingengine.com"),
        keys: &[key("fm1", "fm1.{}.dkim.fmhosted.com"), key("fm2", "fm2.{}.dkim.fmhosted.com"), key("fm3", "fm3.{}.dkim.fmhosted.com")],
    },
    Wants {
        hosts: &["smtp.mailbox.org"],
        spf: Some("mailbox.org"),
        keys: &[
            key("MBO0001", "MBO0001._domainkey.mailbox.org"),
            key("MBO0002", "MBO0002._domainkey.mailbox.org"),
            key("MBO0003", "MBO0003._domainkey.mailbox.org"),
            key("MBO0004", "MBO0004._domainkey.mailbox.org"),
        ],
    },
    Wants { hosts: &["mail.gandi.net"], spf: Some("_mailcust.gandi.net"), keys: &[] },
    // Its bridge runs beside this program, under an address that anything may have.
    Wants {
        hosts: &["smtp.protonmail.ch"],
        spf: Some("_spf.protonmail.ch"),
        keys: &[drawn("protonmail"), drawn("protonmail2"), drawn("protonmail3")],
    },
];

static IONOS: [Key; 3] =
    [key("s1-ionos", "s1.dkim.ionos.com"), key("s2-ionos", "s2.dkim.ionos.com"), key("s42582890", "s42582890.dkim.ionos.com")];

/// What stands there for letters from this domain that go out through this server. `None`: it is no domain.
pub async fn look_up(domain: &str, outgoing: &str, network: &Network) -> Option<DomainRecords> {
    let domain = ascii_host(domain.trim().trim_end_matches('.')).filter(|domain| fold::is_host_name(domain))?;
    let host = outgoing.trim().trim_end_matches('.').to_ascii_lowercase();
    let wants = WANTS.iter().find(|wants| wants.hosts.contains(&host.as_str()));
    let foreign = providers::by_domain(&domain).is_some();
    let (spf, dkim, dmarc) = tokio::join!(
        within(spf(&domain, wants.and_then(|wants| wants.spf), network)),
        within(dkim(&domain, wants.map_or(&[], |wants| wants.keys), network)),
        within(dmarc(&domain, network)),
    );
    let shown = |finding: Finding| if foreign { Finding { add: Vec::new(), ..finding } } else { finding };
    Some(DomainRecords {
        provider: providers::by_outgoing_host(&host).map(|provider| provider.name.to_owned()),
        spf: shown(spf),
        dkim: shown(dkim),
        dmarc: shown(dmarc),
        domain,
        foreign,
    })
}

async fn within(look: impl Future<Output = io::Result<Finding>>) -> Finding {
    match timeout(LOOK, look).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) | Err(_) => Finding { verdict: Verdict::Away, there: Vec::new(), add: Vec::new() },
    }
}

fn txt(name: &str, value: impl Into<String>) -> DnsRecord {
    DnsRecord { name: name.to_owned(), kind: RecordKind::Txt, value: Some(value.into()) }
}

/// As it stands there, fit to be shown.
fn seen(name: &str, text: &str) -> DnsRecord {
    txt(name, fold::one_line(text).chars().take(SHOWN).collect::<String>())
}

// ---------------------------------------------------------------------------------------------------------------
// SPF

async fn spf(domain: &str, wanted: Option<&str>, network: &Network) -> io::Result<Finding> {
    let records = spf_records(domain, network).await?;
    let there = records.iter().map(|record| seen(domain, record)).collect();
    let add = |value: Option<String>| vec![DnsRecord { name: domain.to_owned(), kind: RecordKind::Txt, value }];
    let (verdict, add) = match (records.as_slice(), wanted) {
        ([], wanted) => (Verdict::Missing, add(wanted.map(|wanted| format!("v=spf1 include:{wanted} ~all")))),
        ([record], Some(wanted)) if includes(record, wanted, network).await? => (Verdict::Good, Vec::new()),
        ([record], Some(wanted)) => (Verdict::Amiss, add(Some(joined(&[record.as_str()], Some(wanted))))),
        ([_], None) => (Verdict::Unsure, Vec::new()),
        (several, wanted) => {
            let several: Vec<_> = several.iter().map(String::as_str).collect();
            (Verdict::Several, add(Some(joined(&several, wanted))))
        }
    };
    Ok(Finding { verdict, there, add })
}

async fn spf_records(name: &str, network: &Network) -> io::Result<Vec<String>> {
    let texts = network.names().txt(name).await?;
    Ok(texts
        .into_iter()
        .filter(|text| strip_word(text.trim(), "v=spf1").is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
        .collect())
}

/// Whether whatever this provider sends from is allowed, by itself or by what else is included.
async fn includes(record: &str, wanted: &str, network: &Network) -> io::Result<bool> {
    let mut waiting: VecDeque<String> = named(record).collect();
    let mut asked = HashSet::new();
    let mut silent = None;
    while let Some(name) = waiting.pop_front() {
        if name == wanted {
            return Ok(true);
        }
        if asked.len() == MOST_QUESTIONS || !fold::is_host_name(&name) || !asked.insert(name.clone()) {
            continue;
        }
        match spf_records(&name, network).await {
            Ok(records) => waiting.extend(records.iter().flat_map(|record| named(record))),
            Err(error) => silent = Some(error),
        }
    }
    silent.map_or(Ok(false), Err)
}

/// The records that one allows everything of.
fn named(record: &str) -> impl Iterator<Item = String> + '_ {
    record.split_ascii_whitespace().skip(1).filter_map(|term| {
        let term = term.strip_prefix('+').unwrap_or(term);
        let name = strip_word(term, "include:").or_else(|| strip_word(term, "redirect="))?;
        Some(name.trim_end_matches('.').to_ascii_lowercase())
    })
}

/// One record that allows what these do, and this as well. What decides about all others stands at its end.
fn joined(records: &[&str], wanted: Option<&str>) -> String {
    let mut terms = vec!["v=spf1".to_owned()];
    let mut end = None;
    for term in records.iter().flat_map(|record| record.split_ascii_whitespace().skip(1)) {
        let plain = term.trim_start_matches(['+', '-', '~', '?']);
        if plain.eq_ignore_ascii_case("all") || strip_word(term, "redirect=").is_some() {
            end.get_or_insert(term.to_owned());
        } else if !terms.iter().any(|known| known.eq_ignore_ascii_case(term)) {
            terms.push(term.to_owned());
        }
    }
    if let Some(wanted) = wanted
        && !records.iter().any(|record| named(record).any(|name| name == wanted))
    {
        terms.push(format!("include:{wanted}"));
    }
    terms.push(end.unwrap_or_else(|| "~all".to_owned()));
    terms.join(" ")
}

/// What follows a word, whatever its case.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

// ---------------------------------------------------------------------------------------------------------------
// DKIM

async fn dkim(domain: &str, keys: &[Key], network: &Network) -> io::Result<Finding> {
    if keys.is_empty() {
        return Ok(Finding { verdict: Verdict::Unsure, there: Vec::new(), add: Vec::new() });
    }
    let names: Vec<String> = keys.iter().map(|key| format!("{}._domainkey.{domain}", key.selector)).collect();
    let found = join_all(names.iter().map(|name| network.names().txt(name))).await;
    let mut there = Vec::new();
    let (mut alive, mut silent) = (false, None);
    for (name, texts) in names.iter().zip(found) {
        match texts {
            Ok(texts) => {
                for text in texts.iter().filter(|text| tag(text, "p").is_some()) {
                    // An empty one says that the key was withdrawn (RFC 6376 §3.6.1).
                    alive |= tag(text, "p").is_some_and(|key| !key.is_empty());
                    there.push(seen(name, text));
                }
            }
            Err(error) => silent = Some(error),
        }
    }
    if alive {
        return Ok(Finding { verdict: Verdict::Good, there, add: Vec::new() });
    }
    if let Some(error) = silent {
        return Err(error);
    }
    let add = names.into_iter().zip(keys).map(|(name, key)| {
        let (kind, value) = match key.lies {
            Lies::At(place) => (RecordKind::Cname, Some(place.replace("{}", domain))),
            Lies::Elsewhere => (RecordKind::Cname, None),
            Lies::Here => (RecordKind::Txt, None),
        };
        DnsRecord { name, kind, value }
    });
    Ok(Finding { verdict: if there.is_empty() { Verdict::Missing } else { Verdict::Amiss }, there, add: add.collect() })
}

/// The value of a tag in a list of them (RFC 6376 §3.2), with no blanks in it.
fn tag(text: &str, name: &str) -> Option<String> {
    text.split(';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.chars().filter(|c| !c.is_whitespace()).collect())
}

// ---------------------------------------------------------------------------------------------------------------
// DMARC

async fn dmarc(domain: &str, network: &Network) -> io::Result<Finding> {
    let own = format!("_dmarc.{domain}");
    let mut name = own.clone();
    let mut records = dmarc_records(&name, network).await?;
    if let Some(base) = base_domain(domain).filter(|base| records.is_empty() && base != domain) {
        // Who has none takes that of the domain above (RFC 7489 §6.6.3).
        name = format!("_dmarc.{base}");
        records = dmarc_records(&name, network).await?;
    }
    let there = records.iter().map(|record| seen(&name, record)).collect();
    let is_policy = |word: String| ["none", "quarantine", "reject"].iter().any(|known| word.eq_ignore_ascii_case(known));
    let verdict = match records.as_slice() {
        [] => Verdict::Missing,
        [record] if tag(record, "p").is_some_and(is_policy) => Verdict::Good,
        [_] => Verdict::Amiss,
        _ => Verdict::Several,
    };
    let at = if records.is_empty() { &own } else { &name };
    let add = if verdict == Verdict::Good { Vec::new() } else { vec![txt(at, "v=DMARC1; p=none")] };
    Ok(Finding { verdict, there, add })
}

async fn dmarc_records(name: &str, network: &Network) -> io::Result<Vec<String>> {
    let texts = network.names().txt(name).await?;
    Ok(texts
        .into_iter()
        .filter(|text| tag(text, "v").is_some_and(|version| version == "DMARC1") && strip_word(text.trim(), "v").is_some())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [EML-25] Every server of the table is one that a known provider sends by, so that none is misspelt; relays have no mailboxes.
    #[test]
    fn providers_of_the_table() {
        for host in WANTS.iter().flat_map(|wants| wants.hosts) {
            let relay = ["smtp-relay.gmail.com", "smtp.protonmail.ch"].contains(host);
            assert_eq!(providers::by_outgoing_host(host).is_none(), relay, "{host}");
        }
    }

    /// [EML-25] What stood there is kept; what decides about all others stays at the end.
    #[test]
    fn spf_is_joined() {
        let google = Some("_spf.google.com");
        for (records, wanted, joint) in [
            (&["v=spf1 mx -all"][..], google, "v=spf1 mx include:_spf.google.com -all"),
            (&["v=spf1  a\tmx"], google, "v=spf1 a mx include:_spf.google.com ~all"),
            (&["v=spf1 a redirect=_spf.hoster.nl"], google, "v=spf1 a include:_spf.google.com redirect=_spf.hoster.nl"),
            (&["v=spf1 mx ~all", "V=SPF1 MX include:_SPF.google.com. -all"], google, "v=spf1 mx include:_SPF.google.com. ~all"),
            (&["v=spf1 a ?all", "v=spf1 mx -all"], None, "v=spf1 a mx ?all"),
            (&["v=spf1"], google, "v=spf1 include:_spf.google.com ~all"),
        ] {
            assert_eq!(joined(records, wanted), joint, "{records:?}");
        }
    }
}
