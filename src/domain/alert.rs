//! Alerts and silences as the monitoring has them.
//!
//! An alert is what a rule of Prometheus says about labels; Alertmanager knows
//! whom it told and what is silenced. Which service it is about follows from
//! its labels: there is no other connection between the two.

use super::{ServiceKey, clean};
use jiff::Timestamp;
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

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

/// One condition of a silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matcher {
    /// The label.
    pub name: String,
    /// The value, or an expression for the whole of it.
    pub value: String,
    /// Whether it is an expression.
    pub is_regex: bool,
    /// Whether it must hold; else it must not.
    #[serde(default = "yes")]
    pub is_equal: bool,
}

fn yes() -> bool {
    true
}

impl Matcher {
    /// `name="value"`
    pub fn equal(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), is_regex: false, is_equal: true }
    }

    /// A matcher as typed: `severity=page`, `pod=~"cart-.*"`, `job!="x"`.
    ///
    /// # Errors
    /// It is none; says what one looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("'{text}' is no matcher ({why}); write label=value, !=, =~ or !~");
        let at = text.find(['=', '!']).ok_or_else(|| wrong("it has no '='"))?;
        let (name, rest) = text.split_at(at);
        let signs = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)];
        let sign = signs.iter().find_map(|sign| Some((sign, rest.strip_prefix(sign.0)?)));
        let ((_, is_regex, is_equal), value) = sign.ok_or_else(|| wrong("its sign is none of them"))?;
        let name = name.trim();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(wrong("the label is no name"));
        }
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value).to_owned();
        let matcher = Self { name: name.to_owned(), value, is_regex: *is_regex, is_equal: *is_equal };
        if *is_regex {
            Regex::new(&matcher.whole()).map_err(|error| wrong(&error.to_string().replace('\n', " ")))?;
        }
        Ok(matcher)
    }

    fn whole(&self) -> String {
        format!("^(?:{})$", self.value)
    }

    /// Whether it holds for these labels; a label that is not there is empty.
    pub fn holds(&self, labels: &LabelSet) -> bool {
        let value = labels.get(&self.name).map_or("", String::as_str);
        let matches = if self.is_regex {
            Regex::new(&self.whole()).is_ok_and(|regex| regex.is_match(value))
        } else {
            self.value == value
        };
        matches == self.is_equal
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match (self.is_equal, self.is_regex) {
            (true, false) => "=",
            (true, true) => "=~",
            (false, false) => "!=",
            (false, true) => "!~",
        };
        write!(f, "{}{sign}{:?}", self.name, self.value)
    }
}

/// A list of matchers as people read it: `alertname="X" severity="page"`.
pub fn matchers_text(matchers: &[Matcher]) -> String {
    matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
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
    fn matchers_are_read_shown_and_hold_as_alertmanager_has_them() {
        let all = labels(&[("alertname", "HighErrors"), ("pod", "cart-1")]);
        for (text, shown, holds) in [
            ("alertname=HighErrors", "alertname=\"HighErrors\"", true),
            ("pod=~\"cart-.*\"", "pod=~\"cart-.*\"", true),
            ("pod=~cart", "pod=~\"cart\"", false),
            ("pod!=cart-1", "pod!=\"cart-1\"", false),
            ("pod!~a.*", "pod!~\"a.*\"", true),
            ("gone=\"\"", "gone=\"\"", true),
        ] {
            let matcher = Matcher::parse(text).unwrap();
            assert_eq!((matcher.to_string().as_str(), matcher.holds(&all)), (shown, holds), "{text}");
        }
        for wrong in ["", "pod", "=x", "a b=c", "pod=~("] {
            let why = Matcher::parse(wrong).unwrap_err();
            assert!(why.contains("label=value"), "{why}");
        }
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
