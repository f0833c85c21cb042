//! The audit log on disk: one JSON line per entry, each chained to the one
//! before, only ever appended to.
//!
//! Three files: `audit.jsonl`, the log; `audit.head`, how many lines it has and
//! the hash of the last one, so that a cut-off tail is seen; `audit.lock`, taken
//! for every append, so that two consoles share one chain. An entry is on the
//! disk (synced) before `append` returns: the write it announces is sent after.
//!
//! The log is never rotated, shortened or rewritten by us. What this cannot
//! prove: a person who may write both files can replace log and head together;
//! ship the log elsewhere if that matters.

mod append;
mod filter;
mod read;
#[cfg(test)]
mod tests;

pub use filter::AuditFilter;
pub use read::Verified;

use super::Folders;
use super::files::{make_folder, unusable};
use crate::domain::Fault;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The audit log of this user. Cheap to clone; holds no open file.
#[derive(Clone, Debug)]
pub struct AuditLog {
    log: PathBuf,
    head: PathBuf,
    lock: PathBuf,
}

/// The end of the log as last written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// Entries.
    count: u64,
    /// Hash of the last one.
    hash: String,
    /// Length of the log in bytes.
    bytes: u64,
}

impl AuditLog {
    /// The log in these folders; made with its first entry.
    pub fn new(folders: &Folders) -> Self {
        let log = folders.audit_file();
        Self { head: log.with_extension("head"), lock: log.with_extension("lock"), log }
    }

    /// The log file.
    pub fn path(&self) -> &Path {
        &self.log
    }

    /// Waits for the lock; it is given back when the file is dropped.
    fn locked(&self, alone: bool) -> Result<File, Fault> {
        let open = || {
            make_folder(self.lock.parent().unwrap_or(Path::new(".")))?;
            let file = OpenOptions::new()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .mode(0o600)
                .open(&self.lock)?;
            if alone {
                file.lock()?;
            } else {
                file.lock_shared()?;
            }
            Ok(file)
        };
        open().map_err(|error| unusable("lock", &self.lock, &error))
    }

    fn read_head(&self) -> Result<Option<Head>, Fault> {
        let text = super::read_text(&self.head)?;
        // A head that does not parse is as good as none: the log is then read through.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}
