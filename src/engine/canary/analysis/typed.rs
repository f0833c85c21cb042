//! An analysis as it is typed: `NAME: EXPR; success: result[0] >= 0.95`.
//!
//! ```text
//! errors: sum(rate(http_requests_total{code=~"5.."}[1m])); success: result[0] < 5; interval: 30s; count: 4
//! edge: sum(rate(x[1m])); max: 5; check: p99: histogram_quantile(0.99, y); max: 0.5; threshold: 3; interval: 1m
//! ```
//!
//! Without an expression of its own, `edge:; check: …`, the name is that of the
//! checks together. With `success` or `failure` it is Argo's, by the names of an
//! `AnalysisTemplate`; with `min` or `max` Flagger's.

use std::fmt;
use std::str::FromStr;

use super::amount::{limit, seconds, whole};
use super::{Analysis, TICK_S};
use crate::domain::{ALIKE, nearest};
use crate::engine::verdict::Importance;
use crate::engine::verdict::analysis::{Checks, Rules};
use crate::engine::verdict::argo::Template;
use crate::engine::verdict::condition::Condition;
use crate::engine::verdict::flagger::Range;

/// Failed checks that roll back where nothing is said.
const THRESHOLD: u32 = 5;

/// Whose word a key is.
#[derive(Clone, Copy)]
enum Judge {
    Argo,
    Flagger,
    Either,
}

/// What may stand behind the expression.
const KEYS: [(&str, Judge); 14] = [
    ("success", Judge::Argo),
    ("failure", Judge::Argo),
    ("failureLimit", Judge::Argo),
    ("inconclusiveLimit", Judge::Argo),
    ("consecutiveErrorLimit", Judge::Argo),
    ("consecutiveSuccessLimit", Judge::Argo),
    ("count", Judge::Argo),
    ("min", Judge::Flagger),
    ("max", Judge::Flagger),
    ("threshold", Judge::Flagger),
    ("check", Judge::Flagger),
    ("interval", Judge::Either),
    ("initialDelay", Judge::Either),
    ("importance", Judge::Either),
];

/// Why a text names no analysis.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no condition: {why}; write 'NAME: EXPR; success: result[0] >= 0.95'")]
pub struct NoAnalysis {
    text: String,
    why: String,
}

/// What was read so far.
#[derive(Default)]
struct Draft {
    template: Template,
    checks: Vec<(String, Range)>,
    queries: Vec<String>,
    threshold: Option<u32>,
    interval_s: Option<u32>,
    delay_s: u32,
    importance: Importance,
    /// The first word of each judge.
    argo: Option<&'static str>,
    flagger: Option<&'static str>,
}

impl FromStr for Analysis {
    type Err = NoAnalysis;

    fn from_str(text: &str) -> Result<Self, NoAnalysis> {
        read(text).map_err(|why| NoAnalysis { text: text.to_owned(), why })
    }
}

