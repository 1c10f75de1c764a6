//! WebDAV itself, whatever lies behind it.

pub(crate) mod ask;
pub(crate) mod basic;
pub(crate) mod demand;
mod names;
pub(crate) mod write;

pub(crate) use names::{Name, Prop};

/// A condition of a RFC that does not hold, by its name: clients act on it.
#[derive(Debug)]
pub(crate) struct Precondition {
    xml: String,
    privilege: bool,
}

impl Precondition {
    /// One of DAV: (RFC 4918 §16, RFC 3253, RFC 6578).
    pub(crate) fn bare(name: &str) -> Self {
        Self { xml: format!("<D:{name}/>"), privilege: false }
    }

    /// One of CardDAV (RFC 6352 §6.3, §8).
    pub(crate) fn carddav(name: &str) -> Self {
        Self { xml: format!("<C:{name}/>"), privilege: false }
    }

    /// One of CardDAV, with the address that it is about.
    pub(crate) fn at(name: &str, href: &str) -> Self {
        let mut xml = format!("<C:{name}><D:href>");
        write::escape_into(&mut xml, href);
        xml.push_str(&format!("</D:href></C:{name}>"));
        Self { xml, privilege: false }
    }

    /// RFC 3744 §7.1.1: which privilege of which resource this method needs.
    pub(crate) fn need_privileges(href: &str, method: &str) -> Self {
        let privilege = match method {
            "DELETE" => "unbind",
            "MKCOL" | "COPY" | "MOVE" | "POST" => "bind",
            "PROPPATCH" => "write-properties",
            "ACL" => "write-acl",
            _ => "write-content",
        };
        let mut xml = "<D:need-privileges><D:resource><D:href>".to_owned();
        write::escape_into(&mut xml, href);
        xml.push_str("</D:href><D:privilege><D:");
        xml.push_str(privilege);
        xml.push_str("/></D:privilege></D:resource></D:need-privileges>");
        Self { xml, privilege: true }
    }

    pub(crate) fn is_privilege(&self) -> bool {
        self.privilege
    }

    pub(crate) fn body(&self) -> String {
        format!("{}<D:error{}>{}</D:error>", write::HEAD, write::NAMESPACES, self.xml)
    }
}
