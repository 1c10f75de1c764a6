//! Who may do what: the one table every verb asks.

use serde::{Deserialize, Serialize};

/// A user's role. The first user of a company is its SuperAdmin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    SuperAdmin,
    Administrator,
    User,
    /// Sees the contact screen and nothing else.
    OnlyContactScreen,
}

/// One thing that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Right {
    /// `Beheer-menu toegang`: CRM preferences, templates, contact types, tags.
    AdministrationMenu,
    /// Decide which rights others have.
    ManageRights,
    AddContacts,
    DeleteContacts,
    MergeContacts,
    ExportContacts,
    InviteColleagues,
    /// Connect mailboxes and read the inbox.
    UseMail,
    /// See private messages of others.
    AllMessages,
    /// See private files of others.
    AllFiles,
    /// See private dossiers of others.
    AllFolders,
}

impl Right {
    pub const ALL: [Self; 11] = [
        Self::AdministrationMenu,
        Self::ManageRights,
        Self::AddContacts,
        Self::DeleteContacts,
        Self::MergeContacts,
        Self::ExportContacts,
        Self::InviteColleagues,
        Self::UseMail,
        Self::AllMessages,
        Self::AllFiles,
        Self::AllFolders,
    ];
}

impl Role {
    pub fn may(self, right: Right) -> bool {
        use Right as R;
        match self {
            Self::SuperAdmin => true,
            // Private things of others stay private, and only a SuperAdmin decides who may do what.
            Self::Administrator => !matches!(right, R::ManageRights | R::AllMessages | R::AllFiles | R::AllFolders),
            Self::User => matches!(right, R::AddContacts | R::DeleteContacts | R::MergeContacts | R::UseMail),
            Self::OnlyContactScreen => false,
        }
    }

    /// The word stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SuperAdmin => "super_admin",
            Self::Administrator => "administrator",
            Self::User => "user",
            Self::OnlyContactScreen => "only_contact_screen",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::SuperAdmin, Self::Administrator, Self::User, Self::OnlyContactScreen].into_iter().find(|role| role.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [REG-09] The first user may do everything.
    #[test]
    fn a_super_admin_may_do_everything() {
        assert!(Right::ALL.into_iter().all(|right| Role::SuperAdmin.may(right)));
    }

    #[test]
    fn each_role_may_do_no_more_than_the_one_above() {
        let order = [Role::SuperAdmin, Role::Administrator, Role::User, Role::OnlyContactScreen];
        for pair in order.windows(2) {
            for right in Right::ALL {
                assert!(pair[0].may(right) || !pair[1].may(right), "{:?} may {right:?}, {:?} may not", pair[1], pair[0]);
            }
        }
    }
}
