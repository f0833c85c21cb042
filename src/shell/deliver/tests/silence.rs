//! Planning a delivery on a server that accepts everything and answers only some
//! of it.

use super::harbour::{Harbour, plan_check};
use crate::demo::api::faults::{Fault, Scope};
use crate::domain::{CheckOutcome, Environment};
use std::time::Duration;

/// The Services are waited for by what rests on them, and the canary made of
/// that is tried in what is left: everything else is there by then.
#[tokio::test]
async fn whatever_is_silent_what_was_answered_is_shown_by_one_deadline() {
    let harbour = Harbour::open().await;
    let silent = [("list", "services"), ("list", "resourcequotas"), ("create", "deployments")];
    for (verb, resource) in silent {
        let scope = Scope { verb: verb.to_owned(), resource: resource.to_owned(), name: String::new() };
        harbour.demo.api.faults.plan(scope, Fault::SilenceAfter, 100);
    }
    let planning = Box::pin(harbour.plan_in(Environment::Production, Some(3)));
    let plan = tokio::time::timeout(Duration::from_mins(1), planning).await.expect("a plan");
    let url = harbour.cluster.url();
    // A machine that is busy begins a question late: it then has less time.
    let unanswered = [
        ("router", "list services", "1 s|2 s|3 s|4 s"),
        ("quota", "list quotas", "1 s|2 s|3 s|4 s|5 s"),
        ("dry-run", "try to create the canary", "1 s| ms"),
    ];
    for (name, what, within) in unanswered {
        let check = plan_check(&plan, name);
        assert_eq!(check.outcome, CheckOutcome::Unknown, "{check:?}");
        let said = format!("cannot {what}: {url} did not answer within ");
        let time = check.observed.strip_prefix(&said).unwrap_or_else(|| panic!("{check:?}"));
        assert!(within.split('|').any(|within| time.ends_with(within)), "{check:?}");
        assert!(!check.remedy.is_empty(), "{check:?}");
    }
    for name in ["cluster", "permission", "references", "running", "lock", "stable", "disruption"] {
        let outcome = plan_check(&plan, name).outcome;
        assert!(matches!(outcome, CheckOutcome::Pass | CheckOutcome::NotApplicable), "{name}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_could_not_be_looked_at_holds_up_what_is_dear() {
    let harbour = Harbour::open().await;
    let scope = Scope { resource: "resourcequotas".to_owned(), ..Scope::default() };
    harbour.demo.api.faults.plan(scope.clone(), Fault::Status(500), 100);
    let scope = Scope { resource: "poddisruptionbudgets".to_owned(), ..scope };
    harbour.demo.api.faults.plan(scope, Fault::Status(500), 100);
    let cases = [
        (Environment::Production, Some(1), CheckOutcome::Fail),
        (Environment::Production, Some(3), CheckOutcome::Unknown),
        (Environment::Staging, Some(1), CheckOutcome::Unknown),
    ];
    for (environment, tier, outcome) in cases {
        let plan = Box::pin(harbour.plan_in(environment, tier)).await;
        let check = plan_check(&plan, "quota");
        assert_eq!(check.outcome, outcome, "{check:?}");
        assert_eq!(plan_check(&plan, "disruption").outcome, CheckOutcome::Unknown, "it could never fail");
    }
}
