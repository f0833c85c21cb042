//! Levels of the pods, such as memory, compared by the verdict's ranks.

use super::Meter;
use crate::domain::{Now, Pod};
use crate::engine::canary::Level;
use crate::engine::verdict::{Data, Gauge, Metric};
use crate::metrics::store::Store;
use crate::promql::labels::NAME;
use crate::promql::{Labels, Matcher, Samples, Series as _, Window};
use crate::shell::deliver::shore::Pods;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Samples kept of each side: twice what a comparison needs. They are stored
/// with every verdict, and a record holds fifty.
const MOST_SAMPLES: usize = 100;

impl Meter {
    pub(super) fn level(&self, pods: &Pods, since: Timestamp, level: &Level, now: Now) -> Metric {
        read(&self.store, pods, (since, now), level)
    }
}

/// The values of both sides since the step's weight took effect: of each
/// reading of each pod the sum of the metric's series.
fn read(store: &Store, pods: &Pods, (since, now): (Timestamp, Now), level: &Level) -> Metric {
    let window = Window { after_ms: since.as_millisecond(), until_ms: now.wall.as_millisecond() };
    let mut read: BTreeMap<(i64, String), f64> = BTreeMap::new();
    let mut visit = |labels: &Labels, samples: &Samples| {
        for (at, value) in samples.times.iter().zip(&samples.values) {
            *read.entry((*at, labels.get("pod").to_owned())).or_default() += *value;
        }
        Ok(())
    };
    if let Err(error) = store.select(&[Matcher::equal(NAME, &level.metric)], window, &mut visit) {
        tracing::error!("the sample store: {error}");
    }
    let of = |side: &[Pod]| -> Vec<f64> {
        let ours = |pod: &str| side.iter().any(|it| it.key.name.as_str() == pod);
        thinned(read.iter().filter(|((_, pod), _)| ours(pod)).map(|(_, value)| *value).collect())
    };
    let (worse, tolerance) = (level.worse, level.tolerance);
    let gauge = Gauge { worse, tolerance, ..Gauge::new(&of(&pods.canary), &of(&pods.stable)) };
    Metric { name: level.metric.clone(), importance: level.importance, data: Data::Gauge(gauge) }
}

/// Evenly, from the whole of the step.
fn thinned(values: Vec<f64>) -> Vec<f64> {
    let (all, most) = (values.len(), MOST_SAMPLES);
    if all <= most {
        return values;
    }
    (0..most).filter_map(|at| values.get(at * all / most).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::MEMORY;
    use super::*;
    use crate::cluster::decode_pod;
    use crate::metrics::scrape::{Moment, Target, TargetState};
    use crate::metrics::text::{Caps, Format};
    use serde_json::json;

    fn pod(name: &str) -> Pod {
        decode_pod(&json!({"metadata": {"name": name, "namespace": "shop", "uid": name}})).unwrap()
    }

    #[test]
    fn each_side_has_the_sums_of_its_pods_since_the_step_began() {
        let mut store = Store::new(MEMORY);
        let parts = [("s-1", [1, 2]), ("s-2", [3, 4]), ("c-1", [10, 20]), ("other", [50, 60])];
        let mut states: BTreeMap<&str, TargetState> = BTreeMap::new();
        // One reading before the step, two in it; a queue has two parts.
        for at in 0..3 {
            for (pod, [a, b]) in parts {
                let target =
                    Target { labels: Labels::from_pairs([("pod", pod)]), ..Target::new(pod, "", "", "") };
                let page = format!("queue{{part=\"a\"}} {}\nqueue{{part=\"b\"}} {}\n", a + at, b + at);
                let moment = Moment { start_ms: 10_000 + 5_000 * at, took_ms: 0 };
                let body = Ok((page.as_bytes(), Format::Prometheus));
                let state = states.entry(pod).or_default();
                assert!(state.commit(&target, body, moment, &Caps::default(), &mut store).up);
            }
        }
        let pods = Pods { stable: vec![pod("s-1"), pod("s-2")], canary: vec![pod("c-1")] };
        let level = Level { tolerance: 0.2, ..Level::new("queue") };
        let metric = read(&store, &pods, (Now::at(12).wall, Now::at(30)), &level);
        let Data::Gauge(gauge) = metric.data else { panic!("{metric:?}") };
        assert_eq!((gauge.canary, gauge.baseline), (vec![32.0, 34.0], vec![5.0, 9.0, 7.0, 11.0]));
        assert_eq!((metric.name.as_str(), metric.importance), ("queue", level.importance));
    }

    #[test]
    fn long_steps_are_thinned_over_their_whole_length() {
        let all: Vec<f64> = (0..1_030).map(f64::from).collect();
        let kept = thinned(all.clone());
        assert_eq!((kept.len(), kept[0]), (MOST_SAMPLES, 0.0));
        assert!(kept[MOST_SAMPLES - 1] > 1_015.0 && kept.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(thinned(all[..MOST_SAMPLES].to_vec()).len(), MOST_SAMPLES);
    }
}
