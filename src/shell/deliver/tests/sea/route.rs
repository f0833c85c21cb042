//! What shares requests out, as it is and as a record knows it.

use serde_json::{Value, json};
use std::sync::Arc;

use super::{Shared, lock, newer};
use crate::domain::{JsonOp, Mutation, ObjectKey, patched};
use crate::engine::canary::Step;
use crate::engine::record::OperationRecord;
use crate::engine::router::{Before, Pick, Picked, Router, RouterKind, Shares, Subsets};
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

    /// What of `all` requests reaches the canary and stable; of 10,000 so many
    /// carry whatever header is asked for.
    pub(super) fn served(&self, all: u64, carriers: u64) -> Option<(u64, u64)> {
        let shares = self.shares()?;
        let pick = match shares.picked {
            Picked::Step(step) => self.known.picks.iter().find(|(number, _)| *number == step),
            Picked::Nothing | Picked::Other => None,
        };
        let part = |percent: u32| all * u64::from(percent) / 100;
        Some(match pick {
            Some((_, Pick::Header { .. })) => {
                let theirs = all * carriers / 10_000;
                (theirs, all - theirs)
            }
            Some((_, Pick::Mirror { percent })) => (part(*percent), all),
            None => (part(shares.percent?), all - part(shares.percent?)),
        })
    }

    /// Somebody else gives the canary that weight.
    pub(in super::super) fn weigh(&mut self, percent: u32) {
        self.change(&self.known.weigh(&self.raw, percent).unwrap());
    }

    /// Somebody else has it pick what that step does, from 0.
    pub(in super::super) fn pick(&mut self, step: usize) {
        self.change(&self.known.pick(&self.raw, step).unwrap());
    }

    fn change(&mut self, ops: &[JsonOp]) {
        self.raw = Arc::new(newer(patched(&self.raw, ops, true).unwrap()));
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
fn spec(Means { kind, named, subsets }: Means) -> (Value, Value) {
    let both = |stable: Value, canary: Value| if named { json!([canary, stable]) } else { json!([stable]) };
    match kind {
        RouterKind::HttpRoute => {
            let backend = |name: &str, weight: u32| json!({"name": name, "port": 80, "weight": weight});
            let backends = both(backend("shop", 1), backend("shop-canary", 0));
            (json!({"rules": [{"backendRefs": backends}]}), Value::Null)
        }
        RouterKind::VirtualService if subsets => {
            let to = |subset: &str, weight: u32| json!({"destination": {"host": "shop", "subset": subset}, "weight": weight});
            (json!({"http": [{"route": both(to("stable", 1), to("canary", 0))}]}), Value::Null)
        }
        RouterKind::VirtualService => {
            let to = |host: &str, weight: u32| json!({"destination": {"host": host}, "weight": weight});
            (json!({"http": [{"route": both(to("shop", 1), to("shop-canary", 0))}]}), Value::Null)
        }
        RouterKind::Service => {
            (json!({"selector": {"app": "shop", "quarterdeck/track": "stable"}}), Value::Null)
        }
        RouterKind::Ingress => {
            let path = json!({"path": "/", "backend": {"service": {"name": "shop-canary"}}});
            let canary = json!({"nginx.ingress.kubernetes.io/canary": "true",
                "nginx.ingress.kubernetes.io/canary-weight": "0"});
            (json!({"rules": [{"http": {"paths": [path]}}]}), canary)
        }
    }
}

/// What is to share requests out.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Means {
    pub(in super::super) kind: RouterKind,
    /// The canary is named before; an Ingress for canaries always names it.
    pub(in super::super) named: bool,
    /// Subsets of one host are the two sides.
    pub(in super::super) subsets: bool,
}

/// Has the record's delivery shift requests by such a route.
pub(in super::super) fn by_route(sea: &Shared, record: &mut OperationRecord, means: Means) {
    let (spec, annotations) = spec(means);
    let Means { kind, named, subsets } = means;
    let raw = json!({
        "metadata": {"name": "shop", "namespace": "prod", "uid": "uid-route", "resourceVersion": "1",
            "annotations": annotations},
        "spec": spec,
    });
    let named = named || kind == RouterKind::Ingress;
    let before = Before { stable: Some(1), named, canary: named.then_some(0), ..Before::default() };
    let switches = kind == RouterKind::Service;
    let known = Router {
        kind,
        name: "shop".into(),
        uid: "uid-route".into(),
        stable: "shop".into(),
        canary: if subsets { "shop".into() } else { "shop-canary".into() },
        subsets: subsets.then(|| Subsets { stable: "stable".into(), canary: "canary".into() }),
        before: if switches { Vec::new() } else { vec![before] },
        picks: Vec::new(),
    };
    record.run.plan.routing = if switches { Routing::Switch } else { Routing::Weights };
    record.router = Some(known.clone());
    lock(sea).route = Some(Route { known, raw: Arc::new(raw) });
}

/// Before its weights the delivery by a route picks requests by header, and
/// copies some where that kind of route can.
pub(in super::super) fn picking(sea: &Shared, record: &mut OperationRecord) {
    let steps = &mut record.run.plan.steps;
    let (min_s, max_s) = steps.first().map(|step| (step.min_s, step.max_s)).unwrap();
    let kind = record.router.as_ref().unwrap().kind;
    let texts = if kind == RouterKind::Ingress {
        vec!["header:X-Canary=always", "header:X-Canary=beta"]
    } else {
        vec!["header:X-Canary=always", "mirror:20"]
    };
    let picks = texts.into_iter().map(|text| Some(text.parse().unwrap()));
    steps.splice(0..0, picks.map(|pick| Step { pick, ..Step::weighted(0, min_s, max_s, false) }));
    knows_its_picks(sea, record);
}

/// The route of a plan with steps that pick is the delivery's to put them in.
pub(in super::super) fn knows_its_picks(sea: &Shared, record: &mut OperationRecord) {
    let mut sea = lock(sea);
    let known = &mut sea.route.as_mut().unwrap().known;
    known.picks = record.run.plan.picks();
    record.router = Some(known.clone());
}
