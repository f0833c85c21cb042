//! How soon there are numbers, and that they are true from the first on.

use super::evaluate::kept;
use super::targets;
use crate::domain::{Name, Namespace, Now, Reading, ServiceKey, SignalSource, SignalState, Signals};
use crate::metrics::scrape::{Fetch, FetchError, Page, Scraper, SharedStore, Target};
use crate::metrics::store::{Caps, Store};
use crate::metrics::text::{self, Format};
use crate::promql::{Labels, Limits, Local};
use crate::signals;
use futures::future::BoxFuture;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::time::Instant;

const PODS: usize = 3;
const SERVICES: usize = 4;

/// Pods that were asked ten times a second since long ago; every tenth time in
/// vain.
struct Pods(Instant);

impl Fetch for Pods {
    fn fetch<'a>(&'a self, _target: &'a Target) -> BoxFuture<'a, Result<Page, FetchError>> {
        Box::pin(async move {
            let asked = 5_000.0 + self.0.elapsed().as_secs_f64() * 10.0;
            let (good, bad) = (asked * 0.9, asked * 0.1);
            let body = format!(
                "http_requests_total{{code=\"200\"}} {good}\nhttp_requests_total{{code=\"500\"}} {bad}\n\
                 http_request_duration_seconds_bucket{{le=\"0.1\"}} {asked}\n\
                 http_request_duration_seconds_bucket{{le=\"+Inf\"}} {asked}\n"
            );
            Ok(Page { body: body.into(), format: Format::Prometheus })
        })
    }
}

fn service(number: usize) -> ServiceKey {
    ServiceKey { namespace: Namespace::from("shop"), name: Name::from(format!("service-{number}").as_str()) }
}

fn all_targets() -> Vec<Target> {
    let target = |number: usize| {
        let (service, pod) = (service(number / PODS), format!("pod-{number}"));
        let labels = [
            ("job", service.name.as_str()),
            ("instance", pod.as_str()),
            ("namespace", service.namespace.as_str()),
            ("service", service.name.as_str()),
            ("pod", pod.as_str()),
        ];
        Target { labels: Labels::from_pairs(labels), ..Target::new(&pod, "", "", "") }
    };
    (0..SERVICES * PODS).map(target).collect()
}

#[tokio::test(start_paused = true)]
async fn every_service_has_its_true_numbers_within_22_seconds_and_keeps_them() {
    let store: SharedStore = Arc::new(RwLock::new(Store::new(Caps::default())));
    let started = Instant::now();
    let clock = move || Now::at(1_000_000).plus(started.elapsed());
    let scraper =
        Scraper::new(store.clone(), Arc::new(Pods(started)), Box::new(clock), text::Caps::default());
    let (news, inbox) = tokio::sync::mpsc::channel(1);
    let watch = async move {
        news.send(all_targets()).await.unwrap();
        for second in 1..=400 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            // Every second while windows change, then now and then.
            if second <= 100 || second % 7 == 0 || (280..=330).contains(&second) {
                look(&store, clock(), second);
            }
        }
        drop(news);
    };
    tokio::join!(scraper.run(inbox, |_, _| {}), watch);
}

fn look(store: &SharedStore, now: Now, second: u32) {
    let store = store.read().unwrap();
    let (series, limits) = (&*store, &Limits::default());
    let source = Local { series, limits };
    for number in 0..SERVICES {
        let selector = targets::selector(&service(number));
        let found = signals::read(&source, &selector, now.wall, SignalSource::Scraper).unwrap();
        let Some(signals) = found else {
            assert!(second <= 2, "no samples after {second} s");
            continue;
        };
        let Reading::Value(rate) = signals.rate else {
            assert!(second < 22, "{:?} after {second} s", signals.rate);
            continue;
        };
        let window = signals.window;
        assert!((rate - 30.0).abs() < 0.3, "{rate} req/s over {window} after {second} s");
        let errors = signals.errors.value().unwrap_or(f64::NAN);
        assert!((errors - 0.1).abs() < 0.001, "{errors} over {window} after {second} s");
        assert!(signals.p95.value().is_some(), "{:?} over {window} after {second} s", signals.p95);
        let expected = match second {
            0..75 => "20 s",
            85..300 => "1 min",
            330.. => "5 min",
            _ => window,
        };
        assert_eq!(window, expected, "after {second} s");
        let history = signals.rate_history.iter().flatten();
        assert!(history.clone().all(|rate| (rate - 30.0).abs() < 1.0), "after {second} s: {history:?}");
    }
}

/// Two scrapes a quarter of a minute apart, and what is read of them: nothing
/// but how things stand, since no window is whole.
fn young(at_s: i64) -> Signals {
    let mut store = Store::new(Caps::default());
    let labels = [("__name__", "http_requests_total"), ("code", "200"), ("instance", "a"), ("service", "a")];
    let id = store.series(&Labels::from_pairs(labels)).unwrap();
    for (age_s, value) in [(16, 100.0), (1, 115.0)] {
        store.append(id, (at_s - age_s) * 1_000, value);
    }
    let (series, limits) = (&store, &Limits::default());
    let at = jiff::Timestamp::from_second(at_s).unwrap();
    let found = signals::read(&Local { series, limits }, "service=\"a\"", at, SignalSource::Scraper);
    found.unwrap().unwrap()
}

#[test]
fn numbers_bridge_a_late_scrape_but_not_a_minute() {
    let ready = |signals: &Signals| SignalState::Ready(Box::new(signals.clone()));
    let collecting = young(1_000_000);
    assert_eq!(collecting.rate, Reading::Collecting);
    let good = Signals { rate: Reading::Value(1.0), ..young(999_980) };
    assert_eq!(kept(ready(&collecting), Some(ready(&good))), ready(&good), "with the time they are of");
    let old = Signals { rate: Reading::Value(1.0), ..young(999_950) };
    assert_eq!(kept(ready(&collecting), Some(ready(&old))), ready(&collecting));
    let idle = Signals { rate: Reading::Value(0.0), ..young(1_000_000) };
    assert_eq!(kept(ready(&idle), Some(ready(&good))), ready(&idle), "a new number is a number");
    assert_eq!(kept(ready(&collecting), None), ready(&collecting));
    let failed = kept(SignalState::Failed { why: "refused".to_owned() }, Some(ready(&good)));
    assert_eq!(failed, SignalState::Stale { signals: Box::new(good), why: "refused".to_owned() });
}
