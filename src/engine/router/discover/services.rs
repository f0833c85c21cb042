//! Which Services select which side.

use serde_json::Value;

use super::{Around, Labels, No, name};
use crate::domain::TRACK;

/// The Services that select stable's pods.
pub(super) fn of_stable<'a>(around: &Around<'a>) -> Vec<&'a Value> {
    let stable = labels(around.deployment, None);
    around.services.iter().filter(|service| selects(service, &stable)).collect()
}

/// The canary's Service must be there, and each of the two must select its
/// own side alone: else the weights would not be what they say.
pub(super) fn of_canary(around: &Around<'_>, stable: &str, canary: &str) -> Result<(), No> {
    let named = |wanted: &str| around.services.iter().find(|service| name(service) == wanted);
    let (of_stable, of_canary) = (labels(around.deployment, None), labels(around.deployment, Some("canary")));
    let prepare = format!(
        "give stable's pods and the selector of Service {stable} the label {TRACK}: stable, and the selector of \
         Service {canary} {TRACK}: canary"
    );
    let Some(service) = named(canary) else {
        return Err(No::new(
            format!("there is no Service {canary}"),
            format!("make it like {stable}; {prepare}"),
        ));
    };
    if named(stable).is_some_and(|service| selects(service, &of_canary)) {
        return Err(No::new(format!("Service {stable} would select the canary's pods too"), prepare));
    }
    if !selects(service, &of_canary) {
        return Err(No::new(format!("Service {canary} would not select the canary's pods"), prepare));
    }
    if selects(service, &of_stable) {
        return Err(No::new(format!("Service {canary} selects stable's pods"), prepare));
    }
    Ok(())
}

/// The labels of a Deployment's pods, or with `track` of its canary's.
pub(super) fn labels(deployment: &Value, track: Option<&str>) -> Labels {
    let labels = deployment.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    let mut labels = labels.cloned().unwrap_or_default();
    if let Some(track) = track {
        labels.insert(TRACK.to_owned(), track.into());
    }
    labels
}

/// Whether a Service selects pods with these labels.
pub(super) fn selects(service: &Value, labels: &Labels) -> bool {
    let wanted = service.pointer("/spec/selector").and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    })
}
