//! `qd plan`: a delivery worked out, kept in a file, and carried out later.

use crate::cli::deliver_args::PlanArgs;
use crate::cli::out::aside;
use crate::cli::setup::Setup;
use crate::domain::{CheckOutcome, Fault, FaultKind, Target, Workload, World};
use crate::engine::delivery::{MOST_PLAN_BYTES, SavedPlan};
use crate::shell::Tasks;
use crate::store::read_text_up_to;
use std::path::Path;
use std::sync::Arc;

/// Works it out, shows it, and keeps it.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &PlanArgs) -> Result<u8, Fault> {
    let work = super::deploy::Work::open(setup, tasks, &args.deploy).await?;
    let (ask, plan) = work.worked_out().await?;
    work.print(&plan, None)?;
    let saved = SavedPlan::new(ask, &plan);
    if let Some(path) = &args.out {
        write(path, &saved)?;
        aside(&format!("kept in {}; carry it out with: qd deploy --plan {}", path.display(), path.display()));
    }
    aside(&format!("plan {}", saved.hash));
    if args.ask {
        super::approve::ask(setup, tasks, work.session(), &saved).await?;
    }
    let failing: Vec<_> = plan.checks.iter().filter(|c| c.outcome == CheckOutcome::Fail).collect();
    if let Some(check) = failing.first() {
        aside(&format!("as things are now it would be refused: {}: {}", check.name, check.observed));
    }
    Ok(2)
}

fn write(path: &Path, saved: &SavedPlan) -> Result<(), Fault> {
    let cannot = |why: String| {
        Fault::new(FaultKind::Invalid, format!("cannot write {}: {why}", path.display()))
            .hint("choose another file: --out")
    };
    let text = serde_json::to_string_pretty(saved).map_err(|error| cannot(error.to_string()))?;
    std::fs::write(path, text + "\n").map_err(|error| cannot(error.to_string()))
}

/// The plan in a file.
pub(super) fn read(path: &Path) -> Result<SavedPlan, Fault> {
    let most = u64::try_from(MOST_PLAN_BYTES).unwrap_or(u64::MAX);
    let unread = |fault| Fault { hints: vec!["name the file qd plan --out wrote".to_owned()], ..fault };
    let text = read_text_up_to(path, most).map_err(unread)?.ok_or_else(|| {
        Fault::new(FaultKind::NotFound, format!("there is no plan '{}'", path.display()))
            .hint("qd plan --out FILE makes one")
    })?;
    SavedPlan::read(&text)
        .map_err(|fault| Fault { text: format!("{}: {}", path.display(), fault.text), ..fault })
}

/// What a kept plan is about.
pub(super) fn planned(world: &World, kept: &SavedPlan) -> Result<Arc<Workload>, Fault> {
    let key = &kept.ask.target.key;
    world.workload(key).cloned().ok_or_else(|| {
        Fault::new(FaultKind::NotFound, format!("{key} is not there any more"))
            .hint("make another plan: qd plan")
    })
}

/// A kept plan is for one cluster.
pub(super) fn recheck_place(kept: &SavedPlan, here: &Target) -> Result<(), Fault> {
    let target = &kept.ask.target;
    if (&target.context, &target.cluster) == (&here.context, &here.cluster) {
        return Ok(());
    }
    let text = format!(
        "the plan is for {} ({}), this is {} ({})",
        target.context, target.cluster, here.context, here.cluster
    );
    Err(Fault::new(FaultKind::Refused, text).hint("choose its context: --context"))
}
