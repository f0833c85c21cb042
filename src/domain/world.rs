//! All that was observed, and nothing else.

use super::object::WORKLOADS;
use super::service::service_name;
use super::table::{Row, Table};
use super::{
    Autoscaler, ClusterEvent, Environment, Fact, Kind, LinkState, Lock, Locked, Namespace, ObjectKey,
    Observed, Pod, RecordSort, RecordText, ReplicaSet, ServiceKey, StreamState, Uid, Workload,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events beyond this many are dropped, oldest first: a crash-looping cluster
/// makes thousands an hour, and nobody scrolls that far.
const MOST_EVENTS: usize = 5_000;

/// What the console knows of one cluster. It changes only through
/// [`apply`](Self::apply): the screen shows the cluster, never our wish.
#[derive(Clone, Debug, Default)]
pub struct World {
    workloads: [Table<Workload>; 5],
    replica_sets: Table<ReplicaSet>,
    controller_revisions: Table<ReplicaSet>,
    pods: Table<Pod>,
    /// Those of the pods that no watched controller keeps, as workloads of one.
    bare_pods: Table<Workload>,
    events: Table<ClusterEvent>,
    autoscalers: Table<Autoscaler>,
    records: Table<RecordText>,
    namespaces: BTreeMap<Namespace, Environment>,
    namespaces_stream: StreamState,
    link: LinkState,
    version: u64,
}

fn workload_table(kind: Kind) -> usize {
    WORKLOADS.iter().position(|k| *k == kind).unwrap_or(0)
}

/// Runs `$body` with `$table` bound to the table of `$kind`.
macro_rules! with_table {
    ($self:ident, $kind:expr, $table:ident => $body:expr, namespaces => $other:expr) => {
        match $kind {
            Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::CronJob | Kind::Job => {
                let $table = &mut $self.workloads[workload_table($kind)];
                $body
            }
            Kind::ControllerRevision => {
                let $table = &mut $self.controller_revisions;
                $body
            }
            Kind::ReplicaSet => {
                let $table = &mut $self.replica_sets;
                $body
            }
            Kind::Pod => {
                let $table = &mut $self.pods;
                $body
            }
            Kind::Event => {
                let $table = &mut $self.events;
                $body
            }
            Kind::HorizontalPodAutoscaler => {
                let $table = &mut $self.autoscalers;
                $body
            }
            Kind::ConfigMap => {
                let $table = &mut $self.records;
                $body
            }
            Kind::Namespace => $other,
            // Not watched.
            Kind::Service
            | Kind::HttpRoute
            | Kind::VirtualService
            | Kind::DestinationRule
            | Kind::Ingress => {}
        }
    };
}

impl World {
    /// Takes one piece of news in.
    pub fn apply(&mut self, fact: Fact) {
        self.version += 1;
        match fact {
            Fact::Listing(kind) => {
                if kind == Kind::Pod {
                    self.bare_pods.begin_list();
                }
                with_table!(self, kind, table => table.begin_list(), namespaces => ());
            }
            Fact::Listed(kind) => self.listed(kind),
            Fact::Seen(observed) => self.seen(observed),
            Fact::Gone(key) => {
                if key.kind == Kind::Pod {
                    self.bare_pods.remove(&key);
                }
                with_table!(self, key.kind, table => table.remove(&key), namespaces => {
                    self.namespaces.remove(key.name.as_str());
                });
            }
            Fact::Stream(kind, state) => {
                with_table!(self, kind, table => table.stream = state, namespaces => self.namespaces_stream = state);
            }
            Fact::Link(state) => self.link = state,
        }
    }

    fn listed(&mut self, kind: Kind) {
        if kind == Kind::Pod {
            self.bare_pods.end_list();
        }
        with_table!(self, kind, table => table.end_list(), namespaces => self.namespaces_stream = StreamState::Live);
        self.events.shrink_to(MOST_EVENTS, |event| event.last);
    }

    fn seen(&mut self, observed: Observed) {
        match observed {
            Observed::Workload(row) => self.workloads[workload_table(row.key.kind)].put(row),
            Observed::ReplicaSet(row) if row.key.kind == Kind::ControllerRevision => {
                self.controller_revisions.put(row);
            }
            Observed::ReplicaSet(row) => self.replica_sets.put(row),
            Observed::Pod(row) => {
                match &row.bare {
                    Some(bare) => self.bare_pods.put_shared(bare.clone()),
                    // It was taken over by a controller, or has done its work.
                    None => self.bare_pods.remove(&row.key),
                }
                self.pods.put(row);
            }
            Observed::Event(row) => {
                self.events.put(row);
                self.events.shrink_to(MOST_EVENTS, |event| event.last);
            }
            Observed::Autoscaler(row) => self.autoscalers.put(row),
            Observed::Record(row) => self.records.put(row),
            Observed::Namespace(name, environment) => {
                self.namespaces.insert(name, environment);
            }
        }
    }

    /// Grows with every fact: equal versions mean an equal world.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// How the connection is doing.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// How the watch of `kind` is doing.
    pub fn stream(&self, kind: Kind) -> &StreamState {
        match kind {
            Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet | Kind::CronJob | Kind::Job => {
                &self.workloads[workload_table(kind)].stream
            }
            Kind::ControllerRevision => &self.controller_revisions.stream,
            Kind::ReplicaSet => &self.replica_sets.stream,
            Kind::Pod => &self.pods.stream,
            Kind::Event => &self.events.stream,
            Kind::HorizontalPodAutoscaler => &self.autoscalers.stream,
            Kind::ConfigMap => &self.records.stream,
            Kind::Namespace => &self.namespaces_stream,
            Kind::Service
            | Kind::HttpRoute
            | Kind::VirtualService
            | Kind::DestinationRule
            | Kind::Ingress => &StreamState::Loading,
        }
    }

    /// Every workload, pods that no watched controller keeps among them; Jobs that a
    /// CronJob started are found through it, in [`Self::jobs_of`].
    pub fn workloads(&self) -> impl Iterator<Item = &Arc<Workload>> {
        let started = |w: &&Arc<Workload>| w.key.kind == Kind::Job && w.owner.is_some();
        self.every_workload().filter(move |w| !started(w))
    }

    /// Every workload, Jobs that a CronJob started included.
    pub fn every_workload(&self) -> impl Iterator<Item = &Arc<Workload>> {
        self.workloads.iter().flat_map(Table::iter).chain(self.bare_pods.iter())
    }

    /// The Jobs a CronJob started and still keeps, newest first.
    pub fn jobs_of(&self, cron_job: &Uid) -> Vec<Arc<Workload>> {
        let mut found: Vec<_> =
            self.workloads[workload_table(Kind::Job)].of_parent(cron_job).cloned().collect();
        found.sort_by_key(|job| std::cmp::Reverse((job.created, job.key.clone())));
        found
    }

    /// The workload at `key`.
    pub fn workload(&self, key: &ObjectKey) -> Option<&Arc<Workload>> {
        if key.kind == Kind::Pod {
            return self.bare_pods.get(&key.namespace, &key.name);
        }
        WORKLOADS
            .contains(&key.kind)
            .then(|| self.workloads[workload_table(key.kind)].get(&key.namespace, &key.name))?
    }

    /// The workloads of one service, the main one (most pods asked for) first,
    /// pods of their own last.
    pub fn workloads_of(&self, service: &ServiceKey) -> Vec<Arc<Workload>> {
        let mut found: Vec<_> = self
            .workloads()
            .filter(|w| w.key.namespace == service.namespace && service_name(w) == service.name)
            .cloned()
            .collect();
        found.sort_by(|a, b| a.rank().cmp(&b.rank()));
        found
    }

    /// The service a workload belongs to.
    pub fn service_of(workload: &Workload) -> ServiceKey {
        ServiceKey { namespace: workload.key.namespace.clone(), name: service_name(workload) }
    }

    /// Its revisions as their objects say them; [`Self::revisions`] counts and sorts.
    pub(super) fn kept_revisions(&self, owner: &Uid) -> Vec<Arc<ReplicaSet>> {
        self.replica_sets
            .of_parent(owner)
            .chain(self.controller_revisions.of_parent(owner))
            .cloned()
            .collect()
    }

    /// The pods whose controller is `owner`.
    pub fn pods_of(&self, owner: &Uid) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods.of_parent(owner)
    }

    /// The pods of a workload: its own, those of its revisions, those of its Jobs.
    pub fn pods_of_workload(&self, workload: &Workload) -> Vec<Arc<Pod>> {
        if workload.is_bare_pod() {
            return self.pod(&workload.key).cloned().into_iter().collect();
        }
        let own = self.pods.of_parent(&workload.uid);
        let through = self.replica_sets.of_parent(&workload.uid).flat_map(|rs| self.pods.of_parent(&rs.uid));
        let jobs = self.workloads[workload_table(Kind::Job)].of_parent(&workload.uid);
        let through_jobs = jobs.flat_map(|job| self.pods.of_parent(&job.uid));
        own.chain(through).chain(through_jobs).cloned().collect()
    }

    /// The workload a pod belongs to, directly or through a revision or Job; a
    /// pod that no watched controller keeps is its own.
    pub fn workload_of_pod(&self, pod: &ObjectKey) -> Option<&Arc<Workload>> {
        if let Some(bare) = self.workload(pod) {
            return Some(bare);
        }
        let owner = self.pod(pod)?.owner.as_ref()?;
        let set = self.replica_sets.iter().find(|set| set.uid == *owner).and_then(|set| set.owner.as_ref());
        let job = self.workloads[workload_table(Kind::Job)].iter().find(|job| job.uid == *owner);
        let owner = set.or(job.and_then(|job| job.owner.as_ref())).unwrap_or(owner);
        self.workloads.iter().flat_map(Table::iter).find(|workload| workload.uid == *owner)
    }

    /// Every pod.
    pub fn pods(&self) -> impl Iterator<Item = &Arc<Pod>> {
        self.pods.iter()
    }

    /// The pod at `key`.
    pub fn pod(&self, key: &ObjectKey) -> Option<&Arc<Pod>> {
        (key.kind == Kind::Pod).then(|| self.pods.get(&key.namespace, &key.name))?
    }

    /// How many pods are known.
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// Events about one object, newest first.
    pub fn events_about(&self, uid: &Uid) -> Vec<Arc<ClusterEvent>> {
        let mut found: Vec<_> = self.events.of_parent(uid).cloned().collect();
        found.sort_by_key(|event| std::cmp::Reverse(event.last));
        found
    }

    /// The autoscaler of a workload.
    pub fn autoscaler_of(&self, workload: &ObjectKey) -> Option<&Arc<Autoscaler>> {
        self.autoscalers.iter().find(|autoscaler| autoscaler.scales == *workload)
    }

    /// Plans that ask for approval, by namespace and name.
    pub fn petitions(&self) -> impl Iterator<Item = &Arc<RecordText>> {
        self.records.iter().filter(|text| text.sort == RecordSort::Approval)
    }

    /// The records of deliveries, running and over, by namespace and name.
    /// `engine::record::decode` reads their text.
    pub fn records(&self) -> impl Iterator<Item = &Arc<RecordText>> {
        self.records.iter().filter(|text| text.sort == RecordSort::Delivery)
    }

    /// The lock on a workload, if the watch shows one.
    pub fn lock_of(&self, workload: &ObjectKey) -> Option<Locked> {
        let text = self.kept(&Lock::key(workload)).filter(|text| text.sort == RecordSort::Lock)?;
        Some(Locked { uid: text.uid.clone(), lock: Lock::read(&text.text) })
    }

    /// The record at `key`.
    pub fn record(&self, key: &ObjectKey) -> Option<&Arc<RecordText>> {
        self.kept(key).filter(|text| text.sort == RecordSort::Delivery)
    }

    fn kept(&self, key: &ObjectKey) -> Option<&Arc<RecordText>> {
        (key.kind == Kind::ConfigMap).then(|| self.records.get(&key.namespace, &key.name))?
    }

    /// The environment of a namespace: as declared, else read from its name.
    pub fn environment(&self, namespace: &Namespace) -> Environment {
        let declared = self.namespaces.get(namespace).copied();
        declared.unwrap_or_else(|| Environment::of_namespace(namespace.as_str(), &BTreeMap::new()))
    }

    /// Every namespace seen.
    pub fn namespaces(&self) -> impl Iterator<Item = &Namespace> {
        self.namespaces.keys()
    }
}

macro_rules! row {
    ($type:ty, |$row:ident| $parent:expr) => {
        impl Row for $type {
            fn key(&self) -> &ObjectKey {
                &self.key
            }
            fn parent(&self) -> Option<&Uid> {
                let $row = self;
                $parent
            }
        }
    };
}

row!(Workload, |row| row.owner.as_ref());
row!(ReplicaSet, |row| row.owner.as_ref());
row!(Pod, |row| row.owner.as_ref());
row!(ClusterEvent, |row| Some(&row.about));
row!(Autoscaler, |_row| None);
row!(RecordText, |_row| None);
