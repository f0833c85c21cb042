//! From entities to a catalogue.

use super::entity::KINDS;
use super::reference::ANY;
use super::{Entity, EntityRef, Library, Relation, cycle, search};
use crate::domain::{Finding, MUCH_ALIKE, nearest};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A reference that leads nowhere for certain.
#[derive(Clone, Debug, Serialize)]
pub struct Missing {
    /// What it would be to the entity that names it.
    pub relation: Relation,
    /// As written.
    pub reference: EntityRef,
    /// Why it leads nowhere, in words: `nothing is called so`.
    pub why: String,
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
    /// Those of the edges that may not be meant: from, how, to.
    doubtful: BTreeSet<(usize, Relation, usize)>,
    /// By entity, what it names and nothing is called.
    missing: Vec<Vec<Missing>>,
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
        catalog.missing = vec![Vec::new(); catalog.entities.len()];
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
            let why = match &self.called(&reference)[..] {
                [only] => {
                    self.link(from, relation, *only);
                    continue;
                }
                [] => {
                    let why = guesses.nothing(reference.name(), &self.entities);
                    let gap = Missing { relation, reference: reference.clone(), why: why.clone() };
                    self.missing[from].push(gap);
                    self.suspect(from, relation, &reference);
                    why
                }
                several => {
                    // Which is meant nobody knows, so it counts for each: who
                    // asks what breaks must not be told "nothing".
                    for to in several {
                        self.doubt(from, relation, *to);
                    }
                    "is both a component and a resource; write the kind".to_owned()
                }
            };
            let text = format!("{} {} {reference}: {why}", self.entities[from].reference, relation.words());
            self.findings.push(finding(&self.entities[from], true, text));
        }
        self.settle(from);
    }

    fn link(&mut self, from: usize, relation: Relation, to: usize) {
        self.edges[from].insert((relation, to));
        self.edges[to].insert((relation.mirror(), from));
    }

    fn doubt(&mut self, from: usize, relation: Relation, to: usize) {
        self.link(from, relation, to);
        self.doubtful.insert((from, relation, to));
        self.doubtful.insert((to, relation.mirror(), from));
    }

    /// `component:db` where only a resource is called so may well mean that one.
    fn suspect(&mut self, from: usize, relation: Relation, reference: &EntityRef) {
        let other = match reference.kind().to_lowercase().as_str() {
            "component" => "resource",
            "resource" => "component",
            _ => return,
        };
        if matches!(relation, Relation::DependsOn | Relation::DependencyOf)
            && let Some(to) = self.by_key.get(&reference.with_kind(other).key()).copied()
        {
            self.doubt(from, relation, to);
        }
    }

    /// What is said with its kind elsewhere in the entry is not in doubt.
    fn settle(&mut self, from: usize) {
        for (relation, reference) in &self.entities[from].declared {
            if let [only] = self.called(reference)[..] {
                self.doubtful.remove(&(from, *relation, only));
                self.doubtful.remove(&(only, relation.mirror(), from));
            }
        }
    }

    /// The entities that `reference` may mean; no kind is looked up among
    /// components and resources, and an owner among groups, then users.
    fn called(&self, reference: &EntityRef) -> Vec<usize> {
        let kinds: &[&str] = match reference.kind() {
            ANY => &["component", "resource"],
            "group" => &["group", "user"],
            other => &[other],
        };
        let hits = kinds.iter().filter_map(|kind| self.by_key.get(&reference.with_kind(kind).key()).copied());
        hits.take(if reference.kind() == "group" { 1 } else { kinds.len() }).collect()
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

    /// What `entity` names and nothing is called, as written.
    pub fn missing(&self, entity: &Entity) -> &[Missing] {
        self.place(entity).and_then(|at| self.missing.get(at)).map_or(&[], Vec::as_slice)
    }

    /// Whether `relation` from one entity to another may not be meant: its
    /// reference has no kind where a component and a resource are called so, or
    /// another kind than the only one called so.
    pub fn is_doubtful(&self, from: &Entity, relation: Relation, to: &Entity) -> bool {
        let places = self.place(from).zip(self.place(to));
        places.is_some_and(|(from, to)| self.in_doubt(from, relation, to))
    }

    /// Whether any reference is ambiguous.
    pub(super) fn has_doubts(&self) -> bool {
        !self.doubtful.is_empty()
    }

    pub(super) fn in_doubt(&self, from: usize, relation: Relation, to: usize) -> bool {
        self.doubtful.contains(&(from, relation, to))
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
