//! Starting deliveries on an API server.

use super::sea::{record, template};
use crate::cluster::{Cluster, ConnectOptions, connect};
use crate::demo::api::faults::{Fault, Scope};
use crate::demo::store::DeleteOptions;
use crate::demo::{Demo, DemoOptions, serve};
use crate::domain::{
    Actor, Autoscaler, Check, CheckOutcome, Environment, Guardrails, Kind, Lock, ObjectKey, ResourceVersion,
    Target, WriteMode,
};
use crate::engine::canary::{Ending, Phase, Request};
use crate::engine::delivery::{self, DeliveryAsk, DeliveryPlan, NewVersion, Vicinity};
use crate::engine::gates::Book;
use crate::engine::record::{
    DriverMode, KEPT, OnDriverLoss, OperationRecord, Strategy, decode, encode, names,
};
use crate::engine::router::Wish;
use crate::shell::deliver::{Deliveries, News, Pace, config_map, driver, read_record, warrant_for};
use crate::shell::planner::Surroundings;
use crate::shell::{Tasks, clock};
use crate::store::{AuditLog, Folders};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// An API server with the Deployment `prod/shop` and four healthy pods, as
/// its status says; nothing reconciles it.
pub(super) struct Harbour {
    pub(super) demo: Demo,
    pub(super) cluster: Cluster,
    pub(super) deliveries: Deliveries,
    pub(super) tasks: Tasks,
    _news: mpsc::Receiver<News>,
    _folder: TempDir,
}

impl Harbour {
    pub(super) async fn open() -> Self {
        Self::at(Pace::default()).await
    }

    /// With drivers of another pace.
    pub(super) async fn at(pace: Pace) -> Self {
        let demo = serve(DemoOptions::now()).await.unwrap();
        let folder = TempDir::new().unwrap();
        let kubeconfig = folder.path().join("kubeconfig");
        std::fs::write(&kubeconfig, demo.kubeconfig()).unwrap();
        let kubeconfig = Some(kubeconfig.to_str().unwrap().to_owned());
        let cluster = connect(&ConnectOptions { kubeconfig, ..ConnectOptions::default() }).await.unwrap();
        let namespace = json!({"metadata": {"name": "prod", "labels": {"environment": "staging"}}});
        demo.store.create("namespaces", "", namespace).unwrap();
        let labels = json!({"app": "shop"});
        let deployment = json!({
            "metadata": {"name": "shop", "labels": labels},
            "spec": {"replicas": 4, "selector": {"matchLabels": labels}, "template": template("v1")},
        });
        demo.store.create("deployments", "prod", deployment).unwrap();
        let healthy = |raw: &mut serde_json::Value| {
            raw["status"] = json!({
                "observedGeneration": raw["metadata"]["generation"], "replicas": 4,
                "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4,
            });
        };
        demo.store.modify("deployments", "prod", "shop", healthy).unwrap();
        let audit = AuditLog::new(&Folders::find(Some(folder.path()), Some(folder.path())));
        let (tasks, _panicked) = Tasks::new();
        let (sender, news) = mpsc::channel(64);
        let me = driver(&Actor::default(), DriverMode::Cli);
        let deliveries = Deliveries::new(audit, me, tasks.clone(), pace, sender);
        Self { demo, cluster, deliveries, tasks, _news: news, _folder: folder }
    }

    /// The deliveries of another process.
    pub(super) fn stranger(&self) -> Deliveries {
        Deliveries { driving: Arc::default(), ..self.deliveries.clone() }
    }

    fn target(&self) -> Target {
        let shop = self.demo.store.get("deployments", "prod", "shop").unwrap();
        Target {
            context: self.cluster.context().clone(),
            cluster: self.cluster.url().clone(),
            key: ObjectKey::new(Kind::Deployment, "prod", "shop"),
            uid: shop.uid().into(),
            resource_version: ResourceVersion::default(),
        }
    }

    pub(super) async fn plan(&self) -> DeliveryPlan {
        self.plan_in(Environment::Staging, None).await
    }

