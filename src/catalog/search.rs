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
        let entities = self.entities();
        let mut hits: Vec<(u8, &str, usize)> = (self.spoken.iter().zip(entities).enumerate())
            .filter_map(|(at, (spoken, entity))| Some((rank(spoken, &words)?, entity.reference.name(), at)))
            .collect();
        // Nearly all may say it, and a few are wanted.
        if hits.len() > most {
            hits.select_nth_unstable(most);
            hits.truncate(most);
        }
        hits.sort_unstable();
        hits.into_iter().map(|(_, _, at)| at).collect()
    }
}

/// Everything words are looked for in, lower case, a line each, what counts most
/// first: the name, the title, what it is and belongs to, the rest. Within a line
/// tabs part what are different words.
pub(super) fn spoken(entity: &Entity) -> Box<str> {
    let what = [entity.reference.kind(), &entity.flavour, &entity.lifecycle];
    let declared = entity.declared.iter().map(|(_, reference)| reference.name());
    let near: Vec<&str> =
        what.into_iter().chain(declared).chain(entity.tags.iter().map(String::as_str)).collect();
    let notes = entity.annotations.values().map(String::as_str);
    let rest: Vec<&str> = notes.chain([entity.description.as_str()]).collect();
    let lines = [entity.reference.name().to_owned(), entity.title.clone(), near.join("\t"), rest.join("\t")];
    lines.map(|line| line.to_lowercase().replace('\n', "\t")).join("\n").into()
}

/// How well all of `words` (lower case, without blanks) are found in what an
/// entity says of itself, 0 best; none if one of them is not.
fn rank(spoken: &str, words: &[String]) -> Option<u8> {
    words.iter().map(|word| rank_word(spoken, word)).try_fold(0, |worst, rank| Some(worst.max(rank?)))
}

/// Where the word is found first tells all: what counts most stands first.
fn rank_word(spoken: &str, word: &str) -> Option<u8> {
    let at = spoken.find(word)?;
    let before = spoken.get(..at).unwrap_or_default();
    Some(match before.matches('\n').count() {
        0 if spoken.strip_prefix(word).is_some_and(|rest| rest.starts_with('\n')) => 0,
        0 if at == 0 => 1,
        0 | 1 => 2,
        2 => 3,
        _ => 4,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::read;

    fn entity(name: &str, more: &str) -> Entity {
        let text = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}{more}}}\n\
             spec: {{type: service, lifecycle: production, owner: Team-A}}\n"
        );
        read("a.yaml", &text).entities.remove(0)
    }

    #[test]
    fn what_counts_most_is_found_first() {
        let more = ", title: Pays Bills, tags: [rust], description: \"Takes money\\nand keeps it; no python\", \
                    annotations: {a/b: Grafana}";
        let spoken = spoken(&entity("pay", more));
        let cases = [
            ("pay", Some(0)),
            ("pa", Some(1)),
            ("ay", Some(2)),
            ("bills", Some(2)),
            ("rust", Some(3)),
            ("team-a", Some(3)),
            ("service", Some(3)),
            ("component", Some(3)),
            ("grafana", Some(4)),
            ("keeps", Some(4)),
            ("payments", None),
        ];
        for (word, expected) in cases {
            assert_eq!(rank_word(&spoken, word), expected, "{word}");
        }
        let all = |words: &[&str]| rank(&spoken, &words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>());
        assert_eq!(all(&["pay", "grafana"]), Some(4), "as well as the word found worst");
        assert_eq!(all(&["pay", "payments"]), None);
    }

    #[test]
    fn of_many_the_best_few_come_in_their_order() {
        let names = (0..50).map(|n| entity(&format!("part-{:02}", 49 - n), "")).chain([entity("part", "")]);
        let catalog = Catalog::build(names.collect());
        let found: Vec<_> =
            catalog.search("part", 4).iter().map(|one| one.reference.name().to_owned()).collect();
        assert_eq!(found, ["part", "part-00", "part-01", "part-02"]);
    }
}
