//! The loop: pods seen by a watch, things due, and things being done.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use k8s_openapi::api::core::v1::{Event, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde_json::json;
use tokio::time::Instant;

use super::container::Note;
use super::pod::{self, Act, Setting};

/// Requests under way at once; the API server is on the same two cores.
const AT_ONCE: usize = 32;

/// After a request that failed on its way: the server may be starting.
const AGAIN: Duration = Duration::from_secs(1);

type Uid = String;

/// How an act ended.
enum Done {
    /// The watch tells what came of it.
    Answered,
    /// The server did not take it: once more after [`AGAIN`].
    Failed,
}

struct Worker {
    client: Client,
    nodes: Vec<String>,
    start: Duration,
    pods: HashMap<Uid, Pod>,
    /// When a pod is due, and for which of its versions that was decided.
    due: BTreeSet<(Instant, Uid)>,
    planned: HashMap<Uid, (Instant, String)>,
    busy: HashSet<Uid>,
    doing: FuturesUnordered<BoxFuture<'static, (Uid, Done)>>,
    addresses: u32,
}

/// Watches and acts until the future is dropped.
pub(crate) async fn run(client: Client, nodes: Vec<String>, start: Duration) {
    let mut worker = Worker {
        client: client.clone(),
        nodes,
        start,
        pods: HashMap::new(),
        due: BTreeSet::new(),
        planned: HashMap::new(),
        busy: HashSet::new(),
        doing: FuturesUnordered::new(),
        addresses: 0,
    };
    let pods = watcher(Api::<Pod>::all(client), watcher::Config::default().timeout(60)).default_backoff();
    futures::pin_mut!(pods);
    loop {
        let at = worker.due.first().map(|(at, _)| *at);
        let room = worker.doing.len() < AT_ONCE;
        tokio::select! {
            event = pods.next() => match event {
                Some(event) => worker.observe(event),
                None => return,
            },
            () = tokio::time::sleep_until(at.unwrap_or_else(Instant::now)), if at.is_some() && room => worker.begin_due(),
            Some((uid, done)) = worker.doing.next() => {
                worker.busy.remove(&uid);
                worker.plan(&uid, match done {
                    Done::Answered => Duration::ZERO,
                    Done::Failed => AGAIN,
                });
            }
        }
    }
}

impl Worker {
    fn observe(&mut self, event: watcher::Result<watcher::Event<Pod>>) {
        match event {
            Ok(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod)) => {
                let uid = pod.uid().unwrap_or_default();
                self.pods.insert(uid.clone(), pod);
                self.plan(&uid, Duration::ZERO);
            }
            Ok(watcher::Event::Delete(pod)) => {
                let uid = pod.uid().unwrap_or_default();
                self.pods.remove(&uid);
                self.unplan(&uid);
            }
            Ok(watcher::Event::Init) => self.pods.clear(),
            Ok(watcher::Event::InitDone) => {}
            Err(error) => tracing::warn!(%error, "watching pods"),
        }
    }

    /// Decides when the pod is due, not before `pause` is over. A version of
    /// the pod that changes nothing for us must not push the moment away.
    fn plan(&mut self, uid: &Uid, pause: Duration) {
        if self.busy.contains(uid) {
            return;
        }
        let Some(pod) = self.pods.get(uid) else { return };
        let print = fingerprint(pod);
        if self.planned.get(uid).is_some_and(|(_, old)| *old == print) {
            return;
        }
        let next = self.decide(pod);
        self.unplan(uid);
        if let Some(next) = next {
            let at = Instant::now() + next.after.max(pause);
            self.due.insert((at, uid.clone()));
            self.planned.insert(uid.clone(), (at, print));
        }
    }

    fn unplan(&mut self, uid: &Uid) {
        if let Some((at, _)) = self.planned.remove(uid) {
            self.due.remove(&(at, uid.clone()));
        }
    }

    fn decide(&self, pod: &Pod) -> Option<pod::Next> {
        let address = format!(
            "10.{}.{}.{}",
            244 + self.addresses / 62_500,
            self.addresses / 250 % 250,
            2 + self.addresses % 250
        );
        let setting = Setting {
            nodes: &self.nodes,
            start: self.start,
            now: &Time(Timestamp::now()),
            address: &address,
        };
        pod::next(pod, &setting)
    }

    fn begin_due(&mut self) {
        let Some((_, uid)) = self.due.pop_first() else { return };
        self.planned.remove(&uid);
        let Some(pod) = self.pods.get(&uid) else { return };
        let Some(next) = self.decide(pod) else { return };
        let work = act(self.client.clone(), pod.clone(), next.act);
        self.addresses = (self.addresses + 1) % 500_000;
        self.busy.insert(uid.clone());
        self.doing.push(work.map(|done| (uid, done)).boxed());
    }
}

