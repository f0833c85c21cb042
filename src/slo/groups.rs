//! Objectives that are split: one for each label set.
//!
//! An SLO splits by the labels its file names (Pyrra's `grouping`) or its query
//! keeps (`sum by (route) (…)`). Which label sets there are is asked; the ones
//! with the most traffic are counted, since each costs what an SLO costs.

use super::reshape::{kept_labels, narrowed};
use super::{QueryTemplate, Sli, Slo};
use crate::promql::Value;
use std::collections::BTreeMap;

/// Label sets of one objective that are counted.
pub const MOST_GROUPS: usize = 24;

/// What the label sets are weighed over: long enough for a quiet route.
const OVER: &str = "1h";

/// Labels an indicator splits by: what its query keeps.
pub fn split_of(sli: &Sli) -> Vec<String> {
    whole(sli).map(kept_labels).unwrap_or_default()
}

/// The query of all events, or what comes nearest to it.
fn whole(sli: &Sli) -> Option<&QueryTemplate> {
    match sli {
        Sli::BadOfTotal { total, .. } | Sli::GoodOfTotal { total, .. } => Some(total),
        Sli::Raw { ratio, .. } => Some(ratio),
        Sli::BoolGauge { metric } | Sli::Threshold { metric, .. } => Some(metric),
        Sli::Composite { .. } => None,
    }
}

/// The expression whose result has one series for each label set, its value the
/// events of an hour; none if the objective is not split.
pub fn question(slo: &Slo) -> Option<String> {
    let query = whole(&slo.sli).filter(|_| !slo.group_by.is_empty())?;
    let labels = slo.group_by.join(", ");
    Some(match &slo.sli {
        Sli::BadOfTotal { .. } | Sli::GoodOfTotal { .. } if !query.has_hole() => {
            format!("sum by ({labels}) (increase({}[{OVER}]))", query.filled(OVER))
        }
        Sli::BadOfTotal { .. } | Sli::GoodOfTotal { .. } => {
            format!("sum by ({labels}) ({})", query.filled(OVER))
        }
        Sli::Raw { .. } | Sli::BoolGauge { .. } | Sli::Threshold { .. } | Sli::Composite { .. } => {
            format!("count by ({labels}) ({})", query.filled(OVER))
        }
    })
}

/// The label sets in the answer to [`question`], the most traffic first.
pub fn found_groups(slo: &Slo, answer: &Value) -> Vec<BTreeMap<String, String>> {
    let Value::Vector(found) = answer else { return Vec::new() };
    let mut sets: Vec<(f64, BTreeMap<String, String>)> = found
        .iter()
        .map(|sample| {
            let label = |name: &String| (name.clone(), sample.labels.get(name).to_owned());
            let traffic = if sample.value.is_nan() { 0.0 } else { sample.value };
            (traffic, slo.group_by.iter().map(label).collect())
        })
        .collect();
    sets.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    sets.into_iter().map(|(_, set)| set).collect()
}

/// The label sets to count from now on, [`MOST_GROUPS`] at most: those counted
/// so far that are still there, then new ones, then those that were there once.
/// A route that overtakes another takes nobody's place.
pub fn merged_groups(
    known: &[BTreeMap<String, String>],
    found: &[BTreeMap<String, String>],
) -> Vec<BTreeMap<String, String>> {
    let still = known.iter().filter(|set| found.contains(set));
    let new = found.iter().filter(|set| !known.contains(set));
    let gone = known.iter().filter(|set| !found.contains(set));
    still.chain(new).chain(gone).take(MOST_GROUPS).cloned().collect()
}

impl Slo {
    /// Whether the objective called `whole` was split into this one; so are
    /// called those of files, and those Sloth and Pyrra record.
    pub fn is_part_of(&self, whole: &str) -> bool {
        self.id.strip_prefix(whole).is_some_and(|rest| rest.starts_with('{'))
    }
}

/// `{route="/pay"}`; empty for no label set.
pub(super) fn words(group: &BTreeMap<String, String>) -> String {
    if group.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> = group.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(","))
}

/// The SLO of one label set: its queries narrowed to it. None if they cannot be.
pub fn within(slo: &Slo, group: &BTreeMap<String, String>) -> Option<Slo> {
    let labels: Vec<(&str, &str)> =
        group.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let narrow = |query: &QueryTemplate| narrowed(query, &labels);
    let sli = match &slo.sli {
        Sli::BadOfTotal { bad, total } => Sli::BadOfTotal { bad: narrow(bad)?, total: narrow(total)? },
        Sli::GoodOfTotal { good, total } => Sli::GoodOfTotal { good: narrow(good)?, total: narrow(total)? },
        Sli::Raw { ratio, success } => Sli::Raw { ratio: narrow(ratio)?, success: *success },
        Sli::BoolGauge { metric } => Sli::BoolGauge { metric: narrow(metric)? },
        Sli::Threshold { metric, op, value } => {
            Sli::Threshold { metric: narrow(metric)?, op: op.clone(), value: *value }
        }
        Sli::Composite { .. } => return None,
    };
    let words = words(group);
    Some(Slo {
        id: format!("{}{words}", slo.id),
        name: format!("{}{words}", slo.name),
        sli,
        group: group.clone(),
        ..slo.clone()
    })
}
