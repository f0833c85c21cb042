//! How the analyses of a plan go: what is due, and what came of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::Analysis;
use crate::domain::Now;
use crate::engine::canary::phase::Phase;
use crate::engine::canary::run::CanaryRun;
use crate::engine::verdict::analysis::{Analysed, Course, Measurement, Reply, Rules};
use crate::engine::verdict::argo::Measured;
use crate::engine::verdict::number::Exact;
use crate::engine::verdict::{Data, Health, Metric};
use crate::promql::Value;

/// From a measurement without a value, or a question nobody answered, to the
/// next: as Argo has it.
const AGAIN: Duration = Duration::from_secs(10);
/// Characters of a server's words that are kept.
const MOST_WORDS: usize = 160;

/// How one analysis goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The step it was measured in, from 0; none before the first measurement.
    step: Option<usize>,
    /// The measurements.
    pub(super) course: Course,
    /// When it was asked for last.
    asked: Option<Timestamp>,
    /// Since when nobody answers, and why.
    silent: Option<(Timestamp, String)>,
}

/// What is to be asked now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which analysis of the plan, from 0.
    pub analysis: usize,
    /// Which step it is for, from 0.
    pub step: usize,
    /// The expressions.
    pub queries: Vec<String>,
    /// The moment they are asked about.
    pub at: Timestamp,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Of which analysis.
    pub analysis: usize,
    /// For which step.
    pub step: usize,
    /// The moment it was asked about.
    pub at: Timestamp,
    /// What each expression gave, or why nobody answered.
    pub replies: Result<Vec<Reply>, String>,
}

impl Progress {
    /// As it stands in `step`: Argo's measurements of another one do not count.
    fn in_step(&self, step: usize, rules: &Rules) -> Self {
        if self.step == Some(step) {
            return self.clone();
        }
        let course = match rules {
            Rules::Argo(_) => Course::default(),
            Rules::Flagger(_) => Course { recent: Vec::new(), ..self.course.clone() },
        };
        Self { step: Some(step), course, asked: None, silent: None }
    }

    /// Seconds to wait after the last question; none if that was all.
    fn pause(&self, analysis: &Analysis) -> Option<Duration> {
        let argo = matches!(analysis.rules, Rules::Argo(_));
        let empty = self.course.recent.last().is_some_and(|last| last.how == Measured::Error);
        if self.silent.is_some() || (argo && empty) {
            return Some(AGAIN);
        }
        analysis.interval_s.map(|seconds| Duration::from_secs(seconds.into()))
    }

    fn is_due(&self, analysis: &Analysis, since: Timestamp, now: Now) -> bool {
        if analysis.rules.standing(&self.course).is_final() {
            return false;
        }
        match self.asked {
            None => now.since(since) >= Duration::from_secs(analysis.delay_s.into()),
            // Of another driver, whose clock is ahead of ours.
            Some(asked) if asked > now.wall => true,
            Some(asked) => self.pause(analysis).is_some_and(|pause| now.since(asked) >= pause),
        }
    }

    fn take(&mut self, rules: &Rules, answered: Answered) {
        self.asked = Some(answered.at);
        match answered.replies {
            Ok(replies) => {
                let replies: Vec<Reply> = replies.into_iter().map(short).collect();
                let how = rules.measure(&replies);
                self.course.add(Measurement { at: answered.at, how, replies });
                self.silent = None;
            }
            Err(why) => {
                let since = self.silent.take().map_or(answered.at, |(since, _)| since);
                self.silent = Some((since, cut(&why)));
            }
        }
    }

    fn health(&self, now: Now) -> Health {
        match &self.silent {
            None => Health::Fresh,
            Some((since, error)) => {
                let for_s = u32::try_from(now.since(*since).as_secs()).unwrap_or(u32::MAX);
                Health::Unreachable { for_s, error: error.clone() }
            }
        }
    }
}

fn short(reply: Reply) -> Reply {
    match reply {
        Reply::Value(value) => Reply::Value(value),
        Reply::Error(why) => Reply::Error(cut(&why)),
    }
}

fn cut(words: &str) -> String {
    words.chars().take(MOST_WORDS).collect()
}

/// What counts of an answer: of several series Argo takes the first, Flagger
/// the last.
pub fn reply_of(value: &Value, rules: &Rules) -> Reply {
    let none = |why: &str| Reply::Error(why.to_owned());
    match value {
        Value::Scalar(value) => Reply::Value(Exact::new(*value)),
        Value::Vector(all) => {
            let counted = if matches!(rules, Rules::Argo(_)) { all.first() } else { all.last() };
            counted.map_or_else(|| none("the answer is empty"), |one| Reply::Value(Exact::new(one.value)))
        }
        Value::Matrix(_) => none("the answer is a range vector, not values of one moment"),
        Value::Text(_) => none("the answer is text, not a number"),
    }
}

impl CanaryRun {
    /// What is to be asked now. The same is due until it is answered.
    pub fn due(&self, now: Now) -> Vec<Question> {
        let Phase::Watching { step, since } = self.phase else { return Vec::new() };
        if self.plan.steps.get(step).is_none_or(|planned| !planned.is_judged()) {
            return Vec::new();
        }
        let every = self.plan.analyses.iter().enumerate();
        let due = every.filter(|(at, analysis)| {
            self.progress_of(*at).in_step(step, &analysis.rules).is_due(analysis, since, now)
        });
        due.map(|(analysis, planned)| Question {
            analysis,
            step,
            queries: planned.queries.clone(),
            at: now.wall,
        })
        .collect()
    }

    /// Takes answers in; late ones of a step that is over are dropped.
    pub(in crate::engine::canary) fn answered(&mut self, answers: Vec<Answered>) {
        let Phase::Watching { step, .. } = self.phase else { return };
        self.analyses.resize_with(self.plan.analyses.len(), Progress::default);
        for answered in answers.into_iter().filter(|answered| answered.step == step) {
            let at = answered.analysis;
            let (Some(planned), Some(known)) = (self.plan.analyses.get(at), self.analyses.get_mut(at)) else {
                continue;
            };
            let mut progress = known.in_step(step, &planned.rules);
            if !planned.rules.standing(&progress.course).is_final() {
                progress.take(&planned.rules, answered);
            }
            *known = progress;
        }
    }

    /// How many of the plan's analyses came to their end in the present step.
    pub fn settled(&self) -> usize {
        let Phase::Watching { step, .. } = self.phase else { return 0 };
        let every = self.plan.analyses.iter().enumerate();
        every
            .filter(|(at, planned)| {
                let progress = self.progress_of(*at).in_step(step, &planned.rules);
                planned.rules.standing(&progress.course).is_final()
            })
            .count()
    }

    /// The plan's analyses as metrics of the verdict.
    pub(in crate::engine::canary) fn analysed(&self, step: usize, now: Now) -> Vec<Metric> {
        let metric = |(at, planned): (usize, &Analysis)| {
            let progress = self.progress_of(at).in_step(step, &planned.rules);
            let health = progress.health(now);
            let data = Analysed::new(planned.rules.clone(), progress.course, &planned.queries, health);
            Metric { name: planned.name.clone(), importance: planned.importance, data: Data::Analysis(data) }
        };
        self.plan.analyses.iter().enumerate().map(metric).collect()
    }

    fn progress_of(&self, at: usize) -> Progress {
        self.analyses.get(at).cloned().unwrap_or_default()
    }
}
