//! What releases are told.

use super::super::{Board, Sight, Slo, SloStatus, assess, read};
use super::*;
use crate::domain::{Check, CheckOutcome, SLOT_S, ServiceKey, Slot};
use proptest::prelude::*;
use std::sync::Arc;

fn slo(name: &str) -> Arc<Slo> {
    let text = format!(
        "version: prometheus/v1\nservice: cart\nslos:\n  - name: {name}\n    objective: 99\n    sli:\n      events:\n        error_query: sum(rate(b{{namespace=\"shop\"}}[{{{{.window}}}}]))\n        total_query: sum(rate(t{{namespace=\"shop\"}}[{{{{.window}}}}]))\n"
    );
    Arc::new(read("a.yaml", &text).slos.remove(0))
}

/// An objective of which this share of the budget is left, spent a day ago.
fn left(name: &str, share: f32) -> Arc<SloStatus> {
    let now = 10_000 * i64::from(SLOT_S);
    let slot = |index: u32| Slot {
        index,
        bad: if index < 9_500 { 20.0 * (1.0 - share) } else { 0.0 },
        total: 1_000.0,
        covered: 300,
        simulated: false,
    };
    let slots: Vec<Slot> = (9_000..10_000).map(slot).collect();
    Arc::new(assess(&slo(name), &slots, Sight { now, frontier: now, trouble: None }))
}

fn board(slos: Vec<Arc<SloStatus>>, policy: &str) -> Board {
    let policies = vec![Policy {
        name: "standard".to_owned(),
        services: Vec::new(),
        rules: parse_rules(policy).unwrap(),
        wrong: Vec::new(),
        origin: "budget-policy".to_owned(),
    }];
    Board { slos, policies, ..Board::default() }
}

fn cart() -> ServiceKey {
    ServiceKey { namespace: "shop".into(), name: "cart".into() }
}

const STRICT: &str = "remaining < 25% warn; remaining <= 10% freeze except security, fix";

#[test]
fn releases_are_free_warned_frozen_or_let_through_by_name() {
    let told = |share: f32, reason: &str| {
        let check = board(vec![left("errors", share)], STRICT).release(&cart(), reason);
        (check.outcome, check.observed, check.remedy)
    };
    assert_eq!(told(0.5, "").0, CheckOutcome::Pass);
    assert_eq!(told(0.2, "").0, CheckOutcome::Warn);
    let (outcome, observed, remedy) = told(0.05, "new colours");
    assert_eq!(outcome, CheckOutcome::Fail);
    assert_eq!(
        observed,
        "errors: 5.0% of its budget left, burn 0.0x; freeze at remaining <= 10% except security, fix"
    );
    assert!(remedy.contains("names one of: security, fix; a rollback is never held up"), "{remedy}");
    let (outcome, observed, _) = told(0.05, "Fix: no more 500s");
    assert!(outcome == CheckOutcome::Warn && observed.ends_with("the reason names 'fix'"), "{observed}");
    assert_eq!(told(0.05, "prefixes").0, CheckOutcome::Fail, "a word of its own");
    assert_eq!(told(-0.3, "").0, CheckOutcome::Fail, "overdrawn");
}

#[test]
fn the_harder_rule_and_the_worse_objective_count() {
    let both = board(vec![left("latency", 0.2), left("errors", 0.05)], STRICT);
    let check = both.release(&cart(), "");
    assert!(check.outcome == CheckOutcome::Fail && check.observed.starts_with("errors:"), "{check:?}");
    let burn = board(vec![left("errors", 0.9)], "burn >= 0 freeze");
    assert_eq!(burn.release(&cart(), "security").outcome, CheckOutcome::Fail, "no exception is none");
}

#[test]
fn nothing_known_is_never_a_pass() {
    let policy = Policy::built_in();
    let status = assess(&slo("errors"), &Vec::new(), Sight::default());
    assert_eq!(judge([&status], &policy, "").check(&policy).outcome, CheckOutcome::Unknown);
    assert_eq!(judge([], &policy, "").check(&policy).outcome, CheckOutcome::NotApplicable);
}

