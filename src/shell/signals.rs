//! What the outside asks of the process.

use crate::domain::{Fault, FaultKind};
use rustix::process::{Signal as Kind, kill_current_process_group};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

/// A request to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal is gone.
    Hangup,
    /// Somebody typed ctrl-c outside raw mode, or sent it.
    Interrupt,
    /// Somebody or the machine wants us gone.
    Terminate,
}

impl Signal {
    /// The exit code shells expect: 128 + the signal's number.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Hangup => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Listens from when it is made.
#[derive(Debug)]
pub struct Signals {
    hangup: Stream,
    interrupt: Stream,
    terminate: Stream,
}

impl Signals {
    /// Begins to listen; from now on these signals no longer end the process by themselves.
    pub fn listen() -> Result<Self, Fault> {
        let open = |kind| {
            signal(kind).map_err(|error| {
                Fault::new(FaultKind::Internal, format!("cannot listen for signals: {error}"))
            })
        };
        Ok(Self {
            hangup: open(SignalKind::hangup())?,
            interrupt: open(SignalKind::interrupt())?,
            terminate: open(SignalKind::terminate())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Hangup,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

/// Stops the whole job, as the terminal itself would on ctrl-z, and returns when
/// it goes on. Where no shell could let it go on (it is nobody's job), the
/// kernel takes no notice of the signal and this returns at once.
pub(super) fn stop() -> Result<(), Fault> {
    kill_current_process_group(Kind::TSTP)
        .map_err(|error| Fault::new(FaultKind::Internal, format!("cannot stop: {error}")))
}
