//! The slots of objectives on disk: one file per objective, only appended to.
//!
//! A crash can tear the last record, never an older one: what was appended
//! before is kept, and what cannot be read is a gap, never a number. A slot
//! written again replaces what was written before (the newest record of an
//! index holds), so that the slot under way can be kept as it grows. Files are
//! rewritten whole, through a temporary file, once half of them is stale.
//!
//! One process writes a folder; others that open it read only and keep what
//! they count to themselves. Two writers would count the same events twice.

mod record;
#[cfg(test)]
mod tests;

use super::files::{make_folder, unusable};
use super::folders::safe_name;
use super::write_private;
use crate::domain::{Fault, LabelSet, Slot};
use record::{SIZE, decode, encode};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Slots kept: 90 days.
pub const KEPT: u32 = 90 * 288;
/// A file that holds this many records per slot is rewritten.
const STALE: usize = 2;
/// Bytes read of one file: ten times what 90 days take.
const MOST_BYTES: u64 = 10 * KEPT as u64 * SIZE as u64;

/// Bytes read of one note of label sets: a few dozen sets of a few labels.
const MOST_GROUP_BYTES: u64 = 1 << 20;

/// The folder of one context's slots.
#[derive(Debug)]
pub struct SlotStore {
    folder: PathBuf,
    /// Held while this process writes here.
    lock: Option<File>,
}

/// What a file held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// By index, none twice.
    pub slots: Vec<Slot>,
    /// Bytes that are no record: torn by a crash, or damaged.
    pub damaged: usize,
}

impl SlotStore {
    /// Opens a folder, made if it is not there. If another process has it, this
    /// one only reads.
    ///
    /// # Errors
    /// The folder cannot be made or the lock not be opened.
    pub fn open(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join("lock");
        let open = || {
            make_folder(folder)?;
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path)
        };
        let file = open().map_err(|error| unusable("open", &path, &error))?;
        let lock = file.try_lock().is_ok().then_some(file);
        Ok(Self { folder: folder.to_owned(), lock })
    }

    /// Looks at a folder without ever writing, whoever writes there.
    pub fn reader(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), lock: None }
    }

    /// Whether this process writes here.
    pub fn writes(&self) -> bool {
        self.lock.is_some()
    }

    /// The slots of `objective` as defined by `digest`, from `oldest` on. A
    /// writer mends the file on the way: torn ends go, and so do stale records.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn load(&self, objective: &str, digest: u64, oldest: u32) -> Result<Loaded, Fault> {
        let path = self.path(objective, digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Loaded::default()),
            Err(error) => return Err(unusable("read", &path, &error)),
        };
        let mut bytes = Vec::new();
        file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(|error| unusable("read", &path, &error))?;
        let (mut loaded, records) = read(&bytes, digest);
        loaded.slots.retain(|slot| slot.index >= oldest);
        if self.writes() && (loaded.damaged > 0 || records > STALE * loaded.slots.len()) {
            let whole: Vec<u8> = loaded.slots.iter().flat_map(|slot| encode(slot, digest)).collect();
            write_private(&path, &whole)?;
        }
        Ok(loaded)
    }

    /// Appends slots; a reader does nothing. With `sync`, they are on the disk
    /// when this returns, else they survive the end of the process but not of
    /// the machine.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn append(&self, objective: &str, digest: u64, slots: &[Slot], sync: bool) -> Result<(), Fault> {
        if !self.writes() || slots.is_empty() {
            return Ok(());
        }
        let path = self.path(objective, digest);
        let bytes: Vec<u8> =
            slots.iter().filter(|slot| slot.is_sound()).flat_map(|slot| encode(slot, digest)).collect();
        let write = || {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
            // One call: a crash can tear the end of it, nothing before.
            file.write_all(&bytes)?;
            if sync { file.sync_data() } else { Ok(()) }
        };
        write().map_err(|error| unusable("append to", &path, &error))
    }

    /// The label sets an objective was split into, as they were noted.
    pub fn groups(&self, objective: &str) -> Vec<LabelSet> {
        let mut text = String::new();
        let read = File::open(self.groups_path(objective))
            .and_then(|file| file.take(MOST_GROUP_BYTES).read_to_string(&mut text));
        // They are asked for again: what cannot be read is nothing lost.
        read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// Notes the label sets of an objective; a reader does nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note_groups(&self, objective: &str, groups: &[LabelSet]) -> Result<(), Fault> {
        if !self.writes() {
            return Ok(());
        }
        let text = serde_json::to_vec(groups).unwrap_or_default();
        write_private(&self.groups_path(objective), &text)
    }

    fn groups_path(&self, objective: &str) -> PathBuf {
        self.folder.join(format!("{}.groups.json", safe_name(objective)))
    }

    /// `checkout_availability-0011223344556677.slots`
    fn path(&self, objective: &str, digest: u64) -> PathBuf {
        self.folder.join(format!("{}-{digest:016x}.slots", safe_name(objective)))
    }
}

/// Every sound record, the newest of each index, and how many there were. Where
/// bytes are damaged the next record is looked for byte by byte.
fn read(bytes: &[u8], digest: u64) -> (Loaded, usize) {
    let mut slots = BTreeMap::new();
    let (mut rest, mut damaged, mut records) = (bytes, 0, 0);
    while !rest.is_empty() {
        let step = if let Some(slot) = decode(rest, digest) {
            slots.insert(slot.index, slot);
            records += 1;
            SIZE
        } else {
            damaged += 1;
            1
        };
        rest = rest.get(step..).unwrap_or_default();
    }
    (Loaded { slots: slots.into_values().collect(), damaged }, records)
}
