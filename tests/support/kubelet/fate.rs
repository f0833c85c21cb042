//! What becomes of a container: asked for by its image tag or, for the first
//! container of a pod, by the annotation [`ANNOTATION`], which may change
//! while the pod runs.

use k8s_openapi::api::core::v1::Pod;

/// Wins over the image tag, so that a healthy pod can be broken and healed.
pub(crate) const ANNOTATION: &str = "quarterdeck.test/fate";

/// How a container behaves, for as long as it is asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Starts, becomes ready, stays so.
    Good,
    /// Starts, exits with 1 soon after, over and over.
    Crash,
    /// Starts, is killed for memory (137), over and over.
    Oom,
    /// Its image cannot be pulled.
    NoPull,
    /// Runs and never becomes ready.
    Unready,
    /// Becomes ready ten times later than a good one.
    Slow,
    /// Ends by itself with 0, as the container of a Job does.
    Finish,
    /// Ends by itself with 1 and is not started again.
    Fail,
}

/// The word in a tag or in the annotation, and what it asks for.
const WORDS: [(&str, Fate); 8] = [
    ("crash", Fate::Crash),
    ("oom", Fate::Oom),
    ("nopull", Fate::NoPull),
    ("unready", Fate::Unready),
    ("slow", Fate::Slow),
    ("finish", Fate::Finish),
    ("fail", Fate::Fail),
    ("good", Fate::Good),
];

fn word(text: &str) -> Option<Fate> {
    WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, fate)| *fate)
}

/// The fate of the `index`-th container of `pod`.
pub(crate) fn of(pod: &Pod, index: usize, image: &str) -> Fate {
    let annotation = pod
        .metadata
        .annotations
        .as_ref()
        .and_then(|all| all.get(ANNOTATION))
        .filter(|_| index == 0)
        .and_then(|text| word(text));
    // A registry may have a port, so the tag is what follows the last slash's colon.
    let name = image.rsplit('/').next().unwrap_or(image);
    let tag = name.split_once(':').and_then(|(_, tag)| word(tag));
    annotation.or(tag).unwrap_or_else(|| unasked(pod))
}

/// Pods of Jobs end by themselves; all others run on.
fn unasked(pod: &Pod) -> Fate {
    let restarts = pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    match restarts {
        Some("Never" | "OnFailure") => Fate::Finish,
        _ => Fate::Good,
    }
}
