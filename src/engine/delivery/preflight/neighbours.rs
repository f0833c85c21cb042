//! What the service needs: how it is doing, and whether it has just changed.

use std::time::Duration;

use super::Case;
use crate::domain::CheckOutcome::{Fail, NotApplicable, Pass, Unknown, Warn};
use crate::domain::{Check, Dependent, Health, Now, count_of, dependents_words, short_duration};
use crate::engine::delivery::vicinity::{Need, Vicinity};
use crate::engine::gates::BREAK_GLASS;

/// What changed this recently may still turn out bad, and then looks like ours.
const RECENT: Duration = Duration::from_mins(30);
/// So many services of tier 1 that depend on it are worth a word before.
const MANY_VITAL: usize = 3;
/// Names said of each sort.
const MOST_NAMES: usize = 5;
pub(super) const DEPENDENCIES: &str = "dependencies";
const SOURCE: &str = "catalogue, watched workloads, operation records";

pub(super) fn changes(case: &Case<'_>) -> Check {
    changed(&case.evidence.vicinity, case.evidence.now)
}

pub(super) fn dependencies(case: &Case<'_>) -> Check {
    let vicinity = &case.evidence.vicinity;
    doubted(healthy(vicinity, case.in_incident()), &vicinity.missing)
}

/// A need that nothing in the catalogue is called may be well or down: nobody
/// can tell, so "all well" is not said. It is a slip of the catalogue more often
/// than an outage, so it does not stop a delivery.
fn doubted(check: Check, missing: &[String]) -> Check {
    if missing.is_empty() {
        return check;
    }
    let text =
        format!("nothing in the catalogue is called {}: how that is doing is not known", missing.join(", "));
    if matches!(check.outcome, Pass | NotApplicable) {
        let known = if check.outcome == Pass { format!("{}; ", check.observed) } else { String::new() };
        return Check::new(check.name, Warn, known + &text, SOURCE)
            .remedy("look at it before you go on; `qd catalog lint` names the line to correct");
    }
    Check { observed: format!("{}; {text}", check.observed), ..check }
}

/// Who suffers if it goes wrong.
pub(super) fn reach(case: &Case<'_>) -> Check {
    suffering(case.evidence.vicinity.dependents.as_deref(), case.live.workload.replicas.desired)
}

fn suffering(dependents: Option<&[Dependent]>, pods: u32) -> Check {
    let name = "reach";
    let pods = count_of(pods as usize, "pod");
    let Some(found) = dependents else {
        let text = format!("{pods}; no catalogue knows who depends on it (option `catalog`)");
        return Check::new(name, NotApplicable, text, SOURCE);
    };
    let text = format!("{pods}; {}", dependents_words(found, MOST_NAMES));
    let vital = found.iter().filter(|dependent| dependent.tier == Some(1)).count();
    if vital < MANY_VITAL {
        return Check::new(name, Pass, text, SOURCE);
    }
    Check::new(name, Warn, text, SOURCE).remedy("tell their people before; smaller steps reach fewer at once")
}

/// The needs there are to look at, or why there is nothing to say of them.
fn known<'a>(vicinity: &'a Vicinity, name: &'static str) -> Result<Vec<&'a Need>, Check> {
    let none = |text: String| Check::new(name, NotApplicable, text, SOURCE);
    let Some(needs) = &vicinity.needs else {
        return Err(none("no catalogue knows what it needs (option `catalog`)".to_owned()));
    };
    if needs.is_empty() {
        return Err(none("the catalogue names nothing it needs".to_owned()));
    }
    if let Err(fault) = &vicinity.watched {
        return Err(Check::unknown(name, fault, SOURCE));
    }
    let seen: Vec<&Need> = needs.iter().filter(|need| need.health.is_some()).collect();
    if seen.is_empty() {
        let all = needs.iter().map(|need| need.name.clone()).collect();
        return Err(none(format!("not seen in its environment here: {}", listed(all))));
    }
    Ok(seen)
}

