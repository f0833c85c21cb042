//! Remembering how lists look: the newest wins, whichever write ends last.

use super::Message;
use super::effects::Runner;
use crate::msg::{Event, Level, Notice, Views};
use crate::store::write_private;
use std::sync::{Arc, Mutex, PoisonError};

/// What was written last, by its number.
#[derive(Debug, Default)]
pub(super) struct Kept {
    asked: u64,
    written: Arc<Mutex<u64>>,
}

impl Runner {
    pub(super) fn keep_views(&mut self, views: Views) -> Option<Event> {
        self.kept.asked += 1;
        let (number, written) = (self.kept.asked, self.kept.written.clone());
        let (folders, out) = (self.standing.folders.clone(), self.out.clone());
        self.tasks.spawn("remember how lists look", async move {
            let saving = move || {
                let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                if *written > number {
                    return Ok(());
                }
                *written = number;
                write_private(&folders.views_file(), views.text().as_bytes())
            };
            let notice = match tokio::task::spawn_blocking(saving).await {
                Ok(Ok(())) => return,
                Ok(Err(fault)) => Notice::from(&fault),
                Err(error) => {
                    Notice::new(Level::Error, format!("how lists look was not remembered: {error}"))
                }
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
        None
    }
}
