//! Pods that no controller keeps, or one of a kind that is not watched (a
//! database's operator, a build system), as workloads of one.
//!
//! Pods are many and most have a controller we know: of the labels and
//! annotations of each only those named here are read, and nothing of them is
//! kept unless the pod is bare.

use super::intern::safe;
use super::lax::Text;
use super::pod::RawPod;
use super::scrape::ScrapeMarks;
use crate::domain::{Container, Ownership, Pod, Replicas, Template, Workload, redact_text};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes a struct of texts under their keys, and a map of those that are there.
macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $key:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name<'a> {
            $(#[serde(borrow, rename = $key)] pub(super) $field: Text<'a>,)+
        }

        impl $name<'_> {
            fn pairs(&self) -> BTreeMap<String, String> {
                let all = [$(($key, &self.$field)),+];
                let there = all.into_iter().filter(|(_, text)| !text.is_empty());
                there.map(|(key, text)| (key.to_owned(), safe(text).into_owned())).collect()
            }
        }
    };
}

texts! {
    /// The labels of a pod that are used.
    PodLabels {
        revision: "controller-revision-hash",
        catalogued: "backstage.io/kubernetes-id",
        name: "app.kubernetes.io/name",
        app: "app",
        part_of: "app.kubernetes.io/part-of",
        system: "system",
        version: "app.kubernetes.io/version",
        plain_version: "version",
        our_owner: "quarterdeck.dev/owner",
        team: "team",
        app_owner: "app.kubernetes.io/owner",
        owner: "owner",
        our_tier: "quarterdeck.dev/tier",
        tier: "tier",
        argo: "argocd.argoproj.io/instance",
        kustomization: "kustomize.toolkit.fluxcd.io/name",
        helm_release: "helm.toolkit.fluxcd.io/name",
    }
}

texts! {
    /// The annotations of a pod that are used.
    PodMarks {
        scrape: "prometheus.io/scrape",
        port: "prometheus.io/port",
        path: "prometheus.io/path",
        mirror: "kubernetes.io/config.mirror",
        tracked: "argocd.argoproj.io/tracking-id",
        release: "meta.helm.sh/release-name",
    }
}

impl PodMarks<'_> {
    /// Those about metrics.
    pub(super) fn scrape(&self) -> ScrapeMarks<'_> {
        ScrapeMarks { scrape: &self.scrape, port: &self.port, path: &self.path }
    }
}

/// The pod as a workload of one; none if a controller that is watched keeps it,
/// if a node does (the mirror of a static pod), or if it has done its work. What
/// runs to its end for somebody else's controller, a build, is theirs to tell of.
pub(super) fn bare(raw: &RawPod<'_>, pod: &Pod) -> Option<Arc<Workload>> {
    let (labels, marks) = (&*raw.metadata.labels, &*raw.metadata.annotations);
    let keeper = raw.metadata.foreign_controller();
    let serves = &*raw.spec.restart_policy == "Always" && &*raw.status.phase != "Failed";
    let elsewhere = pod.owner.is_some() && !(keeper.is_some() && serves);
    if elsewhere || !marks.mirror.is_empty() || &*raw.status.phase == "Succeeded" {
        return None;
    }
    let up = u32::from(pod.is_ready());
    let labels = labels.pairs();
    let container = |init| {
        move |raw: &super::pod::SpecContainer<'_>| Container {
            name: safe(&raw.name).into_owned(),
            image: redact_text(&safe(&raw.image)),
            init,
            ..Container::default()
        }
    };
    let init = raw.spec.init_containers.iter().map(container(true));
    Some(Arc::new(Workload {
        key: pod.key.clone(),
        uid: pod.uid.clone(),
        owner: None,
        resource_version: raw.metadata.version(),
        created: pod.created,
        generation: 0,
        observed_generation: 0,
        replicas: Replicas { desired: 1, current: 1, updated: 1, ready: up, available: up },
        paused: false,
        revision: None,
        ownership: Ownership::from_marks(&labels, &marks.pairs(), keeper),
        notes: BTreeMap::new(),
        template: Template {
            containers: init.chain(raw.spec.containers.iter().map(container(false))).collect(),
            labels: labels.clone(),
            ..Template::default()
        },
        labels,
        conditions: Vec::new(),
        strategy: String::new(),
        partition: 0,
        batch: None,
        going: pod.going.clone(),
    }))
}
