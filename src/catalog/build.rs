//! From entities to a catalogue.

use super::{Entity, EntityRef, cycle};
use crate::domain::Finding;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How one entity stands to another. Each has its mirror on the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Relation {
    /// Belongs to a group or user.
    OwnedBy,
    /// The group owns it.
    OwnerOf,
    /// Is inside a system, domain or component.
    PartOf,
    /// Has it inside.
    HasPart,
    /// Offers an API.
    Provides,
    /// The API is offered by it.
    ProvidedBy,
    /// Uses an API.
    Consumes,
    /// The API is used by it.
    ConsumedBy,
    /// Cannot work without it.
    DependsOn,
    /// The other cannot work without this.
    DependencyOf,
    /// Is below a group.
    ChildOf,
    /// Is above a group.
    ParentOf,
    /// Has a person in it.
    HasMember,
    /// Is a person in it.
    MemberOf,
}

const MIRRORS: [(Relation, Relation); 7] = [
    (Relation::OwnedBy, Relation::OwnerOf),
    (Relation::PartOf, Relation::HasPart),
    (Relation::Provides, Relation::ProvidedBy),
    (Relation::Consumes, Relation::ConsumedBy),
    (Relation::DependsOn, Relation::DependencyOf),
    (Relation::ChildOf, Relation::ParentOf),
    (Relation::HasMember, Relation::MemberOf),
];

impl Relation {
    /// The same relation seen from the other end.
    #[must_use]
    pub fn mirror(self) -> Self {
        let pair = MIRRORS.iter().find(|(a, b)| *a == self || *b == self);
        pair.map_or(self, |(a, b)| if *a == self { *b } else { *a })
    }

    /// In words: `depends on`.
    pub fn words(self) -> &'static str {
        match self {
            Self::OwnedBy => "owned by",
            Self::OwnerOf => "owner of",
            Self::PartOf => "part of",
            Self::HasPart => "has part",
            Self::Provides => "provides API",
            Self::ProvidedBy => "API provided by",
            Self::Consumes => "consumes API",
            Self::ConsumedBy => "API consumed by",
            Self::DependsOn => "depends on",
            Self::DependencyOf => "dependency of",
            Self::ChildOf => "child of",
            Self::ParentOf => "parent of",
            Self::HasMember => "has member",
            Self::MemberOf => "member of",
        }
    }
}

/// Entities with their relations, both ways.
#[derive(Debug, Default)]
pub struct Catalog {
    entities: Vec<Entity>,
    by_key: HashMap<String, usize>,
    edges: Vec<BTreeSet<(Relation, usize)>>,
    findings: Vec<Finding>,
}

impl Catalog {
    /// Joins `entities`. Of two with one name the first is kept.
    pub fn build(entities: Vec<Entity>) -> Self {
        let mut catalog = Self::default();
        for entity in entities {
            let key = entity.reference.key();
            if let Some(first) = catalog.by_key.get(&key).map(|index| &catalog.entities[*index]) {
                let text = format!("{} stands already at {}:{}", entity.reference, first.file, first.line);
                catalog.findings.push(finding(&entity, true, text));
                continue;
            }
            catalog.by_key.insert(key, catalog.entities.len());
            catalog.entities.push(entity);
        }
        catalog.edges = vec![BTreeSet::new(); catalog.entities.len()];
        for index in 0..catalog.entities.len() {
            catalog.connect(index);
        }
        let cycles = cycle::find(&catalog);
        catalog.findings.extend(cycles);
        catalog.findings.sort();
        catalog
    }

    fn connect(&mut self, from: usize) {
        let declared = self.entities[from].declared.clone();
        for (relation, reference) in declared {
            match self.find(&reference) {
                Ok(to) => {
                    self.edges[from].insert((relation, to));
                    self.edges[to].insert((relation.mirror(), from));
                }
                Err(why) => {
                    let text =
                        format!("{} {} {reference}: {why}", self.entities[from].reference, relation.words());
                    self.findings.push(finding(&self.entities[from], true, text));
                }
            }
        }
    }

    /// The entity `reference` names; the kind `?` is looked up among
    /// components and resources, and an owner among groups and users.
    fn find(&self, reference: &EntityRef) -> Result<usize, String> {
        let kinds: &[&str] = match reference.kind() {
            "?" => &["component", "resource"],
            "group" => &["group", "user"],
            other => &[other],
        };
        let hits: Vec<usize> = kinds
            .iter()
            .filter_map(|kind| self.by_key.get(&reference.with_kind(kind).key()).copied())
            .collect();
        match hits[..] {
            [only] => Ok(only),
            [first, ..] if reference.kind() == "group" => Ok(first),
            [] => Err(self.nothing(reference)),
            _ => Err("is both a component and a resource; write the kind".to_owned()),
        }
    }

    fn nothing(&self, reference: &EntityRef) -> String {
        let near = self.entities.iter().map(|entity| entity.reference.name());
        let near = near.max_by(|a, b| {
            let score = |name: &str| strsim::jaro_winkler(name, reference.name());
            score(a).total_cmp(&score(b))
        });
        match near.filter(|name| strsim::jaro_winkler(name, reference.name()) > 0.88) {
            Some(near) => format!("nothing is called so; did you mean '{near}'?"),
            None => "nothing is called so".to_owned(),
        }
    }

    /// Every entity, as read.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// What does not fit together.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The entity called `text`: a whole reference, or a name that only one
    /// entity has (components first).
    pub fn get(&self, text: &str) -> Option<&Entity> {
        self.index_of(text).map(|index| &self.entities[index])
    }

    pub(super) fn index_of(&self, text: &str) -> Option<usize> {
        const KINDS: [&str; 8] =
            ["component", "resource", "api", "system", "group", "user", "domain", "template"];
        if text.contains(':') {
            return self.by_key.get(&EntityRef::parse(text, "component", "")?.key()).copied();
        }
        KINDS.iter().find_map(|kind| self.by_key.get(&EntityRef::parse(text, kind, "")?.key()).copied())
    }

    /// What `entity` is related to, by relation.
    pub fn relations(&self, entity: &Entity) -> BTreeMap<Relation, Vec<&Entity>> {
        let mut found: BTreeMap<Relation, Vec<&Entity>> = BTreeMap::new();
        for (relation, to) in self.edges_of(entity) {
            found.entry(relation).or_default().push(&self.entities[to]);
        }
        found
    }

    fn edges_of(&self, entity: &Entity) -> impl Iterator<Item = (Relation, usize)> {
        let index = self.by_key.get(&entity.reference.key());
        index.into_iter().flat_map(|index| self.edges[*index].iter().copied())
    }

    pub(super) fn neighbours(&self, index: usize, relation: Relation) -> impl Iterator<Item = usize> {
        self.edges[index].iter().filter(move |(r, _)| *r == relation).map(|(_, to)| *to)
    }
}

pub(super) fn finding(entity: &Entity, fatal: bool, text: String) -> Finding {
    Finding { file: entity.file.clone(), line: entity.line, fatal, text }
}
