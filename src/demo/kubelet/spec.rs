//! The part of a pod's spec that the kubelet and the scheduler read.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::demo::controllers::meta::{Map, Meta};

/// A pod, as its node reads it once.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PodDoc {
    /// Metadata.
    pub metadata: Meta,
    /// The spec.
    pub spec: PodSpec,
}

/// `spec`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// Node it is bound to.
    pub node_name: String,
    /// Labels its node must have.
    pub node_selector: Map,
    /// Run one after the other, to their end, before the others.
    pub init_containers: Vec<Arc<ContainerSpec>>,
    /// Run side by side.
    pub containers: Vec<Arc<ContainerSpec>>,
    /// What to do when a container ends.
    pub restart_policy: RestartPolicy,
    /// Seconds between SIGTERM and SIGKILL.
    pub termination_grace_period_seconds: Option<i64>,
    /// Taints it bears.
    pub tolerations: Vec<Value>,
}

/// What to do when a container ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum RestartPolicy {
    /// Start it again.
    #[default]
    Always,
    /// Start it again if it failed.
    OnFailure,
    /// Leave it.
    Never,
}

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerSpec {
    /// Name, unique in the pod.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// `Always` pulls even a known image; a known tag is then only checked.
    pub image_pull_policy: String,
    /// Environment variables.
    pub env: Vec<EnvVar>,
    /// Requests and limits.
    pub resources: Resources,
    /// Decides whether traffic comes.
    pub readiness_probe: Option<Probe>,
    /// Holds the other probes back until it passes.
    pub startup_probe: Option<Probe>,
}

/// One environment variable; where a value comes from elsewhere, it is set.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct EnvVar {
    /// Name.
    pub name: String,
    /// Value, if written out.
    pub value: Option<String>,
}

/// Requests and limits.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// What the scheduler sets aside.
    pub requests: Map,
    /// What the kernel enforces.
    pub limits: Map,
}

/// When a probe runs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Probe {
    /// Seconds before the first one.
    pub initial_delay_seconds: Option<u32>,
    /// Seconds between two.
    pub period_seconds: Option<u32>,
    /// The HTTP request, if it is one.
    pub http_get: Option<Value>,
}

impl Probe {
    /// Seconds after the start at which a probe first passes, when the
    /// process answers `ready` seconds after its start.
    pub fn passes_after(&self, ready: f64) -> f64 {
        let first = f64::from(self.initial_delay_seconds.unwrap_or(0)).max(0.1);
        let period = self.period();
        first + ((ready - first) / period).ceil().max(0.0) * period
    }

    /// Seconds between two probes.
    pub fn period(&self) -> f64 {
        f64::from(self.period_seconds.unwrap_or(10).max(1))
    }
}

impl PodSpec {
    /// CPU in thousandths of a core and memory in bytes it asks for.
    pub fn requests(&self) -> (u64, u64) {
        let sum = |name: &str, read: fn(&str) -> Option<u64>| {
            let each = self.containers.iter().filter_map(|c| c.resources.requests.get(name));
            each.filter_map(|q| read(q)).sum::<u64>()
        };
        (sum("cpu", millis), sum("memory", bytes))
    }

    /// `Guaranteed`, `Burstable` or `BestEffort`.
    pub fn qos_class(&self) -> &'static str {
        let bare = |c: &Arc<ContainerSpec>| c.resources.requests.is_empty() && c.resources.limits.is_empty();
        let full = |c: &Arc<ContainerSpec>| {
            let limits = &c.resources.limits;
            let same = |k: &str| c.resources.requests.get(k).is_none_or(|r| limits.get(k) == Some(r));
            limits.contains_key("cpu") && limits.contains_key("memory") && same("cpu") && same("memory")
        };
        if self.containers.iter().all(bare) {
            "BestEffort"
        } else if self.containers.iter().all(full) {
            "Guaranteed"
        } else {
            "Burstable"
        }
    }
}

/// A CPU quantity in thousandths of a core: `250m`, `2`, `0.5`.
pub fn millis(quantity: &str) -> Option<u64> {
    match quantity.strip_suffix('m') {
        Some(n) => n.parse().ok(),
        None => quantity.parse::<f64>().ok().map(|n| (n * 1000.0).round() as u64),
    }
}

/// A memory quantity in bytes: `512Mi`, `1G`, `1024`.
pub fn bytes(quantity: &str) -> Option<u64> {
    const UNITS: &[(&str, f64)] = &[
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
    ];
    for (suffix, factor) in UNITS {
        if let Some(n) = quantity.strip_suffix(suffix) {
            return n.parse::<f64>().ok().map(|n| (n * factor).round() as u64);
        }
    }
    quantity.parse::<f64>().ok().map(|n| n.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_and_probe_times() {
        assert_eq!(
            [millis("250m"), millis("2"), millis("0.5"), millis("x")],
            [Some(250), Some(2000), Some(500), None]
        );
        assert_eq!(
            [bytes("512Mi"), bytes("1G"), bytes("10")],
            [Some(536_870_912), Some(1_000_000_000), Some(10)]
        );
        let probe = Probe { initial_delay_seconds: Some(5), period_seconds: Some(10), http_get: None };
        assert!((probe.passes_after(2.0) - 5.0).abs() < 1e-9);
        assert!((probe.passes_after(5.1) - 15.0).abs() < 1e-9);
    }
}
