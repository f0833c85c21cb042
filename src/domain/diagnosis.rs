//! Why a service is not well: from the service down its owners to the root.
//!
//! A pure reading of the [`World`]: Service → workload → revision → pods →
//! container. Pods that fail in one way are one cause. Absent on purpose: log
//! lines (a cause says whose would help) and guesses about code.

use super::{
    ClusterEvent, NOT_READY, ObjectKey, Pod, PodProblem, ReplicaSet, RolloutState, ServiceKey, Severity,
    Workload, World, count_of,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that explains why a service is not well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// How sure this is the root, 0 to 100; the list is sorted by it.
    pub weight: u8,
    /// In a few words: `3 of 8 pods: CrashLoopBackOff`.
    pub title: String,
    /// From the service down to where it goes wrong, each with its state.
    pub chain: Vec<Step>,
    /// What was observed, most telling first.
    pub evidence: Vec<String>,
    /// The newest warning about it.
    pub event: Option<Arc<ClusterEvent>>,
    /// Whose last lines would say more: a pod, its container, and whether the
    /// run before is meant because this one has said nothing yet.
    pub log: Option<LastLines>,
    /// What to do next; empty if there is nothing to say.
    pub remedy: &'static str,
}

/// One step of the chain of owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `Deployment`, `ReplicaSet`, `Pod`, `container`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// How it is doing, in words.
    pub state: String,
}

/// The log to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLines {
    /// Of this pod.
    pub pod: ObjectKey,
    /// Of this container; none for the only one.
    pub container: Option<String>,
}

/// What a reason means: how likely it is the root, and what to do.
const REASONS: [(&str, u8, &str); 13] = [
    ("OOMKilled", 95, "It uses more memory than its limit: raise the limit, or roll back what made it grow."),
    (
        "CreateContainerConfigError",
        94,
        "A Secret, ConfigMap or key it names is not there: create it, or roll back.",
    ),
    ("CreateContainerError", 93, "The runtime cannot make the container: the message says why."),
    ("ErrImagePull", 92, "The image cannot be fetched: check the tag, the registry and the pull secret."),
    ("ImagePullBackOff", 92, "The image cannot be fetched: check the tag, the registry and the pull secret."),
    ("InvalidImageName", 92, "The image's name is not one: correct it, or roll back."),
    ("CrashLoopBackOff", 90, "The program ends by itself: its last lines say why. R rolls back."),
    ("Error", 88, "The program ended with an error: its last lines say why."),
    ("Unschedulable", 86, "No node takes the pod: free room, ask for less, or add nodes."),
    ("Evicted", 84, "The node ran out of something and sent the pod away: look at the node."),
    (
        NOT_READY,
        70,
        "It runs and its readiness probe fails: what the probe asks for, or the probe, is wrong.",
    ),
    ("ContainerCreating", 40, "It is being made; if that lasts, volumes or the network are not ready."),
    ("PodInitializing", 40, "Its init containers have not finished."),
];

/// Every cause found, the likeliest root first; empty if the service is well.
pub fn diagnose(world: &World, key: &ServiceKey) -> Vec<Cause> {
    let mut causes = Vec::new();
    for workload in world.workloads_of(key) {
        let top = Step { kind: "service", name: key.to_string(), state: String::new() };
        causes.extend(of_workload(world, &workload, &top));
    }
    causes.sort_by(|a, b| (b.weight, &a.title).cmp(&(a.weight, &b.title)));
    causes
}

fn of_workload(world: &World, workload: &Arc<Workload>, top: &Step) -> Vec<Cause> {
    let (rollout, r) = (RolloutState::of(workload), workload.replicas);
    let state = format!("{} of {} available, {}", r.available, r.desired, rollout.word());
    let own = Step { kind: workload.key.kind.name(), name: workload.key.name.to_string(), state };
    let chain = vec![top.clone(), own];
    let pods = world.pods_of_workload(workload);
    let mut causes = of_pods(world, workload, &pods, &chain);
    causes.extend(not_made(world, workload, &chain));
    if let (true, RolloutState::Stuck { .. } | RolloutState::Paused { .. }) = (causes.is_empty(), &rollout) {
        let paused = workload.paused;
        causes.push(Cause {
            weight: if paused { 20 } else { 50 },
            title: rollout.sentence(),
            chain: chain.clone(),
            evidence: conditions(workload),
            event: newest(world.events_about(&workload.uid)),
            log: None,
            remedy: if paused { "P lets the rollout go on." } else { "No pod says why: look at its events." },
        });
    }
    if causes.is_empty() && r.available < r.desired {
        causes.push(Cause {
            weight: 30,
            title: format!("{} of {} available, and no pod has a problem", r.available, r.desired),
            chain,
            evidence: conditions(workload),
            event: newest(world.events_about(&workload.uid)),
            log: None,
            remedy: "Pods may still be starting: look again in a minute.",
        });
    }
    causes
}

/// What the conditions say that does not hold.
fn conditions(workload: &Workload) -> Vec<String> {
    let bad = |c: &&super::Condition| c.holds == (c.kind == "ReplicaFailure");
    let word = |c: &super::Condition| format!("{}: {} {}", c.kind, c.reason, c.message).trim().to_owned();
    workload.conditions.iter().filter(bad).map(word).collect()
}

