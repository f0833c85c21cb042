//! The kubelet's events, in its own words.

use super::container::{Container, Moment};
use super::pod::PodRun;
use crate::demo::controllers::change::Note;

const FROM: &str = "kubelet";

/// `spec.containers{app}`.
pub(super) fn field_path(container: &Container) -> String {
    let list = if container.init { "initContainers" } else { "containers" };
    format!("spec.{list}{{{}}}", container.spec.name)
}

/// `web-abc_shop(uid)`, as the kubelet names pods in messages.
pub(super) fn full_name(pod: &PodRun) -> String {
    format!("{}_{}({})", pod.key.name, pod.key.ns, pod.uid)
}

/// The events of one moment.
pub(super) fn of(pod: &PodRun, container: &Container, moment: &Moment) -> Vec<Note> {
    let image = &container.spec.image;
    let name = &container.spec.name;
    let say = |warning: bool, reason: &'static str, message: String| Note {
        warning,
        field_path: field_path(container),
        ..Note::normal(&pod.key, &pod.uid, FROM, reason, message)
    };
    match moment {
        Moment::Pulling => vec![say(false, "Pulling", format!("Pulling image \"{image}\""))],
        Moment::Pulled(s) => {
            let took = go_duration(*s);
            let bytes = container.behaviour().image_bytes;
            vec![say(
                false,
                "Pulled",
                format!(
                    "Successfully pulled image \"{image}\" in {took} ({took} including waiting). Image size: {bytes} bytes."
                ),
            )]
        }
        Moment::Present => vec![say(
            false,
            "Pulled",
            format!("Container image \"{image}\" already present on machine and can be accessed by the pod"),
        )],
        Moment::PullFailed(error) => vec![
            say(true, "Failed", format!("Failed to pull image \"{image}\": {error}")),
            say(true, "Failed", "Error: ErrImagePull".to_owned()),
        ],
        Moment::PullBackOff => vec![
            say(false, "BackOff", format!("Back-off pulling image \"{image}\"")),
            say(true, "Failed", "Error: ImagePullBackOff".to_owned()),
        ],
        Moment::Started => vec![
            say(false, "Created", "Container created".to_owned()),
            say(false, "Started", "Container started".to_owned()),
        ],
        Moment::Died(..) => Vec::new(),
        Moment::BackOff(wait_s) => {
            let message = format!("Back-off restarting failed container {name} in pod {}", full_name(pod));
            // The kubelet says it again at each sync, about every 13 s, while it waits.
            let times = ((wait_s / 13.0) as u32).max(1);
            vec![Note { times, ..say(true, "BackOff", message) }]
        }
    }
}

/// A duration as Go prints it, to the millisecond: `640ms`, `1.4s`, `1m2.35s`.
pub(super) fn go_duration(seconds: f64) -> String {
    let ms = (seconds * 1000.0).round() as u64;
    let (minutes, rest) = (ms / 60_000, (ms % 60_000) as f64 / 1000.0);
    match (ms, minutes) {
        (..1000, _) => format!("{ms}ms"),
        (_, 0) => format!("{rest}s"),
        (_, minutes) => format!("{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (seconds, wanted) in
            [(0.64, "640ms"), (1.4, "1.4s"), (2.0, "2s"), (62.35, "1m2.35s"), (10.0, "10s"), (300.0, "5m0s")]
        {
            assert_eq!(go_duration(seconds), wanted);
        }
    }
}