    /// The same as if it were there, and of that tier.
    pub(super) async fn plan_in(&self, environment: Environment, tier: Option<u8>) -> DeliveryPlan {
        let ask = DeliveryAsk {
            target: self.target(),
            version: NewVersion::Image { container: None, image: ":v2".to_owned() },
            strategy: Strategy::Canary,
            pace: delivery::Pace::default(),
            traffic: Wish::Auto,
            on_driver_loss: OnDriverLoss::TakeOver,
            reason: String::new(),
            override_owner: false,
            glass: None,
        };
        let around = Surroundings {
            pods: Vec::new(),
            autoscaler: Ok(None::<Autoscaler>),
            delivery: None,
            environment,
            guardrails: Guardrails::default(),
            dependents: None,
            tier,
            vicinity: Vicinity::default(),
            book: Book::default(),
            kept: None,
        };
        let planner = self.deliveries.planner(self.cluster.clone(), Actor::default());
        Box::pin(planner.plan(ask, around)).await.unwrap()
    }

    pub(super) async fn start(&self, plan: DeliveryPlan, drive: bool) -> ObjectKey {
        let here = self.cluster.here(&WriteMode::CommandLine, clock::now());
        let warrant = plan.admit("y", here, None).unwrap();
        self.deliveries.start(&self.cluster, plan, warrant, drive).await.unwrap()
    }

    /// Asks for an abort, from there, and waits for no answer.
    pub(super) async fn abort(&self, from: &Deliveries, key: &ObjectKey) {
        let record = read_record(&self.cluster, key).await.unwrap();
        let warrant = warrant_for(&self.cluster, &record, &WriteMode::CommandLine, clock::now()).unwrap();
        let asked = (&"r-1".into(), Request::Abort, "it burns");
        from.append(&self.cluster, key, asked, &warrant, &Actor::default()).await.unwrap();
    }