fn read(text: &str) -> Result<Analysis, String> {
    let mut parts = split(text)?.into_iter();
    let (name, query) = named(&parts.next().unwrap_or_default())?;
    let mut draft = Draft::default();
    if !query.is_empty() {
        draft.checks.push((name.clone(), Range::default()));
        draft.queries.push(query);
    }
    for part in parts.filter(|part| !part.trim().is_empty()) {
        let (key, value) = part.split_once(':').ok_or_else(|| format!("{:?} has no value", part.trim()))?;
        let (key, value) = (key.trim(), value.trim());
        let Some((known, judge)) = KEYS.iter().find(|(known, _)| *known == key) else {
            let near = nearest(key, &KEYS, |(known, _)| known, ALIKE);
            let hint = near.map(|(near, _)| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(format!("{key:?} is unknown{hint}"));
        };
        match judge {
            Judge::Argo => drop(draft.argo.get_or_insert(known)),
            Judge::Flagger => drop(draft.flagger.get_or_insert(known)),
            Judge::Either => {}
        }
        draft.take(known, value)?;
    }
    draft.end(name)
}

impl Draft {
    fn take(&mut self, key: &'static str, value: &str) -> Result<(), String> {
        let of_key = |why: String| format!("{key} {why}");
        let condition = || Condition::parse(value).map(Some).map_err(|error| error.to_string());
        match key {
            "success" => self.template.success = condition()?,
            "failure" => self.template.failure = condition()?,
            "failureLimit" => self.template.failure_limit = limit(value).map_err(of_key)?,
            "inconclusiveLimit" => self.template.inconclusive_limit = limit(value).map_err(of_key)?,
            "consecutiveErrorLimit" => {
                self.template.consecutive_error_limit = limit(value).map_err(of_key)?;
            }
            "consecutiveSuccessLimit" => {
                self.template.consecutive_success_limit = limit(value).map_err(of_key)?;
            }
            "count" => self.template.count = Some(whole(value).map_err(of_key)?),
            "interval" => self.interval_s = Some(seconds(value).map_err(of_key)?),
            "initialDelay" => self.delay_s = seconds(value).map_err(of_key)?,
            "threshold" => self.threshold = Some(whole(value).map_err(of_key)?),
            "check" => {
                let (name, query) = named(value)?;
                self.checks.push((name, Range::default()));
                self.queries.push(query);
            }
            "importance" => {
                self.importance = match value {
                    "critical" => Importance::Critical,
                    "advisory" => Importance::Advisory,
                    other => return Err(format!("importance {other:?} is neither critical nor advisory")),
                }
            }
            _ => {
                let number = value.parse().map_err(|_not| format!("{key} {value:?} is no number"))?;
                let Some((_, range)) = self.checks.last_mut() else {
                    return Err(format!("{key} stands before any expression"));
                };
                *(if key == "min" { &mut range.min } else { &mut range.max }) = Some(number);
            }
        }
        Ok(())
    }

    fn end(self, name: String) -> Result<Analysis, String> {
        let rules = match (self.argo, self.flagger) {
            (Some(one), Some(other)) => {
                return Err(format!("{one} is Argo's and {other} Flagger's: take the words of one of them"));
            }
            (None, Some(_)) => {
                Rules::Flagger(Checks { threshold: self.threshold.unwrap_or(THRESHOLD), ranges: self.checks })
            }
            (_, None) if self.template.success.is_none() && self.template.failure.is_none() => {
                return Err("it says neither success nor failure, min nor max".to_owned());
            }
            (_, None) => {
                let once = self.interval_s.is_none().then_some(1);
                Rules::Argo(Template { count: self.template.count.or(once), ..self.template })
            }
        };
        let tick = matches!(rules, Rules::Flagger(_)).then_some(TICK_S);
        let analysis = Analysis {
            name,
            importance: self.importance,
            queries: self.queries,
            rules,
            interval_s: self.interval_s.or(tick),
            delay_s: self.delay_s,
        };
        analysis.checked()
    }
}

/// At semicolons, but for those within a string of the expression.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut parts, mut within, mut escaped) = (vec![String::new()], None, false);
    for c in text.chars() {
        match within {
            None if c == ';' => {
                parts.push(String::new());
                continue;
            }
            None => within = matches!(c, '"' | '\'' | '`').then_some(c),
            Some(_) if escaped => escaped = false,
            Some(quote) if c == '\\' && quote != '`' => escaped = true,
            Some(quote) if c == quote => within = None,
            Some(_) => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    within.map_or(Ok(parts), |quote| Err(format!("a string begins with {quote} and does not end")))
}

fn named(part: &str) -> Result<(String, String), String> {
    let named = part.split_once(':').map(|(name, query)| (name.trim().to_owned(), query.trim().to_owned()));
    named.ok_or_else(|| format!("{:?} has no name before a colon", part.trim()))
}

impl fmt::Display for Analysis {
    /// As it is typed, what is the default left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = |at: usize| self.queries.get(at).map(String::as_str).unwrap_or_default();
        write!(f, "{}:", self.name)?;
        match &self.rules {
            Rules::Argo(template) => {
                write!(f, " {}", query(0))?;
                argo(template, self.interval_s, f)?;
            }
            Rules::Flagger(checks) => {
                for (at, (name, range)) in checks.ranges.iter().enumerate() {
                    if at == 0 && *name == self.name {
                        write!(f, " {}", query(at))?;
                    } else {
                        write!(f, "; check: {name}: {}", query(at))?;
                    }
                    for (key, number) in [("min", range.min), ("max", range.max)] {
                        number.map_or(Ok(()), |number| write!(f, "; {key}: {number}"))?;
                    }
                }
                write!(f, "; threshold: {}", checks.threshold)?;
            }
        }
        self.interval_s.map_or(Ok(()), |seconds| write!(f, "; interval: {seconds}s"))?;
        if self.delay_s > 0 {
            write!(f, "; initialDelay: {}s", self.delay_s)?;
        }
        f.write_str(if self.importance.is_critical() { "" } else { "; importance: advisory" })
    }
}

fn argo(template: &Template, interval_s: Option<u32>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (key, condition) in [("success", &template.success), ("failure", &template.failure)] {
        condition.as_ref().map_or(Ok(()), |condition| write!(f, "; {key}: {condition}"))?;
    }
    let usual = Template::default();
    for (key, limit, usual) in [
        ("failureLimit", template.failure_limit, usual.failure_limit),
        ("inconclusiveLimit", template.inconclusive_limit, usual.inconclusive_limit),
        ("consecutiveErrorLimit", template.consecutive_error_limit, usual.consecutive_error_limit),
        ("consecutiveSuccessLimit", template.consecutive_success_limit, usual.consecutive_success_limit),
    ] {
        match limit {
            limit if limit == usual => {}
            Some(limit) => write!(f, "; {key}: {limit}")?,
            None => write!(f, "; {key}: -1")?,
        }
    }
    // Without an interval it is measured once.
    let count = template.count.filter(|count| interval_s.is_some() || *count != 1);
    count.map_or(Ok(()), |count| write!(f, "; count: {count}"))
}

#[cfg(test)]
mod tests;
