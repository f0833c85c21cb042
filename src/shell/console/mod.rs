//! The loop: one event in, effects out, a frame if something changed.
//!
//! Everything that happens comes through one `select!`: signals first, then
//! keys, then answers, then news. Bursts are drained before drawing. There is
//! no tick: the loop sleeps exactly until the moment the app asked for.

mod acting;
mod approve;
mod background;
mod contexts;
mod deliver;
mod effects;
mod feed;
mod forward;
mod fragile;
mod front;
mod inputs;
mod lend;
mod links;
mod pace;
mod profile;
mod reading;
mod silence;
mod views;

pub use effects::Standing;
pub use fragile::Fragile;
pub use front::Front;

use super::connection::Connector;
use super::deliver::News;
use super::terminal::Screen;
use super::{Panicked, Signal, Signals, Tasks};
use crate::catalog::Catalog;
use crate::cluster::Cluster;
use crate::domain::{ContextName, Fault, Finding, Now, Plan};
use crate::engine::Expected;
use crate::msg::{Event, Level, Notice, Outside, Place, RunView};
use background::Background;
use crossterm::event::Event as Input;
use effects::Runner;
use inputs::{Keys, event_of, next_keys, terminal_gone};
use links::{Heard, Links};
use pace::Pace;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Facts taken at once.
const BATCH: usize = 256;
/// Answers waiting for the loop.
const MESSAGES: usize = 256;
/// A wake-up that is already due must not keep the loop from its other work.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// Something for the loop from one of its tasks.
#[derive(Debug)]
pub(super) enum Message {
    /// To be taken in as it is.
    Event(Event),
    /// Time to say again what metrics are to be read.
    Collect,
    /// A connection stands, of this attempt.
    Up { number: u64, up: Box<(Cluster, Place)> },
    /// The catalogue was read, or could not be.
    Catalog(Result<(Arc<Catalog>, Vec<Finding>), Fault>),
    /// An action was worked out.
    Planned { ticket: u64, plan: Box<Result<(Plan, Expected), Fault>> },
}

/// Why the console ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The person asked for it.
    Quit,
    /// The outside asked for it.
    Signalled(Signal),
    /// The terminal went away.
    TerminalGone,
}

impl Ending {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Quit => 0,
            Self::Signalled(signal) => signal.exit_code(),
            Self::TerminalGone => Signal::Hangup.exit_code(),
        }
    }
}

struct Console<F> {
    front: F,
    screen: Screen,
    runner: Runner,
    pace: Pace,
    links: Links,
    /// What the terminal is to be lent to.
    lend: Option<Outside>,
    background: Background,
}

/// A moment that comes.
pub type Ready = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What comes in from outside the loop.
pub struct Inlets {
    /// Names of tasks that panicked, from [`Tasks::new`].
    pub panics: mpsc::Receiver<Panicked>,
    /// What the engine tells.
    pub runs: mpsc::Receiver<RunView>,
    /// What the deliveries driven here tell.
    pub deliveries: mpsc::Receiver<News>,
    /// Comes when the cluster may be connected to; none for at once.
    pub ready: Option<Ready>,
    /// Whether the terminal is asked for the colour of its background.
    pub ask_background: bool,
}

/// What comes in besides facts.
struct Sources {
    signals: Signals,
    /// None while the terminal is lent: what is typed then is not for us.
    keys: Option<Keys>,
    /// The terminal is gone.
    gone: Ready,
    messages: mpsc::Receiver<Message>,
    inlets: Inlets,
}

enum Happened {
    Signal(Signal),
    Keys(Vec<Input>),
    TerminalGone,
    Message(Message),
    Run(Box<RunView>),
    Panicked(Panicked),
    Heard(Option<ContextName>, Heard),
    Wake,
    FrameDue,
}

/// Runs the console on the taken terminal until somebody ends it.
pub async fn run<F: Front>(
    front: F,
    screen: Screen,
    standing: Standing,
    tasks: Tasks,
    inlets: Inlets,
) -> Result<Ending, Fault> {
    let (out, messages) = mpsc::channel(MESSAGES);
    let connector = Connector::new(standing.options.clone(), standing.demo, tasks.clone(), out.clone());
    let runner = Runner::new(standing, tasks, connector, out);
    let mut console = Console {
        front,
        screen,
        runner,
        pace: Pace::default(),
        links: Links::default(),
        lend: None,
        background: Background::default(),
    };
    let signals = Signals::listen()?;
    let keys = Some(Keys::read()?);
    let gone = terminal_gone()?;
    let mut sources = Sources { signals, keys, gone, messages, inlets };
    console.draw(console.now())?;
    if sources.inlets.ask_background {
        console.screen.ask(background::QUESTION)?;
        console.background.asked();
    }
    console.runner.begin(sources.inlets.ready.take());
    loop {
        let happened = console.next(&mut sources).await;
        if let Some(ending) = console.take(happened)? {
            return Ok(ending);
        }
        if let Some(outside) = console.lend.take() {
            // The reader of keys would take what is typed for the other program.
            if let Some(keys) = sources.keys.take() {
                keys.close().await;
            }
            let (told, ending) = console.lend_to(outside, &mut sources.signals).await?;
            if let Some(ending) = ending {
                return Ok(ending);
            }
            sources.keys = Some(Keys::read()?);
            for event in told {
                if console.feed(event)? {
                    return Ok(Ending::Quit);
                }
            }
        }
        console.draw_if_due()?;
    }
}

