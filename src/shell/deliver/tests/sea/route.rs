//! What shares requests out, as it is and as a record knows it.

use serde_json::{Value, json};
use std::sync::Arc;

use super::{Shared, lock, newer};
use crate::domain::Mutation;
use crate::domain::{ObjectKey, patched};
use crate::engine::record::OperationRecord;
use crate::engine::router::{Before, Router, RouterKind, Shares};
use crate::engine::weights::Routing;

/// A route of any kind.
pub(in super::super) struct Route {
    known: Router,
    pub(super) raw: Arc<Value>,
}

impl Route {
    pub(in super::super) fn shares(&self) -> Option<Shares> {
        self.known.shares(Some(&self.raw))
    }

    /// Everything in it that a delivery could change and must not leave changed.
    pub(in super::super) fn content(&self) -> Value {
        json!([self.raw["spec"], self.raw["metadata"]["annotations"]])
    }

    pub(super) fn is(&self, key: &ObjectKey) -> bool {
        self.known.key(&key.namespace) == *key
    }

    /// As an API server patches.
    ///
    /// # Errors
    /// The path whose test failed.
    pub(super) fn patch(&mut self, write: &Mutation, tests: bool) -> Result<(), String> {
        self.raw = Arc::new(newer(patched(&self.raw, &write.ops, tests)?));
        Ok(())
    }
}

/// What is in a route of that kind before, its annotations apart.
fn spec(kind: RouterKind, named: bool) -> (Value, Value) {
    let both = |stable: Value, canary: Value| if named { json!([canary, stable]) } else { json!([stable]) };
    match kind {
        RouterKind::HttpRoute => {
            let backend = |name: &str, weight: u32| json!({"name": name, "port": 80, "weight": weight});
            let backends = both(backend("shop", 1), backend("shop-canary", 0));
            (json!({"rules": [{"backendRefs": backends}]}), Value::Null)
        }
        RouterKind::VirtualService => {
            let to = |host: &str, weight: u32| json!({"destination": {"host": host}, "weight": weight});
            (json!({"http": [{"route": both(to("shop", 1), to("shop-canary", 0))}]}), Value::Null)
        }
        RouterKind::Ingress | RouterKind::Service => {
            let path = json!({"path": "/", "backend": {"service": {"name": "shop-canary"}}});
            let canary = json!({"nginx.ingress.kubernetes.io/canary": "true",
                "nginx.ingress.kubernetes.io/canary-weight": "0"});
            (json!({"rules": [{"http": {"paths": [path]}}]}), canary)
        }
    }
}

/// Has the record's delivery shift requests by a route of that kind, in which
/// the canary is `named` before or not; an Ingress for canaries always names it.
pub(in super::super) fn by_route(sea: &Shared, record: &mut OperationRecord, kind: RouterKind, named: bool) {
    let (spec, annotations) = spec(kind, named);
    let raw = json!({
        "metadata": {"name": "shop", "namespace": "prod", "uid": "uid-route", "resourceVersion": "1",
            "annotations": annotations},
        "spec": spec,
    });
    let named = named || kind == RouterKind::Ingress;
    let before = Before { rule: 0, stable: Some(1), named, canary: named.then_some(0) };
    let known = Router {
        kind,
        name: "shop".into(),
        uid: "uid-route".into(),
        stable: "shop".into(),
        canary: "shop-canary".into(),
        before: vec![before],
    };
    record.run.plan.routing = Routing::Weights;
    record.router = Some(known.clone());
    lock(sea).route = Some(Route { known, raw: Arc::new(raw) });
}
