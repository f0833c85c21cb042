//! Verbs that change how much runs, or whether anything moves: scale, pause, resume.

use super::{Live, Made};
use crate::domain::{Fault, FaultKind, JsonOp, Kind, Verb, Workload, count_of};
use serde_json::{Value, json};

pub(super) fn scale(workload: &Workload, live: &Live, to: u32) -> Result<Made, Fault> {
    let before = workload.replicas.desired;
    if before == to {
        let text = format!("{} already asks for {to} replicas", workload.key);
        return Err(Fault::new(FaultKind::Invalid, text));
    }
    let old = live.raw.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(1));
    let ops = vec![JsonOp::test("/spec/replicas", old), JsonOp::replace("/spec/replicas", to)];
    let mut made = Made::patch(ops, replicas(to)).undo(Verb::Scale { to: before });
    if to == 0 {
        made.is_final = true;
        made = made.saying("nothing will serve until it is scaled up again");
    }
    if workload.key.kind == Kind::StatefulSet && to < before {
        made = made.saying("volume claims of the pods that go stay, unless the set says otherwise");
    }
    Ok(made)
}

/// `1 replica`, `6 replicas`
pub(super) fn replicas(count: u32) -> String {
    count_of(usize::try_from(count).unwrap_or(usize::MAX), "replica")
}

/// Where a kind says that it is suspended.
fn switch(kind: Kind) -> &'static str {
    if kind == Kind::CronJob { "/spec/suspend" } else { "/spec/paused" }
}

pub(super) fn pause(workload: &Workload, live: &Live) -> Result<Made, Fault> {
    if workload.paused {
        return Err(Fault::new(FaultKind::Invalid, format!("{} is already paused", workload.key)));
    }
    let path = switch(workload.key.kind);
    let mut ops: Vec<JsonOp> =
        live.raw.pointer(path).map(|old| JsonOp::test(path, old.clone())).into_iter().collect();
    ops.push(JsonOp::add(path, true));
    let made = if workload.key.kind == Kind::CronJob {
        let at_work = workload.batch.as_ref().map_or(0, |batch| batch.active);
        let made = Made::patch(ops, "schedule suspended".to_owned());
        let made = made
            .saying("runs that fall due meanwhile are not made up for unless startingDeadlineSeconds allows");
        if at_work > 0 { made.saying(format!("{at_work} running now go on to their end")) } else { made }
    } else {
        Made::patch(ops, "rolling out suspended".to_owned())
            .saying("pods stay as they are; changes wait until it is resumed")
            .saying("the progress deadline is not counted while paused")
    };
    Ok(made.undo(Verb::Resume))
}

pub(super) fn resume(workload: &Workload, live: &Live) -> Result<Made, Fault> {
    if !workload.paused {
        return Err(Fault::new(FaultKind::Invalid, format!("{} is not paused", workload.key)));
    }
    let path = switch(workload.key.kind);
    let old = live.raw.pointer(path).cloned().unwrap_or(Value::Bool(true));
    let ops = vec![JsonOp::test(path, old), JsonOp::replace(path, false)];
    let to = if workload.key.kind == Kind::CronJob { "schedule goes on" } else { "rolling out goes on" };
    Ok(Made::patch(ops, to.to_owned()).undo(Verb::Pause))
}
