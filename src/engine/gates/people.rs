//! Groups of the catalogue that may approve: for whom they stand.
//!
//! A group is asked anew for every plan, so who joins or leaves it counts from
//! then on. What the catalogue does not know stands for nobody: a rule that is
//! left with too few people stops its releases, with the reason.

use super::{ApprovalRule, Book};
use crate::catalog::{Catalog, Entity, EntityRef};

/// How a group is written among those who may approve.
pub(super) const GROUP: &str = "group:";

/// A group in the words of a rule, with what is wrong with it.
///
/// # Errors
/// It names nothing, or something that is no group.
pub(super) fn group_of(text: &str) -> Result<EntityRef, String> {
    let found = EntityRef::parse(text, "group", "default").filter(|found| !found.name().trim().is_empty());
    found.ok_or_else(|| format!("'{text}' names no group; write group:default/team-payments"))
}

impl Book {
    /// The same with the people the groups of its rules stand for in the
    /// catalogue; none, if none could be read.
    #[must_use]
    pub fn with_people(mut self, catalog: Option<&Catalog>) -> Self {
        for rule in &mut self.rules {
            rule.take_people(catalog);
        }
        self
    }
}

impl ApprovalRule {
    fn take_people(&mut self, catalog: Option<&Catalog>) {
        self.unknown.clear();
        for group in std::mem::take(&mut self.groups) {
            match people_of(&group, catalog) {
                Ok(people) => self.by.extend(people),
                Err(why) => self.unknown.push(why),
            }
            self.groups.push(group);
        }
        self.by.sort();
        self.by.dedup();
    }
}

/// The people of a group and of those below it, as the API server names them.
fn people_of(group: &EntityRef, catalog: Option<&Catalog>) -> Result<Vec<String>, String> {
    let Some(catalog) = catalog else {
        return Err(format!("there is no catalogue to say who {group} is"));
    };
    // What the catalogue remembers and no source says any more counts for nothing.
    let here = |entity: &&Entity| entity.orphan.is_none();
    let Some(found) = catalog.get(&group.key()).filter(here) else {
        return Err(format!("the catalogue knows no {group}"));
    };
    let people: Vec<String> = catalog.people(found).into_iter().filter(here).map(user).collect();
    if people.is_empty() { Err(format!("the catalogue has nobody in {group}")) } else { Ok(people) }
}

/// The name the API server has for a person: the annotation
/// `quarterdeck.dev/user`, else the entry's own name.
fn user(person: &Entity) -> String {
    person.own("user").unwrap_or_else(|| person.reference.name()).to_owned()
}
