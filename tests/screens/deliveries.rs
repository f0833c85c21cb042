//! Operations of the delivery engine, played by the engine's own machine.

use crate::fixture::{self, Make, SHOP, now};
use jiff::{SignedDuration, Timestamp};
use quarterdeck::domain::*;
use quarterdeck::engine::canary::{
    Answer, Answered, CanaryRun, Input, Intent, Measurements, Observed as Seen, Plan, Question, Request, Side,
};
use quarterdeck::engine::delivery::Pace;
use quarterdeck::engine::record::*;
use quarterdeck::engine::verdict::analysis::Reply;
use quarterdeck::engine::verdict::guards::Fact as PodFact;
use quarterdeck::engine::verdict::number::Exact;
use quarterdeck::engine::verdict::{Bad, Counts, Data, Importance, Interval, Metric, Requests};
use serde_json::json;
use std::time::Duration;

/// What happens to a canary.
#[derive(Clone, Copy)]
pub(crate) struct Play {
    pub(crate) service: &'static str,
    /// How long it has been going on, in seconds.
    pub(crate) for_s: u32,
    /// Requests in 30 s over both sides.
    pub(crate) requests: u64,
    /// Share of them that fail, of the canary and of stable.
    pub(crate) failing: (f64, f64),
    /// Asked for at the end.
    pub(crate) asked: Option<Request>,
    /// Whether its pods become available.
    pub(crate) starts: bool,
    /// Its driver; empty if it was handed over.
    pub(crate) driver: &'static str,
    /// Conditions it has to keep besides, and what their expressions give.
    pub(crate) conditions: &'static [(&'static str, f64)],
    /// Whether stable's own pods are replaced, and watched then.
    pub(crate) rolling: bool,
}

pub(crate) const PLAY: Play = Play {
    service: "cart",
    for_s: 200,
    requests: 3000,
    failing: (0.0032, 0.0031),
    asked: None,
    starts: true,
    driver: "bo@bridge/4711/k2p tui",
    conditions: &[],
    rolling: false,
};

fn at(seconds: i64) -> Now {
    let wall = now().wall.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    Now { wall, boot: now().boot.saturating_add(Duration::from_secs(1_000_000)) }
}

fn make(service: &str) -> &'static Make {
    SHOP.iter().find(|make| make.name == service && make.namespace == "shop-prod").unwrap()
}

fn measured(run: &CanaryRun, seen: Seen, play: &Play, now: Timestamp) -> Measurements {
    let pods = |side: Option<Side>| f64::from(side.map_or(0, |side| side.available));
    let beside = pods(seen.canary) / (pods(seen.canary) + pods(seen.stable));
    let share = if play.rolling { 1.0 } else { beside };
    let since = run.watching_since().map_or(0, |since| now.duration_since(since).as_secs());
    let intervals = (0..since / 30).map(|i| {
        // A little unrest, the same on every machine.
        let wave = |n: u64, by: u64| n + (n * ((i as u64 * 7 + by) % 5)) / 40;
        let side = |share: f64, failing: f64, by| {
            let n = wave((play.requests as f64 * share) as u64, by);
            Some(Counts { n, e: (n as f64 * failing).round() as u64 })
        };
        Interval {
            from_s: i as u32 * 30,
            to_s: i as u32 * 30 + 30,
            canary: side(share, play.failing.0, 1),
            baseline: side(1.0 - share, play.failing.1, 3).filter(|_| !play.rolling),
        }
    });
    let requests = Requests {
        bad: Bad::default(),
        floor: 0.001,
        limit: Some(0.01),
        fine: None,
        intervals: intervals.collect(),
    };
    Measurements {
        metrics: vec![Metric {
            name: "errors".to_owned(),
            importance: Importance::Critical,
            data: Data::Requests(requests),
        }],
        facts: Vec::<PodFact>::new(),
        ..Measurements::default()
    }
}

/// What the expressions that are due give.
fn answers(run: &CanaryRun, play: &Play, now: Now) -> Vec<Answered> {
    let answer = |question: Question| Answered {
        analysis: question.analysis,
        step: question.step,
        at: question.at,
        replies: Ok(vec![Reply::Value(Exact::new(play.conditions[question.analysis].1))]),
    };
    run.due(now).into_iter().map(answer).collect()
}

