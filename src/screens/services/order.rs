//! In which order, and under which headings.

use crate::domain::{Environment, Health, ServiceRow, SignalState};
use crate::screens::Ctx;
use crate::screens::sorting::Key;
use std::cmp::Reverse;

/// What comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ordering {
    /// What needs a person.
    #[default]
    Trouble,
    /// By name.
    Name,
    /// By namespace, then name.
    Namespace,
    /// By owner, then name.
    Owner,
    /// What changed last.
    Changed,
}

/// Under which headings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    #[default]
    None,
    /// Production first.
    Environment,
    /// By team.
    Owner,
    /// By namespace.
    Namespace,
}

/// Sorts rows of one list: smaller first. The same service in several places
/// comes with production first: that is the one people are called for.
pub(super) type OrderKey = (u8, Reverse<i64>, [String; 2], Reverse<Environment>);

impl Ordering {
    /// The order after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Trouble => Self::Name,
            Self::Name => Self::Namespace,
            Self::Namespace => Self::Owner,
            Self::Owner => Self::Changed,
            Self::Changed => Self::Trouble,
        }
    }

    /// `trouble first`
    pub fn words(self) -> &'static str {
        match self {
            Self::Trouble => "trouble first",
            Self::Name => "by name",
            Self::Namespace => "by namespace",
            Self::Owner => "by owner",
            Self::Changed => "last change first",
        }
    }

    pub(super) fn key(self, row: &ServiceRow) -> OrderKey {
        let name = row.key.name.as_str().to_owned();
        let namespace = row.key.namespace.as_str().to_owned();
        let (still, place) = (Reverse(0), Reverse(row.environment));
        match self {
            Self::Trouble => (urgency(row.health), still, [name, String::new()], place),
            Self::Name => (0, still, [name, String::new()], place),
            Self::Namespace => (0, still, [namespace, name], place),
            Self::Owner => (u8::from(row.owner.is_empty()), still, [row.owner.clone(), name], place),
            Self::Changed => {
                let changed = row.changed.map_or(0, jiff::Timestamp::as_second);
                (0, Reverse(changed), [name, String::new()], place)
            }
        }
    }
}

/// Healthy and idle services are equally uninteresting: keeping them together
/// keeps the list from dancing when something is scaled to zero.
fn urgency(health: Health) -> u8 {
    match health {
        Health::Down => 0,
        Health::Degraded => 1,
        Health::Unknown => 2,
        Health::Paused => 3,
        Health::Moving => 4,
        Health::Healthy | Health::Idle => 5,
    }
}

/// What a service is sorted by in the column called `title`.
pub(super) fn column(row: &ServiceRow, title: &str, ctx: &Ctx<'_>) -> Key {
    let signals = ctx.signals.get(&row.key).and_then(SignalState::signals);
    match title {
        "HEALTH" => Key::number(Some(f64::from(urgency(row.health)))),
        "SERVICE" => Key::text(row.key.name.as_str()),
        "ENV" => Key::text(row.environment.short()),
        "NAMESPACE" => Key::text(row.key.namespace.as_str()),
        "VERSION" => Key::text(&row.version),
        "READY" => Key::ready(row.ready),
        "RATE" => Key::number(signals.and_then(|signals| signals.rate.value())),
        "ERR" => Key::number(signals.and_then(|signals| signals.errors.value())),
        "P95" => Key::number(signals.and_then(|signals| signals.p95.value())),
        "BUDGET" => Key::number(ctx.slos.of(&row.key).next().and_then(|status| status.left())),
        "ROLLOUT" if row.rollout.is_moving() || row.rollout.needs_a_person() => Key::text(row.rollout.word()),
        "OWNER" => Key::text(&row.owner),
        "TIER" => Key::number(row.tier.map(f64::from)),
        "AGE" => Key::age(row.changed),
        "REASON" => Key::text(&row.reason),
        _ => Key::Absent,
    }
}

impl Grouping {
    /// The grouping after this one.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::None => Self::Environment,
            Self::Environment => Self::Owner,
            Self::Owner => Self::Namespace,
            Self::Namespace => Self::None,
        }
    }

    /// ` · grouped by owner`
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Environment => " · grouped by environment",
            Self::Owner => " · grouped by owner",
            Self::Namespace => " · grouped by namespace",
        }
    }

    pub(super) fn key(self, row: &ServiceRow) -> (Reverse<u8>, String) {
        match self {
            Self::None => (Reverse(0), String::new()),
            Self::Environment => (Reverse(row.environment as u8), String::new()),
            Self::Owner => (Reverse(u8::from(!row.owner.is_empty())), row.owner.clone()),
            Self::Namespace => (Reverse(0), row.key.namespace.as_str().to_owned()),
        }
    }

    pub(super) fn title(self, row: &ServiceRow) -> Option<String> {
        match self {
            Self::None => None,
            Self::Environment => Some(match row.environment.short() {
                "—" => "environment not declared".to_owned(),
                word => word.to_owned(),
            }),
            Self::Owner if row.owner.is_empty() => Some("nobody owns these".to_owned()),
            Self::Owner => Some(row.owner.clone()),
            Self::Namespace => Some(row.key.namespace.as_str().to_owned()),
        }
    }
}
