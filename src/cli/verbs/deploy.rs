//! `qd deploy`: a new version, started, driven and waited for.

mod asked;

use asked::asked;

use super::alerts::named_alarms;
use super::confirm;
use super::delivery_text::delivery_text;
use super::gate::{checks_pass, refused, writing_is_on};
use super::slo::release_check;
use crate::cli::deliver_args::DeployArgs;
use crate::cli::find;
use crate::cli::json::Delivery;
use crate::cli::out::aside;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cluster::Cluster;
use crate::domain::{CheckOutcome, Fault, ObjectKey, Refusal, Warrant, World, WriteMode, count_of};
use crate::engine::canary::{Ending, Phase};
use crate::engine::delivery::{DeliveryAsk, DeliveryPlan, SavedPlan, alarm_check};
use crate::engine::record::{DriverMode, OperationRecord};
use crate::shell::deliver::{self, Deliveries, Monitors, read_record};
use crate::shell::planner::{Services, Surroundings};
use crate::shell::{Signals, Tasks, clock};
use std::time::Duration;
use tokio::sync::mpsc;

/// News waiting to be read.
const NEWS: usize = 64;
/// From one look at the record to the next.
const LOOK: Duration = Duration::from_secs(1);

/// Works it out, shows it, asks, starts it, waits.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &DeployArgs) -> Result<u8, Fault> {
    let work = Work::open(setup, tasks, args).await?;
    let plan = work.plan().await?;
    if args.say.answer.dry_run {
        work.print(&plan, None)?;
        work.refuse_early(&plan)?;
        return Ok(2);
    }
    work.refuse_early(&plan)?;
    let (plan, warrant) = work.confirmed(plan).await?;
    let cluster = work.session.link.cluster.clone();
    let record = work.deliveries.start(&cluster, plan.clone(), warrant, !args.no_wait).await?;
    if args.no_wait {
        aside("stored; an engine drives it: `qd engine`, or one in the cluster");
        work.print(&plan, Some(&plan.record))?;
        return Ok(0);
    }
    let last = work.wait(&cluster, &record).await?;
    work.print(&plan, Some(&last))?;
    Ok(match last.ending() {
        Some(Ending::Promoted) => 0,
        Some(Ending::RolledBack { .. }) | None => 1,
    })
}

pub(super) struct Work<'a> {
    setup: &'a Setup,
    session: Session,
    deliveries: Deliveries,
    args: &'a DeployArgs,
    /// The plan to be carried out, if one was kept.
    kept: Option<SavedPlan>,
}

