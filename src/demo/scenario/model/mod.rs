//! What a scenario file says.

mod happening;
mod service;

use serde::Deserialize;
use toml::Spanned;

pub use self::happening::{Action, Delivery, Event, Release};
pub use self::service::{Autoscale, Call, Language, ManagedBy, Promise, Route, Service};

/// One scenario: a company, what its releases do, and what happens when.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Name, as `--scenario` takes it.
    pub name: String,
    /// One sentence about what there is to see.
    pub summary: String,
    /// Another scenario whose teams, nodes, services and releases it starts from.
    pub base: Option<Spanned<String>>,
    /// Seed of every name, identity and random number.
    pub seed: u64,
    /// Image registry of the company.
    pub registry: String,
    /// Share of requests whose callers send `X-Canary: always`, 0..=1.
    pub testers: Option<Spanned<f64>>,
    /// Worker nodes.
    #[serde(rename = "node")]
    pub nodes: Vec<Node>,
    /// Teams.
    #[serde(rename = "team")]
    pub teams: Vec<Team>,
    /// Services.
    #[serde(rename = "service")]
    pub services: Vec<Service>,
    /// Services a tool applies here, whoever does in the base.
    #[serde(rename = "managed")]
    pub managed: Vec<Managed>,
    /// What particular versions do wrong.
    #[serde(rename = "release")]
    pub releases: Vec<Release>,
    /// What happens when.
    #[serde(rename = "event")]
    pub events: Vec<Event>,
    /// Deliveries started through the engine, once the story has reached the
    /// present.
    #[serde(rename = "delivery")]
    pub deliveries: Vec<Delivery>,
}

/// A service and the tool that applies it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Managed {
    /// Service.
    pub service: Spanned<String>,
    /// The tool.
    pub by: ManagedBy,
}

/// A worker node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Name.
    pub name: String,
    /// Availability zone.
    pub zone: String,
    /// Cores.
    #[serde(default = "default_cpu")]
    pub cpu: String,
    /// Memory.
    #[serde(default = "default_memory")]
    pub memory: String,
}

fn default_cpu() -> String {
    "16".to_owned()
}

fn default_memory() -> String {
    "64Gi".to_owned()
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Team {
    /// Name, as labels carry it.
    pub name: String,
    /// Who deploys.
    pub members: Vec<String>,
    /// Who is paged.
    pub on_call: String,
    /// Chat channel.
    pub channel: String,
}

impl Scenario {
    /// A service by name.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name.get_ref() == name)
    }

    /// The team of a service.
    pub fn team_of(&self, service: &Service) -> Option<&Team> {
        self.teams.iter().find(|t| &t.name == service.team.get_ref())
    }

    /// What a version of a service does wrong in an environment.
    pub fn release(&self, service: &str, version: &str, environment: &str) -> Option<&Release> {
        self.releases.iter().rev().find(|r| {
            r.service.get_ref() == service
                && r.version == version
                && r.environment.as_ref().is_none_or(|e| e.get_ref() == environment)
        })
    }
}
