//! `qd rollback`, `restart`, `scale`, `pause`, `resume`: the verbs that change something.

use super::{confirm, plan_text};
use crate::cli::args::{self, ChangeArgs};
use crate::cli::find;
use crate::cli::json::{Change, Outcome};
use crate::cli::out::aside;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{
    CheckOutcome, Fault, FaultKind, GateInput, JsonOp, OperationId, Phase, Plan, Refusal, RevisionNumber,
    Target, Verb, Workload, WriteMode, admit, short_duration,
};
use crate::engine::Expected;
use crate::msg::{Ask, RunView};
use crate::shell::engine::{Engine, Job};
use crate::shell::planner::{self, Surroundings};
use crate::shell::{Signals, Tasks, clock};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Runs waiting to be told.
const RUNS: usize = 64;

/// Works it out, shows it, asks, carries it out, waits.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, verb: args::Verb) -> Result<u8, Fault> {
    let Some((typed, wish)) = wish(verb) else {
        return Err(Fault::new(FaultKind::Internal, "not a verb that changes something"));
    };
    let session = Session::open(setup, tasks).await?;
    let workload = find::workload(&session.world, &typed.target, wish.name())?;
    let verb = wish.verb(&session, &workload)?;
    if let Some(already) = already(verb, &workload) {
        aside(&format!("nothing to do: {} {already}", workload.key));
        return Ok(0);
    }
    let work = Work { setup, session, workload, verb, typed };
    let (plan, expected) = work.plan().await?;
    if work.typed.dry_run {
        return work.show_only(&plan);
    }
    refuse_early(setup, &plan)?;
    let (news, runs) = mpsc::channel(RUNS);
    let engine = Engine::new(setup.audit(), setup.running(), tasks.clone(), news);
    let _taken_over = engine.recover(&work.session.link.cluster)?;
    let (plan, job) = work.confirmed(plan, expected, &engine).await?;
    engine.execute(job)?;
    let last = work.wait(runs, &plan.order.id).await?;
    work.report(&plan, &last)
}

/// What is wished, before the workload is known.
enum Wish {
    Rollback(Option<u64>),
    Exactly(Verb),
}

fn wish(verb: args::Verb) -> Option<(ChangeArgs, Wish)> {
    let exactly = |args, verb| Some((args, Wish::Exactly(verb)));
    match verb {
        args::Verb::Rollback(args) => Some((args.change, Wish::Rollback(args.to))),
        args::Verb::Scale(args) => exactly(args.change, Verb::Scale { to: args.replicas }),
        args::Verb::Restart(args) => exactly(args, Verb::Restart),
        args::Verb::Pause(args) => exactly(args, Verb::Pause),
        args::Verb::Resume(args) => exactly(args, Verb::Resume),
        args::Verb::Demo(_)
        | args::Verb::Status
        | args::Verb::Services
        | args::Verb::Service(_)
        | args::Verb::Rollouts
        | args::Verb::Audit(_)
        | args::Verb::Info
        | args::Verb::Completions { .. }
        | args::Verb::Query(_)
        | args::Verb::Promql { .. }
        | args::Verb::Slo { .. }
        | args::Verb::Catalog { .. }
        | args::Verb::Man => None,
    }
}

impl Wish {
    fn name(&self) -> &'static str {
        match self {
            Self::Rollback(_) => "rollback",
            Self::Exactly(verb) => verb.name(),
        }
    }

    fn verb(&self, session: &Session, workload: &Workload) -> Result<Verb, Fault> {
        match self {
            Self::Exactly(verb) => Ok(*verb),
            Self::Rollback(Some(to)) => Ok(Verb::Rollback { to: RevisionNumber(*to) }),
            Self::Rollback(None) => previous(session, workload).map(|to| Verb::Rollback { to }),
        }
    }
}

