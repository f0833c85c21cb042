//! Where each kind of route keeps its rules, backends, names and weights.

use serde_json::{Value, json};

use super::picking::Picks;
use super::{RouterKind, Side, picks, text};

/// The words of one kind. Everything else about weights is the same for all.
pub(super) struct Shape {
    /// JSON pointer of the rules.
    pub(super) rules: &'static str,
    /// Field of a rule that lists its backends.
    pub(super) backends: &'static str,
    /// JSON pointer, within a backend, of the name of its Service.
    pub(super) name: &'static str,
    /// The same of its subset, if it can have one.
    pub(super) subset: Option<&'static str>,
    /// What a backend without a weight counts if it is the only one of its rule.
    pub(super) alone: u32,
    /// What it counts beside others.
    pub(super) beside: u32,
    /// Whether a backend is that side, in that namespace.
    pub(super) is: fn(&Value, Side<'_>, &str) -> bool,
    /// A backend like the given one, for that side, without a weight.
    pub(super) like: fn(&Value, Side<'_>) -> Value,
    /// Why what the object says cannot be moved by weights.
    pub(super) odd: fn(&Value, &str) -> Option<String>,
    /// Why whoever serves the object has not taken what it says now; none if it
    /// has, or if nobody says anything.
    pub(super) refusal: fn(&Value) -> Option<String>,
    /// How requests are picked by header, and copied.
    pub(super) picks: &'static Picks,
}

/// `spec.rules[].backendRefs[]`. Without a weight a backend counts 1.
const HTTP_ROUTE: Shape = Shape {
    rules: "/spec/rules",
    backends: "backendRefs",
    name: "/name",
    subset: None,
    alone: 1,
    beside: 1,
    is: is_backend_ref,
    like: like_backend_ref,
    odd: |_, _| None,
    refusal: not_accepted,
    picks: &picks::HTTP_ROUTE,
};

/// `spec.http[].route[]`. The only destination of a rule takes all of it;
/// beside others one without a weight takes nothing.
const VIRTUAL_SERVICE: Shape = Shape {
    rules: "/spec/http",
    backends: "route",
    name: "/destination/host",
    subset: Some("/destination/subset"),
    alone: 100,
    beside: 0,
    is: is_destination,
    like: like_destination,
    odd: odd_virtual_service,
    refusal: not_valid,
    picks: &picks::VIRTUAL_SERVICE,
};

/// The words of a kind; none of one that has no weighted backends.
pub(super) fn of(kind: RouterKind) -> Option<&'static Shape> {
    match kind {
        RouterKind::HttpRoute => Some(&HTTP_ROUTE),
        RouterKind::VirtualService => Some(&VIRTUAL_SERVICE),
        RouterKind::Ingress | RouterKind::Service => None,
    }
}

fn is_backend_ref(backend: &Value, side: Side<'_>, namespace: &str) -> bool {
    let field = |field: &str| backend.get(field).and_then(Value::as_str);
    field("name") == Some(side.service)
        && field("kind").is_none_or(|kind| kind == "Service")
        && field("group").is_none_or(str::is_empty)
        && field("namespace").is_none_or(|there| there == namespace)
}

fn like_backend_ref(backend: &Value, side: Side<'_>) -> Value {
    let mut made = json!({"name": side.service});
    if let Some(port) = backend.get("port") {
        made["port"] = port.clone();
    }
    made
}

fn is_destination(backend: &Value, side: Side<'_>, namespace: &str) -> bool {
    is_host(text(backend, "/destination/host"), side.service, namespace)
        && side.subset.is_none_or(|subset| subset == text(backend, "/destination/subset"))
}

/// A host is short (`shop`), or longer by namespace and cluster domain.
pub(super) fn is_host(host: &str, name: &str, namespace: &str) -> bool {
    let Some(rest) = host.strip_prefix(name) else { return false };
    rest.is_empty()
        || rest
            .strip_prefix('.')
            .and_then(|rest| rest.strip_prefix(namespace))
            .is_some_and(|rest| rest.is_empty() || rest == ".svc" || rest.starts_with(".svc."))
}

/// With the host written as the other one's is: short, or with its domain.
fn like_destination(backend: &Value, side: Side<'_>) -> Value {
    let host = text(backend, "/destination/host");
    let domain = host.split_once('.').map(|(_, domain)| format!(".{domain}")).unwrap_or_default();
    let mut made = json!({"destination": {"host": format!("{}{domain}", side.service)}});
    if let Some(subset) = side.subset {
        made["destination"]["subset"] = subset.into();
    }
    if let Some(port) = backend.pointer("/destination/port") {
        made["destination"]["port"] = port.clone();
    }
    made
}

/// Connections beside the requests are not moved.
fn odd_virtual_service(raw: &Value, stable: &str) -> Option<String> {
    let namespace = text(raw, "/metadata/namespace");
    let names = |section: &&str| {
        let rules = raw.pointer(&format!("/spec/{section}")).and_then(Value::as_array).into_iter().flatten();
        let mut backends = rules.filter_map(|rule| rule.get("route").and_then(Value::as_array)).flatten();
        backends.any(|backend| is_destination(backend, Side::whole(stable), namespace))
    };
    let section = ["tls", "tcp"].into_iter().find(names)?;
    Some(format!("sends to {stable} by {section} too, where no request is seen"))
}

fn not_accepted(raw: &Value) -> Option<String> {
    let generation = raw.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    let parents = raw.pointer("/status/parents").and_then(Value::as_array);
    let conditions = parents.into_iter().flatten().flat_map(|parent| {
        parent.get("conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    });
    let ours = conditions.filter(|c| matches!(text(c, "/type"), "Accepted" | "ResolvedRefs"));
    let mut why = ours.filter_map(|condition| {
        let seen = condition.get("observedGeneration").and_then(Value::as_i64).unwrap_or(generation);
        if text(condition, "/status") == "False" {
            return Some(format!("{}: {}", text(condition, "/reason"), text(condition, "/message")));
        }
        (seen < generation).then(|| "the gateway has not taken it yet".to_owned())
    });
    why.next()
}

/// Istio says little: what its analysis finds wrong, and whether its proxies
/// have it, each only where that was switched on.
fn not_valid(raw: &Value) -> Option<String> {
    let list = |path: &str| raw.pointer(path).and_then(Value::as_array).into_iter().flatten();
    let wrong = list("/status/validationMessages").find(|message| text(message, "/level") == "ERROR");
    if let Some(wrong) = wrong {
        let (code, name) = (text(wrong, "/type/code"), text(wrong, "/type/name"));
        return Some(format!("{code} {name}"));
    }
    let open = |c: &&Value| text(c, "/type") == "Reconciled" && text(c, "/status") == "False";
    list("/status/conditions").find(open).map(|condition| {
        let said = text(condition, "/message");
        if said.is_empty() { "the proxies have not taken it yet".to_owned() } else { said.to_owned() }
    })
}
