//! The verbs that change something, on one object or on several at once.

mod wish;

use super::gate::{checks_pass, refused, writing_is_on};
use super::{confirm, plan_text};
use crate::cli::args;
use crate::cli::change_args::HowArgs;
use crate::cli::json::{Change, Outcome};
use crate::cli::out::aside;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{
    Fault, FaultKind, GateInput, JsonOp, Phase, Plan, Refusal, Verb, Workload, WriteMode, admit,
    short_duration,
};
use crate::engine::Expected;
use crate::msg::{Ask, RunView};
use crate::shell::deliver::Pace;
use crate::shell::engine::{Engine, Job};
use crate::shell::outside::edit::edit;
use crate::shell::planner::{self, Services, Surroundings};
use crate::shell::{Signals, Tasks, clock};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use wish::{Piece, Wish};

/// Runs waiting to be told.
const RUNS: usize = 64;

/// Works it out, shows it, asks, carries it out, waits.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, verb: args::Verb) -> Result<u8, Fault> {
    let Some(wish) = Wish::of(verb) else {
        return Err(Fault::new(FaultKind::Internal, "not a verb that changes something"));
    };
    let session = Session::open(setup, tasks).await?;
    let mut pieces = wish.pieces(setup, &session)?;
    pieces.retain(|piece| {
        let workload = session.world.workload(&piece.target.key);
        let fits = workload.filter(|workload| piece.verb.right(workload.key.kind).is_ok());
        let already = fits.and_then(|workload| already(&piece.verb, workload));
        if let Some(already) = &already {
            aside(&format!("nothing to do: {} {already}", piece.target.key));
        }
        already.is_none()
    });
    if pieces.is_empty() {
        return Ok(0);
    }
    for piece in &mut pieces {
        if let Verb::Edit { ops } = &mut piece.verb {
            let edited = edit(&session.link.cluster, piece.target.clone(), &setup.folders).await?;
            if edited.ops.is_empty() {
                aside("nothing was changed");
                return Ok(0);
            }
            aside(&format!("your text is kept in {}", edited.file.display()));
            *ops = edited.ops;
        }
    }
    let work = Work { setup, session, how: wish.how, pieces };
    let plans = work.plans().await?;
    if work.how.say.answer.dry_run {
        return work.show_only(&plans);
    }
    for (plan, _) in &plans {
        refuse_early(setup, plan)?;
    }
    let (news, runs) = mpsc::channel(RUNS);
    let engine = Engine::new(setup.audit(), setup.running(), tasks.clone(), news);
    let _taken_over = engine.recover(&work.session.link.cluster)?;
    let jobs = work.confirmed(plans, &engine).await?;
    let plans: Vec<Plan> = jobs.iter().map(|job| job.plan.clone()).collect();
    for job in jobs {
        engine.execute(job)?;
    }
    let last = work.wait(runs, &plans).await?;
    work.report(&plans, &last)
}

/// Why there is nothing to do, if there is nothing to do: asking twice for the
/// same state is no failure.
fn already(verb: &Verb, workload: &Workload) -> Option<String> {
    match verb {
        Verb::Scale { to } if workload.replicas.desired == *to => {
            Some(format!("already asks for {to} replicas"))
        }
        Verb::Pause if workload.paused => Some("is already paused".to_owned()),
        Verb::Resume if !workload.paused => Some("is not paused".to_owned()),
        Verb::SetImage { container, image } => {
            let named = workload.template.containers.iter().find(|c| c.name == *container);
            named.filter(|c| c.image == *image).map(|_| format!("already has {image} in {container}"))
        }
        Verb::Unlock { lock, .. } if lock.is_empty() => Some("is not locked".to_owned()),
        Verb::Scale { .. }
        | Verb::Pause
        | Verb::Resume
        | Verb::Rollback { .. }
        | Verb::Restart
        | Verb::Delete
        | Verb::Evict
        | Verb::RunNow { .. }
        | Verb::Lock { .. }
        | Verb::Unlock { .. }
        | Verb::Edit { .. } => None,
    }
}

