//! Alerts and silences as the monitoring has them.
//!
//! An alert is what a rule of Prometheus says about labels; Alertmanager knows
//! whom it told and what is silenced. Which service it is about follows from
//! its labels: there is no other connection between the two.

use super::matcher::Matcher;
use super::{ServiceKey, clean};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The labels of an alert or of a series.
pub type LabelSet = BTreeMap<String, String>;

/// How far an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertState {
    /// Fires, and somebody is told.
    Firing,
    /// Its condition holds, not yet for as long as the rule asks.
    Pending,
    /// Fires while another alert speaks for it.
    Inhibited,
    /// Fires, and a silence keeps it quiet.
    Silenced,
}

impl AlertState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Pending => "pending",
            Self::Inhibited => "inhibited",
            Self::Silenced => "silenced",
        }
    }
}

/// One alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// Its identity: the same labels are the same alert.
    pub id: String,
    /// Its labels, `alertname` among them.
    pub labels: LabelSet,
    /// What it says to people; may be empty.
    pub summary: String,
    /// How far it is.
    pub state: AlertState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Silences that keep it quiet, by id.
    pub silenced_by: Vec<String>,
}

/// Labels that name what an alert is about, in the order they are shown.
const SUBJECT: [&str; 9] = [
    "service",
    "sloth_service",
    "app",
    "app_kubernetes_io_name",
    "deployment",
    "statefulset",
    "daemonset",
    "job",
    "container",
];

/// Severities that wake somebody, as people write them.
const LOUD: [&str; 5] = ["page", "critical", "pager", "emergency", "pageteam"];

impl Alert {
    /// An alert with these labels and annotations, cleaned of what must not
    /// reach a terminal.
    pub fn new(
        labels: &LabelSet,
        annotations: &LabelSet,
        state: AlertState,
        since: Option<Timestamp>,
    ) -> Self {
        let labels: LabelSet = labels.iter().map(|(name, value)| (clean(name), clean(value))).collect();
        let said = ["summary", "message", "description", "title"];
        let summary = said.iter().find_map(|name| annotations.get(*name)).map(|text| clean(text));
        let id = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect::<Vec<_>>().join(",");
        Self { id, labels, summary: summary.unwrap_or_default(), state, since, silenced_by: Vec::new() }
    }

    /// The rule's name.
    pub fn name(&self) -> &str {
        self.label("alertname")
    }

    /// A label; empty if it has none of that name.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// Its severity as written; empty if it has none.
    pub fn severity(&self) -> &str {
        self.label("severity")
    }

    /// Whether it fires and is meant to wake somebody.
    pub fn pages(&self) -> bool {
        self.state == AlertState::Firing && LOUD.contains(&self.severity().to_ascii_lowercase().as_str())
    }

    /// What it is about, in a word; empty if no label says.
    pub fn subject(&self) -> &str {
        SUBJECT.iter().map(|name| self.label(name)).find(|value| !value.is_empty()).unwrap_or_default()
    }

    /// Whether it is about this service: its namespace, if it names one, and
    /// its name under any of the usual labels, or a pod of it.
    pub fn is_about(&self, service: &ServiceKey) -> bool {
        let namespace = self.label("namespace");
        if !namespace.is_empty() && namespace != service.namespace.as_str() {
            return false;
        }
        let name = service.name.as_str();
        let named = SUBJECT.iter().any(|label| {
            let value = self.label(label);
            value == name || value.rsplit('/').next() == Some(name) && value.contains('/')
        });
        let pod = self.label("pod").strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
        named || pod.is_some_and(|rest| rest.split('-').count() <= 2 && !rest.is_empty())
    }
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Silence {
    /// Its id in Alertmanager.
    pub id: String,
    /// All of these must hold.
    pub matchers: Vec<Matcher>,
    /// From when.
    pub starts: Option<Timestamp>,
    /// Until when.
    pub ends: Option<Timestamp>,
    /// Who made it.
    pub author: String,
    /// Why.
    pub comment: String,
    /// Whether it is over.
    pub expired: bool,
}

/// What the monitoring says now.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Alarms {
    /// Alerts: the loudest first.
    pub alerts: Vec<Alert>,
    /// Silences in force, those that end soonest first.
    pub silences: Vec<Silence>,
    /// Where it was read, for people.
    pub sources: Vec<String>,
    /// Why something is missing or may be.
    pub warnings: Vec<String>,
    /// When it was read last; none before.
    pub at: Option<Timestamp>,
    /// Whether there is an Alertmanager to make silences in.
    pub silences_possible: bool,
}

