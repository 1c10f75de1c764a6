//! What is known of providers without asking anybody (mail.md §4.5).

use model::mail_account::{AccountKind, Security, ServerSettings};
use model::sign_in::Issuer;

/// What a provider wants as user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginName {
    Address,
    LocalPart,
}

/// What a provider wants as password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passwords {
    /// The one of the mailbox.
    Usual,
    /// One made for this program alone.
    App,
    /// None: OAuth only.
    OAuth,
    /// None: a program beside the server has to decrypt first.
    Bridge,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    pub name: &'static str,
    pub kind: AccountKind,
    /// Mail domains; `outlook.*` stands for every ending.
    domains: &'static [&'static str],
    /// Ends of the names of its mail exchangers; `.ionos.` with dots on both sides may stand anywhere.
    mx: &'static [&'static str],
    pub host: &'static str,
    /// Where its customers send, and the port.
    outgoing: (&'static str, u16),
    pub login: LoginName,
    pub passwords: Passwords,
    /// Where the provider explains app passwords, or how to switch IMAP on.
    pub link: Option<&'static str>,
}

impl Provider {
    pub fn needs_oauth(&self) -> bool {
        self.passwords == Passwords::OAuth
    }

    pub fn settings(&self, address: &str) -> ServerSettings {
        let address = address.trim();
        let login = match self.login {
            LoginName::Address => address,
            LoginName::LocalPart => address.rsplit_once('@').map_or(address, |(local, _)| local),
        };
        let (port, security) = if self.passwords == Passwords::Bridge { (BRIDGE, Security::StartTls) } else { (993, Security::Tls) };
        ServerSettings { login: login.to_owned(), host: self.host.to_owned(), port, security, trusted_certificate: None }
    }
}

/// By the part of an address behind its `@`.
pub fn by_domain(domain: &str) -> Option<&'static Provider> {
    let domain = domain.trim().trim_end_matches('.').to_lowercase();
    PROVIDERS.iter().find(|provider| provider.domains.iter().any(|pattern| matches_domain(pattern, &domain)))
}

/// By the name of a mail exchanger.
pub fn by_mx(host: &str) -> Option<&'static Provider> {
    let host = format!(".{}", host.trim().trim_end_matches('.').to_ascii_lowercase());
    PROVIDERS.iter().find(|provider| {
        provider.mx.iter().any(|pattern| if pattern.ends_with('.') { host.contains(pattern) } else { host.ends_with(pattern) })
    })
}

/// By its IMAP server.
pub fn by_host(host: &str) -> Option<&'static Provider> {
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    PROVIDERS.iter().find(|provider| provider.host == host)
}

/// By its server for outgoing mail.
pub fn by_outgoing_host(host: &str) -> Option<&'static Provider> {
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    PROVIDERS.iter().find(|provider| provider.outgoing.0 == host)
}

/// Where mailboxes are that this provider lets into.
pub fn incoming(issuer: Issuer, address: &str) -> ServerSettings {
    let host = match issuer {
        Issuer::Microsoft => "outlook.office365.com",
        Issuer::Google => "imap.gmail.com",
    };
    ServerSettings { login: address.trim().to_owned(), host: host.to_owned(), port: 993, ..ServerSettings::default() }
}

/// Where mail from this address goes out, as far as that follows from where its mail comes in.
pub fn outgoing(address: &str, incoming: &ServerSettings) -> ServerSettings {
    let host = incoming.host.trim().trim_end_matches('.').to_ascii_lowercase();
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain.trim()).to_lowercase();
    // A program beside this one that decrypts first is told by its port: anything may run on this machine.
    let fits = |one: &&Provider| one.host == host && (one.passwords != Passwords::Bridge || incoming.port == BRIDGE);
    // Of several behind one host the last serves domains of its customers' own.
    let of_domain = |one: &&Provider| one.domains.iter().any(|pattern| matches_domain(pattern, &domain));
    let known = PROVIDERS.iter().filter(fits).find(of_domain).or_else(|| PROVIDERS.iter().rfind(fits));
    let (outgoing, port) = match known {
        Some(provider) => (provider.outgoing.0.to_owned(), provider.outgoing.1),
        None => (host.strip_prefix("imap.").map_or_else(|| host.clone(), |rest| format!("smtp.{rest}")), 587),
    };
    let login = match known {
        // Its doors disagree: in with the local part, out with the whole address.
        Some(provider) if provider.outgoing.0 == "smtp.mail.me.com" && !incoming.login.contains('@') => address.trim(),
        _ => incoming.login.as_str(),
    };
    ServerSettings {
        login: login.to_owned(),
        security: if port == 465 { Security::Tls } else { Security::StartTls },
        port,
        trusted_certificate: incoming.trusted_certificate.clone().filter(|_| outgoing == host),
        host: outgoing,
    }
}

