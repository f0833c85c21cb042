//! A catalogue joined to the services of a cluster.

use super::{Binding, Catalog, Entity, Missing, Relation};
use crate::domain::{Dependent, Health, OwnerDoubt, ServiceKey, ServiceRow};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Which catalogue entry each service is, and the other way round. Joined anew
/// when either side changes; answers borrow from the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Joined {
    catalog: Option<Arc<Catalog>>,
    by_service: HashMap<ServiceKey, usize>,
    by_entity: HashMap<usize, Vec<ServiceKey>>,
}

/// An entity beside another, and the services of the cluster that are it.
#[derive(Clone, Debug)]
pub struct Neighbour<'a> {
    /// Which one.
    pub entity: &'a Entity,
    /// How many steps away; 1 is direct.
    pub steps: usize,
    /// Whether it is one only if an ambiguous reference means so.
    pub ambiguous: bool,
    /// Its services, those of the same environment as the asker's first.
    pub services: Vec<&'a ServiceRow>,
}

/// Which way to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// What it needs.
    Up,
    /// What needs it.
    Down,
}

impl Joined {
    /// Joins `rows` to what `catalog` describes. What the entity declares wins:
    /// its label selector, then its `kubernetes-id`; else the entry is the
    /// service of its name.
    pub fn new(catalog: Arc<Catalog>, rows: &[ServiceRow]) -> Self {
        let index = Index::of(&catalog);
        let (mut by_service, mut by_entity) = (HashMap::new(), HashMap::<_, Vec<_>>::new());
        for row in rows {
            if let Some(entity) = index.find(row) {
                by_service.insert(row.key.clone(), entity);
                by_entity.entry(entity).or_default().push(row.key.clone());
            }
        }
        Self { catalog: Some(catalog), by_service, by_entity }
    }

    /// The same, and says in each row what the catalogue knows better; joined
    /// to nothing without a catalogue.
    pub fn with_rows(catalog: Option<&Arc<Catalog>>, rows: &mut [ServiceRow]) -> Self {
        let Some(catalog) = catalog else { return Self::default() };
        let joined = Self::new(catalog.clone(), rows);
        for row in rows {
            joined.enrich(row);
        }
        joined
    }

    /// The catalogue itself; none if none was read.
    pub fn catalog(&self) -> Option<&Catalog> {
        self.catalog.as_deref()
    }

    /// The catalogue, to be kept by who asks; none if none was read.
    pub fn shared(&self) -> Option<Arc<Catalog>> {
        self.catalog.clone()
    }

    /// The entry of a service.
    pub fn entity(&self, key: &ServiceKey) -> Option<&Entity> {
        let index = *self.by_service.get(key)?;
        self.catalog.as_deref()?.entities().get(index)
    }

    /// Says in a row what the catalogue knows better than labels do.
    pub fn enrich(&self, row: &mut ServiceRow) {
        let (Some(catalog), Some(entity)) = (self.catalog(), self.entity(&row.key)) else { return };
        if let Some(owner) = catalog.owner(entity) {
            owner.shown().clone_into(&mut row.owner);
        } else if let Some(owner) = catalog.unknown_owner(entity) {
            // The label would name somebody the catalogue does not.
            owner.name().clone_into(&mut row.owner);
            row.owner_doubt = Some(OwnerDoubt::Unknown);
        } else if row.owner.is_empty() && entity.needs_owner() {
            row.owner_doubt = Some(OwnerDoubt::Missing);
        }
        let parts = catalog.relations(entity).remove(&Relation::PartOf).unwrap_or_default();
        if let Some(system) = parts.iter().find(|part| part.reference.kind().eq_ignore_ascii_case("system")) {
            system.shown().clone_into(&mut row.system);
        }
        row.tier = entity.tier().or(row.tier);
    }

    /// Where in the catalogue the entry of a service stands.
    pub fn index_of(&self, key: &ServiceKey) -> Option<usize> {
        self.by_service.get(key).copied()
    }