/// The newest kept revision that is not what the workload asks for now.
fn previous(session: &Session, workload: &Workload) -> Result<RevisionNumber, Fault> {
    let revisions = session.world.revisions(&workload.uid);
    let other = revisions.iter().find(|set| set.template.digest != workload.template.digest);
    other.and_then(|set| set.revision).ok_or_else(|| {
        Fault::new(FaultKind::NotFound, format!("{} has no earlier revision to go back to", workload.key))
            .hint(format!(
                "`qd service {}` lists the revisions kept",
                crate::domain::World::service_of(workload)
            ))
    })
}

/// Why there is nothing to do, if there is nothing to do: asking twice for the
/// same state is no failure.
fn already(verb: Verb, workload: &Workload) -> Option<String> {
    match verb {
        Verb::Scale { to } if workload.replicas.desired == to => {
            Some(format!("already asks for {to} replicas"))
        }
        Verb::Pause if workload.paused => Some("is already paused".to_owned()),
        Verb::Resume if !workload.paused => Some("is not paused".to_owned()),
        Verb::Scale { .. } | Verb::Pause | Verb::Resume | Verb::Rollback { .. } | Verb::Restart => None,
    }
}

/// What no answer could mend is said before a person is asked.
fn refuse_early(setup: &Setup, plan: &Plan) -> Result<(), Fault> {
    if let Some(setting) = setup.config.get("read-only")
        && setup.config.flag("read-only")
    {
        let text = format!("writing is off in {} (read-only, {})", plan.order.target.context, setting.origin);
        return Err(Fault::new(FaultKind::Refused, text).hint("take that setting away to write here"));
    }
    match plan.checks.iter().find(|check| check.outcome == CheckOutcome::Fail) {
        Some(check) => {
            let fault = refused(&Refusal::Check(Box::new(check.clone())));
            let owned = check.name == "owner";
            Err(if owned { fault.hint("here: --override-owner --reason '…'") } else { fault })
        }
        None => Ok(()),
    }
}

fn refused(refusal: &Refusal) -> Fault {
    Fault::new(FaultKind::Refused, format!("refused, nothing was written: {refusal}")).hint(refusal.remedy())
}

struct Work<'a> {
    setup: &'a Setup,
    session: Session,
    workload: Arc<Workload>,
    verb: Verb,
    typed: ChangeArgs,
}

