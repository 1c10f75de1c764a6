//! The configuration file of Mozilla's autoconfig, as far as it speaks of IMAP.

use super::{Candidate, Source, candidate};
use model::mail_account::Security;
use roxmltree::{Document, Node, ParsingOptions};

const MAX_SERVERS: usize = 10;

/// Its IMAP servers in its own order. A broken file has none.
pub(super) fn read(page: &[u8], address: &str, source: Source) -> Vec<Candidate> {
    let text = String::from_utf8_lossy(page);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 10_000, ..ParsingOptions::default() };
    let Ok(document) = Document::parse_with_options(text, options) else { return Vec::new() };
    document
        .descendants()
        .filter(|node| node.has_tag_name("incomingServer") && node.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("imap")))
        .take(MAX_SERVERS)
        .filter_map(|server| incoming(server, address, source))
        .collect()
}

fn incoming(server: Node<'_, '_>, address: &str, source: Source) -> Option<Candidate> {
    let text = |name: &str| {
        let node = server.children().find(|child| child.has_tag_name(name))?;
        node.text().map(str::trim).filter(|text| !text.is_empty())
    };
    let security = match text("socketType")?.to_ascii_uppercase().as_str() {
        "SSL" | "TLS" => Security::Tls,
        "STARTTLS" => Security::StartTls,
        // A password is not sent in the clear because a file says so.
        _ => return None,
    };
    let host = fill(text("hostname")?, address);
    let mut found = candidate(address, &host, text("port")?.parse().ok()?, security, source)?;
    let login = fill(text("username").unwrap_or("%EMAILADDRESS%"), address);
    found.server.login = login.chars().filter(|c| !c.is_control()).take(250).collect();
    let ways: Vec<String> = server
        .children()
        .filter(|child| child.has_tag_name("authentication"))
        .filter_map(|node| node.text())
        .map(|way| way.trim().to_ascii_lowercase())
        .collect();
    found.needs_oauth |= !ways.is_empty() && ways.iter().all(|way| way == "oauth2");
    Some(found)
}

fn fill(template: &str, address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    template.replace("%EMAILADDRESS%", address).replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <clientConfig version="1.1"><emailProvider id="example.nl"><domain>example.nl</domain>
        <incomingServer type="exchange"><hostname>ex.example.nl</hostname></incomingServer>
        <incomingServer type="pop3"><hostname>pop.example.nl</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
        <incomingServer type="imap"><hostname>plain.example.nl</hostname><port>143</port><socketType>plain</socketType></incomingServer>
        <incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
          <username>%EMAILLOCALPART%</username><authentication>password-cleartext</authentication></incomingServer>
        <incomingServer type="imap"><hostname>imap2.example.nl</hostname><port>143</port><socketType>STARTTLS</socketType>
          <username>%EMAILADDRESS%</username><authentication>OAuth2</authentication></incomingServer>
        <incomingServer type="imap"><hostname>bad host</hostname><port>993</port><socketType>SSL</socketType></incomingServer>
        <incomingServer type="imap"><hostname>x.example.nl</hostname><port>99999</port><socketType>SSL</socketType></incomingServer>
        </emailProvider></clientConfig>"#;

    /// [EML-09] Only what can be used comes out of a published file.
    #[test]
    fn usable_servers() {
        let found = read(FILE.as_bytes(), "jan@example.nl", Source::Autoconfig);
        let brief: Vec<_> = found.iter().map(|c| (c.server.host.as_str(), c.server.port, c.server.login.as_str(), c.needs_oauth)).collect();
        assert_eq!(brief, [("imap.example.nl", 993, "jan", false), ("imap2.example.nl", 143, "jan@example.nl", true)]);
        assert_eq!(found[1].server.security, Security::StartTls);
    }

    #[test]
    fn broken_files_hold_nothing() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\"><!ENTITY y \"&x;&x;&x;\">]><clientConfig>&y;</clientConfig>";
        for page in ["", "<html>404</html>", "<clientConfig><incomingServer type=\"imap\">", bomb, "\u{0}\u{1}", &"<a>".repeat(50_000)] {
            assert!(read(page.as_bytes(), "jan@example.nl", Source::Autoconfig).is_empty());
        }
        assert!(read(&[0xff, 0xfe, 0x3c], "jan@example.nl", Source::Autoconfig).is_empty());
    }
}
