//! Turns `locales/<language>/<room>.json` into typed keys, and refuses to build while a language lacks one.

use leptos_i18n_build::options::CodegenOptions;
use leptos_i18n_build::{Config, ParseOptions, TranslationsInfos};
use std::{collections::BTreeSet, env, error::Error, fs, path::PathBuf};

const LANGUAGES: [&str; 2] = ["en", "nl"];
const ROOMS: [&str; 14] = [
    "account",
    "common",
    "compose",
    "contacts",
    "editor",
    "home",
    "inbox",
    "letters",
    "phones",
    "search",
    "senders",
    "settings",
    "templates",
    "wizard",
];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script where to write through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");
    same_keys_everywhere()?;

    let options = ParseOptions::default().interpolate_display(true);
    let config = Config::new("en")?.add_locale("nl")?.add_namespaces(ROOMS)?.parse_options(options);
    let translations = TranslationsInfos::parse(config)?;
    translations.emit_diagnostics();
    translations.rerun_if_locales_changed();
    let out = PathBuf::from(env::var("OUT_DIR")?).join("i18n");
    // Generated code answers to its own house style; the workspace forbids `allow` where people write.
    let quiet = "#![allow(clippy::allow_attributes, clippy::uninlined_format_args, clippy::redundant_closure_for_method_calls, unused_qualifications)]";
    translations.generate_i18n_module_with_options(out, CodegenOptions::new().top_level_attributes(Some(quiet.parse()?)))?;
    Ok(())
}

/// A key that stands in one language only would silently show the wrong one.
fn same_keys_everywhere() -> Result<(), Box<dyn Error>> {
    for room in ROOMS {
        let mut keys = Vec::new();
        for language in LANGUAGES {
            let path = format!("locales/{language}/{room}.json");
            let text = fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
            let tree = serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))?;
            let mut found = BTreeSet::new();
            collect("", &tree, &mut found);
            keys.push(found);
        }
        let missing: Vec<_> = keys[0].symmetric_difference(&keys[1]).map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(format!("{room}: these keys stand in one language only: {}", missing.join(", ")).into());
        }
    }
    Ok(())
}

fn collect(path: &str, tree: &serde_json::Value, into: &mut BTreeSet<String>) {
    match tree {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                collect(&format!("{path}.{key}"), value, into);
            }
        }
        _ => _ = into.insert(path.to_owned()),
    }
}
