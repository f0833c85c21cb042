//! What is typed, clicked and pasted.
//!
//! It is read in a thread of its own, and that the terminal is gone is seen in
//! another one: crossterm's reader takes an end of input for "more to come" and
//! asks again for ever (0.29, `event/source/unix/mio.rs`). In the loop's thread
//! that would be a console that hears no signal, hands nothing over, and keeps
//! what it drives from everybody else, for its heartbeats go on.

use super::Ready;
use crate::domain::{Fault, FaultKind};
use crate::msg::Event;
use crossterm::event::{Event as Input, EventStream, KeyEventKind};
use futures::StreamExt as _;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::future::poll_fn;
use std::task::Poll;
use std::thread::Builder;
use std::time::Duration;
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Most inputs taken before a frame: a held key or a fast wheel paints once.
const INPUTS: usize = 64;
/// Batches waiting for the loop.
const BATCHES: usize = 16;
/// For the reader to stop. A key typed later than this is ours, not the other program's.
const STOPPING: Duration = Duration::from_secs(1);

type Batch = std::io::Result<Vec<Input>>;

/// The reader of keys. Dropped, it stops by itself.
#[derive(Debug)]
pub(super) struct Keys {
    batches: mpsc::Receiver<Batch>,
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
}

impl Keys {
    /// Begins to read.
    pub(super) fn read() -> Result<Self, Fault> {
        let (out, batches) = mpsc::channel(BATCHES);
        let (stop, asked) = oneshot::channel();
        let (tell, stopped) = oneshot::channel();
        let alone = runtime::Builder::new_current_thread().build().map_err(|error| unheard(&error))?;
        let reader = Builder::new().name("keys".to_owned()).spawn(move || {
            alone.block_on(forward(out, asked));
            // Nobody waits for it where the console ends.
            let _heard = tell.send(());
        });
        reader.map_err(|error| unheard(&error))?;
        Ok(Self { batches, stop, stopped })
    }

    /// What comes next, with all that is there already; none at the end.
    pub(super) async fn next(&mut self) -> Option<Batch> {
        self.batches.recv().await
    }

    /// Stops reading: what is typed from now on is for another program.
    pub(super) async fn close(self) {
        let Self { batches, stop, stopped } = self;
        drop((batches, stop));
        // The reader of a terminal that is gone never stops; that is told elsewhere.
        let _in_time = timeout(STOPPING, stopped).await;
    }
}

async fn forward(out: mpsc::Sender<Batch>, mut stop: oneshot::Receiver<()>) {
    let mut keys = EventStream::new();
    loop {
        let first = tokio::select! {
            biased;
            _ = &mut stop => return,
            first = keys.next() => first,
        };
        let batch = match first {
            None => return,
            Some(Err(error)) => Err(error),
            Some(Ok(first)) => Ok(drain(first, &mut keys).await),
        };
        let failed = batch.is_err();
        if out.send(batch).await.is_err() || failed {
            return;
        }
    }
}

/// Takes what is there besides the first, with the thread's own waker: the stream
/// keeps the first waker of a quiet spell, and with one that wakes nobody the
/// next key would wait for some other event.
async fn drain(first: Input, keys: &mut EventStream) -> Vec<Input> {
    let mut inputs = vec![first];
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

/// The next keys; never any while the terminal is lent.
pub(super) async fn next_keys(keys: Option<&mut Keys>) -> Option<Batch> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

/// Comes when the terminal is gone, also where hangup signals do not reach us
/// (`nohup`). Never, where a terminal cannot be waited for so (macOS says that it
/// is none): there only the signal tells.
pub(super) fn terminal_gone() -> Result<Ready, Fault> {
    let (tell, told) = oneshot::channel();
    let watcher = Builder::new().name("terminal".to_owned()).spawn(move || {
        let screen = std::io::stdout();
        // Nothing is asked for: only a hangup or an error ends the wait.
        let mut watched = [PollFd::new(&screen, PollFlags::empty())];
        while poll(&mut watched, None) == Err(Errno::INTR) {}
        if watched.iter().any(|fd| fd.revents().intersects(PollFlags::HUP | PollFlags::ERR)) {
            // The console may have ended before.
            let _heard = tell.send(());
        }
    });
    watcher.map_err(|error| unheard(&error))?;
    Ok(Box::pin(async move {
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
    }))
}

fn unheard(error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("the keys cannot be read: {error}"))
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
