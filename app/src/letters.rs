//! The words of the system's own letters. Only the server writes them.

use crate::i18n::td_string;
use crate::tongue;
use crm::ports::{Letter, LetterAbout};
use model::registration::Me;

pub struct Words {
    pub subject: String,
    pub text: String,
}

/// `address` is what browsers call this server.
pub fn write(letter: &Letter, address: &str) -> Words {
    let locale = tongue::locale(letter.language);
    let name = letter.name.clone();
    match &letter.about {
        LetterAbout::PasswordReset { token } => {
            let link = format!("{address}/reset/{token}");
            Words {
                subject: td_string!(locale, letters.reset.subject).to_string(),
                text: td_string!(locale, letters.reset.text, name = name, link = link).to_string(),
            }
        }
        LetterAbout::PhoneSync { user_name } => {
            let (user, server) = (user_name.clone(), host(address).to_owned());
            let (dav, link) = (format!("{address}/dav/"), format!("{address}/settings/phone"));
            Words {
                subject: td_string!(locale, letters.phone.subject).to_string(),
                text: td_string!(locale, letters.phone.text, name = name, server = server, user = user, dav = dav, link = link).to_string(),
            }
        }
        LetterAbout::MailAccountStopped { account, address: mailbox, diagnosis } => {
            let link = format!("{address}/settings/mail/{account}");
            let (why, next) = (crate::wizard::why(locale, diagnosis), crate::wizard::next(locale, diagnosis.kind));
            Words {
                subject: td_string!(locale, letters.stopped.subject, mailbox = mailbox.clone()).to_string(),
                text: td_string!(locale, letters.stopped.text, name = name, mailbox = mailbox.clone(), why = why, next = next, link = link)
                    .to_string(),
            }
        }
        LetterAbout::MailFetched { address: mailbox, messages } => {
            let link = format!("{address}/inbox");
            let messages = match *messages {
                1 => td_string!(locale, letters.fetched.one).to_owned(),
                many => td_string!(locale, letters.fetched.many, count = crate::format::count(many, locale)).to_string(),
            };
            Words {
                subject: td_string!(locale, letters.fetched.subject, mailbox = mailbox.clone()).to_string(),
                text: td_string!(locale, letters.fetched.text, name = name, mailbox = mailbox.clone(), messages = messages, link = link)
                    .to_string(),
            }
        }
        LetterAbout::PasswordChanged => {
            let link = format!("{address}/forgot");
            Words {
                subject: td_string!(locale, letters.changed.subject).to_string(),
                text: td_string!(locale, letters.changed.text, name = name, link = link).to_string(),
            }
        }
    }
}

/// What phones ask for as "server": the host, and its port where it is not the usual one.
pub fn host(address: &str) -> &str {
    address.split_once("://").map_or(address, |(_, host)| host).trim_end_matches('/')
}

/// An iPhone's configuration profile for the account of this user, without a password: the phone asks for that.
pub fn profile(me: &Me, address: &str) -> String {
    let locale = tongue::locale(me.preferences.language);
    let title = td_string!(locale, letters.phone.profile).to_string();
    let (host, port) = host(address).split_once(':').unwrap_or((host(address), ""));
    let secure = address.starts_with("https://");
    let port = port.parse().unwrap_or(if secure { 443_u16 } else { 80 });
    let user = me.user.to_string();
    // Another id of the same form, always the same: an account that is set up again replaces itself.
    let inner = format!("{}{}", if user.starts_with('f') { 'e' } else { 'f' }, &user[1..]);
    let mut out = String::from(PROFILE);
    for (blank, value) in [
        ("TITLE", title.as_str()),
        ("HOST", host),
        ("PORT", &port.to_string()),
        ("SECURE", if secure { "<true/>" } else { "<false/>" }),
        ("USER", &escape(&me.email)),
        ("PRINCIPAL", &format!("/dav/users/{user}/")),
        ("OUTER", &user),
        ("INNER", &inner),
    ] {
        out = out.replace(&format!("[{blank}]"), value);
    }
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

const PROFILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>spindle.[OUTER]</string>
  <key>PayloadUUID</key><string>[OUTER]</string>
  <key>PayloadDisplayName</key><string>[TITLE]</string>
  <key>PayloadContent</key><array><dict>
    <key>PayloadType</key><string>com.apple.carddav.account</string>
    <key>PayloadVersion</key><integer>1</integer>
    <key>PayloadIdentifier</key><string>spindle.[OUTER].contacts</string>
    <key>PayloadUUID</key><string>[INNER]</string>
    <key>PayloadDisplayName</key><string>[TITLE]</string>
    <key>CardDAVAccountDescription</key><string>Spindle</string>
    <key>CardDAVHostName</key><string>[HOST]</string>
    <key>CardDAVPort</key><integer>[PORT]</integer>
    <key>CardDAVUseSSL</key>[SECURE]
    <key>CardDAVUsername</key><string>[USER]</string>
    <key>CardDAVPrincipalURL</key><string>[PRINCIPAL]</string>
  </dict></array>
</dict></plist>
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use model::preferences::Preferences;
    use model::registration::Language;

    /// [DAV-02, DAV-14] The letter and the profile name server and user; neither holds a password.
    #[test]
    fn letters_and_profiles_for_phones() {
        let about = LetterAbout::PhoneSync { user_name: "a&b@sells.example".into() };
        for language in [Language::Nl, Language::En] {
            let letter = Letter { to: "a&b@sells.example".into(), name: "Alice".into(), language, about: about.clone() };
            let words = write(&letter, "https://crm.example:8443");
            for part in ["crm.example:8443\n", "a&b@sells.example", "DAVx5", "Thunderbird", "https://crm.example:8443/settings/phone"] {
                assert!(words.text.contains(part), "{part} in {}", words.text);
            }
        }
        let me = Me {
            user: "01990000-0000-7000-8000-000000000001".parse().expect("it is an id"),
            first_name: "Alice".into(),
            last_name: String::new(),
            email: "a&b@sells.example".into(),
            company: String::new(),
            role: model::Role::User,
            preferences: Preferences::default(),
            issuers: Vec::new(),
        };
        let profile = profile(&me, "https://crm.example:8443");
        for part in [
            "<string>com.apple.carddav.account</string>",
            "<key>CardDAVHostName</key><string>crm.example</string>",
            "<key>CardDAVPort</key><integer>8443</integer>",
            "<key>CardDAVUseSSL</key><true/>",
            "<string>a&amp;b@sells.example</string>",
            "<string>f1990000-0000-7000-8000-000000000001</string>",
        ] {
            assert!(profile.contains(part), "{part} in {profile}");
        }
        assert!(!profile.contains('['));
    }
}
