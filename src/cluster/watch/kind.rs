//! The watch of one kind.

use super::backoff::Backoff;
use super::link::Pulse;
use crate::cluster::decode::{self, Interner, Line};
use crate::cluster::lines::{Lines, Piece};
use crate::cluster::paths::{finish, list, query};
use crate::cluster::status::{not_json, of_answer};
use crate::cluster::wire::{Answer, Limits, Wire};
use crate::domain::{Fact, Fault, FaultKind, Kind, Namespace, StreamState};
use http::{Request, header};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// Seconds a watch lasts before it is renewed: at least, and at most this much
/// longer (at random, so that eight watches do not renew at once).
const LASTS: (u64, u64) = (30, 30);
/// How much longer than asked for a watch may last before we end it ourselves.
const GRACE: Duration = Duration::from_secs(10);
/// A watch that ends sooner than this failed.
const BRIEF: Duration = Duration::from_secs(1);
/// How often a refused kind is tried again.
const REFUSED: Duration = Duration::from_mins(1);
/// Longer lines are no objects: etcd holds at most 1.5 MiB.
const MOST_LINE: usize = 16 << 20;

/// Why a watch does not go on just now.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server no longer has the version we were at: list again.
    Expired,
    /// We may not see this kind, or there is none.
    Refused(Fault),
    /// It may pass.
    Failed(Fault),
    /// It will pass, after the wait the server asks for.
    Throttled(Fault, Duration),
    /// It ended, too soon to be sane.
    Brief,
    /// Nobody reads the facts any more.
    Closed,
}

/// How the kind was last said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Loading,
    Live,
    Stale(Timestamp, String),
    Forbidden(String),
}

pub(super) struct Watch {
    pub(super) wire: Wire,
    pub(super) kind: Kind,
    pub(super) scope: Option<Namespace>,
    pub(super) out: mpsc::Sender<Fact>,
    pub(super) pulse: Arc<Pulse>,
    alive: watch::Receiver<bool>,
    pub(super) names: Interner,
    /// Where to go on; none: list first.
    pub(super) version: Option<String>,
    pub(super) page: usize,
    backoff: Backoff,
    pub(super) said: Said,
}

impl Watch {
    pub(super) fn new(
        wire: Wire,
        kind: Kind,
        scope: Option<Namespace>,
        out: mpsc::Sender<Fact>,
        pulse: &Arc<Pulse>,
    ) -> Self {
        Self {
            wire,
            kind,
            scope,
            out,
            pulse: Arc::clone(pulse),
            alive: pulse.alive(),
            names: Interner::default(),
            version: None,
            page: super::list::PAGE,
            backoff: Backoff::default(),
            said: Said::Loading,
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            let step = match self.version.take() {
                None => self.list().await,
                Some(version) => self.follow(version).await,
            };
            let Err(trouble) = step else { continue };
            let waited = match trouble {
                Trouble::Closed => return,
                Trouble::Expired | Trouble::Brief => {
                    self.pause().await;
                    Ok(())
                }
                Trouble::Refused(fault) => self.refused(fault).await,
                Trouble::Failed(fault) => self.failed(fault, Duration::ZERO).await,
                Trouble::Throttled(fault, wait) => self.failed(fault, wait).await,
            };
            if waited.is_err() {
                return;
            }
        }
    }

    /// Follows from `version` until the watch ends. Comes back with the version
    /// reached noted, unless that is no longer to be had.
    async fn follow(&mut self, version: String) -> Result<(), Trouble> {
        let asked = format!("watch {}", self.kind.plural());
        let seconds = LASTS.0 + fastrand::u64(0..LASTS.1);
        let started = Instant::now();
        self.version = Some(version);
        let opened = self.wire.open(&asked, self.watch_request(seconds)?, Limits::ONE).await;
        let body = match opened.map_err(Trouble::Failed)? {
            Ok(body) => body,
            Err(answer) => return Err(self.no(&asked, &answer)),
        };
        self.pulse.beat();
        self.live().await?;
        let mut lines = Lines::new(body, MOST_LINE, &asked, Arc::clone(&self.wire.site));
        let until = started + Duration::from_secs(seconds) + GRACE;
        let mut any = false;
        while let Some(piece) = self.piece(&mut lines, until).await? {
            self.take(&asked, &piece).await?;
            any = true;
        }
        if any || started.elapsed() >= BRIEF {
            self.backoff.reset();
            Ok(())
        } else {
            Err(Trouble::Brief)
        }
    }

