//! What the other endpoints return, as far as the console shows it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A group of rules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RuleGroup {
    /// Its name.
    pub name: String,
    /// The file it stands in.
    #[serde(default)]
    pub file: String,
    /// Seconds between evaluations.
    #[serde(default)]
    pub interval: f64,
    /// The rules.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// A rule; recording rules have no state.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// `alerting` or `recording`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The expression.
    pub query: String,
    /// `inactive`, `pending` or `firing`.
    pub state: Option<String>,
    /// Seconds of `for`.
    #[serde(default)]
    pub duration: f64,
    /// Labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// `ok`, `err` or `unknown`.
    #[serde(default)]
    pub health: String,
    /// Why health is `err`.
    pub last_error: Option<String>,
    /// Alerts it has now.
    #[serde(default)]
    pub alerts: Vec<Alert>,
}

/// A pending or firing alert.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// Labels, `alertname` among them.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// `pending` or `firing`.
    pub state: String,
    /// RFC 3339.
    pub active_at: Option<String>,
    /// The value, as text like `1e+00`.
    #[serde(default)]
    pub value: String,
}

/// Targets by state.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Targets {
    /// Scraped ones.
    #[serde(default)]
    pub active_targets: Vec<ActiveTarget>,
    /// Dropped by relabelling.
    #[serde(default)]
    pub dropped_targets: Vec<DroppedTarget>,
}

/// A scraped target.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActiveTarget {
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The scrape configuration it belongs to.
    #[serde(default)]
    pub scrape_pool: String,
    /// Where it is scraped.
    #[serde(default)]
    pub scrape_url: String,
    /// `up`, `down` or `unknown`.
    pub health: String,
    /// Why it is down; empty if it is not.
    #[serde(default)]
    pub last_error: String,
    /// RFC 3339.
    #[serde(default)]
    pub last_scrape: String,
    /// Seconds.
    #[serde(default)]
    pub last_scrape_duration: f64,
}

/// A target that is not scraped.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DroppedTarget {
    /// Labels before relabelling.
    #[serde(default)]
    pub discovered_labels: BTreeMap<String, String>,
}

/// What is known of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// `counter`, `gauge`, `histogram`, `summary`, `unknown` …
    #[serde(rename = "type")]
    pub kind: String,
    /// Help text.
    #[serde(default)]
    pub help: String,
    /// Unit.
    #[serde(default)]
    pub unit: String,
}

/// Which server this is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuildInfo {
    /// Version.
    #[serde(default)]
    pub version: String,
    /// Set by Mimir, and by others that are not Prometheus itself.
    pub application: Option<String>,
    /// Go version.
    #[serde(default, rename = "goVersion")]
    pub go_version: String,
}
