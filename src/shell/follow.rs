//! Following the log of a pod.

use super::console::Message;
use crate::cluster::{self, Cluster};
use crate::domain::Fault;
use crate::msg::{Event, LogLine, LogQuery, LogUpdate};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use jiff::Timestamp;
use tokio::sync::mpsc;

/// Lines handed over at once.
const BATCH: usize = 256;

/// Sends the lines of a log until it ends or the loop stops listening.
pub(super) async fn follow(cluster: Cluster, query: LogQuery, out: mpsc::Sender<Message>) {
    let wanted = cluster::LogQuery {
        container: query.container.clone(),
        previous: query.previous,
        tail: Some(query.tail),
        since: None,
        follow: !query.previous,
        timestamps: true,
    };
    let ended = match cluster.logs(&query.namespace, &query.pod, &wanted).await {
        Ok(lines) => pass_on(query.ticket, lines, &out).await,
        Err(fault) => Some(Err(fault)),
    };
    if ended.is_some() {
        let update = LogUpdate { ticket: query.ticket, lines: Vec::new(), ended };
        let _closing = out.send(Message::Event(Event::Logs(update))).await;
    }
}

/// How the log ended; none if nobody listens any more.
async fn pass_on(
    ticket: u64,
    lines: BoxStream<'static, Result<String, Fault>>,
    out: &mpsc::Sender<Message>,
) -> Option<Result<(), Fault>> {
    let mut batches = lines.ready_chunks(BATCH);
    while let Some(batch) = batches.next().await {
        let mut failed = None;
        let mut lines = Vec::with_capacity(batch.len());
        for line in batch {
            match line {
                Ok(text) => lines.push(split(&text)),
                Err(fault) => failed = Some(fault),
            }
        }
        let update = LogUpdate { ticket, lines, ended: None };
        out.send(Message::Event(Event::Logs(update))).await.ok()?;
        if let Some(fault) = failed {
            return Some(Err(fault));
        }
    }
    Some(Ok(()))
}

/// The kubelet puts a timestamp and one space before each line.
fn split(line: &str) -> LogLine {
    let parsed = line.split_once(' ').and_then(|(at, text)| Some((at.parse::<Timestamp>().ok()?, text)));
    match parsed {
        Some((at, text)) => LogLine { at: Some(at), text: text.to_owned() },
        None => LogLine { at: line.parse().ok(), text: line.to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_time_is_kept_whole() {
        assert_eq!(split("2026-01-02T03:04:05.6Z hello world").text, "hello world");
        assert!(split("2026-01-02T03:04:05.6Z hello").at.is_some());
        assert_eq!(split("plain words"), LogLine { at: None, text: "plain words".into() });
    }
}
