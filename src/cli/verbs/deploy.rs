//! `qd deploy`: a new version, started, driven and waited for.

use super::confirm;
use crate::cli::deliver_args::{DeployArgs, HowArg, LossArg};
use crate::cli::find;
use crate::cli::json::Delivery;
use crate::cli::out::{Out, Tone, aside};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::cluster::Cluster;
use crate::domain::{
    Check, CheckOutcome, Fault, FaultKind, ObjectKey, Refusal, RevisionNumber, Target, Warrant, WriteMode,
    count_of,
};
use crate::engine::canary::{Ending, Phase};
use crate::engine::delivery::{DeliveryAsk, DeliveryGate, DeliveryPlan, NewVersion, Pace};
use crate::engine::record::{DriverMode, OnDriverLoss, OperationRecord, Strategy};
use crate::shell::deliver::{self, Deliveries, read_record};
use crate::shell::planner::Surroundings;
use crate::shell::{Signals, Tasks, clock};
use std::time::Duration;
use tokio::sync::mpsc;

/// News waiting to be read.
const NEWS: usize = 64;
/// From one look at the record to the next.
const LOOK: Duration = Duration::from_secs(1);

/// Works it out, shows it, asks, starts it, waits.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &DeployArgs) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let (news, mut heard) = mpsc::channel(NEWS);
    let me = deliver::driver(&session.actor, DriverMode::Cli);
    let deliveries = Deliveries::new(setup.audit(), me, tasks.clone(), deliver::Pace::default(), news);
    // Told by the record itself.
    let _listening = tasks.spawn("news", async move { while heard.recv().await.is_some() {} });
    let work = Work { setup, session, deliveries, args };
    let plan = work.plan().await?;
    if args.dry_run {
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

struct Work<'a> {
    setup: &'a Setup,
    session: Session,
    deliveries: Deliveries,
    args: &'a DeployArgs,
}

