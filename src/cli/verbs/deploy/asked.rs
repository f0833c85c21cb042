//! What the arguments of `qd deploy` ask for.

use crate::cli::deliver_args::{AnalysisArgs, DeployArgs, HowArg, LossArg, TrafficArg, WeightArg};
use crate::cli::out::aside;
use crate::domain::{Fault, FaultKind, ObjectKey, RevisionNumber, Target};
use crate::engine::canary::Analysis;
use crate::engine::delivery::{DeliveryAsk, NewVersion, Pace, read_analyses};
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use crate::engine::verdict::Importance;
use crate::store::read_text_up_to;
use std::time::Duration;

/// A file of analyses is a few kilobytes.
const MOST_BYTES: u64 = 1 << 20;

fn version(args: &DeployArgs) -> NewVersion {
    if let Some(number) = args.to_revision {
        return NewVersion::Revision(RevisionNumber(number));
    }
    NewVersion::typed(args.image.as_deref().unwrap_or_default())
}

/// What the arguments ask for.
///
/// # Errors
/// A file of analyses that cannot be read or kept to.
pub(super) fn asked(args: &DeployArgs, target: Target) -> Result<DeliveryAsk, Fault> {
    let analyses = analyses(&args.analyses, &target.key)?;
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    Ok(DeliveryAsk {
        target,
        version: version(args),
        strategy: match args.strategy {
            HowArg::Canary => Strategy::Canary,
            HowArg::Rolling => Strategy::Rolling,
            HowArg::BlueGreen => Strategy::BlueGreen,
        },
        pace: Pace {
            steps: args.way.steps.clone(),
            min_s: seconds(args.step_min),
            max_s: seconds(args.step_max),
            manual: args.manual,
            floor: args.floor.map(|percent| percent / 100.0),
            requests: importance(args.requests),
            slow_ms: args.slow_ms,
            slow: importance(args.slow),
            levels: args.levels.clone(),
            analyses,
            keep_s: seconds(args.keep),
            mirror_writes: args.way.mirror_writes,
        },
        traffic: match args.traffic {
            TrafficArg::Auto => Wish::Auto,
            TrafficArg::Pods => Wish::Pods,
            TrafficArg::Route => Wish::Route,
        },
        on_driver_loss: match args.on_driver_loss {
            LossArg::TakeOver => OnDriverLoss::TakeOver,
            LossArg::RollBack => OnDriverLoss::RollBack,
            LossArg::Hold => OnDriverLoss::Hold,
        },
        reason: args.say.answer.reason.clone(),
        override_owner: args.say.override_owner,
        glass: args.glass.break_glass.clone(),
    })
}

/// What was typed, then the files in their order.
fn analyses(args: &AnalysisArgs, target: &ObjectKey) -> Result<Vec<Analysis>, Fault> {
    let given = args.arguments.iter().cloned().collect();
    let mut all = args.conditions.clone();
    for path in &args.files {
        let unread = |fault| Fault { hints: vec!["--analysis names a file of YAML".to_owned()], ..fault };
        let text = read_text_up_to(path, MOST_BYTES).map_err(unread)?.ok_or_else(|| {
            unread(Fault::new(FaultKind::NotFound, format!("there is no file '{}'", path.display())))
        })?;
        let read = read_analyses(&path.display().to_string(), &text, target, &given)?;
        read.notes.iter().for_each(|note| aside(&format!("qd: {note}")));
        all.extend(read.all);
    }
    Ok(all)
}

fn importance(arg: WeightArg) -> Importance {
    match arg {
        WeightArg::Critical => Importance::Critical,
        WeightArg::Advisory => Importance::Advisory,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Verb, command};
    use crate::engine::gates::Glass;
    use clap::FromArgMatches as _;

    /// Words as a shell splits them; single quotes only.
    fn split(line: &str) -> Vec<String> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().unwrap().push(c),
            }
        }
        words
    }

    fn read(line: &str) -> DeliveryAsk {
        let matches = command("qd").try_get_matches_from(split(line)).unwrap();
        let Some(Verb::Deploy(args)) = Cli::from_arg_matches(&matches).unwrap().verb else {
            panic!("{line}")
        };
        asked(&args, target()).unwrap()
    }

    fn target() -> Target {
        let key = ObjectKey::new(crate::domain::Kind::Deployment, "shop", "checkout");
        crate::msg::Place::default().target(key, "4f1c".into(), "4711".into())
    }

    /// Everything that can be said of a canary.
    fn said() -> Pace {
        Pace {
            steps: [
                "header:X-Canary=always@15m+pause",
                "mirror:10@2m",
                "5@2m",
                "25@10m-1h+pause",
                "75+pause",
                "100",
            ]
            .map(|step| step.parse().unwrap())
            .to_vec(),
            min_s: 60,
            max_s: 1800,
            manual: true,
            floor: Some(0.005),
            requests: Importance::Advisory,
            slow_ms: Some(300),
            slow: Importance::Advisory,
            levels: ["process_resident_memory_bytes", "queue_length~5%:critical"]
                .map(|l| l.parse().unwrap())
                .to_vec(),
            analyses: [
                "rate: sum(rate(x{code!~\"5..\"}[1m])); success: result[0] >= 0.95; interval: 30s; count: 4",
                "edge: y; max: 5; check: p99: z; min: 0.5; threshold: 3; importance: advisory",
            ]
            .map(|analysis| analysis.parse().unwrap())
            .to_vec(),
            keep_s: 900,
            mirror_writes: true,
        }
    }

    #[test]
    fn what_the_screen_says_is_the_same_in_a_shell_is() {
        let usual = read("qd deploy shop/checkout --image :v2");
        assert_eq!(usual.pace, Pace::default());
        let versions = [
            NewVersion::typed(":v2"),
            NewVersion::typed("app=r.io/shop/app:v2"),
            NewVersion::Revision(RevisionNumber(7)),
        ];
        let slow = said();
        let kept = Pace { min_s: 60, manual: true, keep_s: 3600, floor: Some(0.005), ..Pace::default() };
        let watched = Pace { min_s: 0, max_s: 0, manual: true, floor: Some(0.01), ..Pace::default() };
        for version in versions {
            for (strategy, pace) in [
                (Strategy::Canary, Pace::default()),
                (Strategy::Canary, slow.clone()),
                (Strategy::Rolling, Pace::default()),
                (Strategy::Rolling, watched.clone()),
                (Strategy::BlueGreen, kept.clone()),
            ] {
                for (on_driver_loss, reason, traffic) in [
                    (OnDriverLoss::TakeOver, "", Wish::Auto),
                    (OnDriverLoss::RollBack, "new prices", Wish::Pods),
                    (OnDriverLoss::Hold, "the price rules, again", Wish::Route),
                ] {
                    let ask = DeliveryAsk {
                        target: target(),
                        version: version.clone(),
                        strategy,
                        pace: pace.clone(),
                        traffic: if strategy == Strategy::Canary { traffic } else { Wish::Auto },
                        on_driver_loss,
                        reason: reason.to_owned(),
                        override_owner: !reason.is_empty(),
                        glass: Glass::new("INC-412").ok().filter(|_| !reason.is_empty()),
                    };
                    assert_eq!(read(&ask.command_line()), ask, "{}", ask.command_line());
                }
            }
        }
    }
}
