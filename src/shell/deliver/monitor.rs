//! Whom the expressions of a plan are asked of: the Prometheus that the
//! settings of the driver's context name.
//!
//! Where it is and how one is let in stays in the settings of each driver; a
//! record says only that one is asked. A driver without one asks nobody, which
//! is an outage: it holds.

use crate::domain::{ContextName, Fault, FaultKind, redact_text};
use crate::engine::Probe;
use crate::engine::canary::{Answered, Question, Source, reply_of};
use crate::engine::verdict::analysis::{Reply, Rules};
use crate::metrics::Access;
use crate::metrics::prometheus::{ApiError, Client};
use crate::promql::Value;
use crate::shell::monitoring::{Reach, open_server, shown};
use crate::store::Layers;
use std::sync::Arc;
use std::time::Duration;

/// One expression may take this long; the driver goes on meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the monitoring of a context is reached, or what is wrong with that.
type Find = dyn Fn(&ContextName) -> Result<Access, String> + Send + Sync;

/// What the settings of each context say of a Prometheus.
#[derive(Clone)]
pub struct Monitors(Arc<Find>);

impl std::fmt::Debug for Monitors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Monitors")
    }
}

impl Default for Monitors {
    /// None is named anywhere.
    fn default() -> Self {
        Self(Arc::new(|_| Ok(Access::default())))
    }
}

impl Monitors {
    /// As these settings say.
    pub fn of(layers: Layers) -> Self {
        Self(Arc::new(move |context| {
            let (config, _told_elsewhere) = layers.within(context.as_str());
            Access::new(|name| config.text(name).map(str::to_owned)).map_err(|error| error.to_string())
        }))
    }

    /// That of a context.
    pub(super) fn within(&self, context: &ContextName) -> Monitor {
        let opened = (self.0)(context).and_then(|access| {
            let Some(url) = access.prometheus.clone() else { return Ok(None) };
            let client = open_server(&access, &url, PATIENCE).map_err(|error| error.to_string())?;
            Ok(Some((Arc::new(client), shown(&url))))
        });
        match opened {
            Ok(Some((client, name))) => Monitor::Named { client, name },
            Ok(None) => Monitor::None(context.clone()),
            Err(why) => Monitor::Unusable(why),
        }
    }
}

/// The Prometheus of one context.
#[derive(Clone)]
pub(super) enum Monitor {
    /// It can be asked.
    Named {
        /// The client.
        client: Arc<Client<Reach>>,
        /// Its address without a password.
        name: String,
    },
    /// The settings name none.
    None(ContextName),
    /// What is wrong with the settings.
    Unusable(String),
}

/// Why there is no value.
pub(super) enum Unanswered {
    /// Nobody answers: an outage.
    Silent(String),
    /// It was answered, and there is none.
    Refused(String),
}

impl Monitor {
    /// Who a plan made here has asked.
    pub(super) fn source(&self) -> Source {
        match self {
            Self::Named { .. } | Self::Unusable(_) => Source::Prometheus,
            Self::None(_) => Source::Pods,
        }
    }

    /// Its name for people.
    pub(super) fn whom(&self) -> Probe<String> {
        match self {
            Self::Named { name, .. } => Ok(name.clone()),
            Self::None(context) => Err(unnamed(context)),
            Self::Unusable(why) => {
                let text = format!("the Prometheus of the settings cannot be asked: {why}");
                Err(Fault::new(FaultKind::Config, text)
                    .hint("correct the setting: qd info shows where it stands"))
            }
        }
    }

    /// The value of an expression at a moment.
    pub(super) async fn value(&self, query: &str, at_ms: i64) -> Result<Value, Unanswered> {
        let client = match self {
            Self::Named { client, .. } => client,
            Self::None(_) | Self::Unusable(_) => {
                let why = self.whom().map_or_else(|fault| fault.text, |_named| String::new());
                return Err(Unanswered::Silent(why));
            }
        };
        match tokio::time::timeout(PATIENCE, client.query(query, at_ms)).await {
            Ok(Ok(answer)) => Ok(answer.data),
            Ok(Err(error)) => Err(unanswered(&error)),
            Err(_elapsed) => Err(unanswered(&ApiError::Timeout(PATIENCE))),
        }
    }

    /// The answer to a question; none of its expressions counts alone.
    pub(super) async fn answer(self, question: Question, rules: Rules) -> Answered {
        let at_ms = question.at.as_millisecond();
        let each = question.queries.iter().map(|query| self.value(query, at_ms));
        answered(&question, &rules, futures::future::join_all(each).await)
    }
}

/// What came of a question's expressions.
pub(super) fn answered(
    question: &Question,
    rules: &Rules,
    values: Vec<Result<Value, Unanswered>>,
) -> Answered {
    let reply = |value| match value {
        Ok(value) => Ok(reply_of(&value, rules)),
        Err(Unanswered::Refused(why)) => Ok(Reply::Error(why)),
        Err(Unanswered::Silent(why)) => Err(why),
    };
    let replies = values.into_iter().map(reply).collect();
    Answered { analysis: question.analysis, step: question.step, at: question.at, replies }
}

pub(super) fn unnamed(context: &ContextName) -> Fault {
    let text = format!("no Prometheus is named for context {context}");
    Fault::new(FaultKind::Config, text)
        .hint("name one: prometheus = \"http://…\" in its settings, or --prometheus URL")
}

/// An expression that a server refuses is as good as answered; everything else
/// is nobody there, whatever stands in between.
fn unanswered(error: &ApiError) -> Unanswered {
    let words = redact_text(&error.to_string());
    match error {
        ApiError::Api { kind, .. } if PASSING.contains(&kind.as_str()) => Unanswered::Silent(words),
        ApiError::Api { .. } | ApiError::TooLarge(_) | ApiError::Shape { .. } => Unanswered::Refused(words),
        ApiError::Http { .. }
        | ApiError::Missing { .. }
        | ApiError::Connection(_)
        | ApiError::Timeout(_)
        | ApiError::Token { .. }
        | ApiError::Setting { .. }
        | ApiError::Closed => Unanswered::Silent(words),
    }
}

/// What a Prometheus says of itself and not of the expression.
const PASSING: [&str; 4] = ["timeout", "canceled", "internal", "unavailable"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_server_says_of_the_expression_is_a_measurement() {
        let api = |kind: &str| ApiError::Api { status: 422, kind: kind.into(), message: "m".into() };
        let silent = |error: &ApiError| matches!(unanswered(error), Unanswered::Silent(_));
        for kind in ["bad_data", "execution", "not_found"] {
            assert!(!silent(&api(kind)), "{kind}");
        }
        for kind in PASSING {
            assert!(silent(&api(kind)), "{kind}");
        }
        let proxy = ApiError::Http { status: 502, first_line: "Bad Gateway".into() };
        for error in [proxy, ApiError::Connection("refused".into()), ApiError::Timeout(PATIENCE)] {
            assert!(silent(&error), "{error}");
        }
        let told = unanswered(&ApiError::Connection("http://ann:hunter2@prom".into()));
        assert!(matches!(told, Unanswered::Silent(why) if !why.contains("hunter2")));
    }

    #[tokio::test]
    async fn without_a_name_nobody_answers() {
        let monitor = Monitors::default().within(&"dev".into());
        assert_eq!(monitor.source(), Source::Pods);
        assert_eq!(monitor.whom().unwrap_err().text, "no Prometheus is named for context dev");
        assert!(
            matches!(monitor.value("up", 0).await, Err(Unanswered::Silent(why)) if why.contains("context dev"))
        );
    }
}
