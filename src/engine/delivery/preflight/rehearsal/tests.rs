//! Every way a rehearsal can have gone.

use super::*;
use crate::domain::{ByIncident, Fault, FaultKind, Kind, ObjectKey};
use crate::engine::delivery::vicinity::Tried;
use jiff::SignedDuration;

const NEW: &str = "r/web:v2";

fn now() -> Now {
    Now::at(1_000_000)
}

fn lower(image: &str, ready: (u32, u32), complete: bool) -> Lower {
    Lower {
        key: ObjectKey::new(Kind::Deployment, "shop-staging", "web"),
        environment: Environment::Staging,
        images: vec![image.to_owned(), "r/proxy:v9".to_owned()],
        ready,
        complete,
        since: Some(now().wall - SignedDuration::from_hours(2)),
        past: Vec::new(),
        tried: Vec::new(),
    }
}

fn tried(back: Option<&str>, hours: i64) -> Tried {
    let at = now().wall - SignedDuration::from_hours(hours);
    Tried { images: vec![NEW.to_owned()], at, back: back.map(str::to_owned) }
}

fn around(lower: Vec<Lower>) -> Vicinity {
    Vicinity { lower, ..Vicinity::default() }
}

fn asked(vicinity: &Vicinity) -> Asked<'_> {
    let wanted = vec![NEW.to_owned()];
    Asked { wanted, own: Vec::new(), vicinity, required: false, incident: false, now: now() }
}

#[test]
fn what_ran_lower_passes_and_all_else_is_said() {
    let old = || lower("r/web:v1", (3, 3), true);
    let with = |tried: Vec<Tried>| Lower { tried, ..old() };
    let kept = Lower { past: vec![(RevisionNumber(5), vec![NEW.to_owned()])], ..old() };
    let cases = [
        (vec![], NotApplicable, "no lower environment"),
        (
            vec![lower(NEW, (3, 3), true)],
            Pass,
            "shop-staging (staging): runs it, 3 of 3 pods available, for 2h",
        ),
        (vec![lower(NEW, (1, 3), false)], Warn, "does not serve whole: 1 of 3"),
        (vec![lower(NEW, (3, 3), false)], Warn, "does not serve whole"),
        (vec![lower(NEW, (0, 0), true)], Warn, "scaled to 0"),
        (vec![old()], Warn, "r/web:v2 never ran in shop-staging (staging)"),
        (vec![kept], Warn, "as revision 5; nothing says how it went"),
        (vec![with(vec![tried(None, 30)])], Pass, "promoted there 1d"),
        (vec![with(vec![tried(Some("worse"), 1), tried(None, 30)])], Warn, "rolled back there 1h ago: worse"),
        (vec![old(), lower(NEW, (3, 3), true)], Pass, "runs it"),
    ];
    for (lower, outcome, words) in cases {
        let check = judge(&asked(&around(lower)));
        assert_eq!(check.outcome, outcome, "{words}: {check:?}");
        assert!(check.observed.contains(words), "{words}: {check:?}");
        assert!(outcome != Warn || check.remedy.contains("qd deploy shop-staging/web"), "{check:?}");
    }
}

#[test]
fn every_new_image_counts_and_what_was_here_before_passes() {
    let vicinity = around(vec![lower(NEW, (3, 3), true)]);
    let both = vec![NEW.to_owned(), "r/other:v1".to_owned()];
    let check = judge(&Asked { wanted: both, ..asked(&vicinity) });
    assert_eq!(check.outcome, Warn, "one of two is not enough: {check:?}");
    let same = judge(&Asked { wanted: Vec::new(), ..asked(&vicinity) });
    assert_eq!(same.outcome, NotApplicable, "{same:?}");
    let never = around(vec![lower("r/web:v1", (3, 3), true)]);
    let own = vec![(RevisionNumber(12), vec![NEW.to_owned()])];
    let back = judge(&Asked { own, required: true, ..asked(&never) });
    assert_eq!((back.outcome, back.observed.as_str()), (Pass, "was here before, as revision 12"));
}

#[test]
fn what_cannot_be_seen_is_not_passed() {
    let only = Vicinity { only: Some("shop-prod".into()), ..around(Vec::new()) };
    let check = judge(&asked(&only));
    assert_eq!(check.outcome, Unknown, "{check:?}");
    let blind =
        Vicinity { watched: Err(Fault::new(FaultKind::Forbidden, "may not list")), ..around(Vec::new()) };
    let check = judge(&asked(&blind));
    assert_eq!((check.outcome, check.observed.as_str()), (Unknown, "may not list"));
}

#[test]
fn a_required_rehearsal_fails_what_was_not_seen_to_run_except_in_an_incident() {
    let never = around(vec![lower("r/web:v1", (3, 3), true)]);
    let only = Vicinity { only: Some("shop-prod".into()), ..around(Vec::new()) };
    for vicinity in [&never, &only] {
        let check = judge(&Asked { required: true, ..asked(vicinity) });
        assert_eq!((check.outcome, check.by_incident), (Fail, ByIncident::CouldPass), "{check:?}");
        assert!(check.remedy.contains("--break-glass") && check.source.contains("require"), "{check:?}");
        let check = judge(&Asked { required: true, incident: true, ..asked(vicinity) });
        assert_eq!((check.outcome, check.by_incident), (Warn, ByIncident::LetThrough), "{check:?}");
    }
    let ran = around(vec![lower(NEW, (3, 3), true)]);
    assert_eq!(judge(&Asked { required: true, ..asked(&ran) }).outcome, Pass);
    let nowhere = around(Vec::new());
    assert_eq!(judge(&Asked { required: true, ..asked(&nowhere) }).outcome, NotApplicable);
}
