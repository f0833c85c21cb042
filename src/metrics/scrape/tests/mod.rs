mod fetch;
mod run;

use super::*;

use super::commit::Moment;
use crate::metrics::store::{self, Store};
use crate::metrics::text::{Caps, Format};
use crate::promql::{Limits, Value, parse};

struct Rig {
    store: Store,
    state: TargetState,
    target: Target,
}

impl Rig {
    fn new() -> Self {
        Self {
            store: Store::new(store::Caps::default()),
            state: TargetState::default(),
            target: Target::new("a", "http://x/metrics", "web", "10.0.0.1:80"),
        }
    }

    fn scrape(&mut self, at_s: i64, page: &str) -> Outcome {
        self.commit(at_s, Ok((page.as_bytes(), Format::Prometheus)))
    }

    fn commit(&mut self, at_s: i64, body: Result<(&[u8], Format), &str>) -> Outcome {
        let moment = Moment { start_ms: at_s * 1000, took_ms: 20 };
        self.state.commit(&self.target, body, moment, &Caps::default(), &mut self.store)
    }

    /// `labels value` of every element, sorted.
    fn ask(&self, expr: &str, at_s: i64) -> Vec<String> {
        let query = parse(expr).unwrap();
        let (value, _) = query.instant(&self.store, at_s * 1000, &Limits::default()).unwrap();
        let Value::Vector(samples) = value else { panic!("{value:?}") };
        let mut list: Vec<String> = samples.iter().map(|s| format!("{} {}", s.labels, s.value)).collect();
        list.sort();
        list
    }
}

