//! What a change touches.

use super::{Health, count_of};
use serde::Serialize;
use std::time::Duration;

/// The reach of a change, stated before it is confirmed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Blast {
    /// Pods that will be replaced.
    pub pods_replaced: u32,
    /// Pods that come in addition; negative if they go and nothing takes their place.
    pub pods_more: i64,
    /// Pods serving now.
    pub pods_serving: u32,
    /// Pods asked for.
    pub pods_desired: u32,
    /// Services that depend on it, as far as the catalogue knows; `None` if
    /// there is no catalogue to ask.
    pub dependents: Option<Vec<Dependent>>,
    /// How long replacing will take, from how long the pods of this workload
    /// took to become ready; `None` if none of them ever was.
    pub estimate: Option<Duration>,
}

impl Blast {
    /// How many pods, and what becomes of them: `replaced`, `more`, `fewer`.
    pub fn pods(&self) -> (u64, &'static str) {
        match self.pods_more {
            0 => (u64::from(self.pods_replaced), "replaced"),
            1.. => (self.pods_more.unsigned_abs(), "more"),
            ..0 => (self.pods_more.unsigned_abs(), "fewer"),
        }
    }
}

/// A service that suffers when another does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependent {
    /// What the catalogue calls it.
    pub name: String,
    /// How many steps away: 1 depends on it directly.
    pub steps: usize,
    /// How much a failure of it costs, 1 most; none if nobody says.
    pub tier: Option<u8>,
    /// How it is doing now; none if nothing of it runs in this cluster.
    pub health: Option<Health>,
    /// Whether it depends on it only if an ambiguous reference of the catalogue
    /// means so.
    pub ambiguous: bool,
}

/// `2 services depend on it: frontend (tier 1, degraded), search (tier 2)`: the
/// most telling first, `most` by name. Healthy is not said.
pub fn dependents_words(dependents: &[Dependent], most: usize) -> String {
    if dependents.is_empty() {
        return "no service depends on it".to_owned();
    }
    let mut sorted: Vec<_> = dependents.iter().collect();
    sorted.sort_by_key(|d| {
        (!d.health.is_some_and(Health::is_trouble), d.steps, d.tier.unwrap_or(u8::MAX), d.name.clone())
    });
    let word = |d: &&Dependent| {
        let tier = d.tier.map(|tier| format!("tier {tier}"));
        let health =
            d.health.filter(|health| *health != Health::Healthy).map(|health| health.word().to_owned());
        let doubt = d.ambiguous.then(|| "ambiguous".to_owned());
        let notes: Vec<_> = tier.into_iter().chain(health).chain(doubt).collect();
        if notes.is_empty() { d.name.clone() } else { format!("{} ({})", d.name, notes.join(", ")) }
    };
    let mut words: Vec<_> = sorted.iter().take(most).map(word).collect();
    if dependents.len() > most {
        words.push(format!("{} more", dependents.len() - most));
    }
    let verb = if dependents.len() == 1 { "depends" } else { "depend" };
    format!("{} {verb} on it: {}", count_of(dependents.len(), "service"), words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_telling_dependents_come_first() {
        let one = |name: &str, steps, tier, health| Dependent {
            name: name.into(),
            steps,
            tier,
            health,
            ambiguous: name == "elsewhere",
        };
        let all = [
            one("far", 2, Some(1), Some(Health::Healthy)),
            one("near", 1, Some(2), Some(Health::Healthy)),
            one("ill", 3, None, Some(Health::Degraded)),
            one("elsewhere", 1, None, None),
        ];
        assert_eq!(
            dependents_words(&all, 2),
            "4 services depend on it: ill (degraded), near (tier 2), 2 more"
        );
        assert_eq!(dependents_words(&all[3..], 8), "1 service depends on it: elsewhere (ambiguous)");
        assert_eq!(dependents_words(&[], 8), "no service depends on it");
    }
}