    /// The services that an entry is in this cluster: those in the environment
    /// of `near`, others only if there are none.
    pub fn services<'a>(
        &self,
        entity: usize,
        near: &ServiceKey,
        rows: &'a [ServiceRow],
    ) -> Vec<&'a ServiceRow> {
        self.services_of(entity, near, rows)
    }

    /// Who is called when it breaks: as the entry says, else as its owner says.
    pub fn on_call(&self, key: &ServiceKey) -> Option<&str> {
        self.said(key, Entity::on_call)
    }

    /// Where its people talk: as the entry says, else as its owner says.
    pub fn chat(&self, key: &ServiceKey) -> Option<&str> {
        self.said(key, Entity::chat)
    }

    fn said<'a>(&'a self, key: &ServiceKey, what: fn(&'a Entity) -> Option<&'a str>) -> Option<&'a str> {
        let entity = self.entity(key)?;
        what(entity).or_else(|| what(self.catalog()?.owner(entity)?))
    }

    /// What a service needs (up), or what needs it (down), within `most` steps,
    /// nearest first; through an API as well. Cycles end; at most `limit`.
    pub fn around<'a>(
        &'a self,
        key: &ServiceKey,
        way: Way,
        (most, limit): (usize, usize),
        rows: &'a [ServiceRow],
    ) -> Vec<Neighbour<'a>> {
        let (Some(catalog), Some(start)) = (self.catalog(), self.by_service.get(key).copied()) else {
            return Vec::new();
        };
        let found = catalog.reach(start, way, (most, limit)).into_iter().map(|one| Neighbour {
            entity: &catalog.entities()[one.at],
            steps: one.steps,
            ambiguous: one.doubtful,
            services: self.services_of(one.at, key, rows),
        });
        found.collect()
    }

    /// What a service says it needs and nothing in the catalogue is called:
    /// whether that is well, nobody can tell.
    pub fn missing_needs(&self, key: &ServiceKey) -> Vec<&Missing> {
        let found = self.catalog().zip(self.entity(key)).map(|(catalog, entity)| catalog.missing(entity));
        let needed = |gap: &&Missing| matches!(gap.relation, Relation::DependsOn | Relation::Consumes);
        found.unwrap_or_default().iter().filter(needed).collect()
    }

    /// The services that an entry is in this cluster: those in the environment
    /// of `near` first, others only if there are none.
    fn services_of<'a>(
        &self,
        entity: usize,
        near: &ServiceKey,
        rows: &'a [ServiceRow],
    ) -> Vec<&'a ServiceRow> {
        let row = |key: &ServiceKey| {
            let at = rows.binary_search_by(|row| row.key.cmp(key)).ok()?;
            rows.get(at)
        };
        let all: Vec<_> = self.by_entity.get(&entity).into_iter().flatten().filter_map(row).collect();
        let home = row(near).map(|row| row.environment);
        let same: Vec<_> = all.iter().copied().filter(|row| Some(row.environment) == home).collect();
        if same.is_empty() { all } else { same }
    }

    /// Everything that suffers when a service does, nearest first, with how it
    /// is doing now; none if no catalogue knows the service.
    pub fn dependents(&self, key: &ServiceKey, rows: &[ServiceRow]) -> Option<Vec<Dependent>> {
        /// More names than these are a number, not a list to read.
        const MOST: usize = 1_000;
        self.entity(key)?;
        let found = self.around(key, Way::Down, (usize::MAX, MOST), rows);
        Some(found.iter().map(Neighbour::dependent).collect())
    }
}

impl Neighbour<'_> {
    /// How it is doing: its worst service; none if nothing of it runs here.
    pub fn health(&self) -> Option<Health> {
        self.services.iter().map(|row| row.health).max()
    }

    /// The same by name.
    pub fn dependent(&self) -> Dependent {
        Dependent {
            name: self.entity.reference.name().to_owned(),
            steps: self.steps,
            tier: self.entity.tier(),
            health: self.health(),
            ambiguous: self.ambiguous,
        }
    }
}