/// What no answer could mend is said before a person is asked.
fn refuse_early(setup: &Setup, plan: &Plan) -> Result<(), Fault> {
    writing_is_on(setup, plan.order.target.context.as_str())?;
    checks_pass(&plan.checks)
}

struct Work<'a> {
    setup: &'a Setup,
    session: Session,
    how: HowArgs,
    pieces: Vec<Piece>,
}

/// A plan and what the object is to be afterwards.
type Planned = (Plan, Expected);

impl Work<'_> {
    async fn plans(&self) -> Result<Vec<Planned>, Fault> {
        futures::future::try_join_all(self.pieces.iter().map(|piece| Box::pin(self.plan(piece)))).await
    }

    async fn plan(&self, piece: &Piece) -> Result<Planned, Fault> {
        let (target, setup) = (piece.target.clone(), self.setup);
        let (session, profile) = (&self.session, (setup.undeclared(), setup.config.guardrails()));
        let services = Services::of(&session.world, session.catalog.as_ref());
        let around = Surroundings::of(&session.world, &target, &services, profile);
        let ask = Ask {
            verb: piece.verb.clone(),
            target,
            reason: self.how.say.answer.reason.clone(),
            override_owner: self.how.say.override_owner,
            together: self.pieces.len(),
        };
        let (cluster, actor) = (&self.session.link.cluster, self.session.actor.clone());
        Box::pin(planner::plan(cluster, ask, actor, around, &Pace::default())).await
    }

    fn show_only(&self, plans: &[Planned]) -> Result<u8, Fault> {
        let all: Vec<_> = plans.iter().map(|(plan, _)| Change { plan, outcome: None }).collect();
        let text = |change: &Change<'_>| plan_text::plan_text(&self.setup.out, change.plan);
        self.print(&all, text)?;
        for (plan, _) in plans {
            refuse_early(self.setup, plan)?;
        }
        Ok(if plans.iter().all(|(plan, _)| plan.changes.is_empty()) { 0 } else { 2 })
    }

    /// Asks until the plans the person answered are still what the cluster
    /// would carry out. Reading takes time; a plan is good for 30 s.
    async fn confirmed(&self, mut plans: Vec<Planned>, engine: &Engine) -> Result<Vec<Job>, Fault> {
        let mut answer = self.ask(&plans).await?;
        loop {
            match self.admitted(&plans, engine, &answer) {
                Ok(jobs) => return Ok(jobs),
                Err(Refusal::Stale(_)) => {
                    let newer = self.plans().await?;
                    let same = plans.iter().zip(&newer).all(|((old, _), (new, _))| same_state(old, new));
                    plans = newer;
                    if !same {
                        aside("it changed while you were reading; this is how it is now:");
                        for (plan, _) in &plans {
                            refuse_early(self.setup, plan)?;
                        }
                        answer = self.ask(&plans).await?;
                    }
                }
                Err(refusal) => return Err(refused(&refusal)),
            }
        }
    }

    /// Every plan past the gate, or none.
    fn admitted(&self, plans: &[Planned], engine: &Engine, answer: &str) -> Result<Vec<Job>, Refusal> {
        let cluster = &self.session.link.cluster;
        let admitted = plans.iter().map(|(plan, expected)| {
            let running = engine.running_on(&plan.order.target.uid);
            let permit = admit(&GateInput {
                plan,
                here: cluster.here(&WriteMode::CommandLine, clock::now()),
                running: running.as_ref(),
                answer,
            })?;
            Ok(Job { cluster: cluster.clone(), plan: plan.clone(), expected: expected.clone(), permit })
        });
        admitted.collect()
    }

    async fn ask(&self, plans: &[Planned]) -> Result<String, Fault> {
        if !self.how.say.answer.yes {
            for (plan, _) in plans {
                aside(&plan_text::plan_text(&self.setup.out, plan));
            }
        }
        // Several plans have one confirmation, which names how many they are.
        match plans.first() {
            Some((plan, _)) => confirm::answer(plan, self.how.say.answer.yes).await,
            None => Ok(String::new()),
        }
    }

    /// Follows the runs; the last that was heard of each, in the order of `plans`.
    async fn wait(&self, mut runs: mpsc::Receiver<RunView>, plans: &[Plan]) -> Result<Vec<RunView>, Fault> {
        let mut signals = Signals::listen()?;
        let deadline = tokio::time::sleep(self.how.timeout);
        tokio::pin!(deadline);
        let mut last: BTreeMap<usize, RunView> = BTreeMap::new();
        let done = |run: &RunView| run.took.is_some() || (self.how.no_wait && run.phase == Phase::Watching);
        while last.len() < plans.len() || !last.values().all(&done) {
            let run = tokio::select! {
                signal = signals.next() => {
                    aside("not waiting any longer; what was written stays, the next `qd` records how it ended");
                    return heard(last, plans.len(), &format!("ended by a signal ({signal:?}) while waiting"));
                }
                () = &mut deadline => {
                    let waited = short_duration(self.how.timeout);
                    aside(&format!("not done after {waited}; it goes on, `qd rollouts` shows how"));
                    for text in last.values().filter_map(left) {
                        aside(&text);
                    }
                    return heard(last, plans.len(), "the engine said nothing");
                }
                run = runs.recv() => run,
            };
            let Some(run) = run else { return heard(last, plans.len(), "the engine said nothing") };
            // Others were taken over from a console that died.
            let Some(at) = plans.iter().position(|plan| plan.order.id == run.order.id) else { continue };
            if last.get(&at).is_none_or(|known| known.progress != run.progress) && run.took.is_none() {
                let name =
                    if plans.len() > 1 { format!("{}: ", run.order.target.key.name) } else { String::new() };
                aside(&format!("  {name}{}", run.progress));
            }
            last.insert(at, run);
        }
        heard(last, plans.len(), "the engine said nothing")
    }

    fn report(&self, plans: &[Plan], runs: &[RunView]) -> Result<u8, Fault> {
        let all: Vec<_> = plans
            .iter()
            .zip(runs)
            .map(|(plan, run)| Change { plan, outcome: Some(Outcome::from(run)) })
            .collect();
        let texts: Vec<String> = plans.iter().zip(runs).map(|(plan, run)| sentence(plan, run)).collect();
        let mut texts = texts.into_iter();
        self.print(&all, |_| texts.next().unwrap_or_default())?;
        let well = |run: &RunView| match &run.phase {
            Phase::Succeeded => true,
            Phase::Watching => self.how.no_wait,
            Phase::Asked | Phase::Writing | Phase::Refused(_) | Phase::Failed(_) | Phase::Unknown(_) => false,
        };
        Ok(u8::from(!runs.iter().all(well)))
    }

    /// One change as an object, several as a list.
    fn print(&self, all: &[Change<'_>], text: impl FnMut(&Change<'_>) -> String) -> Result<(), Fault> {
        let names = || all.iter().map(|change| change.plan.order.id.to_string()).collect();
        let text = || all.iter().map(text).collect::<String>();
        match all {
            [only] => print(self.setup, only, names, text),
            many => print(self.setup, &many, names, text),
        }
    }
}

/// What was heard of every run.
fn heard(last: BTreeMap<usize, RunView>, count: usize, otherwise: &str) -> Result<Vec<RunView>, Fault> {
    if last.len() == count {
        return Ok(last.into_values().collect());
    }
    Err(Fault::new(FaultKind::Timeout, otherwise).hint("`qd audit` shows what was recorded"))
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

/// What a run that is not over waits for, where waiting for it ends.
fn left(run: &RunView) -> Option<String> {
    let hint = "; see to what it waits for: a finalizer taken off by hand skips what it was for";
    let held = matches!(run.order.verb, Verb::Delete | Verb::Evict) && run.progress.contains("held by");
    let name = &run.order.target.key.name;
    run.took.is_none().then(|| format!("  {name}: {}{}", run.progress, if held { hint } else { "" }))
}

fn sentence(plan: &Plan, run: &RunView) -> String {
    let what = format!("{} {}", run.order.verb.phrase(), plan.order.target.key);
    let took = run.took.map(|took| format!(" after {}", short_duration(took))).unwrap_or_default();
    let why = run.phase.why();
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("{what}: {}{took}{why}\n  operation {}, in the audit log\n", run.phase.word(), run.order.id)
}
