//! `qd approve PLAN`: another person agrees to one exact plan.

use super::gate::{checks_pass, refused, writing_is_on};
use super::plan::{planned, read};
use super::{approvals, confirm};
use crate::cli::deliver_args::ApproveArgs;
use crate::cli::out::aside;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{
    Check, CheckOutcome, Confirmation, Fault, Shown, Target, Warrant, WarrantInput, WriteMode, admit_delivery,
};
use crate::engine::delivery::SavedPlan;
use crate::engine::gates::{Approval, Petition, short_hash};
use crate::engine::record::DriverMode;
use crate::shell::deliver::{self, Deliveries, Pace, petitioned};
use crate::shell::gates::site_at;
use crate::shell::{Tasks, clock};
use serde::Serialize;
use tokio::sync::mpsc;

/// What was approved.
#[derive(Serialize)]
struct Approved<'a> {
    /// The plan's hash.
    plan: &'a str,
    /// What it would do.
    what: &'a str,
    /// Who made it.
    planned_by: &'a str,
    /// Who agrees.
    by: String,
    /// Those who may.
    eligible: Vec<String>,
}

/// Shows the plan, asks, and keeps the approval in the cluster.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &ApproveArgs) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let Some(wanted) = &args.plan else { return approvals::run(setup, &session) };
    let plan = find(&session, wanted).await?;
    let workload = planned(&session.world, &plan)?;
    let target = session.link.place.workload(&workload);
    plan.same_place(&target)?;
    let site = site_at(&session.world, &workload, setup.undeclared(), session.catalog.as_ref());
    let book = setup.gate_files().load().with_people(session.catalog.as_deref());
    let check = book.approver(&site, &session.actor.cluster_user, &plan.by);
    let eligible = book.rules_for(&site).flat_map(|rule| rule.by.clone()).collect();
    let (by, what) = (session.actor.to_string(), plan.what.as_str());
    let answer = Approved { plan: &plan.hash, what, planned_by: &plan.by, by, eligible };
    let said = format!("plan {} by {}, {}: {what}\n", short_hash(&plan.hash), plan.by, plan.at);
    let text = || said.clone();
    if args.answer.dry_run {
        print(setup, &answer, || vec![plan.hash.clone()], text)?;
        return Ok(2);
    }
    writing_is_on(setup, target.context.as_str())?;
    checks_pass(std::slice::from_ref(&check))?;
    aside(said.trim_end());
    let about = (&plan, &target);
    let guarded = site.environment.has_users() || setup.config.guardrails().asks_for_the_name_of("approve");
    let warrant = confirmed(&session, about, &check, guarded, args.answer.yes).await?;
    let deliveries = here(setup, tasks, &session);
    let note = args.answer.reason.clone();
    let approval = Approval { by: session.actor.clone(), at: clock::now().wall, note };
    let cluster = &session.link.cluster;
    deliveries.approve(cluster, (about, Some(approval)), &warrant, &session.actor).await?;
    print(setup, &answer, || vec![plan.hash.clone()], || format!("approved {said}"))?;
    Ok(0)
}

/// Keeps a plan in the cluster, for others to approve.
pub(super) async fn ask(
    setup: &Setup,
    tasks: &Tasks,
    session: &Session,
    plan: &SavedPlan,
) -> Result<(), Fault> {
    writing_is_on(setup, plan.ask.target.context.as_str())?;
    let fine = Check::new("asking", CheckOutcome::Pass, "it changes nothing that runs", "the plan itself");
    let about = (plan, &plan.ask.target);
    let warrant = confirmed(session, about, &fine, false, true).await?;
    let deliveries = here(setup, tasks, session);
    deliveries.approve(&session.link.cluster, (about, None), &warrant, &session.actor).await?;
    aside(&format!("asked for: one who may approve says qd approve {}", short_hash(&plan.hash)));
    Ok(())
}

fn here(setup: &Setup, tasks: &Tasks, session: &Session) -> Deliveries {
    let (news, _unheard) = mpsc::channel(1);
    let me = deliver::driver(&session.actor, DriverMode::Cli);
    Deliveries::new(setup.audit(), me, tasks.clone(), Pace::default(), news)
}

/// The plan in a file, or the one in the cluster with that hash.
async fn find(session: &Session, typed: &str) -> Result<SavedPlan, Fault> {
    let hash = typed.len() >= 8 && typed.chars().all(|c| c.is_ascii_hexdigit());
    let path = std::path::Path::new(typed);
    if hash && !path.exists() {
        let namespace = session.link.place.namespace.as_ref();
        return petitioned(&session.link.cluster, namespace, typed).await;
    }
    read(path)
}

/// Asks, and passes the gate.
async fn confirmed(
    session: &Session,
    (plan, target): (&SavedPlan, &Target),
    check: &Check,
    guarded: bool,
    yes: bool,
) -> Result<Warrant, Fault> {
    let confirmation = Confirmation::of(target.key.name.as_str(), guarded);
    let what = format!("approve: {}", plan.what);
    let answer = confirm::answer_to(&what, &confirmation, yes).await?;
    let now = clock::now();
    let operation = clock::operation_id(now);
    let input = WarrantInput {
        operation: &operation,
        target,
        objects: vec![Petition::key(&target.key.namespace, &plan.hash)],
        here: session.link.cluster.here(&WriteMode::CommandLine, now),
    };
    let shown = Shown {
        checks: std::slice::from_ref(check),
        confirmation: &confirmation,
        read_at: now,
        override_owner: false,
        reason: "",
        running: None,
        answer: &answer,
    };
    admit_delivery(input, &shown).map_err(|refusal| refused(&refusal))
}