/// Plays it to its present moment.
#[expect(clippy::too_many_lines, reason = "one long literal, a field a line")]
pub(crate) fn record(play: &Play) -> OperationRecord {
    let make = make(play.service);
    let [old, new] = [make.version, "v9.0.0"].map(|version| fixture::template(make.name, version).digest);
    let began = at(-i64::from(play.for_s));
    let in_place = Pace::default().in_place().unwrap();
    let analyses = play.conditions.iter().map(|(text, _)| text.parse().unwrap()).collect();
    let mut record = OperationRecord {
        schema: SCHEMA,
        id: format!("op-{}-1", play.service).as_str().into(),
        seq: 1,
        target: RecordTarget {
            kind: Kind::Deployment,
            namespace: make.namespace.into(),
            name: make.name.into(),
            uid: format!("{}-{}", make.namespace, make.name).as_str().into(),
        },
        strategy: if play.rolling { Strategy::Rolling } else { Strategy::Canary },
        from: Version { template: old, version: make.version.to_owned(), ..Version::default() },
        to: Version { template: new, version: "v9.0.0".to_owned(), ..Version::default() },
        templates: Templates { old: PodTemplate::new(&json!({})), new: PodTemplate::new(&json!({})) },
        router: None,
        run: if play.rolling {
            CanaryRun::rolling(Plan { analyses, ..in_place }, old, new, began)
        } else {
            CanaryRun::new(Plan { analyses, ..Plan::standard() }, old, new, began)
        },
        seen: Seen::default(),
        started: began.wall,
        started_by: Actor {
            os_user: "bo".into(),
            host: "bridge".into(),
            cluster_user: "bo@example.com".into(),
        },
        ended: None,
        reason: "the new price rules".to_owned(),
        driver: Driver {
            identity: play.driver.to_owned(),
            host: "bridge".to_owned(),
            user: "bo".to_owned(),
            mode: DriverMode::Tui,
            epoch: 1,
        },
        on_driver_loss: OnDriverLoss::default(),
        requests: Vec::new(),
        verdicts: Vec::new(),
        log: Vec::new(),
    };
    let what = if play.rolling { "rolling update" } else { "canary" };
    record.note(&format!("bo starts a {what} of v9.0.0"), began);
    let whole = |desired: u32| Side { template: old, desired, available: desired, settled: true };
    let mut seen = Seen { stable: Some(whole(make.desired)), ..Seen::default() };
    for second in (0..=i64::from(play.for_s)).step_by(5) {
        let moment = at(second - i64::from(play.for_s));
        let mut inputs = vec![Input::Seen(seen), Input::Answered(answers(&record.run, play, moment))];
        if second % 30 == 0 {
            inputs.push(Input::Measured(measured(&record.run, seen, play, moment.wall)));
        }
        if let Some(request) = play.asked.filter(|_| second + 5 > i64::from(play.for_s)) {
            inputs.push(Input::Asked { request, by: "alice".to_owned() });
        }
        for input in inputs {
            let intent = record.run.step(input, moment);
            if let Some(intent) = intent {
                apply(intent, &mut seen, play, new);
                record.note(&format!("asks to {}", intent.sentence(&record.run.plan)), moment);
                record.run.step(Input::Written(Answer::Applied), moment);
            }
            if let Some(judged) = record.run.judged.clone().filter(|j| j.at == moment.wall) {
                record.keep_verdict(&judged);
            }
        }
        if record.is_over() && record.ended.is_none() {
            record.ended = Some(moment.wall);
        }
        let progress = record.run.progress.clone();
        record.note(&progress, moment);
    }
    record.seen = seen;
    record
}

fn apply(intent: Intent, seen: &mut Seen, play: &Play, new: u64) {
    let there = |replicas: u32| Side {
        template: new,
        desired: replicas,
        available: if play.starts { replicas } else { 0 },
        settled: play.starts,
    };
    match intent {
        Intent::CreateCanary { replicas } | Intent::ScaleCanary { replicas } => {
            seen.canary = Some(there(replicas));
        }
        Intent::DeleteCanary => seen.canary = None,
        Intent::UpdateStable => {
            seen.stable = seen.stable.map(|stable| Side { template: new, ..stable });
        }
        Intent::RestoreStable
        | Intent::JoinRouter
        | Intent::Weigh { .. }
        | Intent::Pick { .. }
        | Intent::RestoreRouter => {}
    }
}

