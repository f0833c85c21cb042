//! Why an object that was deleted is still there.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// An object that was deleted and is not gone yet: `Terminating`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Going {
    /// When its deletion was asked for.
    pub since: Option<Timestamp>,
    /// What has to be taken off it first, as written; empty if only its grace
    /// and the kubelet are waited for.
    pub finalizers: Vec<String>,
}

impl Going {
    /// As the metadata of an object say it: when it is to be gone at last, which
    /// the server writes down with the grace (seconds) included.
    pub fn new(end: Option<Timestamp>, grace: i64, finalizers: Vec<String>) -> Self {
        let grace = SignedDuration::from_secs(grace.max(0));
        Self { since: end.and_then(|end| end.checked_sub(grace).ok()), finalizers }
    }
}

/// Finalizers everybody has, and when each goes.
const KNOWN: [(&str, &str); 11] = [
    ("kubernetes.io/pvc-protection", "goes when no pod uses the claim any more"),
    ("kubernetes.io/pv-protection", "goes when no claim is bound to the volume any more"),
    ("foregroundDeletion", "goes when everything it owns is gone"),
    ("orphan", "goes when what it owns has been let go"),
    ("batch.kubernetes.io/job-tracking", "goes when the Job controller has counted the pod"),
    ("kubernetes", "goes when everything in the namespace is gone"),
    ("service.kubernetes.io/load-balancer-cleanup", "goes when the cloud has taken the load balancer down"),
    ("resources-finalizer.argocd.argoproj.io", "goes when Argo CD has deleted what the application made"),
    ("finalizers.fluxcd.io", "goes when Flux has deleted what it applied"),
    ("external-attacher/", "goes when the volume is detached from its node"),
    ("customresourcecleanup.apiextensions.k8s.io", "goes when all objects of that kind are gone"),
];

/// A finalizer with what is known of it: `orphan (goes when what it owns has been
/// let go)`, `example.com/hold (whoever set it must take it off)`.
pub fn finalizer_words(name: &str) -> String {
    let known =
        KNOWN.iter().find(|(known, _)| name == *known || (known.ends_with('/') && name.starts_with(known)));
    match known {
        Some((_, when)) => format!("{name} ({when})"),
        None => format!("{name} (not one of Kubernetes: whoever set it must take it off)"),
    }
}

/// Several of them, each with what is known of it.
pub fn finalizers_words(names: &[String]) -> String {
    names.iter().map(|name| finalizer_words(name)).collect::<Vec<_>>().join(", ")
}

impl Going {
    /// What it waits for, in words, and what helps.
    pub fn waits_for(&self) -> String {
        if self.finalizers.is_empty() {
            return "its containers have their grace to end, then the kubelet takes it away".to_owned();
        }
        format!("held by {}", finalizers_words(&self.finalizers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finalizer_is_told_with_what_is_known_of_it() {
        let cases = [
            ("orphan", "orphan (goes when what it owns has been let go)"),
            (
                "external-attacher/ebs-csi",
                "external-attacher/ebs-csi (goes when the volume is detached from its node)",
            ),
            ("example.com/hold", "example.com/hold (not one of Kubernetes: whoever set it must take it off)"),
        ];
        for (name, words) in cases {
            assert_eq!(finalizer_words(name), words);
        }
        let going = |finalizers: &[&str]| Going {
            since: None,
            finalizers: finalizers.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert!(going(&[]).waits_for().contains("grace"));
        assert!(going(&["orphan", "a/b"]).waits_for().starts_with("held by orphan (goes"));
    }
}
