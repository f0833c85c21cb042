//! Adding an entry, after mending what a crash left.

use super::{AuditLog, Head};
use crate::domain::{AuditEntry, AuditKind, Fault, GENESIS, clean, redact_text, torn_digest};
use crate::store::files::unusable;
use crate::store::write_private;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

impl AuditLog {
    /// Appends `entry` as the next link and syncs it to the disk; returns it
    /// as written. Text a person or a server wrote is stripped of escape
    /// sequences and credentials on the way in.
    pub fn append(&self, entry: AuditEntry) -> Result<AuditEntry, Fault> {
        let _lock = self.locked(true)?;
        let mut file = OpenOptions::new()
            .append(true)
            .read(true)
            .create(true)
            .mode(0o600)
            .open(&self.log)
            .map_err(|error| unusable("open", &self.log, &error))?;
        let mut tip = self.tip(&mut file)?;
        if let Some(trouble) = tip.trouble.take() {
            let repair = AuditEntry { digest: trouble.digest, ..note_of_repair(&entry, &trouble.what) };
            self.push(&mut file, &mut tip, repair)?;
        }
        self.push(&mut file, &mut tip, presentable(entry))
    }

    fn push(&self, file: &mut File, tip: &mut Tip, entry: AuditEntry) -> Result<AuditEntry, Fault> {
        let entry = entry.chained(tip.count, &tip.hash);
        let mut line = if tip.open_line { vec![b'\n'] } else { Vec::new() };
        serde_json::to_writer(&mut line, &entry)
            .map_err(|error| unusable("encode an entry for", &self.log, &error.into()))?;
        line.push(b'\n');
        // One write call per line: a crash can tear the last line, never two.
        file.write_all(&line)
            .and_then(|()| file.sync_data())
            .map_err(|error| unusable("append to", &self.log, &error))?;
        let bytes = file.metadata().map_err(|error| unusable("read", &self.log, &error))?.len();
        tip.count += 1;
        tip.hash.clone_from(&entry.hash);
        tip.open_line = false;
        let head = Head { count: tip.count, hash: tip.hash.clone(), bytes };
        write_private(&self.head, &serde_json::to_vec(&head).unwrap_or_default())?;
        Ok(entry)
    }

    /// Where the chain goes on. It goes on from the head even if the log is
    /// shorter: the gap then stays in the log for everybody to see.
    fn tip(&self, file: &mut File) -> Result<Tip, Fault> {
        let broken = |error| unusable("read", &self.log, &error);
        let length = file.metadata().map_err(broken)?.len();
        let head = self.read_head()?;
        let missing_head = head.is_none() && length > 0;
        let head = head.unwrap_or_else(|| Head { count: 0, hash: GENESIS.to_owned(), bytes: 0 });
        let mut tip = Tip { count: head.count, hash: head.hash, open_line: false, trouble: None };
        if length < head.bytes {
            tip.open_line = length > 0 && last_byte(file).map_err(broken)? != b'\n';
            return Ok(tip);
        }
        file.seek(SeekFrom::Start(head.bytes)).map_err(broken)?;
        let mut tail = Vec::new();
        file.read_to_end(&mut tail).map_err(broken)?;
        tip.follow(&String::from_utf8_lossy(&tail));
        if missing_head && tip.trouble.is_none() && !tip.open_line {
            let what = format!("the head file was missing; {} entries were found", tip.count);
            tip.trouble = Some(Trouble { what, digest: String::new() });
        }
        Ok(tip)
    }
}

fn last_byte(file: &mut File) -> std::io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    match file.read_exact(&mut byte) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(b'\n'),
        Err(error) => Err(error),
        Ok(()) => Ok(byte[0]),
    }
}

/// The end of the chain while appending.
struct Tip {
    count: u64,
    hash: String,
    /// The file does not end with a line break.
    open_line: bool,
    trouble: Option<Trouble>,
}

/// What a crash left, to be owned up to in a repair entry.
struct Trouble {
    what: String,
    digest: String,
}

impl Tip {
    /// Takes over what was appended after the head was written: entries that
    /// continue the chain, and a last line torn by a crash. A foreign line is
    /// left where it is; `verify` will point at it.
    fn follow(&mut self, tail: &str) {
        for line in tail.split_inclusive('\n') {
            self.open_line = !line.ends_with('\n');
            let text = line.trim_end_matches('\n');
            match serde_json::from_str::<AuditEntry>(text) {
                Ok(entry) if entry.seq == self.count && entry.prev == self.hash => {
                    self.count += 1;
                    self.hash = entry.hash;
                }
                Err(_) if self.open_line => {
                    let what = "the last line was torn by a crash".to_owned();
                    self.trouble = Some(Trouble { what, digest: torn_digest(text) });
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
}

fn note_of_repair(next: &AuditEntry, what: &str) -> AuditEntry {
    AuditEntry {
        context: next.context.clone(),
        cluster: next.cluster.clone(),
        result: "repaired".to_owned(),
        detail: what.to_owned(),
        ..AuditEntry::new(&next.actor, AuditKind::Repair, "repair the log".to_owned(), next.at)
    }
}

fn presentable(entry: AuditEntry) -> AuditEntry {
    let safe = |text: &str| redact_text(&clean(text));
    AuditEntry {
        reason: safe(&entry.reason),
        detail: safe(&entry.detail),
        action: safe(&entry.action),
        ..entry
    }
}
