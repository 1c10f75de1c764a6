//! The master key: from the configuration, or a file that only its owner may read, made at the first start.

use crate::Outcome;
use crate::config::Config;
use crm::MasterKey;
use crm::ports::Dice;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

pub(crate) fn master_key(config: &Config, dice: &dyn Dice) -> Outcome<MasterKey> {
    if let Some(text) = &config.master_key {
        return parse(text).ok_or_else(|| "The master key must be 64 hexadecimal digits.".into());
    }
    std::fs::create_dir_all(&config.data).map_err(|cause| format!("The data folder {} cannot be made: {cause}", config.data.display()))?;
    let path = config.data.join("master.key");
    if path.exists() {
        return read(&path);
    }
    if config.data.join("directory.db").exists() {
        return Err(format!(
            "{} is missing, and the databases beside it cannot be opened without it. Put it back from the backup.",
            path.display()
        )
        .into());
    }
    let mut bytes = [0; 32];
    dice.fill(&mut bytes);
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    tracing::info!("A master key was made. Keep a copy of {} in a safe place: without it nothing can be read.", path.display());
    Ok(MasterKey::new(bytes))
}

fn read(path: &Path) -> Outcome<MasterKey> {
    let text = std::fs::read_to_string(path).map_err(|cause| format!("{} cannot be read: {cause}", path.display()))?;
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!("{} can be read by others. Make it yours alone: chmod 600.", path.display()).into());
    }
    parse(&text).ok_or_else(|| format!("{} does not hold 64 hexadecimal digits.", path.display()).into())
}

fn parse(text: &str) -> Option<MasterKey> {
    let text = text.trim();
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(MasterKey::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_sixty_four_hexadecimal_digits_are_a_key() {
        assert!(parse(&"0f".repeat(32)).is_some());
        for bad in ["", "0f", &"0g".repeat(32), &"é".repeat(32), &"0f".repeat(33)] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
