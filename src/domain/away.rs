//! What happened while nobody looked: two glimpses of the same cluster, compared.
//!
//! What came and went again between them is in neither; the timeline has it.

use super::{Health, ServiceKey, count_of};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a service looked like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// In a word.
    pub health: Health,
    /// Why it is not healthy; empty if it is.
    pub reason: String,
    /// The version that serves.
    pub version: String,
}

/// All that is compared, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// Services; none if they could not be trusted then.
    pub services: Option<BTreeMap<ServiceKey, Seen>>,
    /// Alerts that fired, by identity: what each is called. None if nobody was asked.
    pub alerts: Option<BTreeMap<String, String>>,
    /// Deliveries by id: of which service, the word of their stage, whether they
    /// are over. None if their records could not be trusted then.
    pub deliveries: Option<BTreeMap<String, (ServiceKey, String, bool)>>,
}

/// What sort of thing was missed; also the order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissedKind {
    /// A service is in trouble now.
    Ill,
    /// An alert fires now.
    Fired,
    /// A delivery ended, or another one began.
    Delivery,
    /// Another version serves.
    Version,
    /// The console said something that nobody read.
    Said,
    /// A service appeared or is gone.
    Came,
    /// A service is well again.
    Well,
    /// An alert fires no more.
    Resolved,
}

impl MissedKind {
    /// Every kind, the most urgent first.
    const ALL: [Self; 8] = [
        Self::Ill,
        Self::Fired,
        Self::Delivery,
        Self::Version,
        Self::Said,
        Self::Came,
        Self::Well,
        Self::Resolved,
    ];

    /// Whether somebody may have to act.
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Ill | Self::Fired)
    }

    /// `2 services became unhealthy`
    fn counted(self, count: usize) -> String {
        match self {
            Self::Ill => format!("{} became unhealthy", count_of(count, "service")),
            Self::Fired => format!("{} fired", count_of(count, "alert")),
            Self::Delivery => format!("{count} deliveries moved on"),
            Self::Version => format!("{count} run another version"),
            Self::Said => count_of(count, "message"),
            Self::Came => format!("{} came or went", count_of(count, "service")),
            Self::Well => format!("{count} well again"),
            Self::Resolved => format!("{} resolved", count_of(count, "alert")),
        }
    }
}

/// One thing that was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// What sort of thing.
    pub kind: MissedKind,
    /// The service it is about; none if it is about none.
    pub service: Option<ServiceKey>,
    /// In words.
    pub text: String,
}

/// What happened while nobody looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Away {
    /// From when.
    pub since: Timestamp,
    /// How long.
    pub took: Duration,
    /// The most urgent first.
    pub missed: Vec<Missed>,
}

impl Away {
    /// Compares what there was with what there is; `said` is what the console
    /// told nobody meanwhile.
    pub fn new(
        since: Timestamp,
        took: Duration,
        before: &Glimpse,
        after: &Glimpse,
        said: Vec<String>,
    ) -> Self {
        let mut missed = Vec::new();
        if let (Some(before), Some(after)) = (&before.services, &after.services) {
            services(before, after, &mut missed);
        }
        if let (Some(before), Some(after)) = (&before.alerts, &after.alerts) {
            let mut fresh = |one: &BTreeMap<String, String>, other: &BTreeMap<String, String>, kind, word| {
                let only = one.iter().filter(|(id, _)| !other.contains_key(*id));
                missed.extend(only.map(|(_, name)| Missed {
                    kind,
                    service: None,
                    text: format!("alert {name} {word}"),
                }));
            };
            fresh(after, before, MissedKind::Fired, "fired");
            fresh(before, after, MissedKind::Resolved, "fires no more");
        }
        if let (Some(before), Some(after)) = (&before.deliveries, &after.deliveries) {
            deliveries(before, after, &mut missed);
        }
        missed.extend(said.into_iter().map(|text| Missed { kind: MissedKind::Said, service: None, text }));
        missed.sort_by(|a, b| (a.kind, &a.text).cmp(&(b.kind, &b.text)));
        Self { since, took, missed }
    }

    /// All of it in a line: the first delivery by name, the others counted.
    pub fn words(&self) -> String {
        let parts = MissedKind::ALL.iter().filter_map(|kind| {
            let of: Vec<&Missed> = self.missed.iter().filter(|missed| missed.kind == *kind).collect();
            match of.as_slice() {
                [] => None,
                [one] => Some(one.text.clone()),
                more => Some(kind.counted(more.len())),
            }
        });
        parts.collect::<Vec<_>>().join(", ")
    }

    /// Whether somebody may have to act.
    pub fn is_bad(&self) -> bool {
        self.missed.iter().any(|missed| missed.kind.is_bad())
    }
}

