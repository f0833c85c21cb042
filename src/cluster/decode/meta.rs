//! `metadata`, as far as it is used.

use super::intern::{Interner, safe};
use super::lax::{Int, Lax, Text};
use crate::domain::{Going, Kind, Name, Namespace, ObjectKey, ResourceVersion, RevisionNumber, Uid};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// Labels and annotations that are used.
pub(super) type Pairs<'a> = BTreeMap<Text<'a>, Text<'a>>;

/// Group and kind of the controllers of pods that are watched.
const WATCHED: [(&str, &str); 4] =
    [("apps", "ReplicaSet"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("batch", "Job")];

/// Identity, labels as `L` and annotations as `A`: pods are many and few of
/// theirs are used, so the rest is skipped.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    rename_all = "camelCase",
    bound(deserialize = "L: Deserialize<'de> + Default, A: Deserialize<'de> + Default")
)]
pub(super) struct Meta<'a, L = IgnoredAny, A = L> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    namespace: Text<'a>,
    #[serde(borrow)]
    uid: Text<'a>,
    #[serde(borrow)]
    pub(super) resource_version: Text<'a>,
    #[serde(borrow)]
    creation_timestamp: Text<'a>,
    #[serde(borrow)]
    deletion_timestamp: Text<'a>,
    deletion_grace_period_seconds: Int,
    #[serde(borrow)]
    finalizers: Lax<Vec<Text<'a>>>,
    #[serde(borrow)]
    owner_references: Lax<Vec<ObjectRef<'a>>>,
    pub(super) labels: Lax<L>,
    pub(super) annotations: Lax<A>,
    pub(super) generation: Int,
}

/// An object of metadata `M`, spec `S` and status `T`.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    bound(
        deserialize = "M: Deserialize<'de> + Default, S: Deserialize<'de> + Default, T: Deserialize<'de> + Default"
    )
)]
pub(super) struct Object<M, S = IgnoredAny, T = IgnoredAny> {
    pub(super) metadata: Lax<M>,
    pub(super) spec: Lax<S>,
    pub(super) status: Lax<T>,
}

/// Another object: an owner, what an event is about, what is scaled.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ObjectRef<'a> {
    #[serde(borrow, rename = "apiVersion")]
    api: Text<'a>,
    #[serde(borrow)]
    pub(super) kind: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) uid: Text<'a>,
    /// Of an owner: whether it is the one that manages this object.
    controller: Lax<bool>,
}

impl<L, A> Meta<'_, L, A> {
    /// Which object it is; none for half an object without a name.
    pub(super) fn key(&self, kind: Kind, names: &mut Interner) -> Option<ObjectKey> {
        let name = Name::from(&*safe(&self.name));
        let namespace = Namespace::from(names.text(&self.namespace));
        (!name.is_empty()).then_some(ObjectKey { kind, namespace, name })
    }

    pub(super) fn uid(&self) -> Uid {
        Uid::from(&*safe(&self.uid))
    }

    pub(super) fn version(&self) -> ResourceVersion {
        ResourceVersion::from(&*safe(&self.resource_version))
    }

    pub(super) fn created(&self) -> Option<Timestamp> {
        time(&self.creation_timestamp)
    }

    pub(super) fn is_terminating(&self) -> bool {
        !self.deletion_timestamp.is_empty()
    }

    /// What it waits for, if it was deleted.
    pub(super) fn going(&self) -> Option<Box<Going>> {
        if !self.is_terminating() {
            return None;
        }
        let finalizers = self.finalizers.iter().map(|name| safe(name).into_owned()).collect();
        let (end, grace) = (time(&self.deletion_timestamp), self.deletion_grace_period_seconds.0);
        Some(Box::new(Going::new(end, grace, finalizers)))
    }

    /// The identity of the controller it belongs to; siblings share one copy.
    pub(super) fn controller(&self, names: &mut Interner) -> Option<Uid> {
        self.controller_ref().map(|owner| Uid::from(names.text(&owner.uid)))
    }

    /// The controller in words: `Rollout/checkout`.
    pub(super) fn controller_words(&self) -> Option<String> {
        self.controller_ref().map(|owner| format!("{}/{}", safe(&owner.kind), safe(&owner.name)))
    }

    /// The controller in words if it is of a kind that is not watched.
    pub(super) fn foreign_controller(&self) -> Option<String> {
        let watched = |owner: &ObjectRef<'_>| {
            let group = owner.api.split_once('/').map_or("", |(group, _)| group);
            WATCHED.contains(&(group, &*owner.kind))
        };
        self.controller_ref().filter(|owner| !watched(owner)).and_then(|_| self.controller_words())
    }

    fn controller_ref(&self) -> Option<&ObjectRef<'_>> {
        self.owner_references.iter().find(|owner| *owner.controller)
    }
}

impl Meta<'_, Pairs<'_>> {
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        self.labels.iter().map(|(key, value)| owned(key, value)).collect()
    }

    /// The annotations whose key `keep` wants.
    pub(super) fn annotations(&self, keep: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        self.annotations.iter().filter(|(key, _)| keep(key)).map(|(key, value)| owned(key, value)).collect()
    }

    /// The revision a Deployment's controller has written.
    pub(super) fn revision(&self) -> Option<RevisionNumber> {
        let text = self.annotation("deployment.kubernetes.io/revision")?;
        text.parse().ok().map(RevisionNumber)
    }

    pub(super) fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.iter().find(|(found, _)| &***found == key).map(|(_, value)| &**value)
    }
}

fn owned(key: &str, value: &str) -> (String, String) {
    (safe(key).into_owned(), safe(value).into_owned())
}

/// An RFC 3339 time; none if empty or malformed.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    if text.is_empty() { None } else { text.parse().ok() }
}