#[test]
fn samples_get_the_targets_labels() {
    let mut rig = Rig::new();
    let page = "m{job=\"own\",exported_job=\"x\",a=\"b\"} 1\nm{instance=\"\"} 2\n";
    let outcome = rig.scrape(10, page);
    assert_eq!((outcome.scraped, outcome.stored, outcome.added), (2, 2, 2));
    let want = [
        r#"m{a="b", exported_exported_job="own", exported_job="x", instance="10.0.0.1:80", job="web"} 1"#,
        r#"m{instance="10.0.0.1:80", job="web"} 2"#,
    ];
    assert_eq!(rig.ask("m", 10), want);
    rig.target.honor_labels = true;
    rig.state = TargetState::default();
    rig.scrape(20, "n{job=\"own\"} 1\n");
    assert_eq!(rig.ask("n", 20), [r#"n{instance="10.0.0.1:80", job="own"} 1"#]);
}

#[test]
fn bucket_edges_are_written_alike() {
    let mut rig = Rig::new();
    rig.scrape(
        10,
        "h_bucket{le=\"1\"} 1\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"1000000\"} 1\n\
         h_bucket{le=\"+Inf\"} 1\nh_bucket{le=\"odd\"} 1\ns{quantile=\"1\"} 1\nother{le=\"1\"} 1\n",
    );
    let edges: Vec<String> = rig.ask("count by (le) (h_bucket)", 10);
    let want =
        [r#"{le="+Inf"} 1"#, r#"{le="0.5"} 1"#, r#"{le="1.0"} 1"#, r#"{le="1e+06"} 1"#, r#"{le="odd"} 1"#];
    assert_eq!(edges, want);
    assert_eq!(rig.ask("count by (quantile) (s)", 10), [r#"{quantile="1.0"} 1"#]);
    assert_eq!(rig.ask("count by (le) (other)", 10), [r#"{le="1"} 1"#]);
    for (value, text) in [
        (0.0, "0.0"),
        (100_000.0, "100000.0"),
        (1.234_567e6, "1.234567e+06"),
        (1e-5, "1e-05"),
        (0.000_1, "0.0001"),
        (-2.5, "-2.5"),
    ] {
        assert_eq!(labels::float_text(value), text);
    }
}

#[test]
fn vanished_series_end_at_once() {
    let mut rig = Rig::new();
    rig.scrape(10, "a 1\nb 2\n");
    let outcome = rig.scrape(25, "a 3\n");
    assert_eq!((outcome.ended, outcome.added, outcome.stored), (1, 0, 1));
    assert!(rig.ask("b", 25).is_empty());
    assert_eq!(rig.ask("a", 25).len(), 1);
    let again = rig.scrape(40, "a 4\nb 5\n");
    assert_eq!((again.ended, again.added), (0, 1));
    assert_eq!(rig.ask("b", 40).len(), 1);
    assert_eq!(rig.ask("count_over_time(b[1m])", 40)[0].rsplit(' ').next(), Some("2"));
}

#[test]
fn a_failed_scrape_ends_all_series_and_says_why() {
    let mut rig = Rig::new();
    rig.scrape(10, "a 1\nb 2\n");
    let outcome = rig.commit(25, Err("connection refused"));
    assert_eq!((outcome.up, outcome.ended), (false, 2));
    assert_eq!(outcome.error.as_deref(), Some("connection refused"));
    assert!(rig.ask("{__name__=~\"a|b\"}", 25).is_empty());
    assert_eq!(rig.ask("up", 25), [r#"up{instance="10.0.0.1:80", job="web"} 0"#]);
    let html = rig.scrape(40, "<html>login</html>");
    assert!(html.error.unwrap().contains("web page"));
    rig.scrape(55, "a 1\n");
    assert_eq!(rig.ask("up", 55), [r#"up{instance="10.0.0.1:80", job="web"} 1"#]);
    assert_eq!(rig.ask("scrape_samples_scraped", 55)[0].rsplit(' ').next(), Some("1"));
    assert_eq!(rig.ask("scrape_duration_seconds", 55)[0].rsplit(' ').next(), Some("0.02"));
}

#[test]
fn duplicates_keep_the_first() {
    let mut rig = Rig::new();
    let outcome = rig.scrape(10, "a{x=\"1\",y=\"2\"} 1\na{x=\"1\",y=\"2\"} 9\na{y=\"2\",x=\"1\"} 8\n");
    assert_eq!((outcome.duplicates, outcome.stored), (2, 1));
    assert!(rig.ask("a", 10)[0].ends_with(" 1"));
}

#[test]
fn exposed_times_are_kept_and_get_no_markers() {
    let mut rig = Rig::new();
    rig.scrape(100, "a 1 90000\nb 1 99999999\n");
    assert_eq!(rig.ask("timestamp(a)", 100)[0].rsplit(' ').next(), Some("90"));
    assert!(rig.ask("b", 100).is_empty(), "a time far ahead must not be stored");
    assert_eq!(rig.scrape(115, "").ended, 0);
    assert_eq!(rig.ask("a", 115).len(), 1);
}

#[test]
fn a_store_without_room_is_reported() {
    let mut rig = Rig::new();
    rig.store = Store::new(store::Caps { series: 2, ..store::Caps::default() });
    let outcome = rig.scrape(10, "a 1\nb 1\nc 1\nd 1\n");
    assert_eq!((outcome.stored, outcome.refused), (2, 2));
    assert!(outcome.full.unwrap().to_string().contains("full"));
}

#[test]
fn evicted_series_are_made_again() {
    let mut rig = Rig::new();
    rig.scrape(10, "a 1\n");
    rig.store.sweep(10_000 + 24 * 3_600_000);
    assert_eq!(rig.store.stats().series, 0);
    let outcome = rig.scrape(24 * 3_600 + 25, "a 2\n");
    assert_eq!(outcome.stored, 1);
    assert_eq!(rig.ask("a", 24 * 3_600 + 25).len(), 1);
}

#[test]
fn a_clock_set_back_does_not_blind_the_scraper() {
    let mut rig = Rig::new();
    for i in 0..10 {
        rig.scrape(1_000_000 + i * 15, &format!("c_total {}\n", i * 10));
    }
    let back = 1_000_000 - 3_600;
    for i in 0..10 {
        let outcome = rig.scrape(back + i * 15, &format!("c_total {}\n", 100 + i * 10));
        assert_eq!((outcome.stored, outcome.out_of_order), (1, 0));
    }
    assert_eq!(rig.ask("changes(c_total[10m])", back + 135)[0].rsplit(' ').next(), Some("9"));
}
