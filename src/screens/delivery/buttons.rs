//! The buttons of an operation, and why they are off where they are.

use super::{Delivery, Driven, Pods, Stage, Wish};
use crate::command::Command;
use crate::screens::Ctx;
use crate::screens::buttons::Button;

/// Whether a wish makes sense in the present stage; else the reason.
fn legal(delivery: &Delivery, wish: Wish) -> Result<(), String> {
    let to = &delivery.to;
    match delivery.stage {
        Stage::Promoted => return Err(format!("it is over: stable runs {to}")),
        Stage::RolledBack => return Err("it is over: it was rolled back".to_owned()),
        // These two go on to their end by themselves, if somebody drives.
        Stage::RollingBack | Stage::CleaningUp if wish == Wish::Adopt => {}
        Stage::RollingBack => return Err("it is rolling back already".to_owned()),
        Stage::CleaningUp => return Err(format!("it is through: stable runs {to}")),
        Stage::Promoting if wish.promotes() => return Err("it is being promoted already".to_owned()),
        Stage::Scaling if wish.promotes() => return Err("the step's pods are not there yet".to_owned()),
        Stage::Promoting | Stage::Scaling | Stage::Watching => {}
    }
    if wish.promotes() && !delivery.pods.is_none_or(Pods::are_whole) {
        return Err("not every pod is available".to_owned());
    }
    Ok(())
}

/// Why `wish` cannot be asked of `delivery` now; empty if it can.
pub(crate) fn why_not(delivery: &Delivery, wish: Wish, ctx: &Ctx<'_>) -> String {
    if let Err(why) = legal(delivery, wish) {
        return why;
    }
    let lost = delivery.is_orphaned(ctx.now);
    match wish {
        // Whether another driver lives, its Lease says: it is read when this is asked for.
        Wish::Adopt if delivery.driver.state(ctx.now) == Driven::Here => {
            return "it is driven from here".to_owned();
        }
        Wish::Promote | Wish::PromoteFull | Wish::Hold if lost => {
            return "nobody drives it: adopt it first".to_owned();
        }
        // Going back never waits for a driver.
        Wish::Abort | Wish::Adopt | Wish::Promote | Wish::PromoteFull | Wish::Hold => {}
    }
    if ctx.may_write() { String::new() } else { "read-only: :write allows it for a while".to_owned() }
}

/// The buttons of an operation in its state.
pub fn buttons(delivery: &Delivery, ctx: &Ctx<'_>) -> Vec<Button> {
    let orphaned = delivery.is_orphaned(ctx.now);
    let mut buttons: Vec<Button> = Wish::all()
        .filter(|wish| *wish != Wish::Adopt || orphaned)
        .map(|wish| Button {
            command: wish.command(),
            label: wish.word(delivery.held),
            off: why_not(delivery, wish, ctx),
        })
        .collect();
    buttons.push(Button { command: Command::Rollback, label: "Roll back", off: no_revision(delivery, ctx) });
    buttons
}

/// The rollback page opens in every state, because it cannot fire by itself;
/// without a kept revision there is nothing on it.
fn no_revision(delivery: &Delivery, ctx: &Ctx<'_>) -> String {
    let Some(workload) = ctx.world.workload(&delivery.workload) else {
        return "its Deployment is gone".to_owned();
    };
    let sets = ctx.world.revisions(&workload.uid);
    let other = sets.iter().any(|set| set.template.digest != workload.template.digest);
    if other { String::new() } else { "no other revision is kept".to_owned() }
}
