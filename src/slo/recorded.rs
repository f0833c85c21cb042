//! Objectives that Sloth or Pyrra already record in a Prometheus: found by the
//! series they write, without any file.
//!
//! Of Sloth's series the recorded error ratios are taken as they are, so the
//! budget is Sloth's own number: a mean of five-minute ratios. Pyrra writes what
//! is needed only with its generic rules (`pyrra_objective`, …), and rates of
//! requests and errors with them: those are counted.

use super::{Budgeting, Format, Objective, Origin, QueryTemplate, Sli, Slo, Window};
use crate::promql::{Answers, Error, Labels, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// Objectives taken from one server.
const MOST: usize = 500;

/// Sloth's period where none is recorded: its own default.
const USUAL_DAYS: f64 = 30.0;

/// The objectives recorded in `source` at `at` (seconds since the epoch), none
/// where nothing is; those of one label set each where the ratios keep labels.
///
/// # Errors
/// The source fails.
pub fn recorded(source: &dyn Answers, at: i64) -> Result<Vec<Slo>, Error> {
    let mut found = sloth(source, at)?;
    found.extend(pyrra(source, at)?);
    found.sort_by(|a, b| a.id.cmp(&b.id));
    found.dedup_by(|a, b| a.id == b.id);
    found.truncate(MOST);
    Ok(found)
}

/// Each series of an instant answer with its value.
fn series(source: &dyn Answers, expr: &str, at: i64) -> Result<Vec<(Labels, f64)>, Error> {
    Ok(match source.instant(expr, at * 1000)? {
        Value::Vector(found) => found.into_iter().map(|sample| (sample.labels, sample.value)).collect(),
        Value::Scalar(_) | Value::Text(_) | Value::Matrix(_) => Vec::new(),
    })
}

/// The same by one label.
fn by(source: &dyn Answers, expr: &str, label: &str, at: i64) -> Result<BTreeMap<String, f64>, Error> {
    let all = series(source, expr, at)?;
    Ok(all.into_iter().map(|(labels, value)| (labels.get(label).to_owned(), value)).collect())
}

fn sloth(source: &dyn Answers, at: i64) -> Result<Vec<Slo>, Error> {
    let objectives = by(source, "slo:objective:ratio", "sloth_id", at)?;
    if objectives.is_empty() {
        return Ok(Vec::new());
    }
    let days = by(source, "slo:time_period:days", "sloth_id", at)?;
    let infos: BTreeMap<String, Labels> = series(source, "sloth_slo_info", at)?
        .into_iter()
        .map(|(labels, _)| (labels.get("sloth_id").to_owned(), labels))
        .collect();
    let ratios = series(source, "slo:sli_error:ratio_rate5m", at)?;
    let of = |(labels, _): &(Labels, f64)| {
        let id = labels.get("sloth_id");
        let period = days.get(id).copied().unwrap_or(USUAL_DAYS);
        sloth_slo(labels, infos.get(id), *objectives.get(id)?, period)
    };
    Ok(ratios.iter().filter_map(of).collect())
}

/// One series of ratios as an objective.
fn sloth_slo(ratio: &Labels, info: Option<&Labels>, objective: f64, days: f64) -> Option<Slo> {
    let (service, name) = (ratio.get("sloth_service"), ratio.get("sloth_slo"));
    let own = |name: &str| name.starts_with("sloth_") || name == "__name__";
    let labels: BTreeMap<String, String> = info
        .into_iter()
        .flat_map(Labels::iter)
        .filter(|(name, _)| !own(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    // What the ratio has and the objective does not is what it is split by.
    let group: BTreeMap<String, String> = ratio
        .iter()
        .filter(|(name, _)| info.is_some() && !own(name) && !labels.contains_key(*name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut matchers = vec![matcher("sloth_id", ratio.get("sloth_id"))];
    matchers.extend(group.iter().map(|(name, value)| matcher(name, value)));
    let query = format!("slo:sli_error:ratio_rate{{{{.window}}}}{{{}}}", matchers.join(","));
    let words = super::groups::words(&group);
    Some(Slo {
        id: format!("{service}/{name}{words}"),
        service: service.to_owned(),
        name: format!("{name}{words}"),
        description: String::new(),
        // Sloth writes 1 - 0.001 as 0.9990000000000001.
        objective: Objective::from_ratio((objective * 1e9).round() / 1e9)?,
        window: Window::Rolling(Duration::try_from_secs_f64(days * 86_400.0).ok().filter(|w| !w.is_zero())?),
        calendar: None,
        budgeting: Budgeting::Occurrences,
        sli: Sli::Raw { ratio: QueryTemplate::new(&query), success: false },
        group_by: Vec::new(),
        group,
        labels,
        origin: Origin { file: "recorded by Sloth".to_owned(), line: 0, format: Format::Sloth },
    })
}

fn pyrra(source: &dyn Answers, at: i64) -> Result<Vec<Slo>, Error> {
    let objectives = series(source, "pyrra_objective", at)?;
    if objectives.is_empty() {
        return Ok(Vec::new());
    }
    let windows = by(source, "pyrra_window", "slo", at)?;
    let of = |(labels, objective): &(Labels, f64)| {
        let seconds = *windows.get(labels.get("slo"))?;
        pyrra_slo(labels, *objective, seconds)
    };
    Ok(objectives.iter().filter_map(of).collect())
}

fn pyrra_slo(labels: &Labels, objective: f64, seconds: f64) -> Option<Slo> {
    let name = labels.get("slo");
    let named = ["service", "job", "app"].iter().map(|label| labels.get(label)).find(|text| !text.is_empty());
    let service = named.unwrap_or(name);
    let one = matcher("slo", name);
    // A rate over five minutes, averaged over the window.
    let query = |what: &str| {
        QueryTemplate::new(&format!("sum(avg_over_time({what}:rate5m{{{one}}}[{{{{.window}}}}]))"))
    };
    Some(Slo {
        id: format!("{service}/{name}"),
        service: service.to_owned(),
        name: name.to_owned(),
        description: String::new(),
        objective: Objective::from_ratio((objective * 1e9).round() / 1e9)?,
        window: Window::Rolling(Duration::try_from_secs_f64(seconds).ok().filter(|w| !w.is_zero())?),
        calendar: None,
        budgeting: Budgeting::Occurrences,
        sli: Sli::BadOfTotal { bad: query("pyrra_errors"), total: query("pyrra_requests") },
        group_by: Vec::new(),
        group: BTreeMap::new(),
        labels: labels
            .iter()
            .filter(|(name, _)| !matches!(*name, "__name__" | "slo"))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        origin: Origin { file: "recorded by Pyrra".to_owned(), line: 0, format: Format::Pyrra },
    })
}

/// `name="value"`, quoted as PromQL reads it.
fn matcher(name: &str, value: &str) -> String {
    format!("{name}={}", serde_json::Value::from(value))
}

#[cfg(test)]
mod tests {
    use super::super::{Reach, Sight, assess, error_ratio, measure};
    use super::*;
    use crate::promql::{Limits, Local, MemorySeries, Samples};
    use std::sync::Arc;

    const NOW: i64 = 10 * 86_400;

    fn put(series: &mut MemorySeries, pairs: &[(&str, &str)], value: impl Fn(i64) -> f64) {
        let mut points = Samples::default();
        (NOW - 7_200..=NOW).step_by(30).for_each(|at| points.push(at * 1000, value(at)));
        series.append(&Labels::from_pairs(pairs.iter().copied()), &points);
    }

    fn ids(name: &'static str) -> Vec<(&'static str, &'static str)> {
        let id = [("sloth_id", "cart-ok"), ("sloth_service", "cart"), ("sloth_slo", "ok")];
        [("__name__", name)].into_iter().chain(id).collect()
    }

    fn with<'a>(mut pairs: Vec<(&'a str, &'a str)>, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        pairs.extend(more);
        pairs
    }

    fn found(series: &MemorySeries) -> Vec<Slo> {
        let limits = Limits::default();
        recorded(&Local { series, limits: &limits }, NOW).unwrap()
    }

    #[test]
    fn sloths_series_are_an_objective_with_sloths_own_numbers() {
        let mut series = MemorySeries::default();
        put(&mut series, &ids("slo:objective:ratio"), |_| 0.999_000_000_000_000_1);
        put(&mut series, &ids("slo:time_period:days"), |_| 28.0);
        put(
            &mut series,
            &with(ids("sloth_slo_info"), &[("team", "shop"), ("sloth_objective", "99.9")]),
            |_| 1.0,
        );
        let window = [("sloth_window", "5m"), ("team", "shop")];
        // One slot of 24 was 1.2 % bad, and one moment was 0/0.
        put(&mut series, &with(ids("slo:sli_error:ratio_rate5m"), &window), |at| match at {
            at if at == NOW - 1_230 => f64::NAN,
            at if (NOW - 3_600..NOW - 3_300).contains(&(at - 300)) => 0.012,
            _ => 0.0,
        });
        let all = found(&series);
        let [slo] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((slo.id.as_str(), slo.objective.to_string().as_str()), ("cart/ok", "99.9%"));
        assert_eq!(
            (slo.window.length().as_secs(), slo.origin.to_string().as_str()),
            (28 * 86_400, "recorded by Sloth")
        );
        assert_eq!((slo.labels["team"].as_str(), slo.group.len()), ("shop", 0));
        assert_eq!(error_ratio(&slo.sli, "1h"), "slo:sli_error:ratio_rate1h{sloth_id=\"cart-ok\"}");
        let limits = Limits::default();
        let source = Local { series: &series, limits: &limits };
        let first = crate::domain::Slot::index_at(NOW - 6_900);
        let slots = measure(slo, &source, Reach { first, now: NOW, look: false }).unwrap();
        let slo = Arc::new(slo.clone());
        let status = assess(&slo, &slots, Sight { now: NOW, frontier: NOW, trouble: None });
        // 300 of 6,900 seconds at 12 times the budget, of a whole window of that.
        let spent = 1.0 - status.budget.remaining();
        assert!((spent - 12.0 * 300.0 / 6_900.0).abs() < 1e-4, "{spent}");
    }

    #[test]
    fn ratios_that_keep_labels_are_one_objective_each() {
        let mut series = MemorySeries::default();
        put(&mut series, &ids("slo:objective:ratio"), |_| 0.99);
        put(&mut series, &ids("sloth_slo_info"), |_| 1.0);
        for route in ["/a", "/b\"c"] {
            put(&mut series, &with(ids("slo:sli_error:ratio_rate5m"), &[("route", route)]), |_| 0.0);
        }
        let names: Vec<_> = found(&series).into_iter().map(|slo| slo.id).collect();
        assert_eq!(names, ["cart/ok{route=\"/a\"}", "cart/ok{route=\"/b\\\"c\"}"]);
        for slo in found(&series) {
            assert!(promql_parser::parser::parse(&error_ratio(&slo.sli, "5m")).is_ok(), "{:?}", slo.sli);
        }
    }

    #[test]
    fn pyrras_generic_series_are_counted() {
        let mut series = MemorySeries::default();
        let of = |name: &'static str| vec![("__name__", name), ("slo", "checkout-ok"), ("job", "checkout")];
        put(&mut series, &of("pyrra_objective"), |_| 0.995);
        put(&mut series, &of("pyrra_window"), |_| 1_209_600.0);
        put(&mut series, &of("pyrra_requests:rate5m"), |_| 20.0);
        put(&mut series, &of("pyrra_errors:rate5m"), |_| 0.05);
        put(&mut series, &[("__name__", "pyrra_objective"), ("slo", "no-window")], |_| 0.9);
        let all = found(&series);
        let [slo] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((slo.id.as_str(), slo.window.length().as_secs()), ("checkout/checkout-ok", 14 * 86_400));
        let limits = Limits::default();
        let source = Local { series: &series, limits: &limits };
        let first = crate::domain::Slot::index_at(NOW - 3_600);
        let slots = measure(slo, &source, Reach { first, now: NOW, look: false }).unwrap();
        assert_eq!(slots.len(), 12);
        assert!(
            slots.iter().all(|slot| (slot.total - 6_000.0).abs() < 1.0 && (slot.bad - 15.0).abs() < 0.1),
            "{slots:?}"
        );
    }

    #[test]
    fn nothing_recorded_is_nothing() {
        assert!(found(&MemorySeries::default()).is_empty());
    }
}
