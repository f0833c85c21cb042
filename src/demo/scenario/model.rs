//! What a scenario file says.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::span::Span;

/// One scenario: a company, what its releases do, and what happens when.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Name, as `--scenario` takes it.
    pub name: String,
    /// One sentence about what there is to see.
    pub summary: String,
    /// Another scenario whose teams, nodes, services and releases it starts from.
    pub base: Option<Spanned<String>>,
    /// Seed of every name, identity and random number.
    pub seed: u64,
    /// Image registry of the company.
    pub registry: String,
    /// Worker nodes.
    #[serde(rename = "node")]
    pub nodes: Vec<Node>,
    /// Teams.
    #[serde(rename = "team")]
    pub teams: Vec<Team>,
    /// Services.
    #[serde(rename = "service")]
    pub services: Vec<Service>,
    /// Services a tool applies here, whoever does in the base.
    #[serde(rename = "managed")]
    pub managed: Vec<Managed>,
    /// What particular versions do wrong.
    #[serde(rename = "release")]
    pub releases: Vec<Release>,
    /// What happens when.
    #[serde(rename = "event")]
    pub events: Vec<Event>,
    /// Deliveries started through the engine, once the story has reached the
    /// present.
    #[serde(rename = "delivery")]
    pub deliveries: Vec<Delivery>,
}

/// A service and the tool that applies it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// Service.
    pub service: Spanned<String>,
    /// The tool.
    pub by: ManagedBy,
}

/// A worker node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Name.
    pub name: String,
    /// Availability zone.
    pub zone: String,
    /// Cores.
    #[serde(default = "default_cpu")]
    pub cpu: String,
    /// Memory.
    #[serde(default = "default_memory")]
    pub memory: String,
}

fn default_cpu() -> String {
    "16".to_owned()
}

fn default_memory() -> String {
    "64Gi".to_owned()
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Name, as labels carry it.
    pub name: String,
    /// Who deploys.
    pub members: Vec<String>,
    /// Who is paged.
    pub on_call: String,
    /// Chat channel.
    pub channel: String,
}

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

fn default_one() -> f64 {
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

/// What one version of one service does wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// Service.
    pub service: Spanned<String>,
    /// Version.
    pub version: String,
    /// Only in this environment.
    #[serde(default)]
    pub environment: Option<Spanned<String>>,
    /// It ends with a FATAL line unless this variable is set.
    #[serde(default)]
    pub missing_env: Option<String>,
    /// It ends this long after its start.
    #[serde(default)]
    pub crash_after: Option<Span>,
    /// Its last line when it crashes.
    #[serde(default)]
    pub crash_line: Option<String>,
    /// Exit code of the crash.
    #[serde(default = "default_exit")]
    pub exit_code: i32,
    /// Its image is not in the registry.
    #[serde(default)]
    pub image_missing: bool,
    /// Its readiness probe never passes: what the probe gets.
    #[serde(default)]
    pub unready: Option<String>,
    /// Share of requests it answers with `error_code`.
    #[serde(default)]
    pub error_rate: f64,
    /// Code of those answers.
    #[serde(default = "default_code")]
    pub error_code: u16,
    /// Factor on its latencies.
    #[serde(default = "default_one")]
    pub latency: f64,
    /// Memory it loses, in MiB a minute; it is killed at its limit.
    #[serde(default)]
    pub leak_mib_per_minute: f64,
}

fn default_exit() -> i32 {
    1
}

fn default_code() -> u16 {
    500
}

/// Something that happens at a time; negative times are before the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// When, from the start.
    pub at: Span,
    /// What.
    #[serde(rename = "do")]
    pub action: Action,
    /// To which service.
    pub service: Spanned<String>,
    /// Where; production by default.
    #[serde(default)]
    pub environment: Option<Spanned<String>>,
    /// Version to deploy. With `repeat`, several are taken in turn.
    #[serde(default)]
    pub version: Vec<String>,
    /// Pods, for `scale`; quota of pods, for `quota`.
    #[serde(default)]
    pub replicas: Option<i32>,
    /// Who did it.
    #[serde(default)]
    pub by: Option<String>,
    /// Why, as the change cause.
    #[serde(default)]
    pub cause: Option<String>,
    /// Again and again, this far apart.
    #[serde(default)]
    pub repeat: Option<Span>,
    /// Factor, for `traffic` and `slow`; share of failed requests, for `fail`.
    #[serde(default)]
    pub factor: Option<f64>,
}

/// A canary that somebody starts, in production.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Of which service.
    pub service: Spanned<String>,
    /// To which version.
    pub version: String,
    /// When, from the start.
    #[serde(default)]
    pub at: Span,
    /// Who.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub cause: String,
    /// Percent of each step.
    pub steps: Vec<u32>,
    /// No promotion of a step before.
    pub step_min: Span,
    /// End of a step.
    pub step_max: Span,
    /// Error share that is harmless whatever stable's is, 0..1.
    #[serde(default)]
    pub floor: Option<f64>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// A new version.
    Deploy,
    /// Another number of pods.
    Scale,
    /// The rollout is paused.
    Pause,
    /// It goes on.
    Resume,
    /// All pods anew.
    Restart,
    /// The namespace may not have more pods than `replicas`.
    Quota,
    /// More or fewer requests from outside, by `factor`.
    Traffic,
    /// Requests fail, whatever the version, by `factor` (0..1).
    Fail,
    /// Requests take longer, whatever the version, by `factor`.
    Slow,
}

impl Scenario {
    /// A service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name.get_ref() == name)
    }

    /// The team of a service.
    pub fn team_of(&self, service: &Service) -> Option<&Team> {
        self.teams.iter().find(|t| &t.name == service.team.get_ref())
    }

    /// What a version of a service does wrong in an environment.
    pub fn release(&self, service: &str, version: &str, environment: &str) -> Option<&Release> {
        self.releases.iter().rev().find(|r| {
            r.service.get_ref() == service
                && r.version == version
                && r.environment.as_ref().is_none_or(|e| e.get_ref() == environment)
        })
    }
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
