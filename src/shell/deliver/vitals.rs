//! How an engine is: what its probes and its own metrics say.
//!
//! Absent: anything about one delivery. That is in its record and its Events.

use super::Left;
use crate::domain::Now;
use crate::engine::canary::Ending;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Ready while the last look at the records that succeeded is younger: fifteen
/// looks, or three attempts that ran into their deadlines.
const READY: Duration = Duration::from_secs(30);
/// Alive while it looks at all; a look is at most a few requests of 10 s each.
const ALIVE: Duration = Duration::from_mins(5);

/// How a delivery left this process.
const WAYS: [&str; 6] = ["promoted", "rolled-back", "replaced", "handed-over", "gone", "broken"];

/// The vitals of an engine. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Vitals(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    looked: Option<Now>,
    seen: Option<Now>,
    looks: u64,
    failures: u64,
    why: String,
    running: usize,
    adopted: u64,
    left: [u64; WAYS.len()],
}

impl Vitals {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It looked for deliveries and found this many running, or could not.
    pub(super) fn looked(&self, found: Result<usize, String>, now: Now) {
        let mut counts = self.lock();
        counts.looked = Some(now);
        counts.looks += 1;
        match found {
            Ok(running) => (counts.running, counts.seen) = (running, Some(now)),
            Err(why) => {
                counts.failures += 1;
                counts.why = why;
            }
        }
    }

    /// It took a delivery over.
    pub(super) fn adopted(&self) {
        self.lock().adopted += 1;
    }

    /// It no longer drives a delivery.
    pub(super) fn left(&self, left: &Left) {
        let way = match left {
            Left::Over(Ending::Promoted) => 0,
            Left::Over(Ending::RolledBack { .. }) => 1,
            Left::Replaced { .. } => 2,
            Left::HandedOver => 3,
            Left::Gone => 4,
            Left::Broken(_) => 5,
        };
        if let Some(count) = self.lock().left.get_mut(way) {
            *count += 1;
        }
    }

    /// Answers a probe: status code and text. `driving` is how many deliveries
    /// it drives.
    pub fn answer(&self, path: &str, driving: usize, now: Now) -> (u16, String) {
        let counts = self.lock();
        let young = |at: Option<Now>, most| at.is_some_and(|at| now.elapsed(at) < most);
        match path {
            "/healthz" | "/livez" if counts.looked.is_none() || young(counts.looked, ALIVE) => {
                (200, "ok\n".to_owned())
            }
            "/healthz" | "/livez" => (503, "it has not looked for deliveries for minutes\n".to_owned()),
            "/readyz" if young(counts.seen, READY) => (200, "ok\n".to_owned()),
            "/readyz" => (503, format!("it cannot see the records: {}\n", counts.reason())),
            "/metrics" => (200, counts.page(driving)),
            _ => (404, "there are /healthz, /readyz and /metrics\n".to_owned()),
        }
    }
}

impl Counts {
    fn reason(&self) -> &str {
        if self.why.is_empty() { "it has only just started" } else { &self.why }
    }

    fn page(&self, driving: usize) -> String {
        let seen = self.seen.map_or(0.0, |at| at.wall.as_millisecond() as f64 / 1_000.0);
        let rows: [(&str, &str, &str, f64); 6] = [
            ("deliveries_driving", "gauge", "Deliveries driven by this engine.", driving as f64),
            ("deliveries_running", "gauge", "Deliveries that run, whoever drives them.", self.running as f64),
            ("adopted_total", "counter", "Deliveries taken over.", self.adopted as f64),
            ("looks_total", "counter", "Looks for deliveries nobody drives.", self.looks as f64),
            ("look_failures_total", "counter", "Looks that failed.", self.failures as f64),
            ("last_look_timestamp_seconds", "gauge", "When a look succeeded last.", seen),
        ];
        let mut page = String::new();
        for (name, kind, help, value) in rows {
            let _infallible = write!(
                page,
                "# HELP quarterdeck_{name} {help}\n# TYPE quarterdeck_{name} {kind}\nquarterdeck_{name} {value}\n"
            );
        }
        page.push_str(
            "# HELP quarterdeck_left_total Deliveries no longer driven here, and how they left.\n\
             # TYPE quarterdeck_left_total counter\n",
        );
        for (way, count) in WAYS.iter().zip(self.left) {
            let _infallible = writeln!(page, "quarterdeck_left_total{{how=\"{way}\"}} {count}");
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_while_the_records_can_be_seen() {
        let vitals = Vitals::default();
        assert_eq!(vitals.answer("/healthz", 0, Now::at(0)).0, 200);
        assert_eq!(vitals.answer("/readyz", 0, Now::at(0)).0, 503);
        vitals.looked(Ok(2), Now::at(10));
        vitals.looked(Err("no answer".to_owned()), Now::at(20));
        assert_eq!(vitals.answer("/readyz", 0, Now::at(39)).0, 200);
        let (code, text) = vitals.answer("/readyz", 0, Now::at(40));
        assert!(code == 503 && text.contains("no answer"), "{code} {text}");
        assert_eq!(vitals.answer("/healthz", 0, Now::at(300)).0, 200);
        assert_eq!(vitals.answer("/healthz", 0, Now::at(320)).0, 503);
        assert_eq!(vitals.answer("/", 0, Now::at(0)).0, 404);
    }

    #[test]
    fn its_metrics_can_be_read_by_its_own_reader() {
        let vitals = Vitals::default();
        vitals.looked(Ok(3), Now::at(10));
        vitals.adopted();
        vitals.left(&Left::HandedOver);
        let (code, page) = vitals.answer("/metrics", 1, Now::at(11));
        assert_eq!(code, 200);
        for line in [
            "quarterdeck_deliveries_driving 1",
            "quarterdeck_deliveries_running 3",
            "quarterdeck_adopted_total 1",
            "quarterdeck_left_total{how=\"handed-over\"} 1",
            "quarterdeck_left_total{how=\"promoted\"} 0",
        ] {
            assert!(page.lines().any(|it| it == line), "{line} in {page}");
        }
    }
}
