//! A shell in a container, on our own terminal.
//!
//! The terminal is read through a handle of its own that can be waited for:
//! the usual standard input is read by a thread that would swallow the first
//! key after the shell has ended.

use crate::cluster::{Cluster, Session};
use crate::domain::{Fault, FaultKind, ObjectKey};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe::Receiver;
use tokio::signal::unix::{SignalKind, signal};

/// The one shell images that have any shell have; `bash` is a word away in it.
const SHELL: [&str; 1] = ["sh"];

/// Raw mode for as long as it lives.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _best_effort = disable_raw_mode();
    }
}

/// Runs a shell in the pod until it ends.
///
/// # Errors
/// The server refuses, or the terminal cannot be used.
pub(super) async fn shell(cluster: &Cluster, pod: &ObjectKey, container: Option<&str>) -> Result<(), Fault> {
    let session = cluster.exec(pod, container, &SHELL).await?;
    let tell = format!("{pod}: exit or ctrl-d comes back to the console\r\n");
    io::stdout().write_all(tell.as_bytes()).map_err(|error| no_terminal(&error))?;
    let raw = Raw::enter().map_err(|error| no_terminal(&error))?;
    let ended = attach(session).await;
    drop(raw);
    ended
}

async fn attach(mut session: Session) -> Result<(), Fault> {
    let open = || -> io::Result<Receiver> {
        let tty = OpenOptions::new().read(true).custom_flags(NONBLOCK).open("/dev/tty")?;
        Receiver::from_file_unchecked(tty)
    };
    let mut tty = open().map_err(|error| no_terminal(&error))?;
    let mut resized = signal(SignalKind::window_change()).map_err(|error| no_terminal(&error))?;
    session.resize(size().unwrap_or((80, 24))).await;
    let mut typed = [0_u8; 1024];
    let mut shown = [0_u8; 8192];
    loop {
        tokio::select! {
            read = session.output.read(&mut shown) => match read {
                Ok(0) | Err(_) => break,
                Ok(n) => {
                    let mut out = io::stdout().lock();
                    let bytes = shown.get(..n).unwrap_or_default();
                    out.write_all(bytes).and_then(|()| out.flush()).map_err(|error| no_terminal(&error))?;
                }
            },
            read = tty.read(&mut typed) => {
                let n = read.map_err(|error| no_terminal(&error))?;
                let sent = session.input.write_all(typed.get(..n).unwrap_or_default()).await;
                if n == 0 || sent.is_err() || session.input.flush().await.is_err() {
                    break;
                }
            }
            _ = resized.recv() => session.resize(size().unwrap_or((80, 24))).await,
        }
    }
    session.end().await
}

/// `O_NONBLOCK`, which the standard library does not name.
const NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x4 };

fn no_terminal(error: &io::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("the terminal cannot be used for a shell: {error}"))
}