fn services(
    before: &BTreeMap<ServiceKey, Seen>,
    after: &BTreeMap<ServiceKey, Seen>,
    missed: &mut Vec<Missed>,
) {
    let mut push = |kind, key: &ServiceKey, text: String| {
        missed.push(Missed { kind, service: Some(key.clone()), text: format!("{key} {text}") });
    };
    for (key, now) in after {
        let Some(then) = before.get(key) else {
            push(MissedKind::Came, key, "appeared".to_owned());
            continue;
        };
        if now.health.is_trouble() && (!then.health.is_trouble() || now.health > then.health) {
            let why = if now.reason.is_empty() { String::new() } else { format!(": {}", now.reason) };
            push(MissedKind::Ill, key, format!("became {}{why}", now.health.word()));
        } else if then.health.is_trouble() && !now.health.is_trouble() {
            push(MissedKind::Well, key, format!("is {} again", now.health.word()));
        }
        if now.version != then.version {
            push(MissedKind::Version, key, format!("runs {}, it ran {}", now.version, then.version));
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(key)) {
        push(MissedKind::Came, key, "is gone".to_owned());
    }
}

type Deliveries = BTreeMap<String, (ServiceKey, String, bool)>;

fn deliveries(before: &Deliveries, after: &Deliveries, missed: &mut Vec<Missed>) {
    for (id, (service, word, over)) in after {
        // One that ended before is no news, nor is where in its way one is.
        if before.get(id).is_some_and(|(_, _, was_over)| was_over == over) {
            continue;
        }
        let text = if *over { format!("{service} {word}") } else { format!("{service}: a delivery began") };
        missed.push(Missed { kind: MissedKind::Delivery, service: Some(service.clone()), text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> ServiceKey {
        ServiceKey { namespace: "shop".into(), name: name.into() }
    }

    fn seen(health: Health, version: &str) -> Seen {
        Seen { health, reason: String::new(), version: version.to_owned() }
    }

    fn glimpse(
        services: &[(&str, Health, &str)],
        alerts: &[&str],
        deliveries: &[(&str, &str, bool)],
    ) -> Glimpse {
        Glimpse {
            services: Some(services.iter().map(|(n, health, v)| (key(n), seen(*health, v))).collect()),
            alerts: Some(alerts.iter().map(|a| ((*a).to_owned(), (*a).to_owned())).collect()),
            deliveries: Some(
                deliveries
                    .iter()
                    .map(|(n, word, over)| ((*n).to_owned(), (key(n), (*word).to_owned(), *over)))
                    .collect(),
            ),
        }
    }

    fn texts(before: &Glimpse, after: &Glimpse, said: &[&str]) -> Vec<String> {
        let said = said.iter().map(|text| (*text).to_owned()).collect();
        let away = Away::new(Timestamp::UNIX_EPOCH, Duration::from_mins(5), before, after, said);
        away.missed.into_iter().map(|missed| missed.text).collect()
    }

    #[test]
    fn the_most_urgent_comes_first() {
        use Health::{Degraded, Down, Healthy};
        let before = glimpse(
            &[("a", Healthy, "v1"), ("b", Degraded, "v1"), ("c", Down, "v1"), ("gone", Healthy, "v1")],
            &["Old"],
            &[("a", "watching", false), ("b", "promoted", true)],
        );
        let after = glimpse(
            &[("a", Degraded, "v1"), ("b", Down, "v1"), ("c", Healthy, "v2"), ("new", Down, "v1")],
            &["New"],
            &[("a", "rolled back", true), ("b", "promoted", true), ("c", "scaling", false)],
        );
        assert_eq!(
            texts(&before, &after, &["restart of a failed"]),
            [
                "shop/a became degraded",
                "shop/b became down",
                "alert New fired",
                "shop/a rolled back",
                "shop/c: a delivery began",
                "shop/c runs v2, it ran v1",
                "restart of a failed",
                "shop/gone is gone",
                "shop/new appeared",
                "shop/c is healthy again",
                "alert Old fires no more",
            ]
        );
        let away = Away::new(Timestamp::UNIX_EPOCH, Duration::from_mins(5), &before, &after, Vec::new());
        assert!(away.is_bad());
        assert!(
            away.words().starts_with("2 services became unhealthy, alert New fired, 2 deliveries moved on")
        );
    }

    #[test]
    fn nothing_is_made_up_of_what_was_not_seen() {
        let before = glimpse(&[("a", Health::Healthy, "v1")], &[], &[]);
        assert!(texts(&before, &before, &[]).is_empty());
        assert!(texts(&before, &Glimpse::default(), &[]).is_empty(), "a lost connection deletes nothing");
        assert!(texts(&Glimpse::default(), &before, &[]).is_empty());
        let worse = glimpse(&[("a", Health::Moving, "v1")], &[], &[]);
        assert!(texts(&before, &worse, &[]).is_empty(), "a rollout is no trouble");
    }
}