#[test]
fn a_policy_that_names_the_service_comes_first() {
    let policy = |name: &str, services: &[&str]| Policy {
        name: name.to_owned(),
        services: services.iter().map(|s| (*s).to_owned()).collect(),
        ..Policy::built_in()
    };
    let all = [policy("all", &[]), policy("cart's", &["cart"])];
    assert_eq!(Policy::of(&all, "cart").name, "cart's");
    assert_eq!(Policy::of(&all, "search").name, "all");
    assert_eq!(Policy::of(&[], "search"), Policy::built_in());
    assert_eq!(Board::default().policy("search").to_string(), "warn at remaining < 25%");
}

/// What a release of `cart`, with all of its budget left, is told by this file.
fn told_by(file: &str) -> Check {
    let policies = read("policy.yaml", file).policies;
    Board { slos: vec![left("errors", 1.0)], policies, ..Board::default() }.release(&cart(), "")
}

const WRITTEN: &str = "apiVersion: quarterdeck/v1\nkind: ErrorBudgetPolicy\nmetadata: {name: strict}\nspec:\n  services: [cart]\n  rules:\n    - {when: \"remaining < 25%\", action: warn}\n    - {when: \"remaining <= 0%\", action: freeze}\n";

#[test]
fn a_freeze_that_is_misspelt_in_a_file_holds_releases_up() {
    assert_eq!(told_by(WRITTEN).outcome, CheckOutcome::Pass);
    for (right, wrong, why) in [
        ("remaining <=", "remaning <=", "'remaning' is not one of remaining, burn"),
        ("freeze", "freez", "'freez' is not one of warn, freeze"),
        ("action: freeze", "acton: freeze", "'' is not one of warn, freeze"),
        ("when: \"remaining <", "wen: \"remaining <", "'' compares nothing"),
        ("  rules:", "  rulez:", "it has no rule"),
        ("quarterdeck/v1", "quaterdeck/v1", "apiVersion 'quaterdeck/v1' is not quarterdeck/v1"),
        ("ErrorBudgetPolicy", "ErrorBudgetPolcy", "kind 'ErrorBudgetPolcy' is not ErrorBudgetPolicy"),
        ("[cart]", "[cart", "line 5"),
    ] {
        let check = told_by(&WRITTEN.replace(right, wrong));
        assert_eq!(check.outcome, CheckOutcome::Fail, "{wrong}: {check:?}");
        assert!(check.observed.starts_with("cannot be read: "), "{wrong}: {}", check.observed);
        assert!(why == "line 5" || check.observed.contains(why), "{wrong}: {}", check.observed);
        assert!(check.remedy.starts_with("correct policy.yaml:"), "{wrong}: {}", check.remedy);
        assert!(check.remedy.ends_with("a rollback is never held up"), "{wrong}: {}", check.remedy);
    }
}

#[test]
fn what_cannot_be_read_counts_for_those_it_is_for() {
    let broken = WRITTEN.replace("remaining <=", "remaning <=").replace("[cart]", "[search]");
    assert_eq!(told_by(&broken).outcome, CheckOutcome::Pass, "it is search's");
    let other = "kind: SLO\nspec: [a\n---\n";
    assert_eq!(told_by(&format!("{other}{WRITTEN}")).outcome, CheckOutcome::Pass, "no policy is broken");
    let nameless = WRITTEN.replace("[cart]", "[search");
    assert_eq!(told_by(&nameless).outcome, CheckOutcome::Fail, "nobody can tell whose it is");
}

#[test]
fn what_is_wrong_is_quoted() {
    for (text, words) in [
        ("remaining < 25 warn", "did you mean 25%?"),
        ("remaining < 25% explode", "'explode' is not one of warn, freeze"),
        ("remaning < 25% warn", "'remaning' is not one of remaining, burn"),
        ("remaining 25% warn", "'remaining 25%' compares nothing"),
        ("burn > 3% freeze", "'3%': a burn is a factor"),
        ("remaining < lots warn", "'lots' is no number"),
        ("remaining < 0.25 warn except fix", "only a freeze has exceptions"),
        ("freeze", "a rule is such as"),
    ] {
        let error = parse_rules(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
    assert!(parse_rules(" ; ").unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_rules_or_a_reason_why_not(text in ".{0,60}") {
        let _either = parse_rules(&text);
    }

    #[test]
    fn less_budget_is_never_freer(share in -1.0_f32..1.0, less in 0.0_f32..1.0) {
        let told = |share: f32| board(vec![left("errors", share)], STRICT).release(&cart(), "").outcome;
        prop_assert!(told(share - less) >= told(share));
    }
}
