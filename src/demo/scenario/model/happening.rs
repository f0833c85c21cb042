//! What goes wrong, and what happens when.

use serde::Deserialize;
use toml::Spanned;

use super::super::span::Span;
use super::service::default_one;

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
