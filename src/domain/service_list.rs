//! From workloads to services: one row per service and namespace.

use super::{Health, Pod, RolloutState, ServiceKey, ServiceRow, Workload, World};
use std::collections::BTreeMap;
use std::sync::Arc;

impl World {
    /// Every service, by namespace and name.
    pub fn services(&self) -> Vec<ServiceRow> {
        let mut groups: BTreeMap<ServiceKey, Vec<Arc<Workload>>> = BTreeMap::new();
        for workload in self.workloads() {
            groups.entry(World::service_of(workload)).or_default().push(workload.clone());
        }
        groups.into_iter().map(|(key, workloads)| self.service_row(key, workloads)).collect()
    }

    /// One service; none if nothing of it is there.
    pub fn service(&self, key: &ServiceKey) -> Option<ServiceRow> {
        let workloads = self.workloads_of(key);
        (!workloads.is_empty()).then(|| self.service_row(key.clone(), workloads))
    }

    fn service_row(&self, key: ServiceKey, mut workloads: Vec<Arc<Workload>>) -> ServiceRow {
        workloads.sort_by(|a, b| a.rank().cmp(&b.rank()));
        let serves = workloads.iter().any(|w| !w.is_canary() && w.replicas.available > 0);
        let view = |w: &Arc<Workload>| {
            let view = self.view(w);
            if serves && w.is_canary() { self.beside_stable(view, w) } else { view }
        };
        let views: Vec<_> = workloads.iter().map(view).collect();
        let worst = views.iter().max_by_key(|view| view.health);
        let main = workloads.first();
        let moving = views.iter().find(|view| view.next_version.is_some());
        let note = |names: &[&str]| {
            let found =
                names.iter().find_map(|n| main.and_then(|w| w.labels.get(*n).or_else(|| w.notes.get(*n))));
            found.cloned().unwrap_or_default()
        };
        ServiceRow {
            environment: self.environment(&key.namespace),
            owner: note(&["quarterdeck.dev/owner", "team", "app.kubernetes.io/owner", "owner"]),
            owner_doubt: None,
            tier: tier(&note(&["quarterdeck.dev/tier", "tier"])),
            system: note(&["app.kubernetes.io/part-of", "system"]),
            version: views.first().map(|view| view.version.clone()).unwrap_or_default(),
            next_version: moving.and_then(|view| view.next_version.clone()),
            ready: workloads
                .iter()
                .fold((0, 0), |(a, d), w| (a + w.replicas.available, d + w.replicas.desired)),
            health: worst.map_or(Health::Unknown, |view| view.health),
            reason: worst.map(|view| view.reason.clone()).unwrap_or_default(),
            rollout: furthest(&views),
            changed: workloads.iter().filter_map(|w| self.changed(w)).max(),
            key,
            workloads,
        }
    }

    fn changed(&self, workload: &Workload) -> Option<jiff::Timestamp> {
        let revisions = self.revisions(&workload.uid);
        let newest = revisions.first().and_then(|set| set.since);
        // Since when it is false says when it was given up, not when it was changed.
        let progressed = workload.condition("Progressing").filter(|c| c.holds).and_then(|c| c.since);
        // A revision that came back, nobody knows when: its first time is no answer.
        let unknown = newest.is_none() && revisions.first().is_some_and(|set| set.created.is_some());
        let known = newest.max(progressed.filter(|_| !unknown));
        if unknown { known } else { known.or(workload.created) }
    }

    fn view(&self, workload: &Workload) -> View {
        let rollout = RolloutState::of(workload);
        if workload.batch.is_some() {
            return self.batch_view(workload, rollout);
        }
        let mut health = Health::of(workload.replicas, &rollout);
        let target = workload.template.version();
        let serving = self.serving_version(workload);
        let ill = self.worst_pod(workload, &rollout);
        if let (Some(_), Health::Moving | Health::Healthy | Health::Paused) = (&ill, health) {
            health = Health::Degraded;
        }
        let reason = match (&ill, &rollout) {
            (Some(pod), _) => pod_sentence(pod),
            (None, RolloutState::Stuck { .. }) => rollout.sentence(),
            (None, _) if health.is_trouble() => {
                format!("{} of {} available", workload.replicas.available, workload.replicas.desired)
            }
            (None, _) => String::new(),
        };
        let done = rollout == RolloutState::Complete || serving.as_ref().is_none_or(|v| *v == target);
        View {
            version: if done { target.clone() } else { serving.unwrap_or_else(|| target.clone()) },
            next_version: (!done).then_some(target),
            health,
            reason,
            rollout,
        }
    }

