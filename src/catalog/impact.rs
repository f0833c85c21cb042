//! Who suffers when something breaks.

use super::{Catalog, Entity, Relation};
use serde::Serialize;
use std::collections::{HashSet, VecDeque};

/// Something that depends on what was asked about.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Dependent<'a> {
    /// Which one.
    pub entity: &'a Entity,
    /// How many steps away: 1 depends on it directly.
    pub depth: usize,
}

impl Catalog {
    /// Everything that depends on `reference`, directly or not, nearest first:
    /// by `dependsOn`, and by consuming an API it provides. Cycles end.
    /// None if nothing is called so.
    pub fn impact(&self, reference: &str) -> Option<Vec<Dependent<'_>>> {
        let start = self.index_of(reference)?;
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([(start, 0)]);
        let mut found = Vec::new();
        while let Some((here, depth)) = queue.pop_front() {
            let direct = self.neighbours(here, Relation::DependencyOf);
            let apis = self.neighbours(here, Relation::Provides);
            let through = apis.flat_map(|api| self.neighbours(api, Relation::ConsumedBy));
            for next in direct.chain(through) {
                if seen.insert(next) {
                    found.push(Dependent { entity: &self.entities()[next], depth: depth + 1 });
                    queue.push_back((next, depth + 1));
                }
            }
        }
        Some(found)
    }

    /// The group (or person) that owns `entity`, if it says so and they exist.
    pub fn owner(&self, entity: &Entity) -> Option<&Entity> {
        self.relations(entity).remove(&Relation::OwnedBy)?.into_iter().next()
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
