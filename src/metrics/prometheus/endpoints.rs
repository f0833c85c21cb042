//! The endpoints.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

use super::answer::{self, Data};
use super::error::ApiError;
use super::plan::RangePlan;
use super::transport::Transport;
use super::types::{Alert, BuildInfo, Metadata, RuleGroup, Targets};
use super::{Answer, Client};
use crate::promql::{Labels, Value};

/// A time as the API wants it: seconds with three places.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let ms = ms.unsigned_abs();
    format!("{sign}{}.{:03}", ms / 1000, ms % 1000)
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<RuleGroup>,
}

#[derive(Deserialize)]
struct Alerts {
    alerts: Vec<Alert>,
}

impl<T: Transport> Client<T> {
    fn timed(&self, mut form: Vec<(String, String)>) -> Vec<(String, String)> {
        form.push(pair("timeout", format!("{}ms", self.timeout.as_millis().max(1))));
        form
    }

    /// `query`: an expression at one time.
    pub async fn query(&self, expr: &str, at_ms: i64) -> Result<Answer<Value>, ApiError> {
        let form = self.timed(vec![pair("query", expr), pair("time", seconds(at_ms))]);
        let path = "/api/v1/query".to_owned();
        let answer = self.call::<Data>("query", path, form, true).await?;
        answer::value("query", answer)
    }

    /// `query_range`: an expression over steps.
    pub async fn query_range(&self, expr: &str, plan: RangePlan) -> Result<Answer<Value>, ApiError> {
        let form = self.timed(vec![
            pair("query", expr),
            pair("start", seconds(plan.start_ms)),
            pair("end", seconds(plan.end_ms)),
            pair("step", seconds(plan.step_ms)),
        ]);
        let path = "/api/v1/query_range".to_owned();
        let answer = self.call::<Data>("query_range", path, form, true).await?;
        answer::value("query_range", answer)
    }

    /// `series`: label sets that match, at most `limit`.
    pub async fn series(
        &self,
        selectors: &[&str],
        start_ms: i64,
        end_ms: i64,
        limit: usize,
    ) -> Result<Answer<Vec<Labels>>, ApiError> {
        let mut form = vec![
            pair("start", seconds(start_ms)),
            pair("end", seconds(end_ms)),
            pair("limit", limit.to_string()),
        ];
        form.extend(selectors.iter().map(|selector| pair("match[]", *selector)));
        let path = "/api/v1/series".to_owned();
        let answer: Answer<Vec<BTreeMap<String, String>>> = self.call("series", path, form, true).await?;
        let labels = |set: &BTreeMap<String, String>| {
            Labels::from_pairs(set.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        };
        let data = answer.data.iter().map(labels).collect();
        Ok(Answer { data, warnings: answer.warnings, infos: answer.infos })
    }

    /// `labels`: names of labels, at most `limit`.
    pub async fn label_names(&self, limit: usize) -> Result<Answer<Vec<String>>, ApiError> {
        let form = vec![pair("limit", limit.to_string())];
        self.call("labels", "/api/v1/labels".to_owned(), form, false).await
    }

    /// `label/NAME/values`: values of a label, at most `limit`.
    pub async fn label_values(&self, name: &str, limit: usize) -> Result<Answer<Vec<String>>, ApiError> {
        let path = format!("/api/v1/label/{}/values", escaped(name));
        self.call("label values", path, vec![pair("limit", limit.to_string())], false).await
    }

    /// `rules`: all groups with their rules and alerts.
    pub async fn rules(&self) -> Result<Answer<Vec<RuleGroup>>, ApiError> {
        let path = "/api/v1/rules".to_owned();
        let answer = self.call::<Groups>("rules", path, Vec::new(), false).await?;
        Ok(Answer { data: answer.data.groups, warnings: answer.warnings, infos: answer.infos })
    }

    /// `alerts`: pending and firing.
    pub async fn alerts(&self) -> Result<Answer<Vec<Alert>>, ApiError> {
        let path = "/api/v1/alerts".to_owned();
        let answer = self.call::<Alerts>("alerts", path, Vec::new(), false).await?;
        Ok(Answer { data: answer.data.alerts, warnings: answer.warnings, infos: answer.infos })
    }

    /// `targets`: what is scraped.
    pub async fn targets(&self) -> Result<Answer<Targets>, ApiError> {
        let form = vec![pair("state", "active")];
        self.call("targets", "/api/v1/targets".to_owned(), form, false).await
    }

    /// `metadata`: types and help by metric, at most `limit` metrics.
    pub async fn metadata(&self, limit: usize) -> Result<Answer<BTreeMap<String, Vec<Metadata>>>, ApiError> {
        let form = vec![pair("limit", limit.to_string())];
        self.call("metadata", "/api/v1/metadata".to_owned(), form, false).await
    }

    /// `status/buildinfo`: who answers.
    pub async fn build_info(&self) -> Result<Answer<BuildInfo>, ApiError> {
        let path = "/api/v1/status/buildinfo".to_owned();
        self.call("status/buildinfo", path, Vec::new(), false).await
    }
}

/// A label name in a path: names that are not plain are written `U__…`, with
/// every other character as `_hex_` and underscores doubled.
fn escaped(name: &str) -> String {
    if crate::promql::labels::is_label_name(name) {
        return name.to_owned();
    }
    let mut out = String::from("U__");
    for c in name.chars() {
        match c {
            '_' => out.push_str("__"),
            c if c.is_ascii_alphanumeric() => out.push(c),
            c => {
                let _ = write!(out, "_{:x}_", u32::from(c));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_names_on_the_wire() {
        assert_eq!(seconds(1_700_000_000_007), "1700000000.007");
        assert_eq!(seconds(-1_500), "-1.500");
        assert_eq!(escaped("job"), "job");
        assert_eq!(escaped("k8s.pod_name"), "U__k8s_2e_pod__name");
    }
}
