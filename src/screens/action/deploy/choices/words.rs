//! What is chosen, in words.

use super::{Choice, Choices, Promotion};
use crate::domain::short_duration;
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use std::time::Duration;

impl Choices {
    fn as_last_time(&self) -> String {
        let (conditions, requests) = self.last_conditions();
        let names: Vec<_> = conditions.iter().map(|one| one.name.as_str()).collect();
        let alone = if requests.is_critical() { "" } else { "; failed requests only hold" };
        format!("as last time: {}{alone}", names.join(", "))
    }

    /// The value of a line, in words; where it goes is said by the site.
    pub fn words(&self, choice: Choice) -> String {
        if !self.matters(choice) {
            return match choice {
                Choice::Where => "",
                Choice::Steps | Choice::Traffic => "of a canary only",
                Choice::Keep => "of blue/green only",
                Choice::Conditions => "none known from before; qd deploy takes them",
                Choice::Times | Choice::Promotion | Choice::Slow | Choice::How | Choice::Loss => {
                    "not of a rolling update"
                }
            }
            .to_owned();
        }
        match choice {
            Choice::Where => String::new(),
            Choice::How => match self.strategy {
                Strategy::Canary => "canary: a second Deployment, judged step by step",
                Strategy::BlueGreen => "blue/green: switched at once, the old version is kept for a while",
                Strategy::Rolling => "rolling: its own rolling update, then watched",
            }
            .to_owned(),
            Choice::Steps => {
                let (picks, weights): (Vec<_>, Vec<_>) =
                    self.steps().into_iter().partition(|step| step.pick.is_some());
                let first: Vec<String> = picks
                    .iter()
                    .filter_map(|step| Some(format!("{}, then ", step.pick.as_ref()?.words())))
                    .collect();
                let weights: Vec<String> = weights.iter().map(|step| step.percent.to_string()).collect();
                format!("{}{} % of the requests", first.concat(), weights.join(", "))
            }
            Choice::Times => {
                let pace = self.pace();
                let watched = if self.strategy == Strategy::Rolling { "watched for " } else { "" };
                format!("{watched}{} to {}", span(pace.min_s), span(pace.max_s))
            }
            Choice::Promotion => self.promotion_words().to_owned(),
            Choice::Traffic => match self.traffic {
                Wish::Auto | Wish::Selector => "by a route if one is prepared, else by pods",
                Wish::Pods => "by the ratio of pods",
                Wish::Route => "by the weights of a route, or not at all",
            }
            .to_owned(),
            Choice::Slow => match self.slow {
                Some(limit) => format!("requests over {limit} ms condemn it as failed ones do"),
                None => "only failed requests condemn it".to_owned(),
            },
            Choice::Conditions if self.again => self.as_last_time(),
            Choice::Conditions => "requests and pods alone".to_owned(),
            Choice::Keep => format!("{} after the switch", span(self.keep)),
            Choice::Loss => match self.loss {
                OnDriverLoss::TakeOver => "whoever takes over goes on",
                OnDriverLoss::RollBack => "whoever takes over rolls back",
                OnDriverLoss::Hold => "whoever takes over holds it",
            }
            .to_owned(),
        }
    }

    fn promotion_words(&self) -> &'static str {
        match (self.promotion, self.strategy) {
            (Promotion::Verdict, _) => "by the verdict; by hand at any time",
            (_, Strategy::BlueGreen) => "by hand: a person switches to it",
            (_, Strategy::Rolling) => "by hand: it is watched until a person says so",
            (Promotion::Last, _) => "by the verdict; the last step waits for a person",
            (Promotion::Hand, _) => "by hand: every step waits for a person",
        }
    }

    /// All of it on one line.
    pub fn summary(&self) -> String {
        let manual = match self.promotion {
            Promotion::Verdict => "",
            Promotion::Last if self.strategy == Strategy::Canary => ", the last step promoted by hand",
            Promotion::Last | Promotion::Hand => ", promoted by hand",
        };
        match self.strategy {
            Strategy::Rolling => return format!("rolling update, {}{manual}", self.words(Choice::Times)),
            Strategy::BlueGreen => {
                return format!("blue/green, looked at for {}{manual}", self.words(Choice::Times));
            }
            Strategy::Canary => {}
        }
        format!("canary, {}, {} a step{manual}", self.words(Choice::Steps), self.words(Choice::Times))
    }
}

fn span(seconds: u32) -> String {
    short_duration(Duration::from_secs(u64::from(seconds)))
}
