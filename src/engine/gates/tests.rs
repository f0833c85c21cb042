//! Files in, words out: which releases are held up when, and by what.

use super::*;
use crate::catalog::Catalog;
use crate::domain::{Actor, ByIncident, Check, CheckOutcome, Now};
use jiff::Timestamp;

fn indented(spec: &str) -> String {
    let lines: Vec<String> = spec.lines().map(|line| format!("  {}\n", line.trim())).collect();
    lines.concat()
}

fn file(name: &str, spec: &str) -> String {
    let spec = indented(spec);
    format!("apiVersion: quarterdeck/v1\nkind: Freeze\nmetadata: {{name: {name}}}\nspec:\n{spec}")
}

fn book(specs: &[(&str, &str)]) -> Book {
    let text: Vec<String> = specs.iter().map(|(name, spec)| file(name, spec)).collect();
    let mut book = Book::default();
    book.take("gates.yaml", &text.join("---\n"));
    assert_eq!(book.faults, [""; 0], "{}", text.join("---\n"));
    book
}

fn site(environment: Environment) -> Site {
    Site { service: Some("checkout".to_owned()), environment, tier: Some(1), risk: None }
}

fn told(book: &Book, at: &str) -> Check {
    asked(book, at, ("ana", ""), None)
}

fn asked(book: &Book, at: &str, (who, reason): (&str, &str), incident: Option<&str>) -> Check {
    let actor = Actor { cluster_user: who.to_owned(), ..Actor::default() };
    let glass = incident.map(|id| Glass::new(id).unwrap());
    let at: Timestamp = at.parse().unwrap();
    book.freeze(&site(Environment::Production), at, Release { actor: &actor, reason, glass: glass.as_ref() })
}

const HOLIDAY: &str = "from: 2026-11-27 00:00
    until: \"2026-11-30 06:00\"
    timeZone: Europe/Berlin
    reason: Black Friday";
const WEEKEND: &str = "from: \"fri 16:00\"
    until: \"mon 08:00\"
    timeZone: Europe/Berlin";

#[test]
fn a_window_holds_from_its_first_second_to_its_last_in_its_own_zone() {
    let book = book(&[("holiday", HOLIDAY)]);
    for (at, frozen) in [
        ("2026-11-26T22:59:59Z", false),
        ("2026-11-26T23:00:00Z", true),
        ("2026-11-30T04:59:59Z", true),
        ("2026-11-30T05:00:00Z", false),
    ] {
        let check = told(&book, at);
        assert_eq!(check.outcome == CheckOutcome::Fail, frozen, "{at}: {check:?}");
    }
    let check = told(&book, "2026-11-29T05:00:00Z");
    assert_eq!(check.observed, "frozen by 'holiday' (Black Friday) until 2026-11-30 06:00 CET, in 1d");
    assert_eq!(check.source, "gates.yaml:3");
    assert!(check.remedy.contains("--break-glass INCIDENT"), "{}", check.remedy);
    let before = told(&book, "2026-11-20T12:00:00Z");
    assert_eq!(before.observed, "open; next 'holiday' (Black Friday) from 2026-11-27 00:00 CET");
}

#[test]
fn a_weekend_comes_again_and_keeps_the_wall_clock_where_clocks_change() {
    let book = book(&[("weekend", WEEKEND)]);
    for (at, frozen) in [
        ("2026-11-20T14:59:59Z", false),
        ("2026-11-20T15:00:00Z", true),
        ("2026-11-23T06:59:59Z", true),
        ("2026-11-23T07:00:00Z", false),
        // Summer time: two hours ahead of UTC; it ends in the night of the 25th.
        ("2026-10-23T13:59:59Z", false),
        ("2026-10-23T14:00:00Z", true),
        ("2026-10-26T06:59:59Z", true),
        ("2026-10-26T07:00:00Z", false),
    ] {
        assert_eq!(told(&book, at).outcome == CheckOutcome::Fail, frozen, "{at}");
    }
}

