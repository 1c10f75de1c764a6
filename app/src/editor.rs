//! The words of the editor, by the names that it has for them.

use crate::i18n::{Locale, t_string};
use leptos::prelude::*;
use leptos_i18n::I18nContext;

/// For `<RichText words=editor_words(i18n) …/>`.
pub(crate) fn editor_words(i18n: I18nContext<Locale>) -> Signal<Vec<(&'static str, String)>> {
    macro_rules! words {
        ($($name:ident)*) => {
            vec![$((stringify!($name), t_string!(i18n, editor.$name).to_owned())),*]
        };
    }
    Signal::derive(move || {
        words![
            toolbar undo redo font font_default size size_default bold italic underline strike colour highlight bullets numbers outdent
            indent align_left align_centre align_right align_both quote link link_address link_text link_wrong link_remove image
            image_upload image_address image_width image_own_size image_alt table table_rows table_columns table_remove row_above
            row_below row_remove column_before column_after column_remove line clear source full apply insert remove close colour_none
            colour_own colour_black colour_grey colour_red colour_orange colour_yellow colour_green colour_teal colour_blue colour_purple
            colour_pink colour_white
        ]
    })
}
