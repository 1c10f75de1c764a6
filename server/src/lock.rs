//! One process for one data folder: the embedded database, its leases and its jobs count on it.

use crate::Outcome;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Kept as long as the program runs; the system lets go of it however the program ends.
pub(crate) fn take(data: &Path) -> Outcome<File> {
    std::fs::create_dir_all(data).map_err(|cause| format!("The data folder {} cannot be made: {cause}", data.display()))?;
    let file = File::create(data.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!(
            "Another spindle works in {}. Stop that one first, or give this one a folder of its own with --data.",
            data.display()
        )
        .into()),
        Err(TryLockError::Error(cause)) => Err(cause.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::take;

    #[test]
    fn a_second_process_is_refused_until_the_first_is_gone() {
        let data = std::env::temp_dir().join(format!("spindle-lock-{}", std::process::id()));
        let first = take(&data).expect("nobody is there");
        assert!(take(&data).expect_err("one is there").to_string().contains("--data"));
        drop(first);
        take(&data).expect("the first is gone");
        std::fs::remove_dir_all(&data).expect("it is ours");
    }
}
