//! Silences asked for on the screen.

use super::Message;
use super::effects::Runner;
use crate::domain::{Fault, FaultKind, Permit, SilenceOrder};
use crate::msg::{Event, Level, Notice};
use crate::shell::connection::Link;
use crate::shell::monitoring::carry_out;

impl Runner {
    /// Sends an admitted silence; the alerts are read again at once after it.
    pub(super) fn silence(
        &self,
        mut order: SilenceOrder,
        permit: Permit,
        link: Option<&Link>,
    ) -> Option<Event> {
        if let Err(event) = self.open_for_writing(link) {
            return Some(*event);
        }
        let Some((alertmanager, hurry)) = link.and_then(Link::alertmanager) else {
            let fault = Fault::new(FaultKind::NotFound, "no Alertmanager is known: nothing was sent");
            return Some(Event::Notice(Notice::from(&fault.hint("name one with the option alertmanager"))));
        };
        order.actor = self.standing.actor.clone();
        let (audit, out) = (self.standing.audit.clone(), self.out.clone());
        self.tasks.spawn("silence", async move {
            let notice = match carry_out(&audit, &alertmanager, &order, permit).await {
                Ok(id) => Notice::new(Level::Success, format!("{}: done ({id})", order.phrase())),
                Err(fault) => Notice::from(&fault),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
            hurry();
        });
        None
    }
}