impl Alarms {
    /// Alerts about a service, the loudest first.
    pub fn of<'a>(&'a self, service: &'a ServiceKey) -> impl Iterator<Item = &'a Alert> {
        self.alerts.iter().filter(move |alert| alert.is_about(service))
    }

    /// Whether an alert about it is to wake somebody.
    pub fn pages(&self, service: &ServiceKey) -> bool {
        self.of(service).any(Alert::pages)
    }

    /// Alerts these matchers keep quiet, pending ones included.
    pub fn matched(&self, matchers: &[Matcher]) -> Vec<&Alert> {
        let all = |alert: &&Alert| matchers.iter().all(|matcher| matcher.holds(&alert.labels));
        self.alerts.iter().filter(all).collect()
    }

    /// Puts alerts and silences into their order.
    pub fn sort(&mut self) {
        self.alerts.sort_by(|a, b| {
            let rank = |alert: &Alert| (!alert.pages(), alert.state);
            rank(a).cmp(&rank(b)).then_with(|| a.subject().cmp(b.subject())).then_with(|| a.id.cmp(&b.id))
        });
        self.silences.sort_by(|a, b| (a.ends, &a.id).cmp(&(b.ends, &b.id)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> LabelSet {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn alert(pairs: &[(&str, &str)]) -> Alert {
        Alert::new(&labels(pairs), &LabelSet::new(), AlertState::Firing, None)
    }

    fn service(namespace: &str, name: &str) -> ServiceKey {
        ServiceKey { namespace: namespace.into(), name: name.into() }
    }

    #[test]
    fn labels_say_which_service_is_meant() {
        let cart = service("shop", "cart");
        for about in [
            &[("namespace", "shop"), ("service", "cart")][..],
            &[("job", "shop/cart")],
            &[("namespace", "shop"), ("pod", "cart-7d9f-x2x4z"), ("job", "kube-state-metrics")],
            &[("sloth_service", "cart"), ("severity", "page")],
        ] {
            assert!(alert(about).is_about(&cart), "{about:?}");
        }
        for other in [
            &[("namespace", "bank"), ("service", "cart")][..],
            &[("namespace", "shop"), ("pod", "cart-events-7d9f-x2x4z")],
            &[("namespace", "shop"), ("deployment", "cartographer")],
            &[],
        ] {
            assert!(!alert(other).is_about(&cart), "{other:?}");
        }
        assert!(alert(&[("severity", "Critical")]).pages() && !alert(&[("severity", "warning")]).pages());
    }

    #[test]
    fn text_of_alerts_cannot_steer_a_terminal() {
        let annotations = labels(&[("summary", "\u{1b}[2Jgone")]);
        let alert = Alert::new(&labels(&[("pod", "a\u{7}b")]), &annotations, AlertState::Firing, None);
        assert!(!alert.summary.contains('\u{1b}') && !alert.label("pod").contains('\u{7}'));
    }

    #[test]
    fn what_wakes_somebody_comes_first() {
        let mut alarms = Alarms::default();
        let quiet = Alert { state: AlertState::Silenced, ..alert(&[("severity", "page"), ("service", "a")]) };
        alarms.alerts =
            vec![quiet, alert(&[("service", "b")]), alert(&[("severity", "page"), ("service", "c")])];
        alarms.sort();
        let order: Vec<_> = alarms.alerts.iter().map(Alert::subject).collect();
        assert_eq!(order, ["c", "b", "a"]);
        assert!(alarms.pages(&service("x", "c")) && !alarms.pages(&service("x", "a")));
        let page = [Matcher::equal("severity", "page")];
        assert_eq!(alarms.matched(&page).len(), 2);
    }
}
