//! From pods and Deployments to the facts the guards act on.

use crate::domain::{Now, Pod, Workload};
use crate::engine::verdict::guards::Fact;

/// Complaints about these pods and the Deployment that makes them.
///
/// How long a container has been waiting is not in its status: the pod's age
/// stands for it, because a canary's pods have been waiting since they were
/// made.
pub fn facts_of(pods: &[Pod], makers: &[&Workload], now: Now) -> Vec<Fact> {
    let mut facts: Vec<Fact> =
        pods.iter().filter(|pod| !pod.terminating).filter_map(|pod| of_pod(pod, now)).collect();
    facts.extend(makers.iter().filter_map(|maker| of_maker(maker)));
    facts
}

fn of_pod(pod: &Pod, now: Now) -> Option<Fact> {
    let problem = pod.problem.as_ref()?;
    let name = pod.key.name.to_string();
    if problem.reason == "OOMKilled" || problem.last_exit.contains("OOMKilled") {
        return Some(Fact::OomKilled { pod: name });
    }
    if problem.reason == "CrashLoopBackOff" {
        return Some(Fact::CrashLoop { pod: name, restarts: pod.restarts });
    }
    let for_s = pod.created.map_or(0, |at| u32::try_from(now.since(at).as_secs()).unwrap_or(u32::MAX));
    Some(Fact::Waiting { pod: name, reason: problem.reason.clone(), for_s })
}

fn of_maker(maker: &Workload) -> Option<Fact> {
    if let Some(failed) = maker.condition("ReplicaFailure").filter(|c| c.holds) {
        return Some(Fact::FailedCreate { message: failed.message.clone() });
    }
    let late = maker.condition("Progressing").filter(|c| c.reason == "ProgressDeadlineExceeded")?;
    Some(Fact::DeadlineExceeded { message: late.message.clone() })
}
