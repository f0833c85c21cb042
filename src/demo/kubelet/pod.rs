//! One pod on its node: containers in their order, probes, and its end.

use std::sync::Arc;

use jiff::Timestamp;

use super::behaviour::{Cast, Casting};
use super::container::{Container, Ending, Moment, State};
use super::notes;
use super::spec::{PodSpec, RestartPolicy};
use super::status;
use crate::demo::controllers::change::{Change, Note};
use crate::demo::controllers::key::Key;
use crate::demo::controllers::meta::OwnerRef;
use crate::demo::controllers::pod::PodView;
use crate::demo::controllers::stamp::after;

/// Probe failures told one by one; later ones are told every five minutes, as
/// the client's spam filter lets them through.
const LOUD_FAILURES: u32 = 20;

/// Things of the node a pod needs.
pub struct Surroundings<'a> {
    /// Asks the scenario what a container will do.
    pub casting: &'a mut Casting,
    /// Whether the node has an image; pulling adds it.
    pub has_image: &'a dyn Fn(&str) -> bool,
    /// Images pulled in this step.
    pub pulled: Vec<String>,
    /// A number in 0..1 to spread pods apart.
    pub jitter: f64,
    /// Now.
    pub now: Timestamp,
}

/// A pod a kubelet has taken on.
#[derive(Clone, Debug)]
pub struct PodRun {
    /// Its name.
    pub key: Key,
    /// Its identity.
    pub uid: Arc<str>,
    /// What it belongs to.
    pub owners: Arc<[OwnerRef]>,
    /// What was asked for.
    pub spec: Arc<PodSpec>,
    /// Address of its node.
    pub host_ip: Arc<str>,
    /// Its address, from when the sandbox is there.
    pub ip: Box<str>,
    /// When the kubelet took it on.
    pub started: Timestamp,
    /// Init containers first, then the others.
    pub containers: Box<[Container]>,
    /// Since when each condition has its value: initialized, ready.
    pub initialized: Option<Timestamp>,
    /// Whether it is ready, and since when.
    pub ready: (bool, Timestamp),
    /// When its processes will be gone, once it was told to go.
    pub leaves_at: Option<Timestamp>,
    probe_failures: u32,
    probe_at: Option<Timestamp>,
}

impl PodRun {
    /// A pod just bound to a node.
    pub fn new(
        view: &PodView,
        spec: Arc<PodSpec>,
        (host_ip, ip): (Arc<str>, Box<str>),
        now: Timestamp,
    ) -> Self {
        let inits = spec.init_containers.iter().map(|c| Container::new(c.clone(), true));
        let mains = spec.containers.iter().map(|c| Container::new(c.clone(), false));
        let containers = inits.chain(mains).collect();
        Self {
            key: view.key.clone(),
            uid: view.object.shared_uid(),
            owners: view.owners.clone(),
            spec,
            host_ip,
            ip,
            started: now,
            containers,
            initialized: None,
            ready: (false, now),
            leaves_at: None,
            probe_failures: 0,
            probe_at: None,
        }
    }

    /// Lives on to `around.now`: every edge due until then is taken at its own
    /// time. Returns events and log lines, the new status if it changed, and
    /// the next wake-up.
    pub fn live(&mut self, around: &mut Surroundings<'_>, first: bool) -> Vec<Change> {
        let now = around.now;
        let mut changes = Vec::new();
        let mut edges = u32::from(first);
        // A pod has few edges in any stretch; the bound only guards the loop.
        for _ in 0..1000 {
            edges += self.begin_next(around, &mut changes);
            let due = self.containers.iter().enumerate().filter_map(|(i, c)| Some((c.next()?, i))).min();
            let Some((at, index)) = due.filter(|(at, _)| *at <= now) else { break };
            let policy = self.spec.restart_policy;
            if matches!(self.containers[index].state, State::BackOff { .. } | State::PullBackOff { .. }) {
                let behaviour = self.ask(index, at, around.casting);
                self.containers[index].will(behaviour);
            }
            let moments = self.containers[index].advance(at, policy);
            edges += 1;
            for moment in moments {
                self.tell(index, &moment, at, around, &mut changes);
            }
        }
        let ready = self.all_ready(now);
        if ready != self.ready.0 {
            let since = if ready { self.ready_since(now) } else { now };
            self.ready = (ready, since);
            edges += 1;
        }
        self.probe(now, &mut changes);
        if edges > 0 {
            changes.push(Change::Status { key: self.key.clone(), status: status::render(self, now) });
        }
        changes.extend(self.next(now).map(|at| Change::Wake { key: self.key.clone(), at }));
        changes
    }

    /// Starts what may start now: the next init container, or all others.
    fn begin_next(&mut self, around: &mut Surroundings<'_>, changes: &mut Vec<Change>) -> u32 {
        let pending_init = self.containers.iter().position(|c| c.init && !c.succeeded());
        if pending_init.is_none() && self.initialized.is_none() {
            self.initialized = Some(around.now);
        }
        let candidates: Vec<usize> = match pending_init {
            Some(index) => vec![index],
            None => (0..self.containers.len()).filter(|i| !self.containers[*i].init).collect(),
        };
        let mut begun = 0;
        for index in candidates {
            if self.containers[index].state != State::Waiting {
                continue;
            }
            let behaviour = self.ask(index, around.now, around.casting);
            let spec = &self.containers[index].spec;
            let present = (around.has_image)(&spec.image) || around.pulled.contains(&spec.image);
            let moments = self.containers[index].begin(behaviour, present, around.now, around.jitter);
            begun += 1;
            for moment in moments {
                self.tell(index, &moment, around.now, around, changes);
            }
        }
        begun
    }

