//! What the pods use now.

use super::{Reader, explain};
use crate::domain::{Explained, Reading, SignalSource, Usage, Used};
use crate::promql::{Error, Value};
use crate::signals::{Family, Span, USAGES, usage::containers};
use std::collections::BTreeSet;

impl Reader<'_> {
    /// What the pods of the series matched by `selector` use, and how that came
    /// about; nothing where none says so.
    pub(super) fn usage(
        &self,
        (family, selector): (&Family, &str),
        window: Span,
        from: &SignalSource,
    ) -> Result<(Option<Usage>, Vec<Explained>), Error> {
        for usage in &USAGES {
            let selector = match (usage.from, from) {
                ("container", SignalSource::Scraper) => None,
                ("container", SignalSource::Prometheus(_)) => self.containers(family, selector)?,
                _ => Some(selector.to_owned()),
            };
            let Some(selector) = selector else { continue };
            let queries = usage.queries(&selector, window.text);
            let (cpu, memory) = (self.used(&queries.cpu)?, self.used(&queries.memory)?);
            if cpu.is_none() && memory.is_none() {
                continue;
            }
            let reading = |used: &Option<Used>| {
                used.as_ref().map_or(Reading::Collecting, |used| Reading::Value(used.worst))
            };
            let explained = vec![
                explain(&queries.worst_cpu, reading(&cpu)),
                explain(&queries.worst_memory, reading(&memory)),
            ];
            return Ok((Some(Usage { from: usage.from, selector, cpu, memory }), explained));
        }
        Ok((None, Vec::new()))
    }

    /// The matchers of the service's containers, found by its pods; none where
    /// its series do not name them.
    fn containers(&self, family: &Family, selector: &str) -> Result<Option<String>, Error> {
        let text =
            format!("count by (namespace, pod) ({}{{{selector},pod!=\"\",namespace!=\"\"}})", family.total);
        let Value::Vector(found) = self.source.instant(&text, self.at_ms)? else { return Ok(None) };
        let spaces: BTreeSet<&str> = found.iter().map(|sample| sample.labels.get("namespace")).collect();
        let pods: Vec<String> = found.iter().map(|sample| sample.labels.get("pod").to_owned()).collect();
        let mut spaces = spaces.into_iter();
        Ok(match (spaces.next(), spaces.next()) {
            (Some(namespace), None) => containers(namespace, &pods),
            _ => None,
        })
    }

    /// The pod that uses most, and the mean of all; none without any.
    fn used(&self, text: &str) -> Result<Option<Used>, Error> {
        let Value::Vector(found) = self.source.instant(text, self.at_ms)? else { return Ok(None) };
        let rows: Vec<_> = found.iter().filter(|sample| sample.value.is_finite()).collect();
        let Some(worst) = rows.iter().max_by(|a, b| a.value.total_cmp(&b.value)) else { return Ok(None) };
        let name = |label| Some(worst.labels.get(label)).filter(|name| !name.is_empty());
        Ok(Some(Used {
            worst: worst.value,
            pod: name("pod").or_else(|| name("instance")).unwrap_or("the only one").to_owned(),
            mean: rows.iter().map(|sample| sample.value).sum::<f64>() / rows.len() as f64,
        }))
    }
}
