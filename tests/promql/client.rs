//! Our client against a real Prometheus.

use std::time::Duration;

use quarterdeck::metrics::prometheus::{Client, HttpTransport, RangePlan, Settings};
use quarterdeck::promql::{Labels, Samples, Value};

use crate::real::{Real, find};

#[tokio::test]
async fn every_endpoint_of_a_real_server_is_read() {
    let Some(binary) = find() else {
        println!("skipped: no prometheus in PATH and QD_PROMETHEUS is not set");
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut samples = Samples::default();
    (0..240).for_each(|i| samples.push(1_700_000_000_000 + i * 15_000, i as f64));
    let labels = Labels::from_pairs([("__name__", "x_total"), ("job", "a")]);
    let real = Real::start(&binary, &[(labels.clone(), samples)]);
    let timeout = Duration::from_secs(30);
    let base = format!("http://127.0.0.1:{}", real.port);
    let settings = Settings { base, ..Settings::default() };
    let transport = HttpTransport::new(reqwest::Client::new(), settings, timeout).unwrap();
    let client = Client::new(transport, timeout);

    let at = 1_700_001_000_000;
    let Value::Vector(list) = client.query("x_total", at).await.unwrap().data else { panic!() };
    assert_eq!((list[0].labels.clone(), list[0].value.to_bits()), (labels.clone(), 66_f64.to_bits()));
    let plan = RangePlan { start_ms: at, end_ms: at + 60_000, step_ms: 15_000 };
    let Value::Matrix(rows) = client.query_range("x_total", plan).await.unwrap().data else { panic!() };
    assert_eq!(rows[0].points.times, (0..5).map(|i| at + i * 15_000).collect::<Vec<_>>());
    let error = client.query("x_total +", at).await.unwrap_err();
    assert!(error.to_string().starts_with("Prometheus answered bad_data"), "{error}");
    let series = client.series(&["x_total"], at, at + 1, 10).await.unwrap().data;
    assert_eq!(series, [labels]);
    assert!(client.label_names(10).await.unwrap().data.contains(&"job".to_owned()));
    assert_eq!(client.label_values("job", 10).await.unwrap().data, ["a"]);
    assert!(client.rules().await.unwrap().data.is_empty());
    assert!(client.alerts().await.unwrap().data.is_empty());
    assert!(client.targets().await.unwrap().data.active_targets.is_empty());
    assert!(client.metadata(10).await.is_ok());
    assert!(client.build_info().await.is_ok());
    assert!(client.missing().is_empty());
}