    /// Waits for what a driver stores.
    pub(super) async fn until(&self, holds: impl Fn(&OperationRecord) -> bool) {
        let newest = *self.records().last().unwrap();
        let key = names::record(Kind::Deployment, "shop", newest);
        let waiting = async {
            loop {
                let raw = self.demo.store.get("configmaps", "prod", &key).unwrap().value();
                if holds(&decode(raw["data"][names::DATA].as_str().unwrap()).unwrap()) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    }

    /// Stores a record that is over.
    fn remember(&self, seq: u64) {
        let past = record(60, OnDriverLoss::TakeOver, clock::now());
        let past = OperationRecord { seq, ..past };
        let mut raw = config_map(&past).unwrap();
        let mut past = decode(raw["data"][names::DATA].as_str().unwrap()).unwrap();
        past.run.phase = Phase::Over(Ending::Promoted);
        raw["data"][names::DATA] = encode(&past).unwrap().into();
        self.demo.store.create("configmaps", "prod", raw).unwrap();
    }

    /// Locks the shop as another person.
    fn lock(&self, message: &str) {
        let bo = Actor { cluster_user: "bo".to_owned(), ..Actor::default() };
        let lock = Lock::new(bo, clock::now().wall, message).unwrap();
        let name = Lock::key(&self.target().key).name;
        let map = json!({"metadata": {"name": name}, "data": {names::DATA: lock.text()}});
        self.demo.store.create("configmaps", "prod", map).unwrap();
    }

    fn records(&self) -> Vec<u64> {
        let (all, _) = self.demo.store.list("configmaps", Some("prod"));
        let mut numbers: Vec<u64> =
            all.iter().filter_map(|object| object.label(names::SEQ)?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    }
}

#[tokio::test]
async fn old_records_beyond_those_kept_go_when_a_delivery_starts() {
    let harbour = Harbour::open().await;
    (1..=KEPT + 3).for_each(|seq| harbour.remember(seq));
    let plan = harbour.plan().await;
    assert_eq!((plan.record.seq, plan.surplus.len()), (KEPT + 4, 4));
    harbour.start(plan, false).await;
    assert_eq!(harbour.records(), (5..=KEPT + 4).collect::<Vec<_>>());
}

/// On a server that takes half a second for each answer.
#[tokio::test]
async fn quitting_waits_until_the_hand_over_is_stored() {
    let harbour = Harbour::open().await;
    let plan = Box::pin(harbour.plan()).await;
    let key = harbour.start(plan, true).await;
    harbour.until(|record| record.driver.epoch == 1 && !record.log.is_empty()).await;
    harbour.demo.api.faults.plan(Scope::default(), Fault::Latency(Duration::from_millis(500)), 1_000);
    harbour.deliveries.hand_over();
    let left = harbour.tasks.shut_down(Duration::from_millis(10)).await;
    assert_eq!(left, [format!("delivery {}", key.name)], "it is not cut off");
    assert_eq!(harbour.tasks.careful(), left);
    tokio::time::timeout(Duration::from_mins(1), harbour.tasks.careful_end()).await.unwrap();
    assert!(harbour.tasks.careful().is_empty());
    harbour.demo.api.faults.clear();
    harbour.until(|record| record.driver.identity.is_empty()).await;
}

/// A driver whose turns are a hundred seconds apart: nothing but the bell can
/// wake it, rung here, or heard of from another process.
#[tokio::test]
async fn an_abort_wakes_the_driver() {
    for from_here in [true, false] {
        let harbour = Harbour::at(Pace::new(clock::now, 0.01)).await;
        let plan = harbour.plan().await;
        let key = harbour.start(plan, true).await;
        let canary = || harbour.demo.store.get("deployments", "prod", "shop-canary");
        harbour.until(|record| record.phase_word() == "scaling" && canary().is_some()).await;
        let other = harbour.stranger();
        harbour.abort(if from_here { &harbour.deliveries } else { &other }, &key).await;
        harbour.until(|record| record.phase_word() == "rolling-back" && canary().is_none()).await;
    }
}

#[tokio::test]
async fn a_record_that_was_made_again_under_an_old_name_is_left_alone() {
    let harbour = Harbour::open().await;
    (1..=KEPT).for_each(|seq| harbour.remember(seq));
    let plan = harbour.plan().await;
    let name = &plan.surplus[0].0.name;
    harbour.demo.store.delete("configmaps", "prod", name.as_str(), &DeleteOptions::default()).unwrap();
    harbour.remember(1);
    harbour.start(plan, false).await;
    assert_eq!(harbour.records(), (1..=KEPT + 1).collect::<Vec<_>>());
}

/// Locked after it was planned, and while it runs: neither is begun nor
/// promoted by hand, and the way back stays open.
#[tokio::test]
async fn a_lock_holds_up_what_brings_more_users_and_nothing_else() {
    let harbour = Harbour::at(Pace::new(clock::now, 0.01)).await;
    let plan = harbour.plan().await;
    let locked = || plan_check(&plan, "lock");
    assert_eq!(locked().outcome, CheckOutcome::Pass);
    harbour.lock("not now");
    let here = harbour.cluster.here(&WriteMode::CommandLine, clock::now());
    let warrant = plan.admit("y", here, None).unwrap();
    let refused = harbour.deliveries.start(&harbour.cluster, plan.clone(), warrant, true).await.unwrap_err();
    assert!(refused.text.contains("locked by bo") && refused.text.contains("not now"), "{refused}");
    assert!(refused.hints[0].contains("qd unlock prod/shop"), "{refused:?}");
    let again = harbour.plan().await;
    assert_eq!(plan_check(&again, "lock").outcome, CheckOutcome::Fail);
    assert!(harbour.records().is_empty(), "nothing was written");
    let lock = Lock::key(&again.target.key).name;
    harbour.demo.store.delete("configmaps", "prod", lock.as_str(), &DeleteOptions::default()).unwrap();
    let key = harbour.start(harbour.plan().await, true).await;
    harbour.until(|record| record.phase_word() == "scaling").await;
    harbour.lock("not now");
    let record = read_record(&harbour.cluster, &key).await.unwrap();
    let ask = async |request: Request| {
        let warrant = warrant_for(&harbour.cluster, &record, &WriteMode::CommandLine, clock::now()).unwrap();
        let asked = (request, "why");
        harbour.deliveries.request(&harbour.cluster, &key, asked, warrant, Actor::default()).await
    };
    for request in [Request::Promote, Request::PromoteFull] {
        let refused = ask(request).await.unwrap_err();
        assert!(refused.text.contains("locked by bo"), "{refused}");
    }
    ask(Request::Hold).await.unwrap();
    ask(Request::Abort).await.unwrap();
    harbour.until(|record| record.phase_word() == "rolling-back").await;
}

pub(super) fn plan_check<'a>(plan: &'a DeliveryPlan, name: &str) -> &'a Check {
    plan.checks.iter().find(|check| check.name == name).unwrap()
}
