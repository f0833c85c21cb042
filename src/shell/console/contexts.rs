//! Going from one context to another, and hearing of those left open.

use super::links::Heard;
use super::{Console, Ending, Front, Message};
use crate::cluster::Cluster;
use crate::domain::{ContextName, Fault, Namespace};
use crate::msg::{Event, Place};

impl<F: Front> Console<F> {
    /// A connection that was asked for stands: it comes to the front.
    pub(super) fn arrived(&mut self, (cluster, place): (Cluster, Place)) -> Result<Option<Ending>, Fault> {
        let (place, told) = self.runner.enter(place);
        self.runner.recover(&cluster);
        let closed = self.links.put(self.runner.open(cluster)).into_iter().map(Event::Parted);
        self.runner.load_catalog(self.links.front());
        self.come(closed.chain([Event::Connected(place)]).chain(told))
    }

    /// News of a connection that is open and not in front.
    pub(super) fn behind(&mut self, context: ContextName, heard: Heard) -> Result<Option<Ending>, Fault> {
        let event = match heard {
            Heard::Facts(facts) => Event::Facts(facts),
            Heard::Message(Message::Event(event)) => event,
            Heard::Message(Message::Catalog(read)) => {
                if let Some(open) = self.links.behind_mut(&context) {
                    open.take_catalog(read.as_ref().ok());
                }
                Event::Catalog(read)
            }
            // Its metrics are read from where they were; what was being worked
            // out there was left with its dialog.
            Heard::Message(Message::Collect | Message::Up { .. } | Message::Planned { .. }) => {
                return Ok(None);
            }
        };
        self.feed_one(Event::Elsewhere(context, Box::new(event)))
    }

    /// Goes to another context: at once to one that is open.
    pub(super) fn go(
        &mut self,
        context: &ContextName,
        namespace: Option<&Namespace>,
    ) -> Result<Option<Ending>, Fault> {
        if namespace.is_some() || !self.links.bring(context) {
            self.runner.connect(context, namespace);
            return Ok(None);
        }
        self.runner.stay();
        let Some(place) = self.links.front().map(|open| open.link.place.clone()) else { return Ok(None) };
        let (place, told) = self.runner.enter(place);
        self.come([Event::Returned(place)].into_iter().chain(told))
    }

    fn come(&mut self, told: impl Iterator<Item = Event>) -> Result<Option<Ending>, Fault> {
        for event in told {
            if self.feed(event)? {
                return Ok(Some(Ending::Quit));
            }
        }
        Ok(None)
    }
}
