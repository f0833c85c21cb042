//! Plans that ask for approval, read when they change.

use crate::domain::{ObjectKey, ResourceVersion, World};
use crate::engine::gates::Petition;
use crate::screens::approvals::Pending;
use std::collections::HashMap;

/// Those there are.
#[derive(Default)]
pub(super) struct Petitions {
    versions: HashMap<ObjectKey, ResourceVersion>,
    all: Vec<Pending>,
}

impl Petitions {
    /// Every one, in the order of their names.
    pub(super) fn all(&self) -> &[Pending] {
        &self.all
    }

    /// Reads what has changed. One that cannot be read is kept with the reason.
    pub(super) fn refresh(&mut self, world: &World) {
        let mut before: HashMap<_, _> =
            std::mem::take(&mut self.all).into_iter().map(|pending| (pending.key.clone(), pending)).collect();
        let mut versions = HashMap::new();
        for text in world.petitions() {
            let same = self.versions.get(&text.key) == Some(&text.resource_version);
            let known = before.remove(&text.key).filter(|_| same);
            let read = || Pending { key: text.key.clone(), read: Petition::read(&text.text) };
            self.all.push(known.unwrap_or_else(read));
            versions.insert(text.key.clone(), text.resource_version.clone());
        }
        self.versions = versions;
    }
}
