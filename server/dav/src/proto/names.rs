//! Property names: those we know, and whatever else a client asks for.

use super::write;
use roxmltree::Node;

pub(crate) const DAV: &str = "DAV:";
pub(crate) const CARD: &str = "urn:ietf:params:xml:ns:carddav";
pub(crate) const CS: &str = "http://calendarserver.org/ns/";

macro_rules! props {
    ($($name:ident = $prefix:literal $space:ident $local:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Prop { $($name,)* }

        impl Prop {
            pub(crate) const ALL: &[Self] = &[$(Self::$name,)*];

            /// As it is written: every answer declares the three prefixes.
            pub(crate) fn tag(self) -> &'static str {
                match self { $(Self::$name => concat!($prefix, ":", $local),)* }
            }

            fn known(space: &str, local: &str) -> Option<Self> {
                $(if space == $space && local == $local { return Some(Self::$name); })*
                None
            }
        }
    };
}

props! {
    ResourceType = "D" DAV "resourcetype",
    DisplayName = "D" DAV "displayname",
    Etag = "D" DAV "getetag",
    ContentType = "D" DAV "getcontenttype",
    ContentLength = "D" DAV "getcontentlength",
    LastModified = "D" DAV "getlastmodified",
    CreationDate = "D" DAV "creationdate",
    SupportedReportSet = "D" DAV "supported-report-set",
    SyncToken = "D" DAV "sync-token",
    CurrentUserPrincipal = "D" DAV "current-user-principal",
    Owner = "D" DAV "owner",
    PrincipalUrl = "D" DAV "principal-URL",
    PrincipalCollectionSet = "D" DAV "principal-collection-set",
    CurrentUserPrivilegeSet = "D" DAV "current-user-privilege-set",
    SupportedPrivilegeSet = "D" DAV "supported-privilege-set",
    Acl = "D" DAV "acl",
    GroupMembership = "D" DAV "group-membership",
    AddressbookHomeSet = "C" CARD "addressbook-home-set",
    AddressbookDescription = "C" CARD "addressbook-description",
    SupportedAddressData = "C" CARD "supported-address-data",
    SupportedCollationSet = "C" CARD "supported-collation-set",
    MaxResourceSize = "C" CARD "max-resource-size",
    AddressData = "C" CARD "address-data",
    Ctag = "S" CS "getctag",
    EmailAddressSet = "S" CS "email-address-set",
}

/// A property that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Known(Prop),
    /// Not one of ours: told so by its own name.
    Other(String, String),
}

impl Name {
    pub(super) fn of(node: Node<'_, '_>) -> Self {
        let (space, local) = (node.tag_name().namespace().unwrap_or_default(), node.tag_name().name());
        Prop::known(space, local).map_or_else(|| Self::Other(space.to_owned(), local.to_owned()), Self::Known)
    }

    /// The empty element.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Known(prop) => {
                out.push('<');
                out.push_str(prop.tag());
                out.push_str("/>");
            }
            Self::Other(space, local) if space.is_empty() => {
                // The default namespace of our answers is none, so this is where it belongs.
                out.push('<');
                out.push_str(local);
                out.push_str("/>");
            }
            Self::Other(space, local) => {
                out.push_str("<X:");
                out.push_str(local);
                out.push_str(" xmlns:X=\"");
                write::escape_into(out, space);
                out.push_str("\"/>");
            }
        }
    }
}
