//! What the server is asked before a delivery besides what it would change:
//! rights, its clock, and what the new pods refer to.

use super::Pace;
use super::plan::Planner;
use crate::cluster::Cluster;
use crate::domain::Namespace;
use crate::engine::delivery::{Granted, Looked, references};
use crate::engine::router::Router;
use crate::engine::{Hello, Probe};
use crate::shell::patience::Deadline;
use serde_json::Value;

/// What a delivery, its rollback and whoever takes it over cannot do without:
/// verb, group, resource.
const NEEDED: [(&str, &str, &str); 12] = [
    ("get", "apps", "deployments"),
    ("patch", "apps", "deployments"),
    ("create", "apps", "deployments"),
    ("delete", "apps", "deployments"),
    ("get", "", "configmaps"),
    ("list", "", "configmaps"),
    ("create", "", "configmaps"),
    ("patch", "", "configmaps"),
    ("get", "coordination.k8s.io", "leases"),
    ("create", "coordination.k8s.io", "leases"),
    ("update", "coordination.k8s.io", "leases"),
    ("list", "", "pods"),
];

/// What it can do without, and what is lost then.
const LESSER: [(&str, &str, &str, &str); 5] = [
    ("get", "", "pods/proxy", "no metrics are read: a canary is held"),
    ("watch", "", "configmaps", "what others ask of it is heard later"),
    ("create", "", "events", "kubectl shows no story"),
    ("delete", "coordination.k8s.io", "leases", "its Lease stays behind"),
    ("delete", "", "configmaps", "old records stay"),
];

impl Planner {
    pub(super) async fn rights(&self, namespace: &Namespace, by: &Deadline) -> Vec<Granted> {
        let needed = NEEDED.into_iter().map(|(verb, group, resource)| (verb, group, resource, None));
        let lesser =
            LESSER.into_iter().map(|(verb, group, resource, lost)| (verb, group, resource, Some(lost)));
        let asked = needed.chain(lesser).map(|(verb, group, resource, without)| {
            self.granted(verb, (group, resource), namespace, (without, by))
        });
        futures::future::join_all(asked).await
    }

    /// Whether the share of the requests may be moved; none where nothing but
    /// pods makes it.
    pub(super) async fn right_to_shift(
        &self,
        namespace: &Namespace,
        router: Option<&Router>,
        by: &Deadline,
    ) -> Option<Granted> {
        let kind = router?.kind.kind();
        Some(self.granted("patch", (kind.group(), kind.plural()), namespace, (None, by)).await)
    }

    async fn granted(
        &self,
        verb: &'static str,
        (group, resource): (&'static str, &'static str),
        namespace: &Namespace,
        (without, by): (Option<&'static str>, &Deadline),
    ) -> Granted {
        let may = self.cluster.may_do(verb, (group, resource), namespace);
        let dot = if group.is_empty() { "" } else { "." };
        let what = format!("{verb} {resource}{dot}{group} in {namespace}");
        let answer = by.answer(&format!("ask whether you may {what}"), may).await;
        Granted { what, without, answer }
    }

    /// Whether what the pods of `deployment` refer to is there.
    pub(super) async fn references(
        &self,
        deployment: &Value,
        namespace: &Namespace,
        by: &Deadline,
    ) -> Vec<Looked> {
        let asked = references(deployment).into_iter().map(|reference| async move {
            let plural = reference.kind.plural();
            let keys = self.cluster.keys_of(plural, namespace, &reference.name);
            let keys = by.answer(&format!("get {plural} in {namespace}"), keys).await;
            (reference, keys)
        });
        futures::future::join_all(asked).await
    }
}

/// What the server says of itself, by the clock of whoever asks.
pub(in crate::shell) async fn hello(cluster: &Cluster, pace: &Pace, by: &Deadline) -> Probe<Hello> {
    let asked = async {
        let skew = cluster.clock_skew_of(|| pace.now().wall);
        let (version, ahead) = tokio::try_join!(cluster.server_version(), skew)?;
        Ok(Hello { version, ahead })
    };
    by.answer("ask for the version", asked).await
}
