//! What shares requests out, as it is and as a record knows it.

use serde_json::{Value, json};
use std::sync::Arc;

use super::{Shared, lock, newer};
use crate::domain::Mutation;
use crate::domain::{ObjectKey, patched};
use crate::engine::canary::Step;
use crate::engine::record::OperationRecord;
use crate::engine::router::{Before, Pick, Picked, Router, RouterKind, Shares};
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

    /// What of `all` requests reaches the canary and stable; one in twenty
    /// carries whatever header is asked for.
    pub(super) fn served(&self, all: u64) -> Option<(u64, u64)> {
        let shares = self.shares()?;
        let pick = match shares.picked {
            Picked::Step(step) => self.known.picks.iter().find(|(number, _)| *number == step),
            Picked::Nothing | Picked::Other => None,
        };
        let part = |percent: u32| all * u64::from(percent) / 100;
        Some(match pick {
            Some((_, Pick::Header { .. })) => (part(5), part(95)),
            Some((_, Pick::Mirror { percent })) => (part(*percent), all),
            None => (part(shares.percent?), all - part(shares.percent?)),
        })
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
    let before = Before { stable: Some(1), named, canary: named.then_some(0), ..Before::default() };
    let known = Router {
        kind,
        name: "shop".into(),
        uid: "uid-route".into(),
        stable: "shop".into(),
        canary: "shop-canary".into(),
        before: vec![before],
        picks: Vec::new(),
    };
    record.run.plan.routing = Routing::Weights;
    record.router = Some(known.clone());
    lock(sea).route = Some(Route { known, raw: Arc::new(raw) });
}

/// Before its weights the delivery by a route picks requests by header, and
/// copies some where that kind of route can.
pub(in super::super) fn picking(sea: &Shared, record: &mut OperationRecord) {
    let steps = &mut record.run.plan.steps;
    let (min_s, max_s) = steps.first().map(|step| (step.min_s, step.max_s)).unwrap();
    let mut sea = lock(sea);
    let known = &mut sea.route.as_mut().unwrap().known;
    let texts = if known.kind == RouterKind::Ingress {
        vec!["header:X-Canary=always", "header:X-Canary=beta"]
    } else {
        vec!["header:X-Canary=always", "mirror:20"]
    };
    let picks = texts.into_iter().map(|text| Some(text.parse().unwrap()));
    steps.splice(0..0, picks.map(|pick| Step { pick, ..Step::weighted(0, min_s, max_s, false) }));
    known.picks = record.run.plan.picks();
    record.router = Some(known.clone());
}
