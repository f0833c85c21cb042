//! Finding an entity by what one remembers of it.

use super::{Catalog, Entity};
use std::collections::HashSet;

impl Catalog {
    /// Entities that contain every word of `query` in name, title, kind, owner,
    /// tags, annotations, description or one of their documents; the best first:
    /// the name itself, then names beginning with it, then names, then the rest.
    /// At most `most`.
    pub fn search(&self, query: &str, most: usize) -> Vec<&Entity> {
        let found = self.said(query, most);
        let mut seen: HashSet<usize> = found.iter().copied().collect();
        let passages = self.library().search(query, most);
        let written = passages.iter().flat_map(|passage| passage.entities).copied();
        let written: Vec<_> = written.filter(|at| seen.insert(*at)).collect();
        let all = self.entities();
        found.into_iter().chain(written).take(most).filter_map(|at| all.get(at)).collect()
    }

    /// Where the entities stand that say every word of `query` of themselves,
    /// the best first; at most `most`.
    pub fn said(&self, query: &str, most: usize) -> Vec<usize> {
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let says = |at: &usize| {
            let spoken = self.spoken.get(*at).map_or("", |spoken| &**spoken);
            words.iter().all(|word| spoken.contains(word.as_str()))
        };
        let entities = self.entities();
        let mut hits: Vec<(u8, &str, usize)> = (0..entities.len())
            .filter(says)
            .filter_map(|at| {
                let (entity, spoken) = (entities.get(at)?, self.spoken.get(at)?);
                let name = spoken.lines().next().unwrap_or_default();
                Some((rank(entity, name, &words)?, entity.reference.name(), at))
            })
            .collect();
        hits.sort_unstable();
        hits.into_iter().take(most).map(|(_, _, at)| at).collect()
    }
}

/// Everything words are looked for in, lower case, one field a line; the name first.
pub(super) fn spoken(entity: &Entity) -> Box<str> {
    let said = [
        entity.reference.name(),
        &entity.title,
        entity.reference.kind(),
        &entity.flavour,
        &entity.lifecycle,
        &entity.description,
    ];
    let declared = entity.declared.iter().map(|(_, reference)| reference.name());
    let tags = entity.tags.iter().map(String::as_str);
    let notes = entity.annotations.values().map(String::as_str);
    let all: Vec<&str> = said.into_iter().chain(declared).chain(tags).chain(notes).collect();
    all.join("\n").to_lowercase().into()
}

/// `name` is that of the entity, lower case.
fn rank(entity: &Entity, name: &str, words: &[String]) -> Option<u8> {
    words.iter().map(|word| rank_word(entity, name, word)).try_fold(0, |worst, rank| Some(worst.max(rank?)))
}

fn rank_word(entity: &Entity, name: &str, word: &str) -> Option<u8> {
    if name == word {
        return Some(0);
    }
    if name.starts_with(word) {
        return Some(1);
    }
    if name.contains(word) || holds(&entity.title, word) {
        return Some(2);
    }
    let near = [entity.reference.kind(), &entity.flavour, &entity.lifecycle];
    let named = entity.declared.iter().any(|(_, reference)| holds(reference.name(), word));
    if near.iter().any(|text| holds(text, word)) || named || entity.tags.iter().any(|tag| holds(tag, word)) {
        return Some(3);
    }
    let far = entity.annotations.values().any(|text| holds(text, word)) || holds(&entity.description, word);
    far.then_some(4)
}

/// Whether `text` contains `word` (already lower case), without allocating for
/// the usual case of plain ASCII.
fn holds(text: &str, word: &str) -> bool {
    if word.is_empty() {
        return true;
    }
    if text.is_ascii() && word.is_ascii() {
        return text
            .as_bytes()
            .windows(word.len())
            .any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
    }
    text.to_lowercase().contains(word)
}
