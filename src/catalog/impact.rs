//! Who suffers when something breaks.

use super::{Catalog, Entity, EntityRef, Relation, Way};
use serde::Serialize;
use std::collections::{HashSet, VecDeque};

/// Something that depends on what was asked about.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Dependent<'a> {
    /// Which one.
    pub entity: &'a Entity,
    /// How many steps away: 1 depends on it directly.
    pub depth: usize,
    /// Whether it depends on it only if an ambiguous reference means so.
    pub ambiguous: bool,
}

/// An entity that can be reached from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) at: usize,
    pub(super) steps: usize,
    /// Whether every way to it has an ambiguous reference in it.
    pub(super) doubtful: bool,
}

impl Catalog {
    /// Everything that depends on `reference`, directly or not, nearest first:
    /// by `dependsOn`, and by consuming an API it provides or is. Cycles end.
    /// None if nothing is called so.
    pub fn impact(&self, reference: &str) -> Option<Vec<Dependent<'_>>> {
        let start = self.index_of(reference)?;
        let found = self.reach(start, Way::Down, (usize::MAX, usize::MAX)).into_iter().map(|one| Dependent {
            entity: &self.entities()[one.at],
            depth: one.steps,
            ambiguous: one.doubtful,
        });
        Some(found.collect())
    }

    /// What can be reached from `start` within `most` steps, nearest first, at
    /// most `limit`. Cycles end.
    pub(super) fn reach(&self, start: usize, way: Way, (most, limit): (usize, usize)) -> Vec<Reached> {
        let all = self.walk(start, way, (most, limit), true).into_iter();
        // Most catalogues have no ambiguous reference, and one walk is enough.
        let sure: Option<HashSet<usize>> = self
            .has_doubts()
            .then(|| self.walk(start, way, (most, usize::MAX), false).iter().map(|(at, _)| *at).collect());
        let doubtful = |at: &usize| sure.as_ref().is_some_and(|sure| !sure.contains(at));
        all.map(|(at, steps)| Reached { at, steps, doubtful: doubtful(&at) }).collect()
    }

    fn walk(
        &self,
        start: usize,
        way: Way,
        (most, limit): (usize, usize),
        doubtful: bool,
    ) -> Vec<(usize, usize)> {
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([(start, 0)]);
        let mut found = Vec::new();
        while let Some((here, steps)) = queue.pop_front() {
            let next = self.beside(here, way).into_iter().filter(|(_, doubt)| doubtful || !doubt);
            for (at, _) in next {
                if steps < most && found.len() < limit && seen.insert(at) {
                    found.push((at, steps + 1));
                    queue.push_back((at, steps + 1));
                }
            }
        }
        found
    }

    /// The group (or person) that owns `entity`, if it says so and they exist.
    pub fn owner(&self, entity: &Entity) -> Option<&Entity> {
        self.relations(entity).remove(&Relation::OwnedBy)?.into_iter().next()
    }

    /// The owner `entity` names where nothing is called so.
    pub fn unknown_owner(&self, entity: &Entity) -> Option<&EntityRef> {
        let missing = self.missing(entity).iter().find(|gap| gap.relation == Relation::OwnedBy)?;
        self.owner(entity).is_none().then_some(&missing.reference)
    }

    /// The owner of an entry, or in words why none is known.
    pub fn owner_or_why(&self, entity: &Entity) -> Result<&Entity, String> {
        self.owner(entity).ok_or_else(|| match self.unknown_owner(entity) {
            Some(owner) => format!("{owner}: nothing in the catalogue is called so"),
            None => "nobody says who owns it".to_owned(),
        })
    }

    /// The people of a group, those of the groups below it included.
    pub fn people(&self, group: &Entity) -> Vec<&Entity> {
        let Some(start) = self.index_of(&group.reference.to_string()) else { return Vec::new() };
        let (mut seen, mut queue, mut people) = (HashSet::from([start]), VecDeque::from([start]), Vec::new());
        while let Some(here) = queue.pop_front() {
            for person in self.neighbours(here, Relation::HasMember) {
                if seen.insert(person) {
                    people.push(&self.entities()[person]);
                }
            }
            queue.extend(self.neighbours(here, Relation::ParentOf).filter(|child| seen.insert(*child)));
        }
        people
    }
}