    /// A canary while stable serves: its users are few, and whoever drives it
    /// takes it back. A service is not down because its canary is.
    fn beside_stable(&self, view: View, canary: &Workload) -> View {
        if !view.health.is_trouble() {
            return view;
        }
        if view.rollout.is_moving() && self.worst_pod(canary, &view.rollout).is_none() {
            return View { health: Health::Moving, reason: String::new(), ..view };
        }
        View { health: Health::Degraded, reason: format!("canary failing: {}", view.reason), ..view }
    }

    /// A Job or CronJob: ill if its last run failed.
    fn batch_view(&self, workload: &Workload, rollout: RolloutState) -> View {
        let jobs = self.jobs_of(&workload.uid);
        let last = jobs.iter().map(|job| &**job).chain([workload]).find(|job| job.ended().is_some());
        let failed = last.and_then(|job| job.condition("Failed").filter(|condition| condition.holds));
        let active = workload.batch.as_ref().is_some_and(|batch| batch.active > 0);
        let health = match (failed, workload.paused) {
            (Some(_), _) => Health::Degraded,
            (None, true) => Health::Paused,
            (None, false) if active => Health::Healthy,
            (None, false) => Health::Idle,
        };
        let reason = failed.map(|failed| format!("last run failed: {}", failed.reason)).unwrap_or_default();
        View { version: workload.template.version(), next_version: None, health, reason, rollout }
    }

    /// The version most available pods run, where revisions are known.
    fn serving_version(&self, workload: &Workload) -> Option<String> {
        let sets = self.revisions(&workload.uid);
        let serving = sets.iter().filter(|rs| rs.replicas.available > 0);
        serving.max_by_key(|rs| rs.replicas.available).map(|rs| rs.template.version())
    }

    /// The pod that says most about why this workload is ill: one that has a
    /// problem of its own, most restarts first. While a rollout moves, pods
    /// that are only coming up are what it consists of.
    fn worst_pod(&self, workload: &Workload, rollout: &RolloutState) -> Option<Arc<Pod>> {
        let r = workload.replicas;
        if r.available >= r.desired && r.updated >= r.desired && r.current == r.updated {
            return None;
        }
        let pods = self.pods_of_workload(workload);
        let ill = |pod: &Arc<Pod>| {
            pod.problem.is_some() && !pod.is_ready() && !(rollout.is_moving() && pod.is_coming_up())
        };
        pods.into_iter().filter(ill).max_by_key(|pod| pod.restarts)
    }
}

struct View {
    version: String,
    next_version: Option<String>,
    health: Health,
    reason: String,
    rollout: RolloutState,
}

/// `1`, `tier1`, `tier-1`
fn tier(text: &str) -> Option<u8> {
    text.trim().trim_start_matches("tier").trim_start_matches('-').parse().ok()
}

fn pod_sentence(pod: &Pod) -> String {
    let Some(problem) = &pod.problem else { return String::new() };
    let times = if pod.restarts == 0 { String::new() } else { format!(" ×{}", pod.restarts) };
    let exit = if problem.last_exit.is_empty() { String::new() } else { format!(", {}", problem.last_exit) };
    format!("{}{times}{exit}", problem.reason)
}

fn furthest(views: &[View]) -> RolloutState {
    let rank = |state: &RolloutState| match state {
        RolloutState::Complete => 0,
        RolloutState::Unobserved | RolloutState::Progressing { .. } => 1,
        RolloutState::Paused { .. } => 2,
        RolloutState::Stuck { .. } => 3,
    };
    let states = views.iter().map(|view| &view.rollout);
    states.max_by_key(|state| rank(state)).cloned().unwrap_or(RolloutState::Complete)
}
