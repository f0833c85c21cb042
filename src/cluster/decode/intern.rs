//! One copy of what repeats: 50,000 pods have a few namespaces, nodes,
//! statuses and container lists among them.

use crate::domain::{ContainerState, clean};
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// Beyond this many different texts the table is emptied (what was handed out
/// lives on): names that never repeat must not pile up for ever.
const MOST: usize = 1 << 16;

/// Texts seen before, cleaned.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    texts: HashSet<Arc<str>>,
    containers: HashSet<Arc<[ContainerState]>>,
}

impl Interner {
    /// `raw` made safe for a terminal, shared with earlier equal texts.
    pub(super) fn text(&mut self, raw: &str) -> Arc<str> {
        shared(&mut self.texts, &*safe(raw), |text| Arc::from(text))
    }

    /// `list`, shared with earlier equal lists.
    pub(super) fn containers(&mut self, list: &[ContainerState]) -> Arc<[ContainerState]> {
        shared(&mut self.containers, list, |list| Arc::from(list))
    }
}

fn shared<T: ?Sized + Hash + Eq>(
    seen: &mut HashSet<Arc<T>>,
    value: &T,
    make: impl Fn(&T) -> Arc<T>,
) -> Arc<T> {
    if let Some(known) = seen.get(value) {
        return Arc::clone(known);
    }
    if seen.len() >= MOST {
        seen.clear();
    }
    let fresh = make(value);
    seen.insert(Arc::clone(&fresh));
    fresh
}

/// `raw` made safe for a terminal; most text already is, and is not copied.
pub(super) fn safe(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        Cow::Borrowed(raw)
    } else {
        Cow::Owned(clean(raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_one_copy_and_are_safe() {
        let mut interner = Interner::default();
        let first = interner.text("node-\u{1b}[31m1");
        assert_eq!(&*first, "node-1");
        assert!(Arc::ptr_eq(&first, &interner.text("node-1")));
    }

    #[test]
    fn the_table_does_not_grow_for_ever() {
        let mut interner = Interner::default();
        for i in 0..2 * MOST {
            interner.text(&i.to_string());
        }
        assert!(interner.texts.len() <= MOST);
    }
}
