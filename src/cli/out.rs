//! Printing that survives a closed pipe.

use crate::domain::{Fault, FaultKind, Health};
use crate::ui::Role;
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

/// Standard output of one verb.
#[derive(Clone, Debug)]
pub(super) struct Out {
    color: bool,
    /// What would be printed, where somebody else is to have it.
    kept: Option<Arc<Mutex<String>>>,
    /// Columns of the terminal; none on a pipe, where lines are as long as they are.
    columns: Option<usize>,
}

/// A colour by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// Less important.
    Faint,
    /// Well.
    Good,
    /// Look at it.
    Warn,
    /// Broken.
    Bad,
}

impl Tone {
    /// The others are plain.
    const OF_ROLES: [(Role, Self); 8] = [
        (Role::Good, Self::Good),
        (Role::Moving, Self::Warn),
        (Role::Paused, Self::Warn),
        (Role::Warn, Self::Warn),
        (Role::Unknown, Self::Warn),
        (Role::Bad, Self::Bad),
        (Role::Dim, Self::Faint),
        (Role::Idle, Self::Faint),
    ];

    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Warn => "33",
            Self::Bad => "31",
        }
    }

    /// The tone of what the console draws in `role`.
    pub(super) fn of_role(role: Role) -> Self {
        Self::OF_ROLES.iter().find(|(known, _)| *known == role).map_or(Self::Plain, |(_, tone)| *tone)
    }

    /// The tone of a health.
    pub(super) fn of(health: Health) -> Self {
        match health {
            Health::Idle => Self::Faint,
            Health::Healthy => Self::Good,
            Health::Moving | Health::Paused | Health::Unknown => Self::Warn,
            Health::Degraded | Health::Down => Self::Bad,
        }
    }
}

impl Out {
    /// `choice` is the `color` option; `auto` colours only a terminal that wants it.
    pub(super) fn new(choice: &str, unwanted: bool) -> Self {
        let color = match choice {
            "always" => true,
            "never" => false,
            _ => io::stdout().is_terminal() && !unwanted,
        };
        let terminal = io::stdout().is_terminal();
        let columns =
            crossterm::terminal::size().ok().filter(|_| terminal).map(|(columns, _)| columns.into());
        Self { color, columns, kept: None }
    }

    /// `text` in `tone`, if colours are on.
    pub(super) fn paint(&self, text: &str, tone: Tone) -> String {
        match tone.code() {
            code if self.color && !code.is_empty() && !text.is_empty() => {
                format!("\u{1b}[{code}m{text}\u{1b}[0m")
            }
            _ => text.to_owned(),
        }
    }

    /// Keeps what is printed.
    pub(super) fn keeping() -> Self {
        Self { color: false, columns: None, kept: Some(Arc::default()) }
    }

    /// What was kept so far.
    pub(super) fn kept(&self) -> String {
        self.kept
            .as_ref()
            .map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .unwrap_or_default()
    }

    /// Columns there are; none if lines may have any length.
    pub(super) fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// The same for a terminal of that width.
    #[cfg(test)]
    pub(super) fn of_width(self, columns: usize) -> Self {
        Self { columns: Some(columns), ..self }
    }

    /// Prints text as it is.
    pub(super) fn text(&self, text: &str) -> Result<(), Fault> {
        if let Some(kept) = &self.kept {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        done(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
    }

    /// Prints one line.
    pub(super) fn line(&self, line: &str) -> Result<(), Fault> {
        self.text(&format!("{line}\n"))
    }
}

/// What a closed pipe ends with: nobody listens, so nothing is said.
pub(super) const CLOSED: &str = "closed pipe";

fn done(written: io::Result<()>) -> Result<(), Fault> {
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Fault::new(FaultKind::Internal, CLOSED)),
        Err(error) => Err(Fault::new(FaultKind::Internal, format!("cannot print: {error}"))),
    }
}

/// Says something beside the output: on standard error, where errors do not matter.
pub(super) fn aside(line: &str) {
    let _nobody_listens = writeln!(io::stderr().lock(), "{line}");
}

/// A failure as a person reads it: what, then what to do.
pub(super) fn complain(fault: &Fault) {
    if fault.text == CLOSED {
        return;
    }
    aside(&format!("qd: {}", fault.text));
    for hint in &fault.hints {
        aside(&format!("  {hint}"));
    }
}
