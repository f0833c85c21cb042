//! An embedded cluster with life in it.

use std::io;

use jiff::Timestamp;

use super::clock::SimClock;
use super::scenario::model::Scenario;
use super::scenario::simulation::{Simulation, beginning};
use super::{Demo, DemoOptions, serve};

/// How to start a cluster that plays a scenario.
#[derive(Clone, Debug)]
pub struct StoryOptions {
    /// What is played; its seed decides everything random.
    pub scenario: Scenario,
    /// Simulated seconds for each second.
    pub speed: f64,
    /// Whether time stands still after the start.
    pub paused: bool,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
}

/// Starts a cluster, plays its past in fast motion up to now, and lets it run.
///
/// # Errors
/// When the port cannot be opened.
pub async fn start(options: StoryOptions) -> io::Result<Demo> {
    let now = Timestamp::now();
    let clock = SimClock::paused_at(beginning(now));
    let seed = options.scenario.seed;
    let mut demo = serve(DemoOptions { clock: clock.clone(), seed, port: options.port }).await?;
    let store = demo.store.clone();
    let scenario = options.scenario;
    // A second of pure computing in a debug build: not on a thread that serves.
    let simulation = tokio::task::spawn_blocking(move || Simulation::boot(&store, scenario, now))
        .await
        .map_err(io::Error::other)?;
    simulation.answer_on(&demo.api);
    clock.set_speed(options.speed);
    clock.set_paused(options.paused);
    demo.life = Some(tokio::spawn(simulation.run(demo.stopping())));
    Ok(demo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scenario::parse::embedded;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_story_is_served_over_http_with_metrics_of_its_pods() {
        let scenario = embedded("default").unwrap();
        let demo = start(StoryOptions { scenario, speed: 1.0, paused: false, port: 0 }).await.unwrap();
        let (pods, _) = demo.store.list("pods", Some("shop-production"));
        let orders = pods.iter().find(|p| p.label("app.kubernetes.io/name") == Some("orders")).unwrap();
        let answer = demo.api.pod_proxy().unwrap()("shop-production", orders.name(), "/metrics").unwrap();
        assert_eq!(answer.0, 200);
        assert!(demo.store.registry().iter().any(|row| row.kind == "PodMetrics"), "kubectl top");
        assert!(answer.1.contains("http_requests_total{method=\"GET\",route=\"/orders/{id}\",code=\"200\"}"));
        demo.shutdown().await;
    }
}