impl Work<'_> {
    async fn plan(&self) -> Result<DeliveryPlan, Fault> {
        let workload = find::workload(&self.session.world, &self.args.target, "deploy")?;
        let place = &self.session.link.place;
        let target = Target {
            context: place.context.clone(),
            cluster: place.cluster.clone(),
            key: workload.key.clone(),
            uid: workload.uid.clone(),
            resource_version: workload.resource_version.clone(),
        };
        let around = Surroundings::of(
            &self.session.world,
            &target,
            self.setup.undeclared(),
            self.setup.config.guardrails(),
        );
        let planner = self.deliveries.planner(self.session.link.cluster.clone(), self.session.actor.clone());
        Box::pin(planner.plan(self.ask(target), around)).await
    }

    fn ask(&self, target: Target) -> DeliveryAsk {
        let args = self.args;
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
        DeliveryAsk {
            target,
            version: version(args),
            strategy: match args.strategy {
                HowArg::Canary => Strategy::Canary,
                HowArg::Rolling => Strategy::Rolling,
            },
            pace: Pace {
                steps: args.steps.clone(),
                min_s: seconds(args.step_min),
                max_s: seconds(args.step_max),
                manual: args.manual,
                floor: args.floor.map(|percent| percent / 100.0),
            },
            on_driver_loss: match args.on_driver_loss {
                LossArg::TakeOver => OnDriverLoss::TakeOver,
                LossArg::RollBack => OnDriverLoss::RollBack,
                LossArg::Hold => OnDriverLoss::Hold,
            },
            reason: args.reason.clone(),
            override_owner: args.override_owner,
        }
    }

    /// What no answer could mend is said before a person is asked.
    fn refuse_early(&self, plan: &DeliveryPlan) -> Result<(), Fault> {
        writing_is_on(self.setup, plan.target.context.as_str())?;
        let Some(check) = plan.checks.iter().find(|check| check.outcome == CheckOutcome::Fail) else {
            return Ok(());
        };
        let fault = refused(&Refusal::Check(Box::new(check.clone())));
        Err(if check.name == "owner" { fault.hint("here: --override-owner --reason '…'") } else { fault })
    }

    /// Asks until the plan answered is still the one that would be carried out.
    async fn confirmed(&self, mut plan: DeliveryPlan) -> Result<(DeliveryPlan, Warrant), Fault> {
        let mut answer = self.answer(&plan).await?;
        loop {
            let cluster = &self.session.link.cluster;
            let gate = DeliveryGate {
                mode: &WriteMode::CommandLine,
                context: cluster.context(),
                cluster: cluster.url(),
                running: None,
                now: clock::now(),
            };
            match plan.admit(&answer, &gate) {
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
        if !self.args.yes {
            aside(&plan_text(&self.setup.out, plan));
        }
        let what =
            format!("{} {} to {}", plan.record.strategy.name(), plan.target.key, plan.record.to.version);
        confirm::answer_to(&what, &plan.confirmation, self.args.yes).await
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
            let line = format!("  {} {}", record.phase_word(), record.sentence());
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

    fn print(&self, plan: &DeliveryPlan, record: Option<&OperationRecord>) -> Result<(), Fault> {
        let value = Delivery::new(plan, record);
        let names = || vec![plan.record.key().name.to_string()];
        print(self.setup, &value, names, || match record {
            None => plan_text(&self.setup.out, plan),
            Some(record) => sentence(record),
        })
    }
}

/// Refuses where the configuration says that nothing may be written.
pub(super) fn writing_is_on(setup: &Setup, context: &str) -> Result<(), Fault> {
    match setup.config.get("read-only") {
        Some(setting) if setup.config.flag("read-only") => {
            let text = format!("writing is off in {context} (read-only, {})", setting.origin);
            Err(Fault::new(FaultKind::Refused, text).hint("take that setting away to write here"))
        }
        Some(_) | None => Ok(()),
    }
}

fn version(args: &DeployArgs) -> NewVersion {
    if let Some(number) = args.to_revision {
        return NewVersion::Revision(RevisionNumber(number));
    }
    let typed = args.image.clone().unwrap_or_default();
    // A reference has no `=`; a container's name has nothing else.
    match typed.split_once('=') {
        Some((container, image)) => {
            NewVersion::Image { container: Some(container.to_owned()), image: image.to_owned() }
        }
        None => NewVersion::Image { container: None, image: typed },
    }
}

fn outcomes(plan: &DeliveryPlan) -> Vec<(&'static str, CheckOutcome)> {
    plan.checks.iter().map(|check| (check.name, check.outcome)).collect()
}

fn refused(refusal: &Refusal) -> Fault {
    Fault::new(FaultKind::Refused, format!("refused, nothing was written: {refusal}")).hint(refusal.remedy())
}

fn plan_text(out: &Out, plan: &DeliveryPlan) -> String {
    let strong = |text: &str| out.paint(text, Tone::Strong);
    let record = &plan.record;
    let head = format!("{} {} to {}", record.strategy.name(), plan.target.key, record.to.version);
    let mut text = format!("{}\n", strong(&head));
    let line = |name: &str, value: String| vec![plain(name), plain(value)];
    let images = |side: &crate::engine::record::Version| {
        side.images.iter().map(|(_, image)| image.clone()).collect::<Vec<_>>().join(", ")
    };
    let (target, environment) = (&plan.target, plan.environment.short());
    let mut lines = vec![
        line("in", format!("{} ({}), environment {environment}", target.context, target.cluster)),
        line("from", images(&record.from)),
        line("to", images(&record.to)),
    ];
    for (number, (split, step)) in plan.splits().iter().zip(&record.run.plan.steps).enumerate() {
        let times = format!("{} to {} s", step.min_s, step.max_s);
        let manual = if step.manual { ", then a person promotes" } else { "" };
        lines.push(line(&format!("step {}", number + 1), format!("{split}, {times}{manual}")));
    }
    lines.push(line("then", "stable takes the new template by its own rolling update".to_owned()));
    text.push_str(&table(out, &[""; 2], &lines, "  "));
    text.push_str(&format!("\n{}\n", strong("changes, from the server's dry run")));
    let changes: Vec<_> = plan
        .changes
        .iter()
        .map(|change| {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
            line(&change.path, format!("{} → {}", value(&change.before), value(&change.after)))
        })
        .collect();
    text.push_str(&table(out, &[""; 2], &changes, "  "));
    text.push_str(&format!("\n{}\n", strong("checks")));
    text.push_str(&table(out, &[""; 3], &plan.checks.iter().map(check).collect::<Vec<_>>(), "  "));
    for fix in plan.checks.iter().filter(|c| c.outcome > CheckOutcome::Pass && !c.remedy.is_empty()) {
        text.push_str(&table(out, &[""; 2], &[line(&format!("{}:", fix.name), fix.remedy.clone())], "  "));
    }
    text
}

fn check(check: &Check) -> Vec<(String, Tone)> {
    let tone = match check.outcome {
        CheckOutcome::NotApplicable => Tone::Faint,
        CheckOutcome::Pass => Tone::Good,
        CheckOutcome::Warn | CheckOutcome::Unknown => Tone::Warn,
        CheckOutcome::Fail => Tone::Bad,
    };
    vec![(check.outcome.word().to_owned(), tone), plain(check.name), plain(check.observed.clone())]
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
        | Phase::RollingBack { .. } => format!("{}, {}", record.phase_word(), record.sentence()),
    };
    let kept = count_of(record.verdicts.len(), "verdict");
    format!("{head}{end}\n  operation {}, {kept} kept: qd verdict replay {}\n", record.id, record.key().name)
}