fn changed(vicinity: &Vicinity, now: Now) -> Check {
    let name = "changes";
    let needs = match known(vicinity, name) {
        Ok(needs) => needs,
        Err(check) => return check,
    };
    let recent = needs.iter().filter_map(|need| {
        let found = need.changes.iter().filter(|c| c.running || now.since(c.at) <= RECENT);
        let newest = found.max_by_key(|change| (change.running, change.at))?;
        let since = short_duration(now.since(newest.at));
        let how = if newest.running { "under way since" } else { "since" };
        Some(format!("{}: {} {how} {since}", need.name, newest.text))
    });
    let recent: Vec<String> = recent.collect();
    let window = short_duration(RECENT);
    if recent.is_empty() {
        let text =
            format!("none of {} it needs changed in the last {window}", count_of(needs.len(), "service"));
        return Check::new(name, Pass, text, SOURCE);
    }
    Check::new(name, Warn, listed(recent), SOURCE)
        .remedy(format!("if something breaks, look there too; or wait until it has run for {window}"))
}

fn healthy(vicinity: &Vicinity, incident: bool) -> Check {
    let name = DEPENDENCIES;
    let needs = match known(vicinity, name) {
        Ok(needs) => needs,
        Err(check) => return check,
    };
    let words = |need: &&Need| {
        let health = need.health.map_or("not seen", Health::word);
        let vital = if need.vital { ", vital" } else { "" };
        let reason = if need.reason.is_empty() { String::new() } else { format!(": {}", need.reason) };
        format!("{} ({health}{vital}){reason}", need.name)
    };
    let ill = |health: &[Health]| -> Vec<&Need> {
        needs.iter().copied().filter(|need| need.health.is_some_and(|h| health.contains(&h))).collect()
    };
    let bad = ill(&[Health::Degraded, Health::Down]);
    if bad.is_empty() {
        let unseen = ill(&[Health::Unknown]);
        if !unseen.is_empty() {
            let text = format!("cannot be told: {}", listed(unseen.iter().map(words).collect()));
            return Check::new(name, Unknown, text, SOURCE).remedy("look at them before you go on");
        }
        let text = format!("{} it needs, all well", count_of(needs.len(), "service"));
        let all = vicinity.needs.as_ref().map_or(0, Vec::len);
        let rest = all.saturating_sub(needs.len());
        let rest =
            if rest == 0 { String::new() } else { format!("; {rest} not seen in its environment here") };
        return Check::new(name, Pass, text + &rest, SOURCE);
    }
    let text = listed(bad.iter().map(words).collect());
    let gone = bad.iter().any(|need| need.vital && need.health == Some(Health::Down));
    match (gone, incident) {
        (true, false) => Check::new(name, Fail, text, SOURCE)
            .could_pass()
            .remedy(format!("mend it first; if this release is the cure of an incident: {BREAK_GLASS}")),
        (true, true) => Check::new(name, Fail, "", SOURCE)
            .let_through(format!("{text}; delivered for an incident"))
            .remedy("nothing it serves is proof while what it needs is down"),
        (false, _) => Check::new(name, Warn, text, SOURCE)
            .remedy("failures of the new version may be theirs: mend them first if it can wait"),
    }
}

