//! Reading the log back, and proving it whole.

use super::{AuditFilter, AuditLog};
use crate::domain::{AuditEntry, Fault, FaultKind, verify_chain};
use crate::store::files::unusable;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};

/// A log that verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Every entry, oldest first.
    pub entries: Vec<AuditEntry>,
    /// The last line was being written when its writer died; the next entry
    /// will own up to it.
    pub torn: bool,
}

impl AuditLog {
    /// Checks every link and that the end is the one the head remembers.
    ///
    /// Fails with the line where the chain does not hold.
    pub fn verify(&self) -> Result<Verified, Fault> {
        let _lock = self.locked(false)?;
        let text = match std::fs::read(&self.log) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(unusable("read", &self.log, &error)),
        };
        let (whole, rest) = text.rsplit_once('\n').map_or(("", text.as_str()), |(whole, rest)| (whole, rest));
        let torn = !rest.is_empty();
        let entries = verify_chain(whole).map_err(|error| {
            self.tampered(&format!("{}:{}: {}", self.log.display(), error.line, error.why))
        })?;
        self.check_end(&entries)?;
        Ok(Verified { entries, torn })
    }

    fn check_end(&self, entries: &[AuditEntry]) -> Result<(), Fault> {
        let Some(head) = self.read_head()? else {
            if entries.is_empty() {
                return Ok(());
            }
            let text = format!("'{}' is missing: a cut-off end would not be seen", self.head.display());
            return Err(self.tampered(&text));
        };
        let (count, found) = (head.count, entries.len() as u64);
        if found < count {
            let text = format!(
                "{}: {found} entries, but {count} were written: the end is missing",
                self.log.display()
            );
            return Err(self.tampered(&text));
        }
        let last = usize::try_from(count).ok().and_then(|n| n.checked_sub(1)).and_then(|n| entries.get(n));
        match last {
            Some(entry) if entry.hash != head.hash => {
                let text = format!("{}:{count}: not the entry that was written last", self.log.display());
                Err(self.tampered(&text))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn tampered(&self, text: &str) -> Fault {
        Fault::new(FaultKind::Refused, format!("the audit log does not verify: {text}"))
            .hint("keep a copy of the file as it is: what it still says is evidence")
            .hint(format!("entries that read are shown by `qd audit`; the log is {}", self.log.display()))
    }

    /// The newest `most` entries that match, oldest first. Lines that cannot be
    /// read are left out: [`verify`](Self::verify) is what judges.
    pub fn newest(&self, most: usize, filter: &AuditFilter) -> Result<Vec<AuditEntry>, Fault> {
        let file = match File::open(&self.log) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable("read", &self.log, &error)),
        };
        let mut kept = VecDeque::with_capacity(most.min(1024));
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| unusable("read", &self.log, &error))?;
            let Ok(entry) = serde_json::from_str::<AuditEntry>(&line) else { continue };
            if !filter.matches(&entry) {
                continue;
            }
            if kept.len() == most {
                kept.pop_front();
            }
            kept.push_back(entry);
        }
        Ok(kept.into())
    }
}
