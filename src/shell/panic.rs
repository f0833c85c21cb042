//! What happens when we have a bug.
use super::terminal::Restorer;
use crate::domain::redact_text;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::Path;
use std::thread::{self, ThreadId};

/// From now on a panic of this thread gives the terminal back and says where
/// it happened; a panic of any other thread goes to the log, and the task's
/// owner reports it: the console lives on.
pub fn install(restorer: Restorer, log: &Path) {
    let (screen, log) = (thread::current().id(), log.display().to_string());
    std::panic::set_hook(Box::new(move |info| report(info, screen, &restorer, &log)));
}

fn report(info: &PanicHookInfo<'_>, screen: ThreadId, restorer: &Restorer, log: &str) {
    let what = redact_text(info.payload_as_str().unwrap_or("no message"));
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(%place, "panic: {what}");
    if thread::current().id() != screen {
        return;
    }
    restorer.restore();
    // Not `eprintln!`: that panics where standard error is gone, and a panic here aborts.
    let _nobody_reads = writeln!(
        std::io::stderr().lock(),
        "qd: internal error at {place}: {what}\n  \
         this is a bug; the terminal was given back, and nothing was left half-written\n  \
         the log has more: {log}"
    );
}