#[test]
fn times_of_a_day_hold_on_their_days_and_over_midnight() {
    let nights = "days: [mon, tue]
        from: \"22:00\"
        until: \"06:00\"
        timeZone: UTC";
    let whole = "days: [sun]
        from: \"00:00\"
        until: \"24:00\"
        timeZone: UTC";
    let book = book(&[("nights", nights), ("sunday", whole)]);
    for (at, frozen) in [
        ("2026-11-23T21:59:00Z", false),
        ("2026-11-24T05:59:00Z", true),
        ("2026-11-25T05:59:00Z", true),
        ("2026-11-25T23:00:00Z", false),
        ("2026-11-22T00:00:00Z", true),
        ("2026-11-22T23:59:59Z", true),
        ("2026-11-23T00:00:00Z", false),
    ] {
        assert_eq!(told(&book, at).outcome == CheckOutcome::Fail, frozen, "{at}");
    }
}

#[test]
fn one_behind_the_other_is_one_freeze_to_who_waits() {
    let book = book(&[("weekend", WEEKEND), ("holiday", HOLIDAY)]);
    let check = told(&book, "2026-11-28T12:00:00Z");
    assert!(check.observed.contains("until 2026-11-30 08:00 CET"), "{}", check.observed);
    let always = "days: [mon, tue, wed, thu, fri, sat, sun]
        from: \"00:00\"
        until: \"24:00\"
        timeZone: UTC";
    let check = told(&self::book(&[("never", always)]), "2026-11-28T12:00:00Z");
    assert!(check.observed.ends_with("with no end in sight"), "{}", check.observed);
}

#[test]
fn forbidding_beats_allowing_and_outside_of_what_allows_is_frozen() {
    let office = "kind: allow
        days: [mon, tue, wed, thu, fri]
        from: \"09:00\"
        until: \"17:00\"
        timeZone: UTC";
    let book = book(&[("office", office), ("holiday", HOLIDAY)]);
    assert_eq!(told(&book, "2026-11-24T09:00:00Z").outcome, CheckOutcome::Pass);
    let evening = told(&book, "2026-11-24T17:00:00Z");
    assert_eq!(evening.observed, "outside of 'office' until 2026-11-25 09:00 UTC, in 16h");
    let friday = told(&book, "2026-11-27T10:00:00Z");
    assert!(friday.observed.contains("frozen by 'holiday'"), "{}", friday.observed);
    assert!(friday.observed.contains("2026-11-30"), "then the office opens: {}", friday.observed);
}

#[test]
fn it_is_for_those_it_names_and_for_those_nobody_knows() {
    let spec = format!("{HOLIDAY}\nenvironments: [production]\nservices: [\"check*\", cart]\ntiers: [1]");
    let book = book(&[("holiday", &spec)]);
    let covers = |service: &str, environment, tier| {
        let service = (!service.is_empty()).then(|| service.to_owned());
        let site = Site { service, environment, tier, risk: None };
        book.freezes[0].scope.covers(&site)
    };
    assert!(covers("checkout", Environment::Production, Some(1)));
    assert!(covers("", Environment::Production, Some(1)), "a service nobody can tell may be one of them");
    assert!(covers("cart", Environment::Undeclared, None), "not known is taken to be in it");
    assert!(!covers("search", Environment::Production, Some(1)));
    assert!(!covers("cart", Environment::Staging, Some(1)));
    assert!(!covers("cart", Environment::Production, Some(2)));
}

