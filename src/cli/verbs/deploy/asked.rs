//! What the arguments of `qd deploy` ask for.

use crate::cli::deliver_args::{DeployArgs, HowArg, LossArg, SlowArg, TrafficArg};
use crate::domain::{RevisionNumber, Target};
use crate::engine::delivery::{DeliveryAsk, NewVersion, Pace};
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use crate::engine::verdict::Importance;
use std::time::Duration;

fn version(args: &DeployArgs) -> NewVersion {
    if let Some(number) = args.to_revision {
        return NewVersion::Revision(RevisionNumber(number));
    }
    NewVersion::typed(args.image.as_deref().unwrap_or_default())
}

/// What the arguments ask for.
pub(super) fn asked(args: &DeployArgs, target: Target) -> DeliveryAsk {
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    DeliveryAsk {
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
            slow_ms: args.slow_ms,
            slow: match args.slow {
                SlowArg::Critical => Importance::Critical,
                SlowArg::Advisory => Importance::Advisory,
            },
            levels: args.levels.clone(),
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::{Cli, Verb, command};
    use crate::domain::ObjectKey;
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
        asked(&args, target())
    }

    fn target() -> Target {
        let key = ObjectKey::new(crate::domain::Kind::Deployment, "shop", "checkout");
        crate::msg::Place::default().target(key, "4f1c".into(), "4711".into())
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
        let slow = Pace {
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
            slow_ms: Some(300),
            slow: Importance::Advisory,
            levels: ["process_resident_memory_bytes", "queue_length~5%:critical"]
                .map(|l| l.parse().unwrap())
                .to_vec(),
            keep_s: 900,
            mirror_writes: true,
        };
        let kept = Pace { min_s: 60, manual: true, keep_s: 3600, ..Pace::default() };
        for version in versions {
            for (strategy, pace) in [
                (Strategy::Canary, Pace::default()),
                (Strategy::Canary, slow.clone()),
                (Strategy::Rolling, Pace::default()),
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