/// `live.*` means `live.nl` and `live.co.uk`, not `live.evil.example`.
fn matches_domain(pattern: &str, domain: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(name) => domain.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(|ending| {
            let second = ending.strip_prefix("co.").or_else(|| ending.strip_prefix("com.")).unwrap_or(ending);
            (2..=4).contains(&second.len()) && second.bytes().all(|b| b.is_ascii_alphabetic())
        }),
        None => pattern == domain,
    }
}

/// Where Proton's bridge lets read.
const BRIDGE: u16 = 1143;
const GOOGLE_LINK: &str = "https://myaccount.google.com/apppasswords";

const fn provider(name: &'static str, domains: &'static [&'static str], mx: &'static [&'static str], host: &'static str) -> Provider {
    Provider {
        name,
        kind: AccountKind::Imap,
        domains,
        mx,
        host,
        outgoing: ("", 0),
        login: LoginName::Address,
        passwords: Passwords::Usual,
        link: None,
    }
}

const fn sends(mut provider: Provider, host: &'static str, port: u16) -> Provider {
    provider.outgoing = (host, port);
    provider
}

const fn app(mut provider: Provider, link: &'static str) -> Provider {
    provider.passwords = Passwords::App;
    provider.link = Some(link);
    provider
}

const fn linked(mut provider: Provider, link: &'static str) -> Provider {
    provider.link = Some(link);
    provider
}

const fn oauth(mut provider: Provider, kind: AccountKind) -> Provider {
    provider.passwords = Passwords::OAuth;
    provider.kind = kind;
    provider
}

const fn local(mut provider: Provider) -> Provider {
    provider.login = LoginName::LocalPart;
    provider
}

const fn kind(mut provider: Provider, kind: AccountKind) -> Provider {
    provider.kind = kind;
    provider
}

const fn bridge(mut provider: Provider) -> Provider {
    provider.passwords = Passwords::Bridge;
    provider
}

static PROVIDERS: [Provider; 37] = [
    kind(
        app(
            sends(
                provider("Google", &["gmail.com", "googlemail.com"], &[".google.com", ".googlemail.com"], "imap.gmail.com"),
                "smtp.gmail.com",
                465,
            ),
            GOOGLE_LINK,
        ),
        AccountKind::Google,
    ),
    oauth(
        sends(
            provider(
                "Outlook.com",
                &["outlook.*", "hotmail.*", "live.*", "msn.com", "passport.com"],
                &[".olc.protection.outlook.com"],
                "outlook.office365.com",
            ),
            "smtp-mail.outlook.com",
            587,
        ),
        AccountKind::Outlook,
    ),
    oauth(
        sends(
            provider("Microsoft 365", &["onmicrosoft.com"], &[".mail.protection.outlook.com", ".mx.microsoft"], "outlook.office365.com"),
            "smtp.office365.com",
            587,
        ),
        AccountKind::Office365,
    ),
    app(
        local(sends(provider("iCloud", &["icloud.com", "me.com", "mac.com"], &[], "imap.mail.me.com"), "smtp.mail.me.com", 587)),
        "https://account.apple.com/",
    ),
    // Domains of one's own log in with the address at icloud.com, which only their owner knows.
    app(sends(provider("iCloud", &[], &[".mail.icloud.com"], "imap.mail.me.com"), "smtp.mail.me.com", 587), "https://account.apple.com/"),
    sends(
        provider(
            "Ziggo",
            &[
                "ziggo.nl",
                "ziggomail.com",
                "home.nl",
                "chello.nl",
                "upcmail.nl",
                "casema.nl",
                "quicknet.nl",
                "multiweb.nl",
                "zeggis.*",
                "razcall.*",
            ],
            &[".ziggo.nl"],
            "imap.ziggo.nl",
        ),
        "smtp.ziggo.nl",
        587,
    ),
    sends(
        provider(
            "KPN",
            &[
                "kpnmail.nl",
                "kpnplanet.nl",
                "planet.nl",
                "hetnet.nl",
                "telfort.nl",
                "xs4all.nl",
                "wxs.nl",
                "freeler.nl",
                "snelnet.net",
                "on.nl",
                "tip.nl",
                "tiscali.nl",
                "tiscalimail.nl",
                "onsbrabantnet.nl",
                "onsnet.nu",
                "onsnetnuenen.nl",
            ],
            &[".kpnmail.nl", ".xs4all.nl"],
            "imap.kpnmail.nl",
        ),
        "smtp.kpnmail.nl",
        465,
    ),
    local(sends(provider("ZeelandNet", &["zeelandnet.nl"], &[".zeelandnet.nl"], "mail.zeelandnet.nl"), "mail.zeelandnet.nl", 465)),
    sends(provider("Online.nl", &["online.nl"], &[], "mail.online.nl"), "mail.online.nl", 587),
    sends(provider("TransIP", &[], &[".transip.email"], "imap.transip.email"), "smtp.transip.email", 465),
    sends(provider("Strato", &[], &[".rzone.de"], "imap.strato.de"), "smtp.strato.de", 465),
    sends(provider("Hostnet", &[], &[".hostnet.nl"], "imap.hostnet.nl"), "smtp.hostnet.nl", 587),
    sends(provider("mijndomein", &[], &[".mijndomein.nl"], "mail.mijndomein.nl"), "mail.mijndomein.nl", 587),
    sends(provider("one.com", &[], &[".one.com"], "imap.one.com"), "send.one.com", 465),
    sends(provider("IONOS", &[], &[".ionos.com", ".ionos.co.uk", ".ionos.us"], "imap.ionos.com"), "smtp.ionos.com", 465),
    sends(provider("IONOS", &[], &[".ionos.", ".kundenserver.de"], "imap.ionos.de"), "smtp.ionos.de", 465),
    linked(
        sends(provider("GMX", &["gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.eu"], &[".gmx.net"], "imap.gmx.net"), "mail.gmx.net", 465),
        "https://hilfe.gmx.net/pop-imap/einschalten.html",
    ),
    linked(
        sends(provider("GMX", &["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es"], &[], "imap.gmx.com"), "mail.gmx.com", 465),
        "https://support.gmx.com/pop-imap/toggle.html",
    ),
    linked(
        local(sends(provider("WEB.DE", &["web.de"], &[".web.de"], "imap.web.de"), "smtp.web.de", 587)),
        "https://hilfe.web.de/pop-imap/einschalten.html",
    ),
    app(
        sends(
            provider("Yahoo", &["yahoo.*", "ymail.com", "rocketmail.com", "myyahoo.com"], &[".yahoodns.net"], "imap.mail.yahoo.com"),
            "smtp.mail.yahoo.com",
            465,
        ),
        "https://login.yahoo.com/account/security",
    ),
    app(sends(provider("AOL", &["aol.*", "aim.com"], &[], "imap.aol.com"), "smtp.aol.com", 465), "https://login.aol.com/account/security"),
    app(
        sends(
            provider("Fastmail", &["fastmail.*", "sent.com", "messagingengine.com"], &[".messagingengine.com"], "imap.fastmail.com"),
            "smtp.fastmail.com",
            465,
        ),
        "https://app.fastmail.com/settings/security",
    ),
    linked(
        sends(provider("Zoho", &["zoho.eu", "zohomail.eu"], &[".zoho.eu"], "imap.zoho.eu"), "smtp.zoho.eu", 465),
        "https://accounts.zoho.eu/home#security/app_password",
    ),
    linked(
        sends(provider("Zoho", &["zoho.com", "zohomail.com"], &[".zoho.com", ".zohomail.com"], "imap.zoho.com"), "smtp.zoho.com", 465),
        "https://accounts.zoho.com/home#security/app_password",
    ),
    bridge(sends(
        provider("Proton", &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"], &[".protonmail.ch"], "127.0.0.1"),
        "127.0.0.1",
        1025,
    )),
    sends(provider("mailbox.org", &["mailbox.org"], &[".mailbox.org"], "imap.mailbox.org"), "smtp.mailbox.org", 465),
    sends(provider("T-Online", &["t-online.de", "magenta.de"], &[".t-online.de"], "secureimap.t-online.de"), "securesmtp.t-online.de", 465),
    sends(provider("Proximus", &["skynet.be", "proximus.be", "belgacom.net"], &[], "imap.proximus.be"), "relay.proximus.be", 587),
    sends(provider("Orange", &["orange.fr", "wanadoo.fr"], &[], "imap.orange.fr"), "smtp.orange.fr", 465),
    local(sends(provider("Laposte", &["laposte.net"], &[], "imap.laposte.net"), "smtp.laposte.net", 465)),
    sends(provider("OVH", &[], &[".mail.ovh.net", ".ovh.net"], "ssl0.ovh.net"), "ssl0.ovh.net", 465),
    sends(provider("Gandi", &[], &[".mail.gandi.net"], "mail.gandi.net"), "mail.gandi.net", 465),
    sends(provider("Hetzner", &[], &[".your-server.de"], "mail.your-server.de"), "mail.your-server.de", 465),
    sends(provider("Posteo", &["posteo.*"], &[".posteo.de"], "posteo.de"), "posteo.de", 465),
    sends(provider("mail.com", &["mail.com", "email.com", "usa.com"], &[], "imap.mail.com"), "smtp.mail.com", 465),
    app(
        sends(provider("mail.ru", &["mail.ru", "bk.ru", "inbox.ru", "list.ru"], &[".mail.ru"], "imap.mail.ru"), "smtp.mail.ru", 465),
        "https://account.mail.ru/user/2-step-auth/passwords",
    ),
    app(
        sends(provider("Yandex", &["yandex.*", "ya.ru"], &[".yandex.net", ".yandex.ru"], "imap.yandex.com"), "smtp.yandex.com", 465),
        "https://id.yandex.com/security/app-passwords",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// [EML-09] The big providers are known without a look-up.
    #[test]
    fn known_domains() {
        for (address, host, login) in [
            ("jan@gmail.com", "imap.gmail.com", "jan@gmail.com"),
            ("Jan@HOTMAIL.nl", "outlook.office365.com", "Jan@HOTMAIL.nl"),
            ("jan@live.co.uk", "outlook.office365.com", "jan@live.co.uk"),
            ("jan@icloud.com", "imap.mail.me.com", "jan"),
            ("jan@xs4all.nl", "imap.kpnmail.nl", "jan@xs4all.nl"),
            ("jan@zeelandnet.nl", "mail.zeelandnet.nl", "jan"),
            ("jan@home.nl", "imap.ziggo.nl", "jan@home.nl"),
            ("jan@web.de", "imap.web.de", "jan"),
        ] {
            let domain = address.rsplit_once('@').expect("an address").1;
            let settings = by_domain(domain).expect(address).settings(address);
            assert_eq!((settings.host.as_str(), settings.login.as_str(), settings.port), (host, login, 993), "{address}");
        }
        for unknown in ["example.nl", "live.evil.example", "notgmail.com", "gmail.com.evil.nl", "outlook."] {
            assert_eq!(by_domain(unknown), None, "{unknown}");
        }
    }

    /// [EML-24] Where mail goes out follows from where it comes in.
    #[test]
    fn outgoing_servers() {
        for (address, login, host, port, wanted) in [
            ("jan@gmail.com", "jan@gmail.com", "imap.gmail.com", 993, "jan@gmail.com smtp.gmail.com:465 Tls"),
            ("jan@bakker.nl", "jan@bakker.nl", "IMAP.Gmail.com.", 993, "jan@bakker.nl smtp.gmail.com:465 Tls"),
            ("jan@hotmail.nl", "jan@hotmail.nl", "outlook.office365.com", 993, "jan@hotmail.nl smtp-mail.outlook.com:587 StartTls"),
            ("jan@bakker.nl", "jan@bakker.nl", "outlook.office365.com", 993, "jan@bakker.nl smtp.office365.com:587 StartTls"),
            ("jan@icloud.com", "jan", "imap.mail.me.com", 993, "jan@icloud.com smtp.mail.me.com:587 StartTls"),
            ("jan@bakker.nl", "jan@icloud.com", "imap.mail.me.com", 993, "jan@icloud.com smtp.mail.me.com:587 StartTls"),
            ("jan@zeelandnet.nl", "jan", "mail.zeelandnet.nl", 993, "jan mail.zeelandnet.nl:465 Tls"),
            ("jan@pm.me", "jan@pm.me", "127.0.0.1", 1143, "jan@pm.me 127.0.0.1:1025 StartTls"),
            ("jan@bakker.nl", "jan", "127.0.0.1", 993, "jan 127.0.0.1:587 StartTls"),
            ("jan@bakker.nl", "jan", "imap.bakker.nl", 993, "jan smtp.bakker.nl:587 StartTls"),
            ("jan@bakker.nl", "jan", "mail.bakker.nl", 143, "jan mail.bakker.nl:587 StartTls"),
        ] {
            let incoming = ServerSettings {
                login: login.to_owned(),
                host: host.to_owned(),
                port,
                security: Security::Tls,
                trusted_certificate: Some("ab".to_owned()),
            };
            let found = outgoing(address, &incoming);
            assert_eq!(format!("{} {}:{} {:?}", found.login, found.host, found.port, found.security), wanted);
            assert_eq!(found.trusted_certificate.is_some(), found.host == host, "of one server only: {wanted}");
        }
    }

    #[test]
    fn known_exchangers() {
        for (mx, name) in [
            ("bakker-nl.mail.protection.outlook.com", "Microsoft 365"),
            ("hotmail-com.olc.protection.outlook.com.", "Outlook.com"),
            ("aspmx.l.google.com", "Google"),
            ("mx.transip.email", "TransIP"),
            ("smtpin.rzone.de", "Strato"),
            ("mx00.ionos.es", "IONOS"),
            ("mx01.mail.icloud.com", "iCloud"),
            ("in1-smtp.messagingengine.com", "Fastmail"),
        ] {
            assert_eq!(by_mx(mx).map(|provider| provider.name), Some(name), "{mx}");
        }
        assert_eq!(by_mx("mx.spamfilter.example"), None);
        assert_eq!(by_mx("evilgoogle.com"), None);
    }
}
