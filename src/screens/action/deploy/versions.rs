//! The versions a person may mean.

use crate::command::{matched, rank};
use crate::domain::{Namespace, ReplicaSet, RevisionNumber, Workload, World};
use crate::engine::delivery::NewVersion;
use std::sync::Arc;

/// Where a version is known from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It runs in another namespace.
    Elsewhere(Namespace),
    /// A revision kept of this Deployment.
    Kept(Arc<ReplicaSet>),
    /// Typed.
    Typed,
}

/// A version that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is asked for.
    pub version: NewVersion,
    /// `v1.9.4`
    pub label: String,
    /// Where it is known from.
    pub origin: Origin,
    /// Which characters of the label were searched for.
    pub hits: Vec<u32>,
}

impl Candidate {
    fn new(version: NewVersion, label: String, origin: Origin) -> Self {
        Self { version, label, origin, hits: Vec::new() }
    }
}

/// Versions that run elsewhere first (a release usually comes from there),
/// then the revisions kept, newest first. What runs now is in neither.
pub(super) fn known(current: &Workload, world: &World) -> Vec<Candidate> {
    let mut found = elsewhere(current, world);
    let labels: Vec<String> = found.iter().map(|candidate| candidate.label.clone()).collect();
    let kept = world.revisions(&current.uid).into_iter();
    let others = kept.filter(|set| set.template.digest != current.template.digest);
    found.extend(others.filter_map(|set| {
        let RevisionNumber(number) = set.revision?;
        let label = set.template.version();
        let label = if labels.contains(&label) { format!("{label} (revision {number})") } else { label };
        Some(Candidate::new(NewVersion::Revision(RevisionNumber(number)), label, Origin::Kept(set)))
    }));
    found
}

/// Other images of the same repository that run in this cluster.
fn elsewhere(current: &Workload, world: &World) -> Vec<Candidate> {
    let Some(own) = current.template.main_container() else { return Vec::new() };
    let mut found: Vec<Candidate> = Vec::new();
    for workload in world.workloads().filter(|w| w.key.namespace != current.key.namespace) {
        let Some(main) = workload.template.main_container() else { continue };
        if main.image == own.image || repository(&main.image) != repository(&own.image) {
            continue;
        }
        let several = current.template.containers.iter().filter(|c| !c.init).count() > 1;
        let container = several.then(|| own.name.clone());
        let version = NewVersion::Image { container, image: main.image.clone() };
        if found.iter().all(|candidate| candidate.version != version) {
            let origin = Origin::Elsewhere(workload.key.namespace.clone());
            found.push(Candidate::new(version, workload.template.version(), origin));
        }
    }
    found
}

/// What matches `text`, best first. What was typed is a version too: first if
/// it is written as one, else last.
pub(super) fn matching(text: &str, known: &[Candidate]) -> Vec<Candidate> {
    let ranked = rank(text, known.iter().map(|candidate| candidate.label.as_str()));
    let mut shown: Vec<Candidate> = ranked
        .into_iter()
        .filter_map(|index| {
            let candidate = known.get(index)?.clone();
            Some(Candidate { hits: matched(text, &candidate.label), ..candidate })
        })
        .collect();
    if text.is_empty() || shown.iter().any(|candidate| candidate.label == text) {
        return shown;
    }
    let written = text.contains([':', '@', '/', '=']);
    let version = if written { NewVersion::typed(text) } else { NewVersion::typed(&format!(":{text}")) };
    let typed = Candidate::new(version, text.to_owned(), Origin::Typed);
    shown.insert(if written { 0 } else { shown.len() }, typed);
    shown
}

/// An image reference without its tag or digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        Some(_) | None => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<(String, NewVersion)> {
        let known = ["v1.9.4", "v1.9.2", "v1.8.0"].map(|label| {
            Candidate::new(NewVersion::typed(&format!("r.io/app:{label}")), label.to_owned(), Origin::Typed)
        });
        matching(text, &known).into_iter().map(|found| (found.label, found.version)).collect()
    }

    #[test]
    fn what_is_typed_is_searched_and_is_a_version() {
        assert_eq!(names("").len(), 3, "nothing typed, everything known");
        assert_eq!(names("v1.9.2").len(), 1, "one that is known is not offered twice");
        let found = names("19");
        assert_eq!(found[0].0, "v1.9.4");
        assert_eq!(found.last().unwrap().1, NewVersion::typed(":19"), "a tag nobody runs yet");
        for (text, version) in [
            (":v3", NewVersion::typed(":v3")),
            ("@sha256:ab", NewVersion::typed("@sha256:ab")),
            ("app=r.io/app:v3", NewVersion::typed("app=r.io/app:v3")),
            ("v3", NewVersion::typed(":v3")),
        ] {
            assert_eq!(names(text)[0].1, version, "{text}");
        }
    }

    #[test]
    fn repositories_are_compared_without_tags() {
        for (image, expected) in [
            ("r.io:5000/shop/app:v1", "r.io:5000/shop/app"),
            ("r.io:5000/shop/app", "r.io:5000/shop/app"),
            ("app@sha256:ab", "app"),
        ] {
            assert_eq!(repository(image), expected);
        }
    }
}
