//! Addresses as every mail server takes them.

use crate::reach::ascii_host;
use model::fold;

/// In ASCII throughout: the domain as DNS knows it, and the part before it as it is. `None`: it is no address, or one that only servers
/// with SMTPUTF8 could deliver to (RFC 6531), which most are not.
pub(crate) fn ascii(address: &str) -> Option<String> {
    let address = address.trim();
    let (local, domain) = address.rsplit_once('@')?;
    if !local.is_ascii() || !fold::is_email_address(address) {
        return None;
    }
    let domain = ascii_host(domain)?;
    // The last label of a name has letters in it: whatever has not is an address of a machine, not of a mail domain.
    let named = domain.rsplit('.').next().is_some_and(|label| label.bytes().any(|b| b.is_ascii_alphabetic()));
    let plain = format!("{local}@{domain}");
    (named && plain.is_ascii() && fold::is_email_address(&plain) && plain.parse::<lettre::Address>().is_ok()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [CMP-11] Domains of any alphabet can be written to, and nothing that breaks out of a command.
    #[test]
    fn addresses() {
        for (address, wanted) in [
            ("jan@vries.example", "jan@vries.example"),
            (" Jan@Vries.Example ", "Jan@vries.example"),
            ("o'neil+crm@münchen.example", "o'neil+crm@xn--mnchen-3ya.example"),
        ] {
            assert_eq!(ascii(address).as_deref(), Some(wanted), "{address}");
        }
        for bad in [
            "",
            "jan",
            "a@localhost",
            "zoë@vries.example",
            "a@192.0.2.1",
            "a@[192.0.2.1]",
            "a@b.example\r\nRCPT TO:<x@y.example>",
            "a@b.example> SIZE=1",
            "a\n@b.example",
            "a@b\0.example",
            "(a)@b.example",
            "a..b@c.example",
            "a:b@c.example",
        ] {
            assert_eq!(ascii(bad), None, "{bad:?}");
        }
    }
}