/// The facts of a record and of its canary, as the watch tells them.
pub(crate) fn facts(record: &OperationRecord) -> Vec<Fact> {
    let text = encode(record).unwrap();
    let mut facts = vec![Fact::Seen(Observed::Record(RecordText {
        sort: RecordSort::Delivery,
        key: record.key(),
        uid: format!("uid-{}", record.id).as_str().into(),
        resource_version: format!("{}-{}", record.log.len(), record.phase_word()).as_str().into(),
        target: record.target.name.to_string(),
        text: text.as_str().into(),
    }))];
    let stable = fixture::service(make(record.target.name.as_str())).into_iter().next().unwrap();
    let template = || fixture::template(record.target.name.as_str(), "v9.0.0");
    if record.strategy == Strategy::Rolling
        && let Fact::Seen(Observed::Workload(workload)) = &stable
    {
        let rolled = Workload { template: template(), ..workload.clone() };
        facts.push(Fact::Seen(Observed::Workload(rolled)));
    }
    let Some(canary) = record.seen.canary else { return facts };
    if let Fact::Seen(Observed::Workload(workload)) = stable {
        let replicas = Replicas {
            desired: canary.desired,
            current: canary.desired,
            updated: canary.desired,
            ready: canary.available,
            available: canary.available,
        };
        let uid = format!("{}-canary", workload.uid);
        facts.push(Fact::Seen(Observed::Workload(Workload {
            key: record.canary(),
            uid: uid.as_str().into(),
            replicas,
            template: template(),
            ..workload
        })));
    }
    facts
}

/// The shop with these operations in it.
pub(crate) fn shop_with(plays: &[Play]) -> Vec<Fact> {
    let mut all = fixture::shop();
    for play in plays {
        all.extend(facts(&record(play)));
    }
    all
}

pub(crate) const WATCHING: Play = PLAY;
pub(crate) const BAD: Play = Play { service: "catalog", failing: (0.055, 0.0031), for_s: 290, ..PLAY };
pub(crate) const HELD: Play = Play { service: "orders", asked: Some(Request::Hold), for_s: 420, ..PLAY };
pub(crate) const STARTING: Play = Play { service: "shipping", for_s: 60, starts: false, ..PLAY };
pub(crate) const HANDED_OVER: Play = Play { service: "frontend", for_s: 480, driver: "", ..PLAY };
pub(crate) const PROMOTED: Play = Play { service: "tax", for_s: 4000, ..PLAY };

/// One that holds, one that is measured on, and one that only a person can decide.
pub(crate) const CONDITIONED: Play = Play {
    conditions: &[
        (
            "success-rate: sum(rate(http_requests_total{code!~\"5..\"}[1m])) / sum(rate(http_requests_total[1m])); \
             success: result[0] >= 0.95; interval: 30s; count: 10",
            0.9971,
        ),
        ("queue: max(queue_length); success: result[0] < 10; failure: result[0] > 50; interval: 30s", 23.0),
        (
            "edge: histogram_quantile(0.99, sum by (le) (rate(edge_seconds_bucket[1m]))); max: 0.5; interval: 30s",
            0.21,
        ),
    ],
    ..PLAY
};
pub(crate) const BROKEN: Play = Play {
    service: "orders",
    conditions: &[
        ("queue: max(queue_length); success: result[0] < 10; interval: 30s; importance: advisory", 23.0),
        ("success-rate: sum(ok) / sum(all); success: result[0] >= 0.95; interval: 30s", 0.9127),
    ],
    ..PLAY
};

/// A rolling update that is watched.
pub(crate) const WATCHED: Play = Play { service: "catalog", rolling: true, for_s: 260, ..PLAY };

#[test]
fn the_step_the_way_back_began_in_is_marked() {
    use quarterdeck::screens::delivery::{Delivery, Driver, StepState};
    let states = |for_s| {
        let record = record(&Play { asked: Some(Request::Abort), for_s, ..PLAY });
        let shown = Delivery::of(record.into(), Driver::default(), &World::default());
        shown.steps.iter().map(|step| step.state).collect::<Vec<_>>()
    };
    assert_eq!(states(200), [StepState::Failed, StepState::Next, StepState::Next]);
    assert_eq!(states(500), [StepState::Done, StepState::Failed, StepState::Next]);
}
