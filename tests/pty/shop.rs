//! A service to do things to, in the embedded cluster, and a console looking at it.

use crate::terminal::Terminal;
use crate::until::wait;
use quarterdeck::demo::Demo;
use serde_json::{Value, json};

pub(crate) const GOOD: &str = "registry.test/shop:v1";

/// A service of two pods, up.
pub(crate) fn shop(cluster: &Demo) {
    let template = json!({"metadata": {"labels": {"app": "shop"}},
                          "spec": {"containers": [{"name": "app", "image": GOOD}]}});
    let shop = json!({"metadata": {"name": "shop"}, "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "shop"}}, "template": template}});
    cluster.store.create("deployments", "default", shop).unwrap();
    eventually("it is up", || deployment(cluster, "shop")["status"]["availableReplicas"] == 2);
}

/// A Deployment as it is now; null where there is none.
pub(crate) fn deployment(cluster: &Demo, name: &str) -> Value {
    cluster.store.get("deployments", "default", name).map(|it| it.value()).unwrap_or_default()
}

/// Waits for the service on the screen, and switches writing on.
pub(crate) fn may_write(terminal: &mut Terminal) {
    terminal.shows("shop");
    terminal.shows("live");
    terminal.press(":");
    terminal.press("write\r");
    terminal.shows("writing is allowed");
}

pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    wait(what, || if holds() { Ok(()) } else { Err("it is not so".to_owned()) });
}
