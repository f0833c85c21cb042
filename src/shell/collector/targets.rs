//! What to read: the pods of the services that offer metrics.

use crate::cluster::MonitoredPods;
use crate::domain::{Pod, ScrapePoint, ServiceKey, ServiceRow, World};
use crate::metrics::scrape::Target;
use crate::promql::Labels;
use std::collections::HashMap;

/// More pods than this are not read: a large cluster has a Prometheus, and
/// each read is a request to the API server.
const MOST: usize = 1_000;

/// What is to be scraped and evaluated.
#[derive(Debug, Default)]
pub(in crate::shell) struct Wanted {
    pub(super) targets: Vec<Target>,
    pub(super) services: Vec<ServiceKey>,
}

/// What PodMonitor and ServiceMonitor objects say, and the services it is true
/// of: a pod made since they were read offers what its neighbours do.
#[derive(Debug, Default)]
pub(super) struct Monitored {
    pods: MonitoredPods,
    services: HashMap<ServiceKey, ScrapePoint>,
}

impl Monitored {
    pub(super) fn new(pods: MonitoredPods) -> Self {
        Self { pods, services: HashMap::new() }
    }

    /// Where the pods of a service offer metrics, if a monitor selects one.
    fn point(&mut self, world: &World, row: &ServiceRow) -> Option<ScrapePoint> {
        let pods = row.workloads.iter().flat_map(|workload| world.pods_of_workload(workload));
        let seen = pods
            .into_iter()
            .find_map(|pod| self.pods.get(&(pod.key.namespace.clone(), pod.key.name.clone())).cloned());
        if let Some(point) = &seen {
            self.services.insert(row.key.clone(), point.clone());
        }
        seen.or_else(|| self.services.get(&row.key).cloned())
    }
}

impl Wanted {
    /// The running pods of every service, trouble and production first when
    /// there are too many.
    pub(in crate::shell) fn of(world: &World) -> Self {
        Self::with(world, &mut Monitored::default())
    }

    /// The same with what monitors say of pods that say nothing themselves.
    pub(super) fn with(world: &World, monitored: &mut Monitored) -> Self {
        let mut rows = world.services();
        rows.sort_by_key(|row| std::cmp::Reverse((row.health, row.environment)));
        let mut wanted = Self::default();
        for row in rows {
            let point = monitored.point(world, &row);
            let targets: Vec<Target> = targets_of(world, &row, point.as_ref()).collect();
            if !targets.is_empty() && wanted.targets.len() + targets.len() <= MOST {
                wanted.targets.extend(targets);
                wanted.services.push(row.key);
            }
        }
        wanted
    }
}

fn targets_of(
    world: &World,
    row: &ServiceRow,
    monitored: Option<&ScrapePoint>,
) -> impl Iterator<Item = Target> {
    let pods = row.workloads.iter().flat_map(|workload| world.pods_of_workload(workload));
    pods.filter(|pod| !pod.terminating && pod.ready.0 > 0)
        .filter_map(move |pod| target(&row.key, &pod, monitored))
}

fn target(service: &ServiceKey, pod: &Pod, monitored: Option<&ScrapePoint>) -> Option<Target> {
    let own = pod.containers.iter().find_map(|container| container.metrics.as_ref());
    let point = own.or(monitored)?;
    let (namespace, name) = (&pod.key.namespace, &pod.key.name);
    // A pod that is replaced under its old name is another target.
    let key = format!("{namespace}/{name}/{}", pod.uid);
    let url = format!("{namespace}/{name}/{}/{}", point.port, point.path.trim_start_matches('/'));
    let labels = [
        ("job", service.name.as_str()),
        ("instance", name.as_str()),
        ("namespace", namespace.as_str()),
        ("service", service.name.as_str()),
        ("pod", name.as_str()),
    ];
    Some(Target { labels: Labels::from_pairs(labels), ..Target::new(&key, &url, "", "") })
}

/// The matchers of one service's series.
pub(super) fn selector(service: &ServiceKey) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let (namespace, name) = (quoted(service.namespace.as_str()), quoted(service.name.as_str()));
    format!("namespace=\"{namespace}\",service=\"{name}\"")
}
