//! Something to be looked up for a page, and what was found.

use super::LogLine;
use crate::catalog::Entity;
use crate::domain::{
    Asked, ConfigRead, ConfigRef, Fault, LastLines, Namespace, ObjectKey, ServiceKey, ServiceRow, Thing,
    Trace, configs_of,
};
use serde_json::Value;

/// What a page needs that no watch brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// An object as the server has it now, whole.
    Object(ObjectKey),
    /// An object of any kind the server serves, with its events.
    Thing(Asked),
    /// The last lines of a container: of this run, else of the run before.
    LastLines(LastLines),
    /// What is in these ConfigMaps and Secrets, here and in another place.
    Configs(ConfigAsk),
    /// A document beside an entry of the catalogue.
    Document(DocumentAsk),
    /// How these expressions came to their values.
    Traces(ServiceKey, Vec<String>),
}

/// Which configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigAsk {
    /// Where the service is, and what its pods refer to.
    pub here: (Namespace, Vec<ConfigRef>),
    /// Where it is compared with; none if it is nowhere else.
    pub there: Option<(Namespace, Vec<ConfigRef>)>,
}

impl ConfigAsk {
    /// That of a service, and of the same one in another place.
    pub fn of(here: &ServiceRow, there: Option<&ServiceRow>) -> Self {
        let side = |row: &ServiceRow| (row.key.namespace.clone(), configs_of(row));
        Self { here: side(here), there: there.map(side) }
    }
}

/// The configuration in both places.
#[derive(Clone, Debug, Default)]
pub struct ConfigFound {
    /// Here, in the order asked for.
    pub here: Vec<ConfigRead>,
    /// There.
    pub there: Vec<ConfigRead>,
    /// How many were not read: too many are referred to.
    pub left_out: usize,
}

/// Which document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentAsk {
    /// The file of the entry.
    pub entry: String,
    /// A runbook its annotation names, as seen from there.
    pub runbook: Option<String>,
    /// Its `backstage.io/techdocs-ref`.
    pub techdocs: Option<String>,
    /// This one, as seen from the root of the checkout; none for the first of
    /// runbook, TechDocs and README.
    pub wanted: Option<String>,
}

impl DocumentAsk {
    /// A document of an entry; none for the first.
    pub fn of(entity: &Entity, wanted: Option<&str>) -> Self {
        Self {
            entry: entity.file.clone(),
            runbook: entity.runbook().filter(|runbook| !runbook.contains("://")).map(str::to_owned),
            techdocs: entity.annotations.get("backstage.io/techdocs-ref").cloned(),
            wanted: wanted.map(str::to_owned),
        }
    }
}

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentText {
    /// Where it is, as seen from the root of the checkout.
    pub path: String,
    /// Its text, as it is in the file.
    pub text: String,
    /// Other documents beside the entry, likewise.
    pub others: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// The configuration.
    Configs(ConfigFound),
    /// The document.
    Document(Result<DocumentText, Fault>),
    /// The object.
    Object(Result<Box<Value>, Fault>),
    /// The object of any kind.
    Thing(Result<Box<Thing>, Fault>),
    /// The lines of this log.
    Lines(LastLines, Result<Vec<LogLine>, Fault>),
    /// In the order of the expressions.
    Traces(Vec<Result<Trace, String>>),
}