impl<'a> Work<'a> {
    /// Connects, and reads the plan kept, if there is one.
    pub(super) async fn open(setup: &'a Setup, tasks: &Tasks, args: &'a DeployArgs) -> Result<Self, Fault> {
        let kept = args.plan.as_deref().map(super::plan::read).transpose()?;
        let session = Session::open(setup, tasks).await?;
        let (news, mut heard) = mpsc::channel(NEWS);
        let me = deliver::driver(&session.actor, DriverMode::Cli);
        let deliveries = Deliveries::new(setup.audit(), me, tasks.clone(), deliver::Pace::default(), news)
            .asking(Monitors::of(setup.layers.clone()));
        // Told by the record itself.
        let _listening = tasks.spawn("news", async move { while heard.recv().await.is_some() {} });
        Ok(Self { setup, session, deliveries, args, kept })
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    async fn plan(&self) -> Result<DeliveryPlan, Fault> {
        self.worked_out().await.map(|(_, plan)| plan)
    }

    /// The question, and what would be done.
    pub(super) async fn worked_out(&self) -> Result<(DeliveryAsk, DeliveryPlan), Fault> {
        let world = &self.session.world;
        let workload = if let Some(kept) = &self.kept {
            super::plan::planned(world, kept)?
        } else {
            let typed = self.args.target.as_deref().unwrap_or_default();
            let typed = find::placed(world, typed, self.args.place.environment())?;
            find::workload(world, &typed, "deploy")?
        };
        let target = self.session.link.place.workload(&workload);
        let ask = match &self.kept {
            Some(kept) => {
                super::plan::recheck_place(kept, &target)?;
                let glass = self.args.glass.break_glass.clone();
                DeliveryAsk { target: target.clone(), reason: self.reason(kept), glass, ..kept.ask.clone() }
            }
            None => asked(self.args, target.clone())?,
        };
        let services = Services::of(world, self.session.catalog.as_ref());
        let only = self.session.link.place.namespace.as_ref();
        let profile = (self.setup.undeclared(), self.setup.config.guardrails());
        let book = self.setup.gate_files().load().with_people(self.session.catalog.as_deref());
        let around = Surroundings::of(world, &target, &services, profile)
            .with_vicinity(world, &target, &services, only)
            .with_gates(book, self.kept.as_ref().map(SavedPlan::id));
        let planner = self.deliveries.planner(self.session.link.cluster.clone(), self.session.actor.clone());
        let service = World::service_of(&workload);
        let cluster = &self.session.link.cluster;
        let budgets = async { Ok(release_check(self.setup, cluster, &service, &ask.reason).await) };
        let alarms = async { Ok(named_alarms(self.setup, cluster).await) };
        let plan = planner.plan(ask.clone(), around);
        let (plan, budget, alarms) = tokio::try_join!(Box::pin(plan), Box::pin(budgets), Box::pin(alarms))?;
        let alarm = alarm_check(&alarms, &service, &plan.doubt);
        let plan = alarm.into_iter().chain(budget).fold(plan, DeliveryPlan::also);
        if let Some(kept) = &self.kept {
            kept.still_means(&plan)?;
        }
        Ok((ask, plan))
    }

    /// The plan's own reason, unless another one is given now.
    fn reason(&self, kept: &SavedPlan) -> String {
        let given = &self.args.say.answer.reason;
        if given.is_empty() { kept.ask.reason.clone() } else { given.clone() }
    }

    /// What no answer could mend is said before a person is asked.
    fn refuse_early(&self, plan: &DeliveryPlan) -> Result<(), Fault> {
        writing_is_on(self.setup, plan.target.context.as_str())?;
        checks_pass(&plan.checks)
    }

    /// Asks until the plan answered is still the one that would be carried out.
    async fn confirmed(&self, mut plan: DeliveryPlan) -> Result<(DeliveryPlan, Warrant), Fault> {
        let mut answer = self.answer(&plan).await?;
        loop {
            let here = self.session.link.cluster.here(&WriteMode::CommandLine, clock::now());
            match plan.admit(&answer, here, None) {
                Ok(warrant) => return Ok((plan, warrant)),
                Err(Refusal::Stale(_)) => {
                    let newer = self.plan().await?;
                    let same = newer.record.templates == plan.record.templates
                        && outcomes(&newer) == outcomes(&plan);
                    plan = newer;
                    if !same {
                        aside("it changed while you were reading; this is how it is now:");
                        self.refuse_early(&plan)?;
                        answer = self.answer(&plan).await?;
                    }
                }
                Err(refusal) => return Err(refused(&refusal)),
            }
        }
    }

    async fn answer(&self, plan: &DeliveryPlan) -> Result<String, Fault> {
        if !self.args.say.answer.yes {
            aside(&delivery_text(&self.setup.out, plan));
        }
        let what =
            format!("{} {} to {}", plan.record.strategy.name(), plan.target.key, plan.record.to.version);
        confirm::answer_to(&what, &plan.confirmation, self.args.say.answer.yes).await
    }

    /// Follows the record until it is over. A signal hands the delivery over.
    async fn wait(&self, cluster: &Cluster, key: &ObjectKey) -> Result<OperationRecord, Fault> {
        let mut signals = Signals::listen()?;
        let mut told = String::new();
        loop {
            let signal = tokio::select! {
                signal = signals.next() => Some(signal),
                () = tokio::time::sleep(LOOK) => None,
            };
            let record = match read_record(cluster, key).await {
                Ok(record) => record,
                Err(fault) if fault.kind.is_passing() && signal.is_none() => continue,
                Err(fault) => return Err(fault),
            };
            let line = format!("  {}", told_of(&record));
            if line != told {
                aside(&line);
                told = line;
            }
            if record.is_over() {
                return Ok(record);
            }
            if signal.is_some() {
                aside("not driven from here any longer; handed over: the next console or engine goes on");
                self.deliveries.hand_over();
                return Ok(record);
            }
        }
    }

    pub(super) fn print(&self, plan: &DeliveryPlan, record: Option<&OperationRecord>) -> Result<(), Fault> {
        let value = Delivery::new(plan, record);
        let names = || vec![plan.record.key().name.to_string()];
        print(self.setup, &value, names, || match record {
            None => delivery_text(&self.setup.out, plan),
            Some(record) => sentence(record),
        })
    }
}

/// `scaling: 1 of 2 canary pods available`; the sentence alone where it begins so.
fn told_of(record: &OperationRecord) -> String {
    let (word, sentence) = (record.phase_word().replace('-', " "), record.sentence());
    if sentence.starts_with(&word) { sentence.to_owned() } else { format!("{word}: {sentence}") }
}

fn outcomes(plan: &DeliveryPlan) -> Vec<(&'static str, CheckOutcome)> {
    plan.checks.iter().map(|check| (check.name, check.outcome)).collect()
}

fn sentence(record: &OperationRecord) -> String {
    let head = format!("{} {} to {}: ", record.strategy.name(), record.target.key(), record.to.version);
    let end = match &record.run.phase {
        Phase::Over(Ending::Promoted) => "promoted".to_owned(),
        Phase::Over(Ending::RolledBack { why }) => format!("rolled back: {why}"),
        Phase::Scaling { .. }
        | Phase::Watching { .. }
        | Phase::Promoting { .. }
        | Phase::CleaningUp
        | Phase::RollingBack { .. } => told_of(record),
    };
    let kept = count_of(record.verdicts.len(), "verdict");
    format!("{head}{end}\n  operation {}, {kept} kept: qd verdict replay {}\n", record.id, record.key().name)
}