impl Work<'_> {
    async fn plan(&self) -> Result<(Plan, Expected), Fault> {
        let place = &self.session.link.place;
        let target = Target {
            context: place.context.clone(),
            cluster: place.cluster.clone(),
            key: self.workload.key.clone(),
            uid: self.workload.uid.clone(),
            resource_version: self.workload.resource_version.clone(),
        };
        let around = Surroundings::of(&self.session.world, &target, self.setup.undeclared());
        let ask = Ask {
            verb: self.verb,
            target,
            reason: self.typed.reason.clone(),
            override_owner: self.typed.override_owner,
        };
        Box::pin(planner::plan(&self.session.link.cluster, ask, self.session.actor.clone(), around)).await
    }

    fn show_only(&self, plan: &Plan) -> Result<u8, Fault> {
        self.print(plan, None, || plan_text::plan_text(&self.setup.out, plan))?;
        refuse_early(self.setup, plan)?;
        Ok(if plan.changes.is_empty() { 0 } else { 2 })
    }

    /// Asks until the plan the person answered is still the one the cluster
    /// would carry out. Reading takes time; a plan is good for 30 s.
    async fn confirmed(
        &self,
        mut plan: Plan,
        mut expected: Expected,
        engine: &Engine,
    ) -> Result<(Plan, Job), Fault> {
        let mut answer = self.ask(&plan).await?;
        loop {
            let running = engine.running_on(&plan.order.target.uid);
            let input = GateInput {
                plan: &plan,
                mode: &WriteMode::CommandLine,
                context: self.session.link.cluster.context(),
                cluster: self.session.link.cluster.url(),
                running: running.as_ref(),
                answer: &answer,
                now: clock::now(),
            };
            match admit(&input) {
                Ok(permit) => {
                    let cluster = self.session.link.cluster.clone();
                    return Ok((plan.clone(), Job { cluster, plan, expected, permit }));
                }
                Err(Refusal::Stale(_)) => {
                    let newer = self.plan().await?;
                    let same = same_state(&plan, &newer.0);
                    (plan, expected) = newer;
                    if !same {
                        aside("it changed while you were reading; this is how it is now:");
                        refuse_early(self.setup, &plan)?;
                        answer = self.ask(&plan).await?;
                    }
                }
                Err(refusal) => return Err(refused(&refusal)),
            }
        }
    }

    async fn ask(&self, plan: &Plan) -> Result<String, Fault> {
        if !self.typed.yes {
            aside(&plan_text::plan_text(&self.setup.out, plan));
        }
        confirm::answer(plan, self.typed.yes).await
    }

    /// Follows the run; the last that was heard of it.
    async fn wait(&self, mut runs: mpsc::Receiver<RunView>, ours: &OperationId) -> Result<RunView, Fault> {
        let mut signals = Signals::listen()?;
        let deadline = tokio::time::sleep(self.typed.timeout);
        tokio::pin!(deadline);
        let mut last: Option<RunView> = None;
        loop {
            let run = tokio::select! {
                signal = signals.next() => {
                    aside("not waiting any longer; what was written stays, the next `qd` records how it ended");
                    let text = format!("ended by a signal ({signal:?}) while waiting");
                    return last.ok_or_else(|| Fault::new(FaultKind::Internal, text));
                }
                () = &mut deadline => {
                    let waited = short_duration(self.typed.timeout);
                    aside(&format!("not done after {waited}; it goes on, `qd rollouts` shows how"));
                    return last.ok_or_else(|| Fault::new(FaultKind::Timeout, "the engine said nothing"));
                }
                run = runs.recv() => run,
            };
            let Some(run) = run else {
                return last.ok_or_else(|| Fault::new(FaultKind::Internal, "the engine said nothing"));
            };
            if run.order.id != *ours {
                // Something taken over from a console that died.
                continue;
            }
            if last.as_ref().is_none_or(|known| known.progress != run.progress) && run.took.is_none() {
                aside(&format!("  {}", run.progress));
            }
            let done = run.took.is_some() || (self.typed.no_wait && run.phase == Phase::Watching);
            if done {
                return Ok(run);
            }
            last = Some(run);
        }
    }

    fn report(&self, plan: &Plan, run: &RunView) -> Result<u8, Fault> {
        self.print(plan, Some(Outcome::from(run)), || sentence(plan, run))?;
        Ok(match &run.phase {
            Phase::Succeeded => 0,
            Phase::Watching if self.typed.no_wait => 0,
            Phase::Asked
            | Phase::Writing
            | Phase::Watching
            | Phase::Refused(_)
            | Phase::Failed(_)
            | Phase::Unknown(_) => 1,
        })
    }

    fn print(
        &self,
        plan: &Plan,
        outcome: Option<Outcome>,
        text: impl FnOnce() -> String,
    ) -> Result<(), Fault> {
        let names = || vec![plan.order.id.to_string()];
        print(self.setup, &Change { plan, outcome }, names, text)
    }
}

/// Whether the newer plan would do the same to the same: every tested value
/// is what it was, and every check came out as before.
fn same_state(old: &Plan, new: &Plan) -> bool {
    let tests = |plan: &Plan| -> Vec<JsonOp> {
        plan.mutation.ops.iter().filter(|op| matches!(op, JsonOp::Test { .. })).cloned().collect()
    };
    let outcomes = |plan: &Plan| -> Vec<_> { plan.checks.iter().map(|c| (c.name, c.outcome)).collect() };
    tests(old) == tests(new) && outcomes(old) == outcomes(new) && old.confirmation == new.confirmation
}

fn sentence(plan: &Plan, run: &RunView) -> String {
    let what = format!("{} {}", run.order.verb.phrase(), plan.order.target.key);
    let took = run.took.map(|took| format!(" after {}", short_duration(took))).unwrap_or_default();
    let why = run.phase.why();
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("{what}: {}{took}{why}\n  operation {}, in the audit log\n", run.phase.word(), run.order.id)
}