#[test]
fn glass_is_broken_by_those_who_may_for_an_incident_with_a_reason() {
    const IN: &str = "2026-11-28T12:00:00Z";
    let open = book(&[("holiday", HOLIDAY)]);
    let some = book(&[("holiday", &format!("{HOLIDAY}\nbreakGlass: [bo, cy]"))]);
    let none = book(&[("holiday", &format!("{HOLIDAY}\nbreakGlass: []"))]);
    let broken = asked(&open, IN, ("ana", "pods crash"), Some("INC-412"));
    assert_eq!((broken.outcome, broken.by_incident), (CheckOutcome::Warn, ByIncident::LetThrough));
    assert_eq!(told(&open, IN).by_incident, ByIncident::CouldPass);
    assert_eq!(told(&none, IN).by_incident, ByIncident::Nothing, "nobody may");
    let words = "broken by ana for incident INC-412, which nobody verified";
    assert!(broken.observed.contains(words), "{}", broken.observed);
    assert_eq!(asked(&open, IN, ("ana", " "), Some("INC-412")).outcome, CheckOutcome::Fail, "no reason");
    assert_eq!(asked(&some, IN, ("bo", "x"), Some("INC-412")).outcome, CheckOutcome::Warn);
    let not = asked(&some, IN, ("ana", "x"), Some("INC-412"));
    assert_eq!((not.outcome, not.by_incident), (CheckOutcome::Fail, ByIncident::CouldPass), "others may");
    assert!(not.observed.contains("ana may not break it") && not.remedy.contains("bo, cy"), "{not:?}");
    assert_eq!(asked(&some, IN, ("", "x"), Some("INC-412")).outcome, CheckOutcome::Fail, "who is that?");
    assert_eq!(asked(&none, IN, ("bo", "x"), Some("INC-412")).outcome, CheckOutcome::Fail);
    assert!(told(&none, IN).remedy.contains("nobody may break it"));
    assert_eq!(
        asked(&open, "2026-12-04T12:00:00Z", ("ana", "x"), Some("INC-412")).outcome,
        CheckOutcome::Pass
    );
    for id in ["", "yes", "please", "INC 412", "a\u{1b}1", &"1".repeat(65)] {
        assert!(Glass::new(id).is_err(), "{id:?}");
    }
}

fn rules(spec: &str) -> Book {
    let spec = indented(spec);
    let mut book = Book::default();
    let head = "apiVersion: quarterdeck/v1\nkind: Approval\nmetadata: {name: four-eyes}\nspec:\n";
    book.take("gates.yaml", &format!("{head}{spec}"));
    book
}

fn agreed(who: &str, at: i64) -> Approval {
    let by = Actor { cluster_user: who.to_owned(), ..Actor::default() };
    Approval { by, at: Timestamp::from_second(at).unwrap(), note: String::new() }
}

/// Of a plan by ana, carried out by `who` at second 100,000.
fn approved(book: &Book, who: &str, approvals: &[Approval]) -> Check {
    let actor = Actor { cluster_user: who.to_owned(), ..Actor::default() };
    let asked = Petitioned { hash: "0123456789abcdef", planned_by: "ana", actor: &actor, incident: false };
    book.approval(&site(Environment::Production), asked, approvals, Now::at(100_000))
}

#[test]
fn as_many_others_agree_as_the_rule_asks_for() {
    let one = rules("by: [ana, bo, cy]");
    let two = rules("by: [bo, cy, dee]\nmin: 2\nexpires: 1h");
    let (bo, cy) = (|at| agreed("bo", at), |at| agreed("cy", at));
    for (book, who, approvals, outcome, word) in [
        (&one, "ana", vec![], CheckOutcome::Fail, "plan 0123456789ab has 0 of 1 approvals"),
        (&one, "ana", vec![bo(99_000)], CheckOutcome::Pass, "approved by bo 16m ago"),
        (&one, "ana", vec![agreed("ana", 99_000)], CheckOutcome::Fail, "0 of 1"),
        (&one, "bo", vec![bo(99_000)], CheckOutcome::Fail, "0 of 1"),
        (&one, "ana", vec![agreed("eve", 99_000)], CheckOutcome::Fail, "0 of 1"),
        (&one, "ana", vec![bo(1_000)], CheckOutcome::Fail, "1 expired"),
        (&two, "ana", vec![bo(99_000)], CheckOutcome::Fail, "1 of 2"),
        (&two, "ana", vec![bo(99_000), bo(99_500)], CheckOutcome::Fail, "1 of 2"),
        (&two, "ana", vec![bo(99_000), cy(96_000)], CheckOutcome::Fail, "1 of 2 approvals, 1 expired"),
        (&two, "ana", vec![bo(99_000), cy(99_000)], CheckOutcome::Pass, "bo 16m ago, cy 16m ago"),
    ] {
        let check = approved(book, who, &approvals);
        assert_eq!(check.outcome, outcome, "{who} {approvals:?}: {check:?}");
        assert!(check.observed.contains(word), "{word}: {}", check.observed);
    }
    let staging = site(Environment::Staging);
    let some = rules("by: [bo]\nenvironments: [production]");
    assert_eq!(some.rules_for(&staging).count(), 0);
    assert!(approved(&one, "ana", &[]).remedy.contains("one of bo, cy: :approvals or qd approve"));
}

