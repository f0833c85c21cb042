//! What is typed, clicked and pasted.

use crate::msg::Event;
use crossterm::event::{Event as Input, EventStream, KeyEventKind};
use futures::StreamExt as _;
use std::future::poll_fn;
use std::task::Poll;

/// Most inputs taken before a frame: a held key or a fast wheel paints once.
const INPUTS: usize = 64;

/// The next key; never one while the terminal is lent.
pub(super) async fn next_key(keys: Option<&mut EventStream>) -> Option<std::io::Result<Input>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

/// Takes what is there besides the first, with the loop's own waker: the stream
/// keeps the first waker of a quiet spell, and with one that wakes nobody the
/// next key would wait for some other event.
pub(super) async fn drain(first: Input, keys: Option<&mut EventStream>) -> Vec<Input> {
    let mut inputs = vec![first];
    let Some(keys) = keys else { return inputs };
    poll_fn(|context| {
        while inputs.len() < INPUTS
            && let Poll::Ready(Some(Ok(input))) = keys.poll_next_unpin(context)
        {
            inputs.push(input);
        }
        Poll::Ready(())
    })
    .await;
    inputs
}

pub(super) fn event_of(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) if key.kind != KeyEventKind::Release => Some(Event::Key(key)),
        Input::Mouse(mouse) => Some(Event::Mouse(mouse)),
        Input::Paste(text) => Some(Event::Paste(text)),
        Input::Resize(columns, rows) => Some(Event::Resize(columns, rows)),
        Input::FocusGained => Some(Event::Focus(true)),
        Input::FocusLost => Some(Event::Focus(false)),
        Input::Key(_) => None,
    }
}
