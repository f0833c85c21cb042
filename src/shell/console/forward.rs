//! Tunnels asked for on the screen.

use super::Message;
use super::effects::{Runner, not_connected};
use crate::domain::{Fault, FaultKind};
use crate::msg::{Event, ForwardAsk, Level, Notice};
use crate::shell::connection::Link;
use crate::shell::forward::News;
use tokio::sync::mpsc;

/// Tells the loop of tunnels for as long as there is one.
pub(super) async fn tell(mut news: News, out: mpsc::Sender<Message>) {
    while let Some(list) = news.next_calmly().await {
        if out.send(Message::Event(Event::Forwards(list))).await.is_err() {
            return;
        }
    }
}

impl Runner {
    /// Opens a tunnel and says what it opens. It is recorded: what goes through
    /// it is seen by nobody else.
    pub(super) fn forward(&mut self, ask: ForwardAsk, link: Option<&Link>) -> Event {
        let opened = match link {
            None => Err(not_connected()),
            Some(_) if self.profile.guardrails.denies("forward") => {
                let text = "no tunnel was opened: forward is denied in this context";
                Err(Fault::new(FaultKind::Refused, text)
                    .hint("take it out of `deny` in the context's file, if it is meant to be possible"))
            }
            Some(link) => self.forwards.open(link.cluster.clone(), ask, self.standing.clock.now().wall),
        };
        let notice = match opened {
            Err(fault) => Notice::from(&fault),
            Ok(forward) => {
                let (from, port) = (forward.address(), forward.ports.remote);
                let text = format!("{from} opens port {port} of {}", forward.target());
                self.record(self.note(text.clone()), "");
                let hint = ":forwards lists and closes it; quitting closes it".to_owned();
                Notice { level: Level::Success, text: format!("{text} for programs of this machine"), hint }
            }
        };
        Event::Notice(notice)
    }
}
