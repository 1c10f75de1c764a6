//! What is known of providers without asking anybody (mail.md §4.5).

use model::mail_account::{AccountKind, Security, ServerSettings};

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
        let (port, security) = if self.passwords == Passwords::Bridge { (1143, Security::StartTls) } else { (993, Security::Tls) };
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

const GOOGLE_LINK: &str = "https://myaccount.google.com/apppasswords";

const fn provider(name: &'static str, domains: &'static [&'static str], mx: &'static [&'static str], host: &'static str) -> Provider {
    Provider { name, kind: AccountKind::Imap, domains, mx, host, login: LoginName::Address, passwords: Passwords::Usual, link: None }
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
        app(provider("Google", &["gmail.com", "googlemail.com"], &[".google.com", ".googlemail.com"], "imap.gmail.com"), GOOGLE_LINK),
        AccountKind::Google,
    ),
    oauth(
        provider(
            "Outlook.com",
            &["outlook.*", "hotmail.*", "live.*", "msn.com", "passport.com"],
            &[".olc.protection.outlook.com"],
            "outlook.office365.com",
        ),
        AccountKind::Outlook,
    ),
    oauth(
        provider("Microsoft 365", &["onmicrosoft.com"], &[".mail.protection.outlook.com", ".mx.microsoft"], "outlook.office365.com"),
        AccountKind::Office365,
    ),
    app(local(provider("iCloud", &["icloud.com", "me.com", "mac.com"], &[], "imap.mail.me.com")), "https://account.apple.com/"),
    // Domains of one's own log in with the address at icloud.com, which only their owner knows.
    app(provider("iCloud", &[], &[".mail.icloud.com"], "imap.mail.me.com"), "https://account.apple.com/"),
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
    local(provider("ZeelandNet", &["zeelandnet.nl"], &[".zeelandnet.nl"], "mail.zeelandnet.nl")),
    provider("Online.nl", &["online.nl"], &[], "mail.online.nl"),
    provider("TransIP", &[], &[".transip.email"], "imap.transip.email"),
    provider("Strato", &[], &[".rzone.de"], "imap.strato.de"),
    provider("Hostnet", &[], &[".hostnet.nl"], "imap.hostnet.nl"),
    provider("mijndomein", &[], &[".mijndomein.nl"], "mail.mijndomein.nl"),
    provider("one.com", &[], &[".one.com"], "imap.one.com"),
    provider("IONOS", &[], &[".ionos.com", ".ionos.co.uk", ".ionos.us"], "imap.ionos.com"),
    provider("IONOS", &[], &[".ionos.", ".kundenserver.de"], "imap.ionos.de"),
    linked(
        provider("GMX", &["gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.eu"], &[".gmx.net"], "imap.gmx.net"),
        "https://hilfe.gmx.net/pop-imap/einschalten.html",
    ),
    linked(
        provider("GMX", &["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es"], &[], "imap.gmx.com"),
        "https://support.gmx.com/pop-imap/toggle.html",
    ),
    linked(local(provider("WEB.DE", &["web.de"], &[".web.de"], "imap.web.de")), "https://hilfe.web.de/pop-imap/einschalten.html"),
    app(
        provider("Yahoo", &["yahoo.*", "ymail.com", "rocketmail.com", "myyahoo.com"], &[".yahoodns.net"], "imap.mail.yahoo.com"),
        "https://login.yahoo.com/account/security",
    ),
    app(provider("AOL", &["aol.*", "aim.com"], &[], "imap.aol.com"), "https://login.aol.com/account/security"),
    app(
        provider("Fastmail", &["fastmail.*", "sent.com", "messagingengine.com"], &[".messagingengine.com"], "imap.fastmail.com"),
        "https://app.fastmail.com/settings/security",
    ),
    linked(
        provider("Zoho", &["zoho.eu", "zohomail.eu"], &[".zoho.eu"], "imap.zoho.eu"),
        "https://accounts.zoho.eu/home#security/app_password",
    ),
    linked(
        provider("Zoho", &["zoho.com", "zohomail.com"], &[".zoho.com", ".zohomail.com"], "imap.zoho.com"),
        "https://accounts.zoho.com/home#security/app_password",
    ),
    bridge(provider("Proton", &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"], &[".protonmail.ch"], "127.0.0.1")),
    provider("mailbox.org", &["mailbox.org"], &[".mailbox.org"], "imap.mailbox.org"),
    provider("T-Online", &["t-online.de", "magenta.de"], &[".t-online.de"], "secureimap.t-online.de"),
    provider("Proximus", &["skynet.be", "proximus.be", "belgacom.net"], &[], "imap.proximus.be"),
    provider("Orange", &["orange.fr", "wanadoo.fr"], &[], "imap.orange.fr"),
    local(provider("Laposte", &["laposte.net"], &[], "imap.laposte.net")),
    provider("OVH", &[], &[".mail.ovh.net", ".ovh.net"], "ssl0.ovh.net"),
    provider("Gandi", &[], &[".mail.gandi.net"], "mail.gandi.net"),
    provider("Hetzner", &[], &[".your-server.de"], "mail.your-server.de"),
    provider("Posteo", &["posteo.*"], &[".posteo.de"], "posteo.de"),
    provider("mail.com", &["mail.com", "email.com", "usa.com"], &[], "imap.mail.com"),
    app(
        provider("mail.ru", &["mail.ru", "bk.ru", "inbox.ru", "list.ru"], &[".mail.ru"], "imap.mail.ru"),
        "https://account.mail.ru/user/2-step-auth/passwords",
    ),
    app(
        provider("Yandex", &["yandex.*", "ya.ru"], &[".yandex.net", ".yandex.ru"], "imap.yandex.com"),
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
