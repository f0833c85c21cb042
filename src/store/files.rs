//! Reading and writing private files.

use crate::domain::{Fault, FaultKind};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Files of ours larger than this are not ours: 1 MiB.
const LARGEST_TEXT: u64 = 1 << 20;

/// The text of a file people write; none if there is no file.
pub fn read_text(path: &Path) -> Result<Option<String>, Fault> {
    read_text_up_to(path, LARGEST_TEXT)
}

/// The text of a file of at most `largest` bytes; none if there is no file.
pub fn read_text_up_to(path: &Path, largest: u64) -> Result<Option<String>, Fault> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable("read", path, &error)),
    };
    let mut bytes = Vec::new();
    file.take(largest.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| unusable("read", path, &error))?;
    if bytes.len() as u64 > largest {
        let text = format!("'{}' is larger than {} MiB", path.display(), largest >> 20);
        return Err(Fault::new(FaultKind::Config, text).hint("is this the right file?"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = format!("'{}' is not UTF-8 text (byte {at})", path.display());
            Err(Fault::new(FaultKind::Config, text).hint("save it as UTF-8"))
        }
    }
}

/// Replaces a file whole: readers see the old content or the new, never half,
/// also after a power cut. The file is 0600, missing folders are made 0700.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), Fault> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        make_folder(folder)?;
        let mut name = path.file_name().unwrap_or_default().to_owned();
        // The process id keeps two consoles from sharing a temporary file.
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = folder.join(name);
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| unusable("write", path, &error))
}

/// Makes a folder and its parents, private to the user.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// What to do about the failures people meet.
const HINTS: [(ErrorKind, &str); 4] = [
    (ErrorKind::PermissionDenied, "check who owns it: the file and its folder must be yours"),
    (ErrorKind::StorageFull, "make room on the disk"),
    (ErrorKind::QuotaExceeded, "make room on the disk"),
    (ErrorKind::ReadOnlyFilesystem, "choose another folder with QD_STATE_DIR or QD_CONFIG_DIR"),
];

/// The fault for a file that cannot be used.
pub(super) fn unusable(what: &str, path: &Path, error: &io::Error) -> Fault {
    let text = format!("cannot {what} '{}': {error}", path.display());
    let known = HINTS.iter().find(|(kind, _)| *kind == error.kind());
    let hint =
        known.map_or("check the path; QD_STATE_DIR and QD_CONFIG_DIR choose other folders", |(_, h)| *h);
    Fault::new(FaultKind::Config, text).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn written_files_are_private_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b/c.toml");
        assert_eq!(read_text(&path).unwrap(), None);
        write_private(&path, b"one").unwrap();
        write_private(&path, b"two").unwrap();
        assert_eq!(read_text(&path).unwrap().unwrap(), "two");
        let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file left");
    }

    #[test]
    fn bad_files_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.toml");
        std::fs::write(&path, [b'a', 0xff]).unwrap();
        let fault = read_text(&path).unwrap_err();
        assert!(fault.text.contains("x.toml' is not UTF-8 text (byte 1)"), "{fault}");
        assert!(read_text(dir.path()).is_err(), "a folder is not a file");
    }
}