impl Catalog {
    /// The entities one step from another, each once, by name, and whether an
    /// ambiguous reference is all that leads there.
    ///
    /// An API stands between who provides and who uses it; seen from the API
    /// itself, those are its neighbours.
    pub fn beside(&self, index: usize, way: Way) -> Vec<(usize, bool)> {
        let (direct, offers, ends): (_, _, &[Relation]) = match way {
            Way::Up => {
                ([Relation::DependsOn, Relation::ProvidedBy], Relation::Consumes, &[Relation::ProvidedBy])
            }
            Way::Down => (
                [Relation::DependencyOf, Relation::ConsumedBy],
                Relation::Provides,
                &[Relation::ConsumedBy, Relation::DependencyOf],
            ),
        };
        let step = |from: usize, relation: Relation| {
            self.neighbours(from, relation).map(move |to| (to, self.in_doubt(from, relation, to)))
        };
        let through = step(index, offers).flat_map(|(api, doubt)| {
            let beyond = ends.iter().flat_map(move |end| step(api, *end));
            beyond.map(move |(to, doubtful)| (to, doubt || doubtful))
        });
        let near = direct.into_iter().flat_map(|relation| step(index, relation));
        let mut found: Vec<_> = near.chain(through).filter(|(at, _)| *at != index).collect();
        found.sort_by_key(|(at, doubt)| (self.entities()[*at].reference.name().to_lowercase(), *at, *doubt));
        found.dedup_by_key(|(at, _)| *at);
        found
    }
}

/// Entries by what a cluster may know them by.
struct Index<'a> {
    catalog: &'a Catalog,
    /// Entries with a label selector: each has to be tried.
    selecting: Vec<(usize, Binding)>,
    /// By the value of `kubernetes-id`.
    by_id: HashMap<String, Vec<(usize, Binding)>>,
    by_name: HashMap<String, usize>,
}

impl<'a> Index<'a> {
    fn of(catalog: &'a Catalog) -> Self {
        let mut index =
            Self { catalog, selecting: Vec::new(), by_id: HashMap::new(), by_name: HashMap::new() };
        for (at, entity) in catalog.entities().iter().enumerate() {
            let kind = entity.reference.kind();
            let component = kind.eq_ignore_ascii_case("component");
            if !component && !kind.eq_ignore_ascii_case("resource") {
                continue;
            }
            match (entity.binding(), entity.kubernetes_id()) {
                (Some(binding), Some(id)) => {
                    index.by_id.entry(id.to_owned()).or_default().push((at, binding));
                }
                (Some(binding), None) => index.selecting.push((at, binding)),
                (None, _) => {}
            }
            let name = entity.reference.name().to_lowercase();
            // Of a component and a resource of one name the component runs.
            if component {
                index.by_name.insert(name, at);
            } else {
                index.by_name.entry(name).or_insert(at);
            }
        }
        index
    }

    fn find(&self, row: &ServiceRow) -> Option<usize> {
        let namespace = row.key.namespace.as_str();
        let empty = BTreeMap::new();
        let labels = row.workloads.first().map_or(&empty, |workload| &workload.labels);
        let selected = self.selecting.iter().find(|(_, binding)| binding.matches(namespace, labels));
        if let Some((at, _)) = selected {
            return Some(*at);
        }
        let id = labels.get(super::bind::ID).and_then(|id| self.by_id.get(id));
        if let Some((at, _)) =
            id.into_iter().flatten().find(|(_, binding)| binding.matches(namespace, labels))
        {
            return Some(*at);
        }
        let name = row.key.name.as_str().to_lowercase();
        let by_name = self.by_name.get(&name).copied();
        // An id that no object carries still names the service.
        let by_id = self.by_id.get(row.key.name.as_str()).and_then(|found| found.first());
        let found = by_id.map(|(at, _)| *at).or(by_name)?;
        self.catalog.entities()[found].is_in(namespace).then_some(found)
    }
}

#[cfg(test)]
mod tests;