#[test]
fn who_may_approve_is_told_by_the_rules_and_by_who_made_the_plan() {
    let rule = rules("by: [bo, cy]\nenvironments: [production]");
    let production = site(Environment::Production);
    let mut unreadable = Book::default();
    unreadable.take("gates/bad.yaml", "kind: [");
    for (book, site, who, planned_by, outcome, word) in [
        (&rule, &production, "bo", "ana", CheckOutcome::Pass, "bo may approve it"),
        (&rule, &production, "bo", "bo", CheckOutcome::Fail, "bo made the plan: another of bo, cy"),
        (&rule, &production, "dee", "ana", CheckOutcome::Fail, "dee may not approve; may: bo, cy"),
        (&rule, &production, "", "ana", CheckOutcome::Fail, "does not say who you are"),
        (&rule, &site(Environment::Staging), "bo", "ana", CheckOutcome::Fail, "nobody asks for approval"),
        (&unreadable, &production, "bo", "ana", CheckOutcome::Fail, "cannot be told"),
    ] {
        let check = book.approver(site, who, planned_by);
        assert_eq!(check.outcome, outcome, "{check:?}");
        assert!(check.observed.contains(word), "{word}: {}", check.observed);
    }
}

#[test]
fn a_gate_nobody_can_pass_is_refused_where_it_is_written_and_where_it_would_stop_for_ever() {
    for (spec, word) in [
        ("by: [bo]\nmin: 2", "needs 2 of those who may approve: bo"),
        ("by: [bo, bo]\nmin: 2", "needs 2 of those who may approve: bo"),
        ("min: 1", "nobody"),
        ("by: []", "nobody"),
        ("by: [bo]\nmin: 0", "min is 0"),
        ("by: [bo]\nexpires: soon", "'soon'"),
        ("by: [bo]\nexpires: -1h", "'-1h'"),
        ("by: bo", "a list"),
        ("by: [bo]\nself: true", "unknown key 'self'"),
        ("by: [bo]\nrisks: [huge]", "'huge' is not one of low, medium, high, critical"),
        ("by: [bo]\nrisks: []", "empty"),
    ] {
        let book = rules(spec);
        let [fault] = book.faults.as_slice() else { panic!("{spec}: {:?}", book.faults) };
        assert!(fault.starts_with("gates.yaml:") && fault.contains(word), "{spec}: {fault}");
        assert_eq!(approved(&book, "ana", &[agreed("bo", 99_000)]).outcome, CheckOutcome::Fail, "{spec}");
    }
    let only_ana = approved(&rules("by: [ana]"), "ana", &[]);
    let words = "needs 1 of ana, planned by ana and carried out by ana";
    assert!(
        only_ana.observed.contains("can never be met") && only_ana.observed.contains(words),
        "{only_ana:?}"
    );
    let rule = &rules("by: [ana, bo]").rules[0];
    for (who, word) in [("", "does not say who you are"), ("ana", "made the plan"), ("eve", "eve may not")] {
        assert!(rule.why_not(who, "ana").unwrap().contains(word), "{who}");
    }
    assert_eq!(rule.why_not("bo", "ana"), None);
}

