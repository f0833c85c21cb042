//! Following the logs of pods.

use super::console::Message;
use super::deliver::Pace;
use crate::cluster::{self, Cluster};
use crate::domain::{Fault, FaultKind};
use crate::msg::{Event, LogLine, LogQuery, LogSource, LogUpdate};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::mpsc;

/// Lines handed over at once.
const BATCH: usize = 256;

/// A container that ended is asked again after these waits: it may be started
/// again, and then its log goes on.
const AGAIN: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10)];

/// Sends the lines of logs until they end or the loop stops listening.
pub(super) async fn follow(cluster: Cluster, query: LogQuery, clock: Pace, out: mpsc::Sender<Message>) {
    let sources = query.sources.iter().enumerate().map(|(index, source)| {
        let number = u16::try_from(index).unwrap_or(u16::MAX);
        one(&cluster, &query, number, source, (&clock, &out))
    });
    let ends = futures::future::join_all(sources).await;
    // Of several the first that failed says why; all that ended well ended well.
    let mut ended = None;
    for end in ends.into_iter().flatten() {
        match (&ended, end) {
            (Some(Err(_)), _) => {}
            (_, end) => ended = Some(end),
        }
    }
    if query.sources.is_empty() {
        let fault = Fault::new(FaultKind::NotFound, "there is no pod whose log could be shown");
        ended = Some(Err(fault.hint("events say why there is none")));
    }
    if ended.is_some() {
        let update = LogUpdate { ticket: query.ticket, lines: Vec::new(), ended };
        let _closing = out.send(Message::Event(Event::Logs(update))).await;
    }
}

/// How one log ended; none if nobody listens any more.
async fn one(
    cluster: &Cluster,
    query: &LogQuery,
    number: u16,
    source: &LogSource,
    (clock, out): (&Pace, &mpsc::Sender<Message>),
) -> Option<Result<(), Fault>> {
    let mut pass = Pass { ticket: query.ticket, number, last: None, out };
    let mut wanted = cluster::LogQuery {
        container: source.container.clone(),
        previous: query.previous,
        tail: query.since.is_none().then_some(query.tail),
        since: query.since,
        follow: !query.previous,
        timestamps: true,
    };
    let mut waits = AGAIN.iter().chain(std::iter::repeat(&AGAIN[AGAIN.len() - 1]));
    loop {
        let end = match cluster.logs(&source.namespace, &source.pod, &wanted).await {
            Ok(lines) => pass.on(lines).await?,
            Err(fault) => Err(fault),
        };
        let over = match &end {
            // The pod is there as long as it answers; one that waits to start is not over.
            Ok(()) => query.previous,
            Err(fault) => pass.last.is_some() || !is_waiting(fault),
        };
        if over {
            return Some(end);
        }
        tokio::time::sleep(*waits.next()?).await;
        if let Some(last) = pass.last {
            let age = clock.now().since(last) + Duration::from_secs(2);
            (wanted.since, wanted.tail) = (Some(age), None);
        }
    }
}

/// Whether a log is not there yet because its container has not started.
fn is_waiting(fault: &Fault) -> bool {
    ["ContainerCreating", "PodInitializing"].iter().any(|word| fault.text.contains(word))
}

/// Lines on their way to the loop.
struct Pass<'a> {
    ticket: u64,
    number: u16,
    /// The newest line handed over: when a log is asked for again, what it had
    /// said before is not said twice.
    last: Option<Timestamp>,
    out: &'a mpsc::Sender<Message>,
}

impl Pass<'_> {
    /// How the stream ended; none if nobody listens any more.
    async fn on(&mut self, lines: BoxStream<'static, Result<String, Fault>>) -> Option<Result<(), Fault>> {
        let before = self.last;
        let mut batches = lines.ready_chunks(BATCH);
        while let Some(batch) = batches.next().await {
            let mut failed = None;
            let mut lines = Vec::with_capacity(batch.len());
            for line in batch {
                match line {
                    Ok(text) => lines.push(split(&text, self.number)),
                    Err(fault) => failed = Some(fault),
                }
            }
            lines.retain(|line| before.is_none() || line.at.is_none_or(|at| Some(at) > before));
            self.last = lines.iter().filter_map(|line| line.at).max().max(self.last);
            if !lines.is_empty() {
                let update = LogUpdate { ticket: self.ticket, lines, ended: None };
                self.out.send(Message::Event(Event::Logs(update))).await.ok()?;
            }
            if let Some(fault) = failed {
                return Some(Err(fault));
            }
        }
        Some(Ok(()))
    }
}

/// The kubelet puts a timestamp and one space before each line.
fn split(line: &str, source: u16) -> LogLine {
    let parsed = line.split_once(' ').and_then(|(at, text)| Some((at.parse::<Timestamp>().ok()?, text)));
    match parsed {
        Some((at, text)) => LogLine { at: Some(at), source, text: text.to_owned() },
        None => LogLine { at: line.parse().ok(), source, text: line.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_time_is_kept_whole() {
        assert_eq!(split("2026-01-02T03:04:05.6Z hello world", 0).text, "hello world");
        assert!(split("2026-01-02T03:04:05.6Z hello", 0).at.is_some());
        assert_eq!(split("plain words", 3), LogLine { at: None, source: 3, text: "plain words".into() });
    }
}