/// The first few, and how many more there are.
fn listed(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(MOST_NAMES);
    all.truncate(MOST_NAMES);
    let more = if more == 0 { String::new() } else { format!("; {more} more") };
    all.join("; ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ByIncident, Fault, FaultKind};
    use crate::engine::delivery::vicinity::Changed;
    use jiff::SignedDuration;

    fn need(name: &str, vital: bool, health: Option<Health>) -> Need {
        Need { name: name.into(), vital, health, reason: String::new(), changes: Vec::new() }
    }

    #[test]
    fn many_vital_dependents_are_worth_a_word() {
        let of = |tier| {
            let (name, tier) = (format!("s{tier}"), Some(tier));
            Dependent { name, steps: 1, tier, health: None, ambiguous: false }
        };
        let few = [of(1), of(1), of(2), of(3)];
        let check = suffering(Some(&few), 6);
        assert_eq!(
            (check.outcome, check.observed.starts_with("6 pods; 4 services depend on it")),
            (Pass, true)
        );
        assert_eq!(suffering(Some(&[of(1), of(1), of(1)]), 6).outcome, Warn);
        assert_eq!(suffering(Some(&[]), 1).observed, "1 pod; no service depends on it");
        assert_eq!(suffering(None, 6).outcome, NotApplicable, "unknown is no pass");
    }

    fn around(needs: Option<Vec<Need>>) -> Vicinity {
        Vicinity { needs, ..Vicinity::default() }
    }

    #[test]
    fn what_it_needs_is_well_ill_down_or_not_known() {
        let broken = || Vicinity {
            watched: Err(Fault::new(FaultKind::Forbidden, "you may not list deployments")),
            ..around(Some(vec![need("a", false, Some(Health::Healthy))]))
        };
        let one = |vital, health| around(Some(vec![need("pay", vital, health), need("db", false, None)]));
        let cases = [
            (around(None), false, NotApplicable, "no catalogue"),
            (around(Some(Vec::new())), false, NotApplicable, "nothing it needs"),
            (
                around(Some(vec![need("db", true, None)])),
                false,
                NotApplicable,
                "not seen in its environment here: db",
            ),
            (broken(), false, Unknown, "may not list"),
            (one(false, Some(Health::Healthy)), false, Pass, "1 service it needs, all well; 1 not seen"),
            (one(true, Some(Health::Moving)), false, Pass, "1 service"),
            (one(true, Some(Health::Idle)), false, Pass, "1 service"),
            (one(true, Some(Health::Unknown)), false, Unknown, "pay (unknown, vital)"),
            (one(true, Some(Health::Degraded)), false, Warn, "pay (degraded, vital)"),
            (one(false, Some(Health::Down)), false, Warn, "pay (down)"),
            (one(true, Some(Health::Down)), false, Fail, "pay (down, vital)"),
            (one(true, Some(Health::Down)), true, Warn, "for an incident"),
        ];
        for (vicinity, incident, outcome, words) in cases {
            let check = healthy(&vicinity, incident);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
            let by_incident = match outcome {
                Fail => ByIncident::CouldPass,
                Warn if incident => ByIncident::LetThrough,
                Warn | NotApplicable | Pass | Unknown => ByIncident::Nothing,
            };
            assert_eq!(check.by_incident, by_incident, "{check:?}");
            let mended = matches!(outcome, Pass | NotApplicable) || !check.remedy.is_empty();
            assert!(mended, "it says what to do: {check:?}");
        }
    }

    #[test]
    fn a_change_counts_for_half_an_hour_and_while_it_goes_on() {
        let now = Now::at(100_000);
        let with = |all: &[(i64, bool)]| {
            let changes = all.iter().map(|(ago, running)| Changed {
                text: format!("v{ago}"),
                at: now.wall - SignedDuration::from_mins(*ago),
                running: *running,
            });
            let need = Need { changes: changes.collect(), ..need("pay", false, Some(Health::Healthy)) };
            around(Some(vec![need]))
        };
        let cases = [
            (with(&[]), Pass, "none of 1 service"),
            (with(&[(31, false)]), Pass, "in the last 30m"),
            (with(&[(30, false), (29, false)]), Warn, "pay: v29 since 29m"),
            (with(&[(30, false)]), Warn, "pay: v30 since 30m"),
            (with(&[(2, false), (200, true)]), Warn, "pay: v200 under way since 3h"),
            (around(None), NotApplicable, "no catalogue"),
        ];
        for (vicinity, outcome, words) in cases {
            let check = changed(&vicinity, now);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
        }
    }

    #[test]
    fn a_need_that_nothing_is_called_is_not_passed_over() {
        let missing = ["component:ghost".to_owned()];
        let cases = [
            (around(Some(Vec::new())), Warn, "nothing in the catalogue is called component:ghost"),
            (around(Some(vec![need("pay", false, Some(Health::Healthy))])), Warn, "all well; nothing in the"),
            (
                around(Some(vec![need("pay", true, Some(Health::Down))])),
                Fail,
                "pay (down, vital); nothing in",
            ),
        ];
        for (vicinity, outcome, words) in cases {
            let check = doubted(healthy(&vicinity, false), &missing);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words) && !check.remedy.is_empty(), "{words}: {check:?}");
        }
        let well = healthy(&around(Some(vec![need("pay", false, Some(Health::Healthy))])), false);
        assert_eq!(doubted(well, &[]).outcome, Pass);
    }

    #[test]
    fn many_names_are_cut() {
        let needs = (0..8).map(|at| need(&format!("n{at}"), false, Some(Health::Down))).collect();
        let check = healthy(&around(Some(needs)), false);
        assert!(check.observed.ends_with("n4 (down); 3 more"), "{check:?}");
    }
}
