//! What services write about their requests: every failure a slot brought, a
//! few at most, and now and then one that went well.

use fastrand::Rng;
use jiff::Timestamp;

use super::Traffic;
use crate::demo::controllers::key::Key;
use crate::demo::controllers::stamp::after;
use crate::demo::scenario::model::Service;
use crate::demo::scenario::voice::{self, Level};

/// Lines waiting to be taken; more are not said.
const MOST: usize = 4_096;
/// Lines about failures in one slot of one pod.
const FAILURES: usize = 2;
/// Seconds between two lines about requests that went well, on average: a
/// hundred pods fill their logs in half a day, not in an hour.
const QUIET_S: f64 = 30.0;
/// Before this many seconds before the start nobody looks at a log.
const MEMORY_S: f64 = 900.0;

/// A line on its way to a pod's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The pod.
    pub pod: Key,
    /// When it was written.
    pub at: Timestamp,
    /// The line.
    pub line: String,
}

/// Requests that ended alike: the route by number, and the status code.
pub(super) type End = (usize, u16);

impl Traffic {
    /// The lines since the last time, in no particular order.
    pub fn take_said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    /// One pod talks about the slot that begins at [`Traffic::done`].
    pub(super) fn talk(&mut self, place: usize, pod: &Key, ends: &[End], length: f64) {
        if self.said.len() >= MOST || self.done < after(self.start, -MEMORY_S) {
            return;
        }
        // A generator of its own: what is said must not change what happens.
        let name = pod
            .name
            .bytes()
            .fold(self.graph.scenario.seed, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mut rng = Rng::with_seed(name ^ self.done.as_second().unsigned_abs());
        let service = self.graph.service(place);
        let failures = ends.iter().filter(|(_, code)| *code >= 500).take(FAILURES);
        let well = ends.iter().filter(|(_, code)| *code < 400 && rng.f64() < length / QUIET_S).take(1);
        let mut told: Vec<End> = failures.chain(well).copied().collect();
        told.dedup();
        let mut times: Vec<f64> = told.iter().map(|_| rng.f64() * length).collect();
        times.sort_by(f64::total_cmp);
        for (end, offset) in told.into_iter().zip(times) {
            let at = after(self.done, offset);
            let line = about(service, end, at, &mut rng);
            self.said.push(Said { pod: pod.clone(), at, line });
        }
    }
}

fn about(service: &Service, (route, code): End, at: Timestamp, rng: &mut Rng) -> String {
    let (method, path) =
        service.routes.get(route).map_or(("GET", "/"), |route| (route.method.as_str(), route.path.as_str()));
    let mut fields = vec![
        ("method", method.to_owned()),
        ("path", concrete(path, rng)),
        ("status", code.to_string()),
        ("trace_id", format!("{:016x}", rng.u64(..))),
    ];
    let (level, message) = match code {
        502 => {
            let asked = service.calls.iter().find(|call| !call.optional);
            fields.push(("upstream", asked.map_or_else(String::new, |call| call.to.get_ref().clone())));
            (Level::Error, "upstream call failed")
        }
        503 => (Level::Error, "overloaded, request refused"),
        500.. => (Level::Error, "request failed"),
        _ => (Level::Info, "request served"),
    };
    voice::line(service, at, level, message, &fields)
}

/// A path with a number in place of each `{name}`.
fn concrete(path: &str, rng: &mut Rng) -> String {
    let part = |part: &str| {
        if part.starts_with('{') { rng.u32(10_000..99_999).to_string() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::super::tests::Story;

    #[test]
    fn a_failing_version_complains_in_its_log_and_a_well_one_hardly_talks() {
        let mut story = Story::new("dependency-down");
        story.run(120.0);
        let said = story.said();
        let of = |name: &str, words: &str| {
            said.iter().filter(|s| s.pod.name.starts_with(name) && s.line.contains(words)).count()
        };
        assert!(of("inventory-", "overloaded, request refused") > 20);
        assert!(of("checkout-", "upstream call failed") > 5);
        assert!((1..200).contains(&of("auth-", "request served")), "{}", of("auth-", "request served"));
        // One of some 7,000 requests fails where all is well, and it has 3,600 here.
        assert!(of("auth-", "ERROR") < 5, "{}", of("auth-", "ERROR"));
        assert!(said.iter().all(|s| !s.line.contains('{') || s.line.starts_with('{')), "no bare {{id}}");
    }
}