impl<F: Front> Console<F> {
    fn now(&self) -> Now {
        self.runner.standing.clock.seen()
    }

    async fn next(&mut self, sources: &mut Sources) -> Happened {
        let (sleep, due) = self.sleep();
        let wake = async {
            match sleep {
                Some(sleep) => tokio::time::sleep(sleep).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = sources.signals.next() => Happened::Signal(signal),
            () = &mut sources.gone => Happened::TerminalGone,
            keys = next_keys(sources.keys.as_mut()) => match keys {
                Some(Ok(keys)) => Happened::Keys(keys),
                Some(Err(_)) | None => Happened::TerminalGone,
            },
            Some(message) = sources.messages.recv() => Happened::Message(message),
            Some(run) = sources.inlets.runs.recv() => Happened::Run(Box::new(run)),
            Some(news) = sources.inlets.deliveries.recv() => Happened::Message(Message::Event(deliver::event(news))),
            Some(name) = sources.inlets.panics.recv() => Happened::Panicked(name),
            (behind, heard) = self.links.hear() => Happened::Heard(behind, heard),
            () = wake => due,
        }
    }

    /// How long until something is to be done without an event, and what; none
    /// for ever.
    fn sleep(&self) -> (Option<Duration>, Happened) {
        let now = self.now();
        // What waits for an age waits for the cluster's time, the rest for ours:
        // whichever comes first. Woken too early, the front names the moment again.
        let sooner = |wait: Duration| self.runner.standing.clock.ours(wait).min(wait);
        let wake = self.front.next_wake(now).map(|at| sooner(at.boot.saturating_sub(now.boot)));
        match (wake, self.pace.until_frame(now)) {
            (Some(wake), Some(frame)) if wake < frame => (Some(wake.max(SHORTEST_SLEEP)), Happened::Wake),
            (_, Some(frame)) => (Some(frame), Happened::FrameDue),
            (wake, None) => (wake.map(|wake| wake.max(SHORTEST_SLEEP)), Happened::Wake),
        }
    }

    fn take(&mut self, happened: Happened) -> Result<Option<Ending>, Fault> {
        match happened {
            Happened::Signal(signal) => return Ok(Some(Ending::Signalled(signal))),
            Happened::TerminalGone => return Ok(Some(Ending::TerminalGone)),
            Happened::Keys(inputs) => {
                let (inputs, light) = self.background.sift(inputs);
                if let Some(light) = light
                    && self.feed(Event::Background { light })?
                {
                    return Ok(Some(Ending::Quit));
                }
                for event in inputs.into_iter().filter_map(event_of) {
                    self.pace.hurry();
                    if self.feed(event)? {
                        return Ok(Some(Ending::Quit));
                    }
                }
                return Ok(None);
            }
            Happened::Message(message) | Happened::Heard(None, Heard::Message(message)) => {
                return self.message(message);
            }
            Happened::Run(run) => return self.feed_one(Event::Run(run)),
            Happened::Panicked(name) => {
                let mut notice =
                    Notice::new(Level::Error, format!("the task \"{name}\" failed by a bug of ours"));
                "the log has the place; the rest goes on".clone_into(&mut notice.hint);
                return self.feed_one(Event::Notice(notice));
            }
            Happened::Heard(None, Heard::Facts(facts)) => return self.feed_one(Event::Facts(facts)),
            Happened::Heard(Some(behind), heard) => return self.behind(behind, heard),
            Happened::Wake => return self.feed_one(Event::Wake),
            Happened::FrameDue => {}
        }
        Ok(None)
    }

    fn draw_if_due(&mut self) -> Result<(), Fault> {
        if self.front.take_dirty() {
            self.pace.changed();
        }
        let now = self.now();
        if self.pace.is_due(now) { self.draw(now) } else { Ok(()) }
    }

    fn draw(&mut self, now: Now) -> Result<(), Fault> {
        let front = &self.front;
        self.screen.draw(|frame| front.view(frame, now), || front.links())?;
        let drawn = self.now();
        self.pace.drawn(drawn);
        tracing::trace!(boot_us = drawn.boot.as_micros(), "a frame is on the screen");
        Ok(())
    }
}
