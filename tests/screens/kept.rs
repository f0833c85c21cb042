//! What belongs to a service of the shop: revisions that are kept, pods, events.

use crate::fixture::{Make, Trouble, ago, template};
use quarterdeck::domain::*;
use std::sync::Arc;

pub(crate) fn revisions(make: &Make, uid: &str, old_ready: u32) -> Vec<Fact> {
    let moving = !make.next.is_empty();
    let set = |number: u64, version: &str, replicas: u32, available: u32, minutes: i64, cause: &str| {
        let replicas =
            Replicas { desired: replicas, current: replicas, updated: 0, ready: available, available };
        Fact::Seen(Observed::ReplicaSet(ReplicaSet {
            key: ObjectKey::new(Kind::ReplicaSet, make.namespace, format!("{}-{number}", make.name)),
            uid: format!("{uid}-rs{number}").into(),
            owner: Some(uid.into()),
            revision: Some(RevisionNumber(number)),
            replicas,
            counted: true,
            template: template(make.name, version),
            created: ago(minutes),
            since: ago(minutes),
            change_cause: (!cause.is_empty()).then(|| cause.to_owned()),
        }))
    };
    let mut facts = Vec::new();
    if moving {
        facts.push(set(
            12,
            make.next,
            make.new.0,
            make.new.1,
            make.changed,
            &format!("deploy {} by cy", make.next),
        ));
        facts.push(set(
            11,
            make.version,
            old_ready,
            old_ready,
            make.changed + 4000,
            &format!("deploy {} by bo", make.version),
        ));
    } else {
        let ready = if make.trouble == Trouble::Down { 0 } else { make.desired };
        facts.push(set(
            12,
            make.version,
            make.desired,
            ready,
            make.changed,
            &format!("deploy {} by bo", make.version),
        ));
        facts.push(set(11, "v0.0.9", 0, 0, make.changed + 9000, ""));
    }
    facts.push(set(10, "v0.0.8", 0, 0, make.changed + 20_000, "hotfix, see incident 214"));
    facts
}

pub(crate) fn pods(make: &Make, uid: &str, old_ready: u32) -> Vec<Fact> {
    let moving = !make.next.is_empty();
    let mut facts = Vec::new();
    let old = if moving { 11 } else { 12 };
    let all_old = if make.trouble == Trouble::Down { make.desired } else { old_ready };
    for i in 0..all_old {
        let problem = (make.trouble == Trouble::Down)
            .then(|| problem("Unschedulable", "0/3 nodes are available: 3 Insufficient memory.", ""));
        let ready = problem.is_none();
        facts.push(pod(make, uid, old, i, problem, 0, ready));
    }
    for i in 0..make.new.0 {
        let trouble = if i < make.new.1 {
            None
        } else {
            match make.trouble {
                Trouble::Crash => Some(problem(
                    "CrashLoopBackOff",
                    "back-off 2m40s restarting failed container",
                    "exit 1 (Error)",
                )),
                Trouble::Image => {
                    Some(problem("ImagePullBackOff", "Back-off pulling image: manifest unknown", ""))
                }
                Trouble::Stuck => Some(problem("NotReady", "readiness probe failed: HTTP 503", "")),
                Trouble::None | Trouble::Paused | Trouble::Down => None,
            }
        };
        let restarts = if make.trouble == Trouble::Crash { 5 + i } else { 0 };
        facts.push(pod(make, uid, 12, i, trouble, restarts, i < make.new.1));
    }
    facts
}

fn problem(reason: &str, message: &str, last_exit: &str) -> PodProblem {
    PodProblem {
        reason: reason.to_owned(),
        message: message.to_owned(),
        container: Some("app".to_owned()),
        last_exit: last_exit.to_owned(),
    }
}

fn pod(
    make: &Make,
    uid: &str,
    revision: u64,
    i: u32,
    problem: Option<PodProblem>,
    restarts: u32,
    ready: bool,
) -> Fact {
    let name = format!(
        "{}-{revision}-{}",
        make.name,
        ["x7k2p", "9fq4z", "b8wnd", "m2r6t", "tq5hs", "c4v9j", "z3l8k", "h6g2y", "w9d5n", "k1s7f"]
            [i as usize % 10]
    );
    let minutes = if revision == 12 { make.changed } else { make.changed + 4000 };
    Fact::Seen(Observed::Pod(Pod {
        key: ObjectKey::new(Kind::Pod, make.namespace, name.as_str()),
        uid: format!("{}/{name}", make.namespace).into(),
        owner: Some(format!("{uid}-rs{revision}").into()),
        created: ago(minutes),
        ready_since: ready.then(|| ago(minutes)).flatten(),
        node: Some(Arc::from(["node-a", "node-b", "node-c"][i as usize % 3])),
        status: problem
            .as_ref()
            .map_or(if ready { "Running" } else { "ContainerCreating" }, |p| p.reason.as_str())
            .into(),
        ready: (u16::from(ready), 1),
        restarts,
        terminating: false,
        going: None,
        problem: problem.map(Box::new),
        containers: Arc::from([ContainerState {
            name: "app".into(),
            image: format!("shop/{}", make.name).into(),
            metrics: None,
            ports: Arc::from([8080]),
        }]),
        revision: None,
        bare: None,
    }))
}

pub(crate) fn events(make: &Make, uid: &str) -> Vec<Fact> {
    if make.trouble == Trouble::None {
        return Vec::new();
    }
    let (reason, message) = match make.trouble {
        Trouble::Crash => ("BackOff", "Back-off restarting failed container app"),
        Trouble::Image => ("Failed", "Failed to pull image: manifest unknown"),
        Trouble::Stuck => ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        Trouble::Down => ("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),
        Trouble::Paused | Trouble::None => ("DeploymentPaused", "Deployment is paused"),
    };
    let event = |about: String, kind: &str, name: String, reason: &str, message: &str, severity, minutes| {
        Fact::Seen(Observed::Event(ClusterEvent {
            key: ObjectKey::new(Kind::Event, make.namespace, format!("{name}.{reason}")),
            about: about.into(),
            about_kind: kind.to_owned(),
            about_name: name.into(),
            severity,
            reason: reason.to_owned(),
            message: message.to_owned(),
            count: 14,
            last: ago(minutes),
        }))
    };
    let pod = format!("{}-12-x7k2p", make.name);
    vec![
        event(format!("{}/{pod}", make.namespace), "Pod", pod, reason, message, Severity::Warning, 1),
        event(
            uid.to_owned(),
            "Deployment",
            make.name.to_owned(),
            "ScalingReplicaSet",
            "Scaled up replica set to 2",
            Severity::Normal,
            make.changed,
        ),
    ]
}
