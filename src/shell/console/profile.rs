//! What is configured for the context connected to.

use crate::domain::{Environment, Guardrails};
use crate::metrics::Access;
use crate::msg::ContextSettings;
use crate::shell::catalogue::Source;
use crate::store::Config;
use std::time::Duration;

/// Minutes of writing if nobody says; the table of options says the same.
const WRITE_MINUTES: u64 = 15;

/// The settings a context may have of its own.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// The environment of namespaces that declare none.
    pub(super) undeclared: Environment,
    /// The setting by which nothing is ever written here, whatever the screen says.
    pub(super) locked: Option<String>,
    /// What is forbidden here.
    pub(super) guardrails: Guardrails,
    /// Whether pods' metrics are read through the API server.
    pub(super) scrape: bool,
    /// How Prometheus and Alertmanager are reached, or what is wrong with that.
    pub(super) access: Result<Access, String>,
    /// Where objectives are written; empty for the usual place.
    pub(super) slos: String,
    /// What error budgets allow; empty for the built-in policy.
    pub(super) policy: String,
    /// Where freeze windows are written; empty for the usual place.
    pub(super) gates: String,
    /// The service catalogue.
    pub(super) catalog: Option<Source>,
    /// What the screen takes over.
    pub(super) screen: ContextSettings,
}

impl Default for Profile {
    fn default() -> Self {
        Self::of(&Config::default())
    }
}

impl Profile {
    /// Whether anything is to be collected: from the pods, or from a server.
    pub(super) fn collects(&self) -> bool {
        let asks = |access: &Access| access.prometheus.is_some() || access.alertmanager.is_some();
        self.scrape || self.access.as_ref().map_or(true, asks)
    }

    /// What makes an action harder here, or forbids it.
    pub(super) fn guard(&self) -> (Environment, Guardrails) {
        (self.undeclared, self.guardrails.clone())
    }

    pub(super) fn of(config: &Config) -> Self {
        let origin = |name| config.get(name).map(|setting| format!("{name}, {}", setting.origin));
        let minutes = config.number("write-minutes").and_then(|minutes| u64::try_from(minutes).ok());
        Self {
            undeclared: config.text("environment").and_then(Environment::parse).unwrap_or_default(),
            locked: origin("read-only").filter(|_| config.flag("read-only")),
            guardrails: config.guardrails(),
            catalog: config.text("catalog").and_then(Source::of_setting),
            scrape: config.flag("scrape"),
            access: Access::new(|name| config.text(name).map(str::to_owned))
                .map_err(|error| error.to_string()),
            slos: config.text("slos").unwrap_or_default().to_owned(),
            gates: config.text("gates").unwrap_or_default().to_owned(),
            policy: config.text("budget-policy").unwrap_or_default().to_owned(),
            screen: ContextSettings {
                theme: config.text("theme").unwrap_or("auto").to_owned(),
                write_for: Duration::from_mins(minutes.unwrap_or(WRITE_MINUTES)),
                max_bulk: config.guardrails().max_bulk,
            },
        }
    }
}
