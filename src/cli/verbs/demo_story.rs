//! The deliveries of a scenario: started over HTTP as anybody would, driven by
//! an engine in this process on the cluster's simulated time.

use crate::cluster::{Cluster, ConnectOptions, connect, decode_workload};
use crate::demo::clock::SimClock;
use crate::demo::scenario::model::{Delivery, Scenario};
use crate::domain::{
    Actor, Confirmation, Environment, Fault, Guardrails, Kind, Now, ObjectKey, Target, WriteMode,
};
use crate::engine::delivery::{DeliveryAsk, NewVersion, Pace as Steps, PaceStep, Vicinity};
use crate::engine::gates::Book;
use crate::engine::record::{DriverMode, OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use crate::shell::deliver::{Deliveries, News, Pace, driver};
use crate::shell::planner::Surroundings;
use crate::shell::{Tasks, clock};
use crate::store::AuditLog;
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::mpsc;

/// News waiting to be logged.
const NEWS: usize = 64;

/// The clock of the story, which begins at `start`, for whoever drives in it
/// or looks at it. While its past is played it shows the start.
pub(super) fn pace(time: &SimClock, start: Timestamp, speed: f64) -> Pace {
    let time = time.clone();
    let now = move || {
        let wall = time.now().max(start);
        // It never goes back, so it serves as both clocks.
        let boot = Duration::try_from(wall.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
        Now { wall, boot }
    };
    Pace::new(now, speed)
}

/// Starts the deliveries when their time has come, and drives whatever nobody
/// drives. Ends with the program.
pub(super) async fn tell(
    scenario: Scenario,
    options: ConnectOptions,
    audit: AuditLog,
    tasks: Tasks,
    pace: Pace,
) {
    let cluster = match connect(&options).await {
        Ok(cluster) => cluster,
        Err(fault) => return tracing::error!("the story has no engine: {fault}"),
    };
    let actor = Actor { os_user: "engine".to_owned(), host: "demo".to_owned(), cluster_user: String::new() };
    let (news, mut heard) = mpsc::channel(NEWS);
    let deliveries =
        Deliveries::new(audit, driver(&actor, DriverMode::Engine), tasks.clone(), pace.clone(), news);
    tasks.spawn("news of the story", async move {
        while let Some(news) = heard.recv().await {
            if let News::Told(notice) = news {
                tracing::info!("{}", notice.text);
            }
        }
    });
    let begun = pace.now();
    let mut planned = scenario.deliveries.clone();
    planned.sort_by(|a, b| a.at.0.total_cmp(&b.at.0));
    for delivery in &planned {
        let due = Duration::try_from_secs_f64(delivery.at.0).unwrap_or_default();
        let passed = pace.now().elapsed(begun);
        pace.rest(due.saturating_sub(passed)).await;
        if let Err(fault) = Box::pin(start(&deliveries, &cluster, &scenario, delivery)).await {
            tracing::error!("{} was not delivered: {fault}", delivery.service.get_ref());
        }
    }
    deliveries.adopt_orphans(&cluster, None, &actor).await;
}

async fn start(
    deliveries: &Deliveries,
    cluster: &Cluster,
    scenario: &Scenario,
    delivery: &Delivery,
) -> Result<(), Fault> {
    let Some(service) = scenario.service(delivery.service.get_ref()) else { return Ok(()) };
    let key = ObjectKey::new(Kind::Deployment, service.namespace("production"), service.id());
    let workload = decode_workload(&cluster.read(&key).await?)?;
    let target = Target {
        context: cluster.context().clone(),
        cluster: cluster.url().clone(),
        key,
        uid: workload.uid,
        resource_version: workload.resource_version,
    };
    let actor = Actor { os_user: delivery.by.clone(), host: "demo".to_owned(), cluster_user: String::new() };
    let around = Surroundings {
        pods: Vec::new(),
        autoscaler: Ok(None),
        delivery: None,
        environment: Environment::Production,
        guardrails: Guardrails::default(),
        dependents: None,
        tier: None,
        vicinity: Vicinity::default(),
        book: Book::default(),
        kept: None,
    };
    let planner = deliveries.planner(cluster.clone(), actor);
    let plan = Box::pin(planner.plan(ask(target, scenario, delivery), around)).await?;
    let answer = match &plan.confirmation {
        Confirmation::Key => "y".to_owned(),
        Confirmation::Type(word) => word.clone(),
    };
    let warrant = plan
        .admit(&answer, cluster.here(&WriteMode::CommandLine, clock::now()), None)
        .map_err(|refusal| Fault::new(crate::domain::FaultKind::Refused, refusal.to_string()))?;
    deliveries.start(cluster, plan, warrant, true).await.map(drop)
}

fn ask(target: Target, scenario: &Scenario, delivery: &Delivery) -> DeliveryAsk {
    let image =
        scenario.service(delivery.service.get_ref()).map(|s| s.image(&scenario.registry, &delivery.version));
    let seconds = |span: f64| span.clamp(0.0, 86_400.0) as u32;
    DeliveryAsk {
        target,
        version: NewVersion::Image { container: None, image: image.unwrap_or_default() },
        strategy: Strategy::Canary,
        pace: Steps {
            steps: delivery.steps.iter().copied().map(PaceStep::from).collect(),
            min_s: seconds(delivery.step_min.0),
            max_s: seconds(delivery.step_max.0),
            manual: false,
            floor: delivery.floor,
            ..Steps::default()
        },
        traffic: Wish::Auto,
        on_driver_loss: OnDriverLoss::TakeOver,
        reason: delivery.cause.clone(),
        override_owner: false,
        glass: None,
    }
}
