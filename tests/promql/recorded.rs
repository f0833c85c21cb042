//! Objectives that Sloth and Pyrra record are found in a real Prometheus without
//! any file, and counted there.

use crate::real::{Real, find};
use quarterdeck::domain::SignalSource;
use quarterdeck::metrics::prometheus::{Asking, Client, HttpTransport, Settings};
use quarterdeck::promql::{Labels, Samples};
use quarterdeck::shell::slos::{Definitions, Keeper};
use quarterdeck::slo::{Standing, recorded};
use std::time::Duration;

/// Two days of samples each 30 s, up to here (a slot's edge).
const NOW: i64 = 1_700_000_100;
const DAY: i64 = 86_400;

fn series(pairs: &[(&str, &str)], value: impl Fn(i64) -> f64) -> (Labels, Samples) {
    let mut points = Samples::default();
    (NOW - 2 * DAY..=NOW).step_by(30).for_each(|at| points.push(at * 1000, value(at)));
    (Labels::from_pairs(pairs.iter().copied()), points)
}

/// What Sloth and Pyrra's generic rules write for one objective each: 0.5 % bad
/// in the last six hours of two days of a 99 % objective, and 0.1 % all along.
fn written() -> Vec<(Labels, Samples)> {
    let sloth = |name: &'static str, window: &'static str| {
        let mut pairs =
            vec![("__name__", name), ("sloth_id", "cart-ok"), ("sloth_service", "cart"), ("sloth_slo", "ok")];
        pairs.extend((!window.is_empty()).then_some(("sloth_window", window)));
        pairs
    };
    let pyrra = |name: &'static str| [("__name__", name), ("slo", "pay-ok"), ("job", "pay")];
    let bad = |at: i64| if at > NOW - DAY / 4 { 0.005 } else { 0.0 };
    vec![
        series(&sloth("slo:objective:ratio", ""), |_| 0.99),
        series(&sloth("slo:time_period:days", ""), |_| 2.0),
        series(&sloth("sloth_slo_info", ""), |_| 1.0),
        series(&sloth("slo:sli_error:ratio_rate5m", "5m"), bad),
        series(&pyrra("pyrra_objective"), |_| 0.999),
        series(&pyrra("pyrra_window"), |_| (2 * DAY) as f64),
        series(&pyrra("pyrra_requests:rate5m"), |_| 50.0),
        series(&pyrra("pyrra_errors:rate5m"), |_| 0.05),
    ]
}

#[test]
fn what_is_recorded_is_found_and_counted() {
    let Some(binary) = find() else {
        println!("skipped: no prometheus in PATH and QD_PROMETHEUS is not set");
        return;
    };
    let _already = rustls::crypto::ring::default_provider().install_default();
    let real = Real::start(&binary, &written());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let patience = Duration::from_mins(1);
    let settings = Settings { base: format!("http://127.0.0.1:{}", real.port), ..Settings::default() };
    let transport = HttpTransport::new(reqwest::Client::new(), settings, patience).unwrap();
    let client = Client::new(transport, patience);
    let asking = Asking::new(&client, runtime.handle().clone());
    let found = recorded(&asking, NOW).unwrap();
    let ids: Vec<_> = found.iter().map(|slo| slo.id.as_str()).collect();
    assert_eq!(ids, ["cart/ok", "pay/pay-ok"]);
    let mut definitions = Definitions::default();
    definitions.take_recorded(found);
    let mut keeper = Keeper::new("there".to_owned(), None, None, true);
    keeper.define(definitions, NOW);
    let board = keeper.round(&asking, SignalSource::Prometheus("p".to_owned()), NOW);
    assert_eq!(board.warnings, Vec::<String>::new());
    let of = |id: &str| board.slos.iter().find(|status| status.slo.id == id).unwrap();
    // An eighth of the time at half of the allowed share.
    let cart = of("cart/ok");
    assert_eq!(cart.standing, Standing::Counted);
    assert!((cart.left().unwrap() - (1.0 - 0.5 / 8.0)).abs() < 2e-3, "{:?}", cart.left());
    assert!((cart.burn().unwrap() - 0.5).abs() < 1e-3, "{:?}", cart.burn());
    // One of a thousand is bad, which is all that is allowed.
    let pay = of("pay/pay-ok");
    assert!(pay.left().unwrap().abs() < 2e-3, "{:?}", pay.left());
    assert!((pay.budget.total - 50.0 * (2 * DAY) as f64).abs() < 50.0 * 600.0, "{}", pay.budget.total);
}
