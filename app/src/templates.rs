//! `E-mailsjablonen`: letters that begin half-written, what they are called for, and what they are filled with.

mod actions;
mod edit;
mod fields;
mod files;
mod list;
mod preview;
mod properties;
pub mod verbs;
mod versions;
pub mod words;

pub(crate) use actions::Actions;
pub(crate) use edit::Edit;
pub(crate) use fields::known_fields;
pub(crate) use list::Templates;
pub(crate) use verbs::list_templates;
pub(crate) use words::tab_name;
