//! Services: what people call the things that run.

use super::{Health, Name, Namespace, RolloutState, Workload};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How much a mistake costs here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Nothing declares what it is. Treated like production where it matters.
    #[default]
    Undeclared,
    /// For developers.
    Development,
    /// A rehearsal.
    Staging,
    /// Users are on it.
    Production,
}

impl Environment {
    /// The environment a label value or a part of a name declares.
    pub fn parse(word: &str) -> Option<Self> {
        const WORDS: [(&str, Environment); 11] = [
            ("production", Environment::Production),
            ("prod", Environment::Production),
            ("prd", Environment::Production),
            ("live", Environment::Production),
            ("staging", Environment::Staging),
            ("stage", Environment::Staging),
            ("stg", Environment::Staging),
            ("development", Environment::Development),
            ("dev", Environment::Development),
            ("test", Environment::Development),
            ("sandbox", Environment::Development),
        ];
        WORDS.iter().find(|(w, _)| w.eq_ignore_ascii_case(word)).map(|(_, environment)| *environment)
    }

    /// The environment of a namespace: its `environment` or `env` label, else a
    /// word of its own name between dashes.
    pub fn of_namespace(name: &str, labels: &BTreeMap<String, String>) -> Self {
        let declared =
            ["environment", "env", "app.kubernetes.io/environment"].iter().find_map(|k| labels.get(*k));
        declared
            .and_then(|value| Self::parse(value))
            .or_else(|| name.split(['-', '_', '.']).find_map(Self::parse))
            .unwrap_or_default()
    }

    /// This one, or `assumed` where nobody declares one.
    #[must_use]
    pub fn or(self, assumed: Self) -> Self {
        if self == Self::Undeclared { assumed } else { self }
    }

    /// Whether users are there, or nobody says that they are not.
    pub fn has_users(self) -> bool {
        matches!(self, Self::Production | Self::Undeclared)
    }

    /// Whether confirming needs the name typed.
    pub fn is_production(self) -> bool {
        self == Self::Production
    }

    /// `prod`, `staging`, `dev`, `—`
    pub fn short(self) -> &'static str {
        match self {
            Self::Undeclared => "—",
            Self::Development => "dev",
            Self::Staging => "staging",
            Self::Production => "prod",
        }
    }
}

/// A service in one namespace: what a row of the catalogue is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ServiceKey {
    /// Where.
    pub namespace: Namespace,
    /// What it is called.
    pub name: Name,
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Why nobody can be called by what the catalogue says of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OwnerDoubt {
    /// The entry names an owner, and nothing in the catalogue is called so.
    Unknown,
    /// The entry names nobody, and no label does.
    Missing,
}

impl ServiceRow {
    /// Who owns it in a word or two, and whether that is trouble: `pay`,
    /// `ghost (unknown)`, `nobody`; a dash where there is nobody to ask.
    pub fn owner_words(&self) -> (String, bool) {
        match self.owner_doubt {
            Some(OwnerDoubt::Unknown) => (format!("{} (unknown)", self.owner), true),
            Some(OwnerDoubt::Missing) => ("nobody".to_owned(), true),
            None if self.owner.is_empty() => ("—".to_owned(), false),
            None => (self.owner.clone(), false),
        }
    }
}

/// A service with everything a list shows of it.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceRow {
    /// Which one.
    pub key: ServiceKey,
    /// How much a mistake costs.
    pub environment: Environment,
    /// The team: as the catalogue says, else from the `team` label or an owner
    /// annotation; empty if nobody says.
    pub owner: String,
    /// What is wrong with that, by the catalogue; none if nothing is, or no
    /// entry is about the service.
    pub owner_doubt: Option<OwnerDoubt>,
    /// How much a failure costs, 1 most, from the `tier` label; none if nobody says.
    pub tier: Option<u8>,
    /// What it is part of; empty if nobody says.
    pub system: String,
    /// The version that serves.
    pub version: String,
    /// The version on its way; none if nothing rolls out.
    pub next_version: Option<String>,
    /// Available and asked for, over all its workloads.
    pub ready: (u32, u32),
    /// In a word.
    pub health: Health,
    /// Why it is not healthy, most telling first; empty if it is.
    pub reason: String,
    /// The rollout that is furthest from done.
    pub rollout: RolloutState,
    /// When its newest revision appeared.
    pub changed: Option<Timestamp>,
    /// Its workloads, the main one first.
    pub workloads: Vec<Arc<Workload>>,
}

/// The service a workload belongs to: the catalogue's name for it, else the
/// recommended label, else `app`, else its own name: of a pod that a controller of
/// a kind that is not watched keeps, the name of that.
pub(super) fn service_name(workload: &Workload) -> Name {
    ["backstage.io/kubernetes-id", "app.kubernetes.io/name", "app"]
        .iter()
        .find_map(|label| workload.labels.get(*label))
        .filter(|name| !name.is_empty())
        .map(String::as_str)
        .or_else(|| workload.keeper()?.split('/').next_back())
        .map_or_else(|| workload.key.name.clone(), Name::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_declare_their_environment() {
        let label = |v: &str| BTreeMap::from([("environment".to_owned(), v.to_owned())]);
        let none = BTreeMap::new();
        let cases = [
            ("shop", label("production"), Environment::Production),
            ("shop-prod", label("staging"), Environment::Staging),
            ("shop-prod", none.clone(), Environment::Production),
            ("product-api", none.clone(), Environment::Undeclared),
            ("payments-dev", none, Environment::Development),
        ];
        for (name, labels, expected) in cases {
            assert_eq!(Environment::of_namespace(name, &labels), expected, "{name}");
        }
    }
}