    fn watch_request(&self, seconds: u64) -> Result<Request<Vec<u8>>, Trouble> {
        let seconds = seconds.to_string();
        let version = self.version.as_deref().unwrap_or_default();
        let mut pairs = vec![
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", &seconds),
            ("resourceVersion", version),
        ];
        let only = self.only();
        pairs.extend(only.as_ref().map(|(by, what)| (*by, what.as_str())));
        let path = format!("{}{}", list(self.kind, self.scope.as_ref()), query(&pairs));
        // Servers from 1.37 on compress each event by itself, of which our
        // decompression reads only the first.
        let builder = Request::get(path).header(header::ACCEPT_ENCODING, "identity");
        finish(builder, Vec::new()).map_err(Trouble::Failed)
    }

    /// The next line; none when the watch has ended as it should, or by itself
    /// in the middle of a line, which the next watch will bring again.
    async fn piece(&mut self, lines: &mut Lines, until: Instant) -> Result<Option<bytes::Bytes>, Trouble> {
        let piece = tokio::select! {
            piece = lines.next() => piece.map_err(Trouble::Failed)?,
            () = tokio::time::sleep_until(until) => return Ok(None),
            _gone = self.alive.wait_for(|alive| !alive) => {
                let text = format!("{} does not answer", self.wire.site.url);
                return Err(Trouble::Failed(Fault::new(FaultKind::Unreachable, text)));
            }
        };
        self.pulse.beat();
        match piece {
            Piece::Line(line) => Ok(Some(line)),
            Piece::Torn(_) | Piece::End => Ok(None),
            Piece::Cut(_) => {
                let text =
                    format!("a watch of {} sent a line of over {} MiB", self.kind.plural(), MOST_LINE >> 20);
                Err(Trouble::Failed(Fault::new(FaultKind::Server, text)))
            }
        }
    }

    async fn take(&mut self, asked: &str, body: &[u8]) -> Result<(), Trouble> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let (line, version) = decode::line(self.kind, body, &mut self.names)
            .map_err(|error| Trouble::Failed(not_json(asked, body, &error, &self.wire.site)))?;
        match line {
            Line::Seen(observed) => self.send(Fact::Seen(*observed)).await?,
            Line::Gone(key) => self.send(Fact::Gone(key)).await?,
            Line::Mark => {}
            Line::Ended(410, _) => {
                self.version = None;
                return Err(Trouble::Expired);
            }
            Line::Ended(code, said) => {
                let text = format!("cannot {asked}: the server ended it: {said} ({code})");
                return Err(Trouble::Failed(Fault::new(FaultKind::Server, text)));
            }
        }
        if !version.is_empty() {
            self.version = Some(version);
        }
        Ok(())
    }

    /// What a refusal means for the watch.
    pub(super) fn no(&mut self, asked: &str, answer: &Answer) -> Trouble {
        let fault = of_answer(asked, answer, &self.wire.site);
        match answer.code {
            410 => {
                self.version = None;
                Trouble::Expired
            }
            403..=405 => Trouble::Refused(fault),
            429 | 503 if answer.retry_after.is_some() => {
                let asked = Duration::from_secs(answer.retry_after.unwrap_or(0));
                Trouble::Throttled(fault, asked.min(REFUSED))
            }
            _ => Trouble::Failed(fault),
        }
    }

    async fn live(&mut self) -> Result<(), Trouble> {
        if self.said == Said::Live {
            return Ok(());
        }
        self.said = Said::Live;
        self.send(Fact::Stream(self.kind, StreamState::Live)).await
    }

    /// Says so once, and waits long: a right given later is found by itself.
    async fn refused(&mut self, fault: Fault) -> Result<(), Trouble> {
        self.version = None;
        let said = Said::Forbidden(fault.text.clone());
        if self.said != said {
            self.said = said;
            self.send(Fact::Stream(self.kind, StreamState::Forbidden { fault })).await?;
        }
        tokio::time::sleep(REFUSED).await;
        Ok(())
    }

    /// Says so, and waits; a link that comes back ends the wait.
    async fn failed(&mut self, fault: Fault, at_least: Duration) -> Result<(), Trouble> {
        self.pulse.suspect();
        let since = match &self.said {
            Said::Stale(since, _) => *since,
            Said::Loading | Said::Live | Said::Forbidden(_) => Timestamp::now(),
        };
        let said = Said::Stale(since, fault.text.clone());
        if self.said != said {
            self.said = said;
            self.send(Fact::Stream(self.kind, StreamState::Stale { since, fault })).await?;
        }
        tokio::time::sleep(at_least).await;
        self.pause().await;
        Ok(())
    }

    async fn pause(&mut self) {
        let wait = tokio::time::sleep(self.backoff.next(fastrand::f64()));
        let mut alive = self.alive.clone();
        if *alive.borrow() {
            return wait.await;
        }
        tokio::select! {
            () = wait => {}
            _back = alive.wait_for(|alive| *alive) => {}
        }
    }

    pub(super) async fn send(&self, fact: Fact) -> Result<(), Trouble> {
        self.out.send(fact).await.map_err(|_closed| Trouble::Closed)
    }
}
