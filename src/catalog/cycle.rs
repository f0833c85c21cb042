//! Cycles of what cannot go round: nothing in a dependency cycle can be started
//! before the others, and nothing is part of itself or above itself.

use super::build::finding;
use super::{Catalog, Relation};
use crate::domain::Finding;

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    New,
    Open,
    Done,
}

/// What must not go round, and what it is called if it does.
const ROUNDS: [(Relation, &str); 3] = [
    (Relation::DependsOn, "dependency cycle"),
    (Relation::PartOf, "cycle of parts (subcomponentOf, subdomainOf)"),
    (Relation::ChildOf, "cycle of groups (parent, children)"),
];

/// One finding per cycle, told once, at the entity the walk enters it by. The
/// walk keeps its own stack: a chain of 10,000 services must not overflow ours.
pub(super) fn find(catalog: &Catalog) -> Vec<Finding> {
    let mut findings = Vec::new();
    for round in &ROUNDS {
        let mut marks = vec![Mark::New; catalog.entities().len()];
        for start in 0..marks.len() {
            if marks[start] == Mark::New {
                walk(catalog, *round, start, &mut marks, &mut findings);
            }
        }
    }
    findings
}

fn walk(
    catalog: &Catalog,
    (relation, called): (Relation, &str),
    start: usize,
    marks: &mut [Mark],
    findings: &mut Vec<Finding>,
) {
    // What is only perhaps meant proves no cycle.
    let sure = |from: usize, to: &usize| !catalog.in_doubt(from, relation, *to);
    let next =
        |index: usize| catalog.neighbours(index, relation).filter(|to| sure(index, to)).collect::<Vec<_>>();
    let mut path = vec![(start, next(start))];
    marks[start] = Mark::Open;
    while let Some((here, todo)) = path.last_mut() {
        let here = *here;
        let Some(to) = todo.pop() else {
            marks[here] = Mark::Done;
            path.pop();
            continue;
        };
        match marks[to] {
            Mark::New => {
                marks[to] = Mark::Open;
                path.push((to, next(to)));
            }
            Mark::Open => {
                let names = path.iter().map(|(index, _)| *index).skip_while(|index| *index != to).chain([to]);
                let names: Vec<_> =
                    names.map(|index| catalog.entities()[index].reference.to_string()).collect();
                let text = format!("{called}: {}", names.join(" → "));
                findings.push(finding(&catalog.entities()[to], true, text));
            }
            Mark::Done => {}
        }
    }
}
