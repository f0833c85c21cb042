//! Lending the terminal to another program.

use super::{Console, Ending, Front};
use crate::domain::Fault;
use crate::msg::{Event, Outside};
use crate::shell::{Signal, Signals};

impl<F: Front> Console<F> {
    /// Gives the terminal back, runs the other program, takes the terminal again.
    /// What it told, and whether we were asked to end meanwhile. A ctrl-c typed
    /// then was meant for that program.
    pub(super) async fn lend_to(
        &mut self,
        outside: Outside,
        signals: &mut Signals,
    ) -> Result<(Vec<Event>, Option<Ending>), Fault> {
        self.screen.suspend();
        let mut ending = None;
        let told = {
            let mut lent = std::pin::pin!(self.runner.outside(outside, self.links.front()));
            loop {
                tokio::select! {
                    told = &mut lent => break told,
                    signal = signals.next() => match signal {
                        Signal::Interrupt => {}
                        Signal::Hangup | Signal::Terminate => ending = Some(Ending::Signalled(signal)),
                    },
                }
            }
        };
        self.screen.resume()?;
        self.pace.changed();
        Ok((told, ending))
    }
}