/// Pods with a problem, those of one revision, container and reason together.
fn of_pods(world: &World, workload: &Workload, pods: &[Arc<Pod>], chain: &[Step]) -> Vec<Cause> {
    let mut groups: BTreeMap<(String, String, String), Vec<&Arc<Pod>>> = BTreeMap::new();
    for pod in pods.iter().filter(|pod| !pod.is_ready() && !pod.is_done() && !pod.terminating) {
        let Some(problem) = &pod.problem else { continue };
        let owner = pod.owner.as_ref().map(ToString::to_string).unwrap_or_default();
        let container = problem.container.clone().unwrap_or_default();
        groups.entry((owner, container, problem.reason.clone())).or_default().push(pod);
    }
    let sets = world.revisions(&workload.uid);
    let cause = |group: Vec<&Arc<Pod>>| {
        let worst = group.iter().max_by_key(|pod| (pod.restarts, pod.created))?;
        let set = sets.iter().find(|set| Some(&set.uid) == worst.owner.as_ref());
        Some(of_group(world, (group.len(), pods.len()), worst, set, &group, chain))
    };
    groups.into_values().filter_map(cause).collect()
}

fn of_group(
    world: &World,
    (ill, all): (usize, usize),
    worst: &Arc<Pod>,
    set: Option<&Arc<ReplicaSet>>,
    group: &[&Arc<Pod>],
    chain: &[Step],
) -> Cause {
    let none = PodProblem {
        reason: String::new(),
        message: String::new(),
        container: None,
        last_exit: String::new(),
    };
    let problem = worst.problem.as_deref().unwrap_or(&none);
    let known = REASONS.iter().find(|(reason, ..)| *reason == problem.reason);
    let (mut weight, mut remedy) = known.map_or((60, ""), |(_, weight, remedy)| (*weight, *remedy));
    // What killed it says more than that it is not started again.
    if problem.last_exit.contains("OOMKilled") {
        (weight, remedy) = REASONS.first().map_or((weight, remedy), |(_, weight, remedy)| (*weight, *remedy));
    }
    let mut steps = chain.to_vec();
    if let Some(set) = set {
        let number = set.revision.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let state = format!("revision {number}, {}", set.template.version());
        steps.push(Step { kind: "ReplicaSet", name: set.key.name.to_string(), state });
    }
    let state = format!("{}, restarted {}", worst.status, count_of(worst.restarts as usize, "time"));
    steps.push(Step { kind: "Pod", name: worst.key.name.to_string(), state });
    if let Some(container) = &problem.container {
        let state = [problem.reason.as_str(), problem.last_exit.as_str()];
        let state = state.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
        steps.push(Step { kind: "container", name: container.clone(), state });
    }
    let mut evidence = Vec::new();
    if !problem.last_exit.is_empty() {
        evidence.push(format!("it ended with {}", problem.last_exit));
    }
    if !problem.message.is_empty() {
        evidence.push(problem.message.clone());
    }
    if let Some(cause) = set.and_then(|set| set.change_cause.as_ref()) {
        evidence.push(format!("all of them run what \"{cause}\" brought"));
    }
    let events = group.iter().flat_map(|pod| world.events_about(&pod.uid)).collect();
    let has_log = !matches!(
        problem.reason.as_str(),
        "Unschedulable"
            | "ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "CreateContainerConfigError"
    );
    Cause {
        weight,
        title: format!(
            "{ill} of {} {}: {}",
            count_of(all, "pod"),
            if ill == 1 { "is ill" } else { "are ill" },
            problem.reason
        ),
        chain: steps,
        evidence,
        event: newest(events),
        log: has_log.then(|| LastLines { pod: worst.key.clone(), container: problem.container.clone() }),
        remedy,
    }
}

/// Pods that are asked for and cannot even be created: quota, admission, a
/// service account that is not there.
fn not_made(world: &World, workload: &Arc<Workload>, chain: &[Step]) -> Option<Cause> {
    let failed = workload.condition("ReplicaFailure").filter(|condition| condition.holds);
    let sets = world.revisions(&workload.uid);
    let about = sets.iter().flat_map(|set| world.events_about(&set.uid));
    let refused =
        about.chain(world.events_about(&workload.uid)).filter(|event| event.reason == "FailedCreate");
    let event = newest(refused.collect());
    let short = workload.replicas.current < workload.replicas.desired;
    if failed.is_none() && (event.is_none() || !short) {
        return None;
    }
    let mut evidence: Vec<String> =
        failed.iter().map(|c| c.message.clone()).filter(|m| !m.is_empty()).collect();
    if let Some(event) = &event {
        evidence.push(event.message.clone());
    }
    evidence.dedup();
    Some(Cause {
        weight: 97,
        title: "its pods cannot be created".to_owned(),
        chain: chain.to_vec(),
        evidence,
        event,
        log: None,
        remedy: "The API server refuses them: a quota, an admission policy or a missing service account.",
    })
}

/// The newest warning; if there is none, the newest of all.
fn newest(events: Vec<Arc<ClusterEvent>>) -> Option<Arc<ClusterEvent>> {
    events.into_iter().max_by_key(|event| (event.severity == Severity::Warning, event.last))
}
