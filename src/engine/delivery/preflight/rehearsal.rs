//! Whether what goes to production has run somewhere less dear before.

use super::Case;
use crate::domain::CheckOutcome::{Fail, NotApplicable, Pass, Unknown, Warn};
use crate::domain::{Check, Environment, Now, RevisionNumber, Template, short_duration};
use crate::engine::delivery::vicinity::{Lower, Vicinity, images};
use crate::engine::gates::BREAK_GLASS;

pub(super) const NAME: &str = "rehearsal";
const SOURCE: &str = "workloads and operation records of lower environments";

/// How the images fared in a lower environment, best last: several may have it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fared {
    Never,
    /// Its revision is there, and nothing says whether it served.
    Before(RevisionNumber),
    /// Rolled back then.
    Back(String),
    /// It is what is to run there, and does not quite.
    Partly(String),
    Well(String),
}

/// What is looked at.
struct Asked<'a> {
    /// The images that are new to production.
    wanted: Vec<String>,
    /// The revisions of the service in production itself.
    own: Vec<(RevisionNumber, Vec<String>)>,
    vicinity: &'a Vicinity,
    /// Whether it must have run.
    required: bool,
    incident: bool,
    now: Now,
}

pub(super) fn check(case: &Case<'_>) -> Check {
    let evidence = case.evidence;
    if matches!(evidence.environment, Environment::Staging | Environment::Development) {
        return Check::new(NAME, NotApplicable, "asked of production only", SOURCE);
    }
    let after = match &evidence.dry_stable {
        Ok((_, after)) => &after.template,
        Err(fault) => return Check::unknown(NAME, fault, SOURCE),
    };
    let own = evidence.revisions.iter();
    judge(&Asked {
        wanted: new_images(&case.live.workload.template, after),
        own: own.filter_map(|set| Some((set.revision?, images(&set.template)))).collect(),
        vicinity: &evidence.vicinity,
        required: evidence.guardrails.rehearsal,
        incident: case.in_incident(),
        now: evidence.now,
    })
}

fn new_images(before: &Template, after: &Template) -> Vec<String> {
    let known = images(before);
    images(after).into_iter().filter(|image| !known.contains(image)).collect()
}

fn judge(asked: &Asked<'_>) -> Check {
    let none = |text: String| Check::new(NAME, NotApplicable, text, SOURCE);
    if asked.wanted.is_empty() {
        return none("no image changes".to_owned());
    }
    let covers = |images: &[String]| asked.wanted.iter().all(|image| images.contains(image));
    // Going back to what ran here is never kept waiting for a rehearsal.
    if let Some((number, _)) = asked.own.iter().find(|(_, images)| covers(images)) {
        let text = format!("was here before, as revision {number}");
        return Check::new(NAME, Pass, text, "revisions kept");
    }
    if let Err(fault) = &asked.vicinity.watched {
        return strict(asked, Check::unknown(NAME, fault, SOURCE));
    }
    let best =
        asked.vicinity.lower.iter().map(|lower| (fared(lower, asked), lower)).max_by_key(|(f, _)| f.clone());
    let Some((fared, lower)) = best else {
        return match &asked.vicinity.only {
            None => none("it runs in no lower environment of this cluster".to_owned()),
            Some(only) => {
                let text = format!("only namespace {only} is looked at");
                strict(
                    asked,
                    Check::new(NAME, Unknown, text, SOURCE).remedy("look at all: leave --namespace out"),
                )
            }
        };
    };
    let place = format!("{} ({})", lower.key.namespace, lower.environment.short());
    let text = match fared {
        Fared::Well(how) => return Check::new(NAME, Pass, format!("{place}: {how}"), SOURCE),
        Fared::Partly(how) | Fared::Back(how) => format!("{place}: {how}"),
        Fared::Before(number) => format!("{place}: was there as revision {number}; nothing says how it went"),
        Fared::Never => format!("{} never ran in {place}", asked.wanted.join(", ")),
    };
    let remedy =
        format!("deliver it there first: qd deploy {}/{} --image …", lower.key.namespace, lower.key.name);
    strict(asked, Check::new(NAME, Warn, text, SOURCE).remedy(remedy))
}

/// What is not shown to have run fails where that is required, except in an
/// incident.
fn strict(asked: &Asked<'_>, check: Check) -> Check {
    if !asked.required {
        return check;
    }
    if asked.incident {
        let observed = format!("{}; delivered for an incident", check.observed);
        return check.let_through(observed);
    }
    let remedy = format!("{}; in an incident: {BREAK_GLASS}", check.remedy);
    let source = format!("{SOURCE}; rehearsal = \"require\"");
    Check { outcome: Fail, source, remedy, ..check }.could_pass()
}

fn fared(lower: &Lower, asked: &Asked<'_>) -> Fared {
    let covers = |images: &[String]| asked.wanted.iter().all(|image| images.contains(image));
    let ago = |at| short_duration(asked.now.since(at));
    if covers(&lower.images) {
        let (available, desired) = lower.ready;
        let since = lower.since.map(|at| format!(", for {}", ago(at))).unwrap_or_default();
        let how = format!("{available} of {desired} pods available{since}");
        return if desired == 0 {
            Fared::Partly("is there, scaled to 0".to_owned())
        } else if lower.complete && available >= desired {
            Fared::Well(format!("runs it, {how}"))
        } else {
            Fared::Partly(format!("has it, and it does not serve whole: {how}"))
        };
    }
    // The newest word on it counts.
    if let Some(tried) = lower.tried.iter().find(|tried| covers(&tried.images)) {
        return match &tried.back {
            None => Fared::Well(format!("promoted there {} ago", ago(tried.at))),
            Some(why) => Fared::Back(format!("rolled back there {} ago: {why}", ago(tried.at))),
        };
    }
    let past = lower.past.iter().find(|(_, images)| covers(images));
    past.map_or(Fared::Never, |(number, _)| Fared::Before(*number))
}

#[cfg(test)]
mod tests;
