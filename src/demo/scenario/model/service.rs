//! Services: what they are, how they answer, whom they call, what they promise.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::super::span::Span;

/// A service and its environments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Name.
    pub name: Spanned<String>,
    /// Team that owns it.
    pub team: Spanned<String>,
    /// System it is part of; namespaces are `<system>-<environment>`.
    pub system: String,
    /// 1 is what must not fail.
    #[serde(default = "default_tier")]
    pub tier: u8,
    /// One sentence.
    pub description: String,
    /// Language, which colours its log lines and runtime metrics.
    #[serde(default)]
    pub language: Language,
    /// Pods by environment: `production`, `staging`, `dev`.
    pub replicas: BTreeMap<String, i32>,
    /// Versions that were released, oldest first; the last one runs.
    pub history: Vec<String>,
    /// When the running version was released; by default some hours or days ago.
    #[serde(default)]
    pub released: Option<Span>,
    /// Who applies it: `argocd`, `flux`, `helm` or nobody.
    #[serde(default)]
    pub managed_by: Option<ManagedBy>,
    /// Requests a second from outside, in production.
    #[serde(default)]
    pub requests: f64,
    /// Its endpoints, with their share of the requests.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
    /// Services it calls.
    #[serde(default, rename = "call")]
    pub calls: Vec<Call>,
    /// Plain environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Autoscaling in production.
    #[serde(default)]
    pub hpa: Option<Autoscale>,
    /// What the team promises.
    #[serde(default, rename = "slo")]
    pub slos: Vec<Promise>,
    /// Seconds from process start to readiness.
    #[serde(default = "default_ready")]
    pub ready_after: Span,
    /// `minReadySeconds`; makes rollouts slow on purpose.
    #[serde(default)]
    pub min_ready_seconds: u32,
    /// Pods above the wanted number in a rollout.
    #[serde(default = "default_limit")]
    pub max_surge: String,
    /// Pods that may be missing in a rollout.
    #[serde(default = "default_limit")]
    pub max_unavailable: String,
    /// CPU request and memory limit: `["250m", "512Mi"]`.
    #[serde(default = "default_resources")]
    pub resources: [String; 2],
}

fn default_tier() -> u8 {
    3
}

fn default_ready() -> Span {
    Span(4.0)
}

fn default_limit() -> String {
    "25%".to_owned()
}

fn default_resources() -> [String; 2] {
    ["250m".to_owned(), "512Mi".to_owned()]
}

/// Languages services are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Go: JSON lines by slog.
    #[default]
    Go,
    /// Java: plain lines by Logback.
    Java,
    /// Python: JSON lines by structlog.
    Python,
    /// Node: JSON lines by pino.
    Node,
    /// Rust: plain lines by tracing.
    Rust,
}

/// Who keeps a Deployment as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ManagedBy {
    /// Argo CD.
    ArgoCd,
    /// Flux.
    Flux,
    /// Helm.
    Helm,
}

/// One endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// HTTP method.
    pub method: String,
    /// Path pattern.
    pub path: String,
    /// Weight among the routes.
    pub share: f64,
    /// Median of its own work.
    pub p50: Span,
    /// 99th percentile of its own work.
    pub p99: Span,
    /// Share of requests answered with a client error.
    #[serde(default)]
    pub client_errors: f64,
}

/// One dependency.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Service called, in the same environment.
    pub to: Spanned<String>,
    /// Calls for each request.
    #[serde(default = "default_one")]
    pub per_request: f64,
    /// How long it is waited for.
    #[serde(default = "default_timeout")]
    pub timeout: Span,
    /// How often a failed call is tried again.
    #[serde(default)]
    pub retries: u32,
    /// Whether the request succeeds without it.
    #[serde(default)]
    pub optional: bool,
}

pub(super) fn default_one() -> f64 {
    1.0
}

fn default_timeout() -> Span {
    Span(1.0)
}

/// Autoscaling on CPU.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Autoscale {
    /// Fewest pods.
    pub min: i32,
    /// Most pods.
    pub max: i32,
    /// Wanted CPU use in percent of the request.
    pub cpu: i32,
}

/// A promise about requests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Share of good requests in percent: `99.9`.
    pub objective: f64,
    /// Good means faster than this; without it, good means no 5xx.
    #[serde(default)]
    pub under: Option<Span>,
    /// Days the promise is about.
    #[serde(default = "default_days")]
    pub days: u32,
}

fn default_days() -> u32 {
    28
}

impl Service {
    /// Its name.
    pub fn id(&self) -> &str {
        self.name.get_ref()
    }

    /// Its namespace in an environment.
    pub fn namespace(&self, environment: &str) -> String {
        format!("{}-{environment}", self.system)
    }

    /// `registry/team/name:version`.
    pub fn image(&self, registry: &str, version: &str) -> String {
        format!("{registry}/{}/{}:{version}", self.team.get_ref(), self.id())
    }
}