/// What a decision depends on.
fn fingerprint(pod: &Pod) -> String {
    let spec = pod.spec.as_ref();
    let status = pod.status.as_ref();
    let containers = status.and_then(|status| status.container_statuses.as_ref());
    let containers = containers.into_iter().flatten().map(|one| (&one.state, one.ready, one.restart_count));
    format!(
        "{:?} {:?} {:?} {:?} {:?}",
        pod.metadata.deletion_timestamp,
        spec.and_then(|spec| spec.node_name.as_ref()),
        status.and_then(|status| status.phase.as_ref()),
        pod.annotations().get(super::fate::ANNOTATION),
        containers.collect::<Vec<_>>(),
    )
}

async fn act(client: Client, pod: Pod, act: Act) -> Done {
    let name = pod.name_any();
    let namespace = pod.namespace().unwrap_or_default();
    match attempt(client, &pod, act, &name, &namespace).await {
        Ok(()) => Done::Answered,
        // The pod is gone or newer than we think. A patch with another
        // object's uid is refused as invalid.
        Err(kube::Error::Api(status))
            if status.is_conflict() || status.is_not_found() || status.is_invalid() =>
        {
            Done::Answered
        }
        Err(error) => {
            tracing::warn!(%error, namespace, name, "acting on a pod");
            Done::Failed
        }
    }
}

async fn attempt(client: Client, pod: &Pod, act: Act, name: &str, namespace: &str) -> kube::Result<()> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let uid = pod.uid();
    match act {
        Act::Bind { node } => {
            let binding = json!({
                "apiVersion": "v1", "kind": "Binding",
                "metadata": {"name": name, "namespace": namespace, "uid": uid},
                "target": {"apiVersion": "v1", "kind": "Node", "name": node},
            });
            let _: serde_json::Value =
                api.create_subresource("binding", name, &PostParams::default(), &binding).await?;
            let message = format!("Successfully assigned {namespace}/{name} to {node}");
            tell(&client, pod, "default-scheduler", Note { warning: false, reason: "Scheduled", message })
                .await
        }
        Act::Status { status, notes } => {
            let patch = Patch::Strategic(json!({"metadata": {"uid": uid}, "status": status}));
            api.patch_status(name, &PatchParams::default(), &patch).await?;
            for note in notes {
                tell(&client, pod, "kubelet", note).await?;
            }
            Ok(())
        }
        Act::Remove => {
            let exactly = Preconditions { uid, resource_version: None };
            let now = DeleteParams {
                grace_period_seconds: Some(0),
                preconditions: Some(exactly),
                ..Default::default()
            };
            api.delete(name, &now).await.map(drop)
        }
    }
}

async fn tell(client: &Client, pod: &Pod, component: &str, note: Note) -> kube::Result<()> {
    let namespace = pod.namespace().unwrap_or_default();
    let now = Timestamp::now();
    let event: Event = serde_json::from_value(json!({
        "metadata": {"name": format!("{}.{:x}", pod.name_any(), now.as_nanosecond()), "namespace": namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": pod.name_any(), "namespace": namespace,
                           "uid": pod.uid(), "resourceVersion": pod.resource_version()},
        "type": if note.warning { "Warning" } else { "Normal" },
        "reason": note.reason, "message": note.message, "count": 1,
        "firstTimestamp": format!("{now:.0}"), "lastTimestamp": format!("{now:.0}"),
        "source": {"component": component},
    }))
    .map_err(kube::Error::SerdeError)?;
    let api: Api<Event> = Api::namespaced(client.clone(), &namespace);
    match api.create(&PostParams::default(), &event).await {
        // A namespace being deleted takes no events.
        Err(kube::Error::Api(status)) if status.is_forbidden() || status.is_not_found() => Ok(()),
        other => other.map(drop),
    }
}
