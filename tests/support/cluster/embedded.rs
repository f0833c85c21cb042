//! The embedded cluster as the suite needs it: two nodes, its controllers, and
//! containers that do what their image tag says, their metrics included, as on
//! the fake kubelets of the real lane.

use kube::config::Kubeconfig;
use quarterdeck::demo::controllers::manager::Manager;
use quarterdeck::demo::kubelet::Kubelet;
use quarterdeck::demo::kubelet::behaviour::{Behaviour, Cast, End};
use quarterdeck::demo::scenario::model::Node;
use quarterdeck::demo::{self, Demo, DemoOptions, scenario::objects};
use serde_json::Value;
use tokio::runtime::Handle;

#[path = "../page.rs"]
mod page;

use jiff::Timestamp;
use page::page;
use std::sync::Arc;

/// Starts it; it lives as long as the returned [`Demo`].
pub(crate) fn start(runtime: &Handle) -> (Demo, Kubeconfig) {
    let demo = runtime.block_on(demo::serve(DemoOptions::now())).expect("a free port");
    for index in 1..=2 {
        let node = Node {
            name: format!("node-{index}"),
            zone: "test-1a".to_owned(),
            cpu: "64".to_owned(),
            memory: "256Gi".to_owned(),
        };
        demo.store.create("nodes", "", objects::node(&node, index)).expect("a node");
    }
    let (store, clock) = (demo.store.clone(), demo.clock.clone());
    demo.api.set_pod_proxy(Arc::new(move |ns, pod, path| {
        let pod = store.get("pods", ns, pod)?;
        answer(&pod.value(), path, clock.now())
    }));
    runtime.spawn(run_controllers(&demo));
    let file = Kubeconfig::from_yaml(&demo.kubeconfig()).expect("its own kubeconfig");
    (demo, file)
}

/// What a running pod answers; none if it does not run.
fn answer(pod: &Value, path: &str, now: Timestamp) -> Option<(u16, String)> {
    let started = pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"].as_str()?;
    let since: Timestamp = started.parse().ok()?;
    let image = pod["spec"]["containers"][0]["image"].as_str()?;
    let found = path == "/metrics";
    Some(if found {
        (200, page(image, now.duration_since(since).as_secs_f64()))
    } else {
        (404, "not found\n".to_owned())
    })
}

fn run_controllers(demo: &Demo) -> impl Future<Output = ()> + Send + use<> {
    let (clock, stop) = (demo.clock.clone(), demo.stopping());
    let mut manager = Manager::new(demo.store.clone(), Kubelet::new(Box::new(by_tag)), 1);
    async move {
        loop {
            let next = manager.step(clock.now()).unwrap_or(Timestamp::MAX);
            tokio::select! {
                () = stop.cancelled() => return,
                () = manager.changed() => {}
                () = clock.sleep_until(next) => {}
            }
            tokio::task::yield_now().await;
        }
    }
}

/// What the fake kubelet's `fate` does, in the embedded cluster's terms.
fn by_tag(cast: &Cast<'_>) -> Behaviour {
    let image = &cast.container.image;
    let asked = |word: &str| image.contains(word);
    let end =
        |exit_code, reason| Some(End { after_s: 0.4, exit_code, reason, last_lines: vec!["end".to_owned()] });
    Behaviour {
        pull_s: 0.3,
        ready_after_s: 0.1,
        stop_s: 0.2,
        pull_error: asked("nopull").then(|| "not found".to_owned()),
        unready: asked("unready").then(|| "HTTP probe failed with statuscode: 503".to_owned()),
        end: match cast.controller {
            _ if asked("crash") || asked("fail") => end(1, "Error"),
            _ if asked("oom") => end(137, "OOMKilled"),
            "Job" => end(0, "Completed"),
            _ => None,
        },
        ..Behaviour::default()
    }
}
