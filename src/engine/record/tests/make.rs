//! Records to test with.

use serde_json::json;

use super::super::{
    Driver, DriverMode, OnDriverLoss, OperationRecord, PodTemplate, RecordTarget, SCHEMA, Strategy,
    Templates, Version,
};
use crate::domain::{Actor, Kind, Now};
use crate::engine::canary::{CanaryRun, Observed, Plan};

pub(super) fn driver(name: &str, mode: DriverMode) -> Driver {
    Driver { identity: name.to_owned(), host: "deck".to_owned(), user: "cy".to_owned(), mode, epoch: 1 }
}

pub(in crate::engine) fn record() -> OperationRecord {
    let version = |template, word: &str| Version {
        template,
        version: word.to_owned(),
        images: vec![("app".to_owned(), format!("r.io/checkout:{word}"))],
        revision: None,
    };
    let template =
        |secret: &str| PodTemplate::new(&json!({"spec": {"containers": [{"env": [{"value": secret}]}]}}));
    OperationRecord {
        schema: SCHEMA,
        id: "op-1".into(),
        seq: 1,
        target: RecordTarget {
            kind: Kind::Deployment,
            namespace: "shop-production".into(),
            name: "checkout".into(),
            uid: "uid-1".into(),
        },
        strategy: Strategy::Canary,
        from: version(1, "v1"),
        to: version(2, "v2"),
        templates: Templates { old: template("hunter2"), new: template("hunter3") },
        router: None,
        run: CanaryRun::new(Plan::standard(), 1, 2, Now::at(0)),
        seen: Observed::default(),
        started: Now::at(0).wall,
        started_by: Actor { os_user: "cy".into(), ..Actor::default() },
        ended: None,
        reason: "release".to_owned(),
        driver: driver("cy@deck/1/a tui", DriverMode::Tui),
        on_driver_loss: OnDriverLoss::TakeOver,
        requests: Vec::new(),
        verdicts: Vec::new(),
        log: Vec::new(),
    }
}