#[test]
fn more_people_are_asked_where_more_is_at_stake() {
    let book = rules("by: [bo]\nrisks: [high, critical]");
    let covers = |risk| book.rules[0].scope.covers(&Site { risk, ..site(Environment::Production) });
    assert!(covers(Some(Risk::High)) && covers(Some(Risk::Critical)));
    assert!(!covers(Some(Risk::Low)) && !covers(Some(Risk::Medium)));
    assert!(covers(None), "who may approve is asked before anybody has summed it up");
}

fn catalogue(text: &str) -> Catalog {
    Catalog::build(crate::catalog::read("all.yaml", text).entities)
}

const PEOPLE: &str = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\n\
    spec: {type: team, children: [ledger], members: [bo]}\n---\n\
    apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: ledger}\nspec: {type: team}\n---\n\
    apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: empty}\nspec: {type: team}\n---\n\
    apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: bo}\nspec: {}\n---\n\
    apiVersion: backstage.io/v1alpha1\nkind: User\n\
    metadata: {name: cy, annotations: {quarterdeck.dev/user: cy@example.com}}\nspec: {memberOf: [ledger]}\n";

#[test]
fn a_group_stands_for_the_people_the_catalogue_has_in_it() {
    let all = catalogue(PEOPLE);
    let known = rules("by: [\"group:default/payments\"]").with_people(Some(&all));
    assert_eq!(known.rules[0].by, ["bo", "cy@example.com"], "{:?}", known.faults);
    assert_eq!(approved(&known, "ana", &[]).outcome, CheckOutcome::Fail);
    assert!(approved(&known, "ana", &[]).observed.contains("0 of 1 approvals"));
    for (who, outcome) in [
        ("bo", CheckOutcome::Pass),
        ("cy@example.com", CheckOutcome::Pass),
        ("cy", CheckOutcome::Fail),
        ("eve", CheckOutcome::Fail),
    ] {
        assert_eq!(approved(&known, "ana", &[agreed(who, 99_000)]).outcome, outcome, "{who}");
    }
    let mixed = rules("by: [\"group:ledger\", bo, dee]\nmin: 2").with_people(Some(&all));
    assert_eq!(mixed.rules[0].by, ["bo", "cy@example.com", "dee"]);
    // Resolved again, nobody is there twice.
    assert_eq!(mixed.clone().with_people(Some(&all)).rules[0].by, mixed.rules[0].by);
}

#[test]
fn a_group_nobody_knows_stops_what_it_was_to_approve_and_says_so() {
    let all = catalogue(PEOPLE);
    for (spec, catalog, words) in [
        ("by: [\"group:default/sre\"]", Some(&all), "nobody (the catalogue knows no group:sre)"),
        ("by: [\"group:empty\"]", Some(&all), "nobody (the catalogue has nobody in group:empty)"),
        ("by: [\"group:payments\"]", None, "nobody (there is no catalogue to say who group:payments is)"),
        ("by: [bo, \"group:sre\"]\nmin: 2", Some(&all), "needs 2 of bo (the catalogue knows no group:sre)"),
        ("by: [\"group:default/payments\"]\nmin: 3", Some(&all), "needs 3 of bo, cy@example.com"),
    ] {
        let book = rules(spec).with_people(catalog);
        let check = approved(&book, "ana", &[agreed("bo", 99_000)]);
        assert_eq!(check.outcome, CheckOutcome::Fail, "{spec}");
        let never = check.observed.contains("can never be met") && check.observed.contains(words);
        assert!(never, "{words}: {}", check.observed);
    }
    // The others are enough, and who may is told with what is unknown.
    let half = rules("by: [bo, \"group:sre\"]").with_people(Some(&all));
    assert_eq!(approved(&half, "ana", &[agreed("bo", 99_000)]).outcome, CheckOutcome::Pass);
    let why = half.rules[0].why_not("eve", "ana").unwrap();
    assert!(why.contains("may: bo (the catalogue knows no group:sre)"), "{why}");
    // Asked before anybody looked into the catalogue, it lets nothing through either.
    let unasked = rules("by: [\"group:payments\"]");
    assert_eq!(approved(&unasked, "ana", &[agreed("bo", 99_000)]).outcome, CheckOutcome::Fail);
    let named = rules("by: [\"group:\"]");
    assert!(named.faults[0].contains("'group:' names no group"), "{:?}", named.faults);
}

