//! The one Service whose selector can be switched.

use serde_json::Value;

use super::{Around, No, name, owned, services};
use crate::domain::TRACK;
use crate::engine::router::{Router, RouterKind, selector, text};

pub(super) fn found(around: &Around<'_>) -> Result<Router, No> {
    let service = match services::of_stable(around).as_slice() {
        [service] => *service,
        [] => {
            let why = "no Service selects its pods: there is nothing to switch".to_owned();
            return Err(No::new(why, "make one, or deliver it as a canary"));
        }
        [one, other, ..] => {
            let names = format!("{} and {}", name(one), name(other));
            let why = format!("Services {names} both select its pods: they cannot be switched at once");
            return Err(No::new(why, "keep one of them, or deliver it as a canary"));
        }
    };
    let name = name(service);
    let selected = service.pointer("/spec/selector").and_then(Value::as_object);
    if selected.and_then(|labels| labels.get(TRACK)?.as_str()) != Some(selector::COLOURS[0]) {
        let why = format!("the selector of Service {name} does not tell the colours apart");
        let remedy = format!("give stable's pods the label {TRACK}: stable, then put it into its selector");
        return Err(No::new(why, remedy));
    }
    owned(around, service, &format!("Service {name}"), "the switch")?;
    let preview = format!("{name}-preview");
    Ok(Router {
        kind: RouterKind::Service,
        name: name.into(),
        uid: text(service, "/metadata/uid").into(),
        stable: name.into(),
        canary: preview.as_str().into(),
        before: Vec::new(),
        subsets: None,
        picks: Vec::new(),
    })
}
