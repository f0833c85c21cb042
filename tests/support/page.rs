//! What a pod's `/metrics` says: steady traffic from its first second on, a
//! share of it failed as its image's tag asks.
//!
//! A pure function of how long the pod has been serving: two readings differ
//! by exactly what was served between them, on every machine.

use std::fmt::Write as _;

/// Requests a second of every pod: enough for a verdict within five intervals.
const RATE: f64 = 60.0;

/// Word in the tag, share of requests that fail.
const SHARES: [(&str, f64); 2] = [("errors", 0.25), ("down", 0.9)];

/// Any service has a few.
const USUAL: f64 = 0.02;

/// Entries of the queue of every pod, and of those whose tag asks for more.
const QUEUE: (f64, f64) = (20.0, 60.0);

/// The page of a pod that runs `image` and has been serving for `seconds`.
pub(crate) fn page(image: &str, seconds: f64) -> String {
    let tag = image.rsplit(['/', ':']).next().unwrap_or(image);
    let share = SHARES.iter().find(|(word, _)| tag.contains(word)).map_or(USUAL, |(_, share)| *share);
    let all = (RATE * seconds.max(0.0)).floor();
    let failed = (all * share).floor();
    let mut text = "# TYPE http_requests_total counter\n".to_owned();
    for (code, count) in [("200", all - failed), ("500", failed)] {
        let _infallible = writeln!(text, "http_requests_total{{code=\"{code}\"}} {count}");
    }
    let queue = if tag.contains("queue") { QUEUE.1 } else { QUEUE.0 };
    let _infallible = writeln!(text, "# TYPE queue_length gauge\nqueue_length {queue}");
    text
}
