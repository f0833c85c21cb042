//! The log file: never the screen, never standard error.

use crate::domain::{Fault, FaultKind};
use crate::store::Folders;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::EnvFilter;

/// A log larger than this is set aside at the next start: 8 MiB. One old one is kept.
const LARGEST: u64 = 8 << 20;

/// Writes the log until dropped.
#[derive(Debug)]
pub struct Logging {
    /// The file.
    pub path: PathBuf,
    _writer: WorkerGuard,
}

/// Begins to log to `log/qd.log`, at `level` for ourselves and warnings for
/// the libraries; kube calls every refusal an error, and ours say which. Writing happens on its own thread: a slow disk never slows a key.
pub fn start(folders: &Folders, level: &str) -> Result<Logging, Fault> {
    let path = folders.logs().join("qd.log");
    let open = || -> io::Result<_> {
        DirBuilder::new().recursive(true).mode(0o700).create(folders.logs())?;
        if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > LARGEST) {
            std::fs::rename(&path, path.with_extension("log.1"))?;
        }
        OpenOptions::new().append(true).create(true).mode(0o600).open(&path)
    };
    let file = open().map_err(|error| {
        Fault::new(FaultKind::Config, format!("cannot write the log '{}': {error}", path.display()))
    })?;
    let (writer, guard) = tracing_appender::non_blocking(file);
    let filter = EnvFilter::new(format!("warn,kube_client=off,quarterdeck={level}"));
    let subscriber =
        tracing_subscriber::fmt().with_writer(writer).with_ansi(false).with_env_filter(filter).finish();
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| Fault::new(FaultKind::Internal, format!("logging was set up twice: {error}")))?;
    Ok(Logging { path, _writer: guard })
}
