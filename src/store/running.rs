//! Operations under way, one file each, so that a console that dies in the
//! middle of one leaves behind what its successor needs to find out how it ended.
//!
//! The file is locked while its owner lives: the kernel gives the lock back
//! however the owner ends, `kill -9` included. A record without a lock is one
//! whose owner died.

use super::Folders;
use super::files::{make_folder, unusable};
use crate::domain::{Fault, OperationId, Order, Uid};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What is needed to tell later whether an order was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningRecord {
    /// What was asked.
    pub order: Order,
    /// Digest of the template the object is to have.
    pub template: u64,
    /// Replicas it is to ask for.
    pub replicas: u32,
    /// Whether rolling out is to be suspended.
    pub paused: bool,
}

/// The folder of operations under way.
#[derive(Clone, Debug)]
pub struct Running {
    folder: PathBuf,
}

/// An operation that is ours to finish. Dropping it without
/// [`finish`](Self::finish) leaves it to the next console.
#[derive(Debug)]
pub struct Claimed {
    path: PathBuf,
    _locked: File,
}

impl Claimed {
    /// The operation has ended and its outcome is recorded.
    pub fn finish(self) -> Result<(), Fault> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable("remove", &self.path, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

impl Running {
    /// The folder in these folders.
    pub fn new(folders: &Folders) -> Self {
        Self { folder: folders.running() }
    }

    /// Records that `record` begins, synced to the disk.
    pub fn claim(&self, record: &RunningRecord) -> Result<Claimed, Fault> {
        let path = self.path_of(&record.order.id);
        let write = || -> io::Result<File> {
            make_folder(&self.folder)?;
            // Locked before it has its name: nobody ever sees it unlocked.
            let temporary = path.with_extension("tmp");
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
            file.lock()?;
            file.write_all(&serde_json::to_vec(record)?)?;
            file.sync_all()?;
            std::fs::rename(&temporary, &path)?;
            File::open(&self.folder)?.sync_all()?;
            Ok(file)
        };
        let locked = write().map_err(|error| unusable("write", &path, &error))?;
        Ok(Claimed { path, _locked: locked })
    }

    fn path_of(&self, id: &OperationId) -> PathBuf {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        self.folder.join(format!("{}.json", id.as_str().chars().map(safe).collect::<String>()))
    }

    /// Operations whose owner died, claimed for the caller. Records that cannot
    /// be read are left alone.
    pub fn abandoned(&self) -> Result<Vec<(RunningRecord, Claimed)>, Fault> {
        let mut found = Vec::new();
        for path in self.files()? {
            if let Some(claimed) = claim_dead(&path)
                && let Some(record) = read_record(&path)
            {
                found.push((record, claimed));
            }
        }
        Ok(found)
    }

    /// The operation some living console, this one included, carries out on `uid`.
    pub fn alive_on(&self, uid: &Uid) -> Result<Option<OperationId>, Fault> {
        for path in self.files()? {
            let Some(record) = read_record(&path) else { continue };
            if record.order.target.uid == *uid && is_locked(&path) {
                return Ok(Some(record.order.id));
            }
        }
        Ok(None)
    }

    fn files(&self) -> Result<Vec<PathBuf>, Fault> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable("list", &self.folder, &error)),
        };
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        Ok(paths)
    }
}

fn read_record(path: &Path) -> Option<RunningRecord> {
    serde_json::from_str(&super::read_text(path).ok()??).ok()
}

fn claim_dead(path: &Path) -> Option<Claimed> {
    let file = File::open(path).ok()?;
    file.try_lock().ok()?;
    // The owner may have finished and removed it between open and lock.
    let same = std::fs::metadata(path).ok()?.ino() == file.metadata().ok()?.ino();
    same.then(|| Claimed { path: path.to_owned(), _locked: file })
}

fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Actor, Kind, ObjectKey, Target, Verb};
    use jiff::Timestamp;

    fn record(id: &str, uid: &str) -> RunningRecord {
        let target = Target {
            context: "dev".into(),
            cluster: "http://x".into(),
            key: ObjectKey::new(Kind::Deployment, "shop", "web"),
            uid: uid.into(),
            resource_version: "1".into(),
        };
        let order = Order {
            id: id.into(),
            verb: Verb::Restart,
            target,
            actor: Actor::default(),
            reason: String::new(),
            override_owner: false,
            undo: None,
            asked_at: Timestamp::UNIX_EPOCH,
        };
        RunningRecord { order, template: u64::MAX, replicas: 3, paused: false }
    }

    #[test]
    fn a_living_operation_is_seen_and_not_taken_over_a_dead_one_is() {
        let dir = tempfile::tempdir().unwrap();
        let running = Running::new(&Folders::find(Some(dir.path()), Some(dir.path())));
        assert!(running.abandoned().unwrap().is_empty());
        let claimed = running.claim(&record("op-1", "u1")).unwrap();
        assert_eq!(running.alive_on(&"u1".into()).unwrap(), Some("op-1".into()));
        assert_eq!(running.alive_on(&"u2".into()).unwrap(), None);
        assert!(running.abandoned().unwrap().is_empty(), "its owner lives");

        drop(claimed);
        assert_eq!(running.alive_on(&"u1".into()).unwrap(), None);
        let mut found = running.abandoned().unwrap();
        let (found_record, claimed) = found.pop().unwrap();
        assert_eq!(found_record, record("op-1", "u1"));
        assert!(running.abandoned().unwrap().is_empty(), "taken over once");
        claimed.finish().unwrap();
        assert!(running.abandoned().unwrap().is_empty());
    }
}
