//! The connections that are open: the one in front, and those behind it.
//!
//! Each has channels of its own for all that comes of it. News of one can
//! therefore not be taken for news of another, whenever they arrive.

use super::{BATCH, Message};
use crate::catalog::Catalog;
use crate::domain::{ContextName, Fact, Finding};
use crate::shell::connection::Link;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Contexts that are open at once. Each costs its watches, on both sides; the
/// one left longest ago is closed for a fifth.
const MOST_OPEN: usize = 4;

/// Answers of a connection waiting for the loop.
const MESSAGES: usize = 256;

/// A connection of the console.
pub(super) struct Open {
    /// It.
    pub(super) link: Link,
    /// The catalogue read for it.
    pub(super) catalog: Option<Arc<Catalog>>,
    /// What its tasks say goes in here.
    pub(super) out: mpsc::Sender<Message>,
    news: mpsc::Receiver<Message>,
}

/// Something from a connection.
pub(super) enum Heard {
    /// From one of its tasks.
    Message(Message),
    /// From its watches, oldest first.
    Facts(Vec<Fact>),
}

impl Open {
    /// A connection made by `make`, which is given where its tasks are to send to.
    pub(super) fn new(make: impl FnOnce(mpsc::Sender<Message>) -> Link) -> Self {
        let (out, news) = mpsc::channel(MESSAGES);
        Self { link: make(out.clone()), catalog: None, out, news }
    }

    /// Another catalogue was read; one that could not be read changes nothing.
    pub(super) fn take_catalog(&mut self, read: Option<&(Arc<Catalog>, Vec<Finding>)>) {
        if let Some((catalog, _)) = read {
            self.catalog = (!catalog.entities().is_empty()).then(|| catalog.clone());
        }
    }

    fn poll_hear(&mut self, wake: &mut Context<'_>) -> Poll<Heard> {
        // It never ends: we hold a sender ourselves.
        if let Poll::Ready(Some(message)) = self.news.poll_recv(wake) {
            return Poll::Ready(Heard::Message(message));
        }
        let mut facts = Vec::new();
        match self.link.facts.poll_recv_many(wake, &mut facts, BATCH) {
            // The end of all watches is no news.
            Poll::Ready(0) | Poll::Pending => Poll::Pending,
            Poll::Ready(_) => Poll::Ready(Heard::Facts(facts)),
        }
    }
}

/// The connections, the one in front first, then by when they were left.
#[derive(Default)]
pub(super) struct Links {
    open: Vec<Open>,
}

impl Links {
    /// The one in front.
    pub(super) fn front(&self) -> Option<&Open> {
        self.open.first()
    }

    /// The one in front, to be changed.
    pub(super) fn front_mut(&mut self) -> Option<&mut Open> {
        self.open.first_mut()
    }

    /// The one behind to `context`, to be changed.
    pub(super) fn behind_mut(&mut self, context: &ContextName) -> Option<&mut Open> {
        self.open.iter_mut().skip(1).find(|open| open.link.place.context == *context)
    }

    /// Puts a new connection in front; it replaces one to the same context.
    /// The contexts closed for it.
    pub(super) fn put(&mut self, new: Open) -> Vec<ContextName> {
        self.open.retain(|open| open.link.place.context != new.link.place.context);
        self.open.insert(0, new);
        let kept = self.open.len().min(MOST_OPEN);
        self.open.drain(kept..).map(|open| open.link.place.context.clone()).collect()
    }

    /// Brings the connection to `context` to the front; whether there was one behind.
    pub(super) fn bring(&mut self, context: &ContextName) -> bool {
        let behind = self.open.iter().skip(1).position(|open| open.link.place.context == *context);
        let Some(at) = behind else { return false };
        let open = self.open.remove(at + 1);
        self.open.insert(0, open);
        true
    }

    /// The next news of any of them; of one behind, with its context.
    pub(super) async fn hear(&mut self) -> (Option<ContextName>, Heard) {
        poll_fn(|wake| {
            for (at, open) in self.open.iter_mut().enumerate() {
                if let Poll::Ready(heard) = open.poll_hear(wake) {
                    return Poll::Ready(((at > 0).then(|| open.link.place.context.clone()), heard));
                }
            }
            Poll::Pending
        })
        .await
    }
}
