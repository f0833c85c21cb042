//! From entities to a catalogue.

use super::entity::KINDS;
use super::reference::ANY;
use super::{Entity, EntityRef, Library, cycle, search};
use crate::domain::{Finding, MUCH_ALIKE, nearest};
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
    /// What each entity says of itself, lower case: most say nothing of what is
    /// looked for, and that is told by one search in one text.
    pub(super) spoken: Vec<Box<str>>,
    by_key: HashMap<String, usize>,
    edges: Vec<BTreeSet<(Relation, usize)>>,
    library: Library,
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
        catalog.spoken = catalog.entities.iter().map(search::spoken).collect();
        catalog.edges = vec![BTreeSet::new(); catalog.entities.len()];
        let mut guesses = Hints::default();
        for index in 0..catalog.entities.len() {
            catalog.connect(index, &mut guesses);
        }
        let cycles = cycle::find(&catalog);
        catalog.findings.extend(cycles);
        let alone = catalog.entities.iter().filter_map(unowned);
        let told: Vec<_> = alone.chain(catalog.entities.iter().filter_map(orphaned)).collect();
        catalog.findings.extend(told);
        catalog.findings.sort();
        catalog
    }

    fn connect(&mut self, from: usize, guesses: &mut Hints) {
        let declared = self.entities[from].declared.clone();
        for (relation, reference) in declared {
            match self.find(&reference, guesses) {
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

    /// The entity `reference` names; no kind is looked up among
    /// components and resources, and an owner among groups and users.
    fn find(&self, reference: &EntityRef, guesses: &mut Hints) -> Result<usize, String> {
        let kinds: &[&str] = match reference.kind() {
            ANY => &["component", "resource"],
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
            [] => Err(guesses.nothing(reference.name(), &self.entities)),
            _ => Err("is both a component and a resource; write the kind".to_owned()),
        }
    }

    /// Every entity, as read.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Puts the documents of its entries beside them, for the search.
    pub fn shelve(&mut self, library: Library) {
        self.library = library;
    }

    /// The documents of its entries.
    pub fn library(&self) -> &Library {
        &self.library
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

    /// Where `entity` stands among all.
    pub fn place(&self, entity: &Entity) -> Option<usize> {
        self.by_key.get(&entity.reference.key()).copied()
    }

    pub(super) fn index_of(&self, text: &str) -> Option<usize> {
        if text.contains(':') {
            return self.by_key.get(&EntityRef::parse(text, "component", "")?.key()).copied();
        }
        let known =
            KINDS.iter().find_map(|kind| self.by_key.get(&EntityRef::parse(text, kind, "")?.key()).copied());
        // Kinds that are not Backstage's own come last.
        known.or_else(|| {
            let called =
                |entity: &Entity| entity.is_other() && entity.reference.name().eq_ignore_ascii_case(text);
            self.entities.iter().position(called)
        })
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

/// What nobody owns helps nobody at night.
fn unowned(entity: &Entity) -> Option<Finding> {
    let declared = entity.declared.iter().any(|(relation, _)| *relation == Relation::OwnedBy);
    let text = format!("{}: nobody owns it: 'spec.owner' is missing", entity.reference);
    (entity.needs_owner() && !declared).then(|| finding(entity, true, text))
}

fn orphaned(entity: &Entity) -> Option<Finding> {
    let seen = entity.orphan?;
    let text = format!(
        "{0} stands here no longer; last seen {seen:.0}; kept for a month, `qd catalog forget {0}` drops it",
        entity.reference
    );
    Some(finding(entity, false, text))
}

/// What may have been meant by names that nothing has. Each name is looked at
/// once, and only so many: a catalogue of 30,000 entries whose teams are written
/// elsewhere names thousands of them, and each costs a look at every entry.
struct Hints {
    told: HashMap<String, String>,
    /// Comparisons left, some 200 ns each.
    left: usize,
}

impl Default for Hints {
    fn default() -> Self {
        Self { told: HashMap::new(), left: 2_000_000 }
    }
}

impl Hints {
    fn nothing(&mut self, name: &str, entities: &[Entity]) -> String {
        if let Some(told) = self.told.get(name) {
            return told.clone();
        }
        let mut told = "nothing is called so".to_owned();
        if let Some(left) = self.left.checked_sub(entities.len()) {
            self.left = left;
            let names = entities.iter().map(|entity| entity.reference.name());
            if let Some(near) = nearest(name, names, |known| known, MUCH_ALIKE) {
                told = format!("{told}; did you mean '{near}'?");
            }
        }
        self.told.insert(name.to_owned(), told.clone());
        told
    }
}

pub(super) fn finding(entity: &Entity, fatal: bool, text: String) -> Finding {
    Finding { file: entity.file.clone(), line: entity.line, fatal, text }
}