#[test]
fn what_cannot_be_read_is_in_force_and_says_where() {
    for (spec, word) in [
        ("from: \"fri 16:00\"\nuntil: \"mon 08:00\"", "timeZone is missing"),
        ("from: \"fri 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: Europe/Berlim", "'Europe/Berlim'"),
        ("from: \"fry 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC", "'fry 16:00'"),
        ("from: \"16:00\"\nuntil: \"08:00\"\ntimeZone: UTC", "days is missing"),
        ("days: [someday]\nfrom: \"16:00\"\nuntil: \"08:00\"\ntimeZone: UTC", "'someday'"),
        ("from: 2026-12-02\nuntil: 2026-12-01\ntimeZone: UTC", "before it begins"),
        ("from: 2026-11-31\nuntil: 2026-12-01\ntimeZone: UTC", "'2026-11-31'"),
        ("from: \"16:60\"\nuntil: \"17:00\"\ndays: [mon]\ntimeZone: UTC", "'16:60'"),
        ("from: \"mon 08:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC", "when it begins"),
        ("until: \"mon 08:00\"\ntimeZone: UTC", "from is missing"),
        ("untill: \"mon 08:00\"", "did you mean 'until'"),
        ("kind: forbid\nfrom: \"fri 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC", "'forbid'"),
        ("from: \"fri 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC\nenvironments: [prodd]", "'prodd'"),
        ("from: \"fri 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC\nenvironments: production", "a list"),
        ("from: \"fri 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC\nservices: []", "empty"),
        ("from: \"fri 16:00\"\nuntil: \"mon 08:00\"\ntimeZone: UTC\ntiers: [one]", "no tier"),
        ("from: 5\nuntil: \"mon 08:00\"\ntimeZone: UTC", "in quotes"),
    ] {
        let mut book = Book::default();
        book.take("gates.yaml", &file("holiday", spec));
        let [fault] = book.faults.as_slice() else { panic!("{spec}: {:?}", book.faults) };
        assert!(fault.starts_with("gates.yaml:") && fault.contains(word), "{spec}: {fault}");
        let check = told(&book, "2020-01-01T00:00:00Z");
        assert_eq!(check.outcome, CheckOutcome::Fail, "{spec}");
        assert!(check.observed.contains(fault), "{check:?}");
        let incident = asked(&book, "2020-01-01T00:00:00Z", ("ana", "users are down"), Some("INC-1"));
        assert_eq!(incident.outcome, CheckOutcome::Warn, "a broken file keeps nobody from an incident");
    }
    for (text, word) in [
        ("kind: Freeze\n", "apiVersion"),
        ("apiVersion: quarterdeck/v1\nkind: Freez\n", "'Freez' is not one of Freeze, Approval"),
        ("apiVersion: quarterdeck/v1\nkind: Freeze\nspec: {}\n", "metadata.name"),
        ("apiVersion: quarterdeck/v1\nkind: Freeze\nmetadata: {name: a}\n", "spec is missing"),
        ("a: [", "gates.yaml:"),
    ] {
        let mut book = Book::default();
        book.take("gates.yaml", text);
        assert!(book.faults[0].contains(word), "{text}: {:?}", book.faults);
    }
    assert_eq!(told(&Book::default(), "2026-11-28T12:00:00Z").outcome, CheckOutcome::NotApplicable);
}
