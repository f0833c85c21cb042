//! An event taken in, and what the app asks for carried out.

use super::{Console, Ending, Front, Message};
use crate::domain::Fault;
use crate::msg::{Effect, Event, Level, Notice};
use crate::shell::{picture, signals};
use std::collections::VecDeque;

impl<F: Front> Console<F> {
    pub(super) fn message(&mut self, message: Message) -> Result<Option<Ending>, Fault> {
        match message {
            Message::Event(event) => self.feed_one(event),
            Message::Collect => {
                if let Some(open) = self.links.front() {
                    open.link.collect(self.front.world());
                }
                Ok(None)
            }
            Message::Up { number, .. } if !self.runner.wants(number) => Ok(None),
            Message::Up { up, .. } => self.arrived(*up),
            Message::Catalog(read) => {
                if let Some(open) = self.links.front_mut() {
                    open.take_catalog(read.as_ref().ok());
                }
                self.feed_one(Event::Catalog(read))
            }
            Message::Planned { ticket, plan } => {
                let plan = (*plan).map(|(plan, expected)| self.runner.remember(plan, expected));
                self.feed_one(Event::Planned { ticket, plan })
            }
        }
    }

    pub(super) fn feed_one(&mut self, event: Event) -> Result<Option<Ending>, Fault> {
        Ok(self.feed(event)?.then_some(Ending::Quit))
    }

    /// Lets the app take an event in and carries out what it asks for; whether to quit.
    pub(super) fn feed(&mut self, event: Event) -> Result<bool, Fault> {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.front.update(event, self.runner.standing.clock.seen()) {
                match effect {
                    Effect::Quit => return Ok(true),
                    Effect::Suspend => {
                        self.screen.suspend();
                        signals::stop()?;
                        self.screen.resume()?;
                        self.pace.changed();
                    }
                    Effect::Repaint => {
                        self.screen.clear()?;
                        self.pace.changed();
                    }
                    Effect::Outside(outside) => self.lend = Some(outside),
                    Effect::Connect { context, namespace } => {
                        if self.go(&context, namespace.as_ref())?.is_some() {
                            return Ok(true);
                        }
                    }
                    Effect::Ring(text) => self.screen.ring(&text)?,
                    Effect::Copy(text) => self.screen.copy(&text)?,
                    Effect::SaveScreen => events.push_back(self.save_screen()?),
                    Effect::Plan { .. }
                    | Effect::Execute { .. }
                    | Effect::PlanDelivery { .. }
                    | Effect::Deliver { .. }
                    | Effect::Request { .. }
                    | Effect::Approve { .. }
                    | Effect::TakeOver { .. }
                    | Effect::LookAtLeases(_)
                    | Effect::Silence { .. }
                    | Effect::HandOver
                    | Effect::AskRights(_)
                    | Effect::LoadContexts
                    | Effect::LoadAudit
                    | Effect::LoadCatalog
                    | Effect::Look { .. }
                    | Effect::ReadChart { .. }
                    | Effect::StopCharts
                    | Effect::SaveLog { .. }
                    | Effect::RecordMode(_)
                    | Effect::RecordNote(_)
                    | Effect::KeepViews(_)
                    | Effect::FollowLogs(_)
                    | Effect::Forward(_)
                    | Effect::Redirect { .. }
                    | Effect::StopForward(_)
                    | Effect::StopLogs => {
                        events.extend(self.runner.run(effect, self.links.front(), self.front.world()));
                    }
                }
            }
        }
        Ok(false)
    }

    fn save_screen(&mut self) -> Result<Event, Fault> {
        let now = self.now();
        let front = &self.front;
        let buffer = self.screen.capture(|frame| front.view(frame, now))?;
        Ok(Event::Notice(match picture::save(&buffer, self.runner.folders(), now) {
            Ok(path) => Notice::new(Level::Success, format!("saved {} (and .txt)", path.display())),
            Err(fault) => Notice::from(&fault),
        }))
    }
}