    fn ask(&self, index: usize, now: Timestamp, casting: &mut Casting) -> super::behaviour::Behaviour {
        let container = &self.containers[index];
        casting(&Cast {
            pod: &self.key,
            container: &container.spec,
            controller: self.owners.iter().find(|o| o.controller).map_or("", |owner| owner.kind.as_str()),
            restarts: container.restarts,
            now,
        })
    }

    fn tell(
        &mut self,
        index: usize,
        moment: &Moment,
        at: Timestamp,
        around: &mut Surroundings<'_>,
        changes: &mut Vec<Change>,
    ) {
        let container = &self.containers[index];
        if let Moment::Pulled(_) = moment {
            around.pulled.push(container.spec.image.clone());
        }
        let log = |line: &String| Change::Log {
            pod: self.key.clone(),
            container: container.spec.name.clone(),
            line: line.clone(),
            at,
        };
        changes.extend(notes::of(self, container, moment).into_iter().map(Change::Note));
        match moment {
            Moment::Started => {
                if container.restarts > 0 {
                    let (pod, container) = (self.key.clone(), container.spec.name.clone());
                    changes.push(Change::RotateLog { pod, container });
                }
                changes.extend(container.behaviour().start_lines.iter().map(log));
                self.probe_failures = 0;
                self.probe_at = container.spec.readiness_probe.as_ref().map(|p| after(at, p.period()));
                self.containers[index].settle();
            }
            Moment::Died(_, last_lines) => changes.extend(last_lines.iter().map(log)),
            Moment::Pulling
            | Moment::Pulled(_)
            | Moment::Present
            | Moment::PullFailed(_)
            | Moment::PullBackOff
            | Moment::BackOff(_) => {}
        }
    }

    fn mains(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().filter(|c| !c.init)
    }

    fn all_ready(&self, now: Timestamp) -> bool {
        self.leaves_at.is_none() && self.mains().all(|c| c.is_ready(now))
    }

    /// The moment the last container passed its probes.
    fn ready_since(&self, now: Timestamp) -> Timestamp {
        self.mains().filter_map(Container::ready_at).max().unwrap_or(now).min(now)
    }

    /// Tells about a readiness probe that fails for ever.
    fn probe(&mut self, now: Timestamp, changes: &mut Vec<Change>) {
        let Some((why, period)) = self.failing_probe() else {
            self.probe_at = None;
            return;
        };
        let mut times = 0;
        while let Some(at) = self.probe_at.filter(|at| *at <= now) {
            times += 1;
            self.probe_failures += 1;
            let wait = if self.probe_failures < LOUD_FAILURES { period } else { MAX_QUIET_S };
            self.probe_at = Some(after(at, wait));
        }
        if times > 0 {
            let message = format!("Readiness probe failed: {why}");
            let note = Note::warning(&self.key, &self.uid, "kubelet", "Unhealthy", message);
            changes.push(Change::Note(Note { times, ..note }));
        }
    }

    fn failing_probe(&self) -> Option<(String, f64)> {
        let container = self.mains().find(|c| c.is_running() && c.behaviour().unready.is_some())?;
        let probe = container.spec.readiness_probe.as_ref()?;
        Some((container.behaviour().unready.clone()?, probe.period()))
    }

    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let edges = self.containers.iter().filter_map(Container::next);
        let ready = self.containers.iter().filter_map(Container::ready_at).filter(|at| *at > now);
        edges.chain(ready).chain(self.probe_at).min()
    }

    /// Told to go: processes get SIGTERM and the rest of their grace.
    pub fn terminate(&mut self, grace: i64, casting: &mut Casting, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        let mut longest: f64 = 0.2;
        for (index, container) in self.containers.iter().enumerate().filter(|(_, c)| c.is_running()) {
            // Asked anew: its last words carry the time of the end, not of the start.
            let behaviour = self.ask(index, now, casting);
            longest = longest.max(behaviour.stop_s);
            let message = format!("Stopping container {}", container.spec.name);
            let note = Note::normal(&self.key, &self.uid, "kubelet", "Killing", message);
            let field_path = notes::field_path(container);
            changes.push(Change::Note(Note { field_path, ..note }));
            for line in &behaviour.stop_lines {
                let (pod, container) = (self.key.clone(), container.spec.name.clone());
                changes.push(Change::Log { pod, container, line: line.clone(), at: now });
            }
        }
        let at = after(now, longest.min(grace.max(0) as f64));
        self.leaves_at = Some(at);
        changes.push(Change::Wake { key: self.key.clone(), at });
        changes
    }

    /// How every container ended, when the pod is over; `None` while it lives.
    pub fn verdict(&self) -> Option<bool> {
        let over = self.mains().all(|c| c.state == State::Ended)
            || self.containers.iter().any(|c| c.init && c.state == State::Ended && !c.succeeded());
        (over && self.spec.restart_policy != RestartPolicy::Always)
            .then(|| self.mains().all(Container::succeeded))
    }

    /// The last ending of any container.
    pub fn last_ending(&self) -> Option<&Ending> {
        self.containers.iter().filter_map(|c| c.last.as_deref()).max_by_key(|e| e.finished)
    }
}

/// Seconds between told probe failures after the first [`LOUD_FAILURES`].
const MAX_QUIET_S: f64 = 300.0;
