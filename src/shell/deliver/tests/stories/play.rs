//! A story played once: what happens in it, what must hold in every second,
//! and how it ended.

use serde_json::{Value, json};
use std::time::Duration;

use super::super::super::pilot::Left;
use super::super::super::shore::Shore as _;
use super::super::moments::{controllers, digest};
use super::super::sea::{
    Boat, Doom, Means, Route, Sea, Shared, by_route, knows_its_picks, lock, record, sea, start,
};
use super::super::sea::{ask, ring, successor, template};
use super::super::tide::{Task, Tide};
use super::expect::unmet;
use super::file::{Lost, Story, Then, When};
use super::matrix::{By, How, Way};
use super::watch::Watch;
use crate::engine::canary::{CanaryRun, Plan};
use crate::engine::delivery::{Pace, PaceStep};
use crate::engine::record::{OperationRecord, Strategy};
use tokio_util::sync::CancellationToken;

/// No story takes longer.
const LONGEST: u64 = 3 * 3_600;
/// After its end: the longest lease, and every write on its way.
const AFTER: u64 = 60;

/// How a story ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ended {
    /// Where, with the step it stays in.
    pub(super) phase: String,
    pub(super) stable: u64,
    pub(super) replicas: u32,
    pub(super) canary: Option<u32>,
    /// Everything in the route a delivery could change.
    pub(super) route: Option<Value>,
}

/// One play.
pub(super) struct Play<'a> {
    pub(super) story: &'a Story,
    pub(super) way: Way,
    pub(super) tide: Tide,
    pub(super) sea: Shared,
    boat: Boat,
    first: Task<Left>,
    watch: Watch,
    /// Nobody crashes: everything that is expected is looked at.
    plain: bool,
    /// The next of what happens, and when the one before did, in milliseconds.
    next: usize,
    fired: u64,
    /// Where it is, since when.
    phase: String,
    since: u64,
    asked: u64,
    /// The writes at which a crash must change nothing, from the first on.
    pub(super) crashable: Vec<u64>,
}

impl<'a> Play<'a> {
    /// Begins it. Plain ones keep their record as text.
    pub(super) fn begin(story: &'a Story, way: Way, doom: Option<Doom>) -> Self {
        let mut tide = Tide::default();
        let sea = sea(if doom.is_none() { 16 } else { 1 }, story.replicas);
        controllers(&mut tide, &sea);
        let boat = Boat::new(&sea, &tide.clock, 0);
        let record = written(story, way, &sea, &boat);
        lock(&sea).doom = doom;
        let watch = Watch::new(&lock(&sea), way.strategy);
        let pilot = start(&sea, &boat, record);
        let first = tide.spawn(pilot.drive(CancellationToken::new()));
        for name in ["second", "third"] {
            tide.spawn(successor(Boat::new(&sea, &tide.clock, 0), name));
        }
        let plain = doom.is_none();
        let (phase, crashable) = (String::new(), Vec::new());
        Self {
            story,
            way,
            tide,
            sea,
            boat,
            first,
            watch,
            plain,
            next: 0,
            fired: 0,
            phase,
            since: 0,
            asked: 0,
            crashable,
        }
    }

    /// Plays it to its end.
    ///
    /// # Errors
    /// What did not hold.
    pub(super) fn run(&mut self) -> Result<Ended, String> {
        self.happens_now()?;
        while !self.is_at_its_end() {
            if self.seconds() > LONGEST {
                return Err(format!("it never ended: {}", self.state()));
            }
            self.second()?;
        }
        if let Some(missed) = self.story.when.get(self.next) {
            return Err(format!("it ended before it was time for {missed:?}: {}", self.state()));
        }
        self.keep_crashable();
        let at_its_end = (self.seconds(), self.seconds() - self.fired / 1_000);
        if self.plain {
            unmet(self, at_its_end).map_or(Ok(()), Err)?;
        }
        let ended = self.ended();
        for _ in 0..AFTER {
            self.second()?;
        }
        if self.ended() != ended {
            return Err(format!("after the end {ended:?} became {:?}", self.ended()));
        }
        let left = self.watch.left_behind(&lock(&self.sea), &self.story.end);
        left.map_or(Ok(ended), |why| Err(format!("{why}: {}", self.state())))
    }

    fn seconds(&self) -> u64 {
        self.tide.clock.now() / 1_000
    }

    fn second(&mut self) -> Result<(), String> {
        self.tide.pass(Duration::from_secs(1));
        let phase = phase(&lock(&self.sea));
        if phase != self.phase {
            (self.phase, self.since) = (phase, self.tide.clock.now());
        }
        let held = self.watch.look(&lock(&self.sea), self.seconds());
        held.map_err(|why| format!("{why}, after {} s: {}", self.seconds(), self.state()))?;
        self.happens_now()
    }

    /// Everything it is time for.
    fn happens_now(&mut self) -> Result<(), String> {
        while let Some(when) = self.story.when.get(self.next).filter(|when| self.is_due(when)) {
            if self.plain
                && let Some(why) = super::expect::unexpected(self, &when.expect)
            {
                let state = self.state();
                return Err(format!("{why}, at what happens as number {}: {state}", self.next + 1));
            }
            self.happen(&when.then);
            (self.next, self.fired) = (self.next + 1, self.tide.clock.now());
        }
        Ok(())
    }

    fn is_due(&self, when: &When) -> bool {
        let there = when.phase.as_ref().is_none_or(|phase| is_in(&self.phase, phase));
        let sea = lock(&self.sea);
        let whole = sea.stable.digest() == digest("v2") && self.watch.is_whole();
        let now = self.tide.clock.now();
        let lasts = now.saturating_sub(self.since.max(self.fired)) / 1_000 >= when.lasts.0;
        there && lasts && (whole || !when.whole)
    }

    fn is_at_its_end(&self) -> bool {
        let end = &self.story.end;
        let quiet = (self.tide.clock.now() - self.fired) / 1_000;
        match end.after {
            Some(after) => {
                self.next == self.story.when.len() && quiet >= after.0 && is_in(&self.phase, &end.phase)
            }
            None if end.phase == "gone" => self.phase == "gone" && quiet >= 10,
            None => ["promoted", "rolled-back"].contains(&self.phase.as_str()),
        }
    }

    fn happen(&mut self, then: &Then) {
        let now = self.tide.clock.now();
        for request in &then.ask {
            self.asked += 1;
            ask(&self.sea, self.asked, *request, self.boat.now());
        }
        if !then.ask.is_empty() {
            ring(&self.sea, &self.tide.clock);
        }
        if then.loses(Lost::Driver) {
            self.tide.kill(&self.first);
        }
        if then.loses(Lost::Record) {
            self.keep_crashable();
        }
        happens(&mut lock(&self.sea), then, now);
        self.watch.disturbed(then, self.seconds());
    }

    /// Nobody could go on from a record that is gone: until then it counts.
    fn keep_crashable(&mut self) {
        if self.crashable.is_empty() {
            self.crashable.clone_from(&lock(&self.sea).marked);
        }
    }

    fn ended(&self) -> Ended {
        let sea = lock(&self.sea);
        Ended {
            phase: phase(&sea),
            stable: sea.stable.digest(),
            replicas: sea.stable.desired(),
            canary: sea.canary.as_ref().map(super::super::sea::Deployment::desired),
            route: sea.route.as_ref().map(Route::content),
        }
    }

    /// Where it stands, for a person who looks for the reason.
    pub(super) fn state(&self) -> String {
        let sea = lock(&self.sea);
        let record = sea.read();
        let said = record.as_ref().map(|record| record.sentence().to_owned()).unwrap_or_default();
        let log = record.iter().flat_map(|record| &record.log).map(|line| format!("\n    {}", line.text));
        format!("{} ({said}){}", phase(&sea), log.collect::<String>())
    }
}

/// Where the record is: its word, with the step from 1.
pub(super) fn phase(sea: &Sea) -> String {
    let Some(record) = sea.read() else { return "gone".to_owned() };
    let step = record.step().map(|step| format!(" {}", step + 1)).unwrap_or_default();
    format!("{}{step}", record.phase_word())
}

/// Whether `phase` is the one that is meant, in whatever step if none is named.
pub(super) fn is_in(phase: &str, meant: &str) -> bool {
    phase == meant || phase.split_once(' ').is_some_and(|(word, _)| word == meant)
}

/// The record the story begins with, and the route of its means.
fn written(story: &Story, way: Way, sea: &Shared, boat: &Boat) -> OperationRecord {
    let now = boat.now();
    let mut record = record(30, story.on_driver_loss, now);
    let (from, to) = (record.from.template, record.to.template);
    record.strategy = way.strategy;
    record.run = match way.strategy {
        Strategy::Rolling => CanaryRun::rolling(plan(story, way), from, to, now),
        Strategy::Canary | Strategy::BlueGreen => CanaryRun::new(plan(story, way), from, to, now),
    };
    if let Some(kind) = way.means.by.router() {
        let subsets = way.means.by == By::Subsets;
        by_route(sea, &mut record, Means { kind, named: story.named, subsets });
    }
    if way.means.by != By::Pods {
        knows_its_picks(sea, &mut record);
    }
    record
}

fn plan(story: &Story, way: Way) -> Plan {
    let pick = way.means.how.step().map(|typed| {
        let first = story.steps.0.first().unwrap();
        PaceStep { pick: Some(typed.parse().unwrap()), percent: 0, ..first.clone() }
    });
    let steps: Vec<PaceStep> = pick.into_iter().chain(story.steps.0.iter().cloned()).collect();
    let seconds = |time: u64, usual: u32| if time == 0 { usual } else { u32::try_from(time).unwrap() };
    let pace = Pace {
        steps,
        min_s: seconds(story.look.0, 30),
        keep_s: seconds(story.keep.0, 120),
        manual: story.manual,
        ..Pace::default()
    };
    let plan = match way.strategy {
        Strategy::Canary => pace.plan().unwrap(),
        Strategy::Rolling => {
            Pace { max_s: u32::try_from(story.watch.0).unwrap(), ..pace }.in_place().unwrap()
        }
        Strategy::BlueGreen => pace.switch(),
    };
    assert!(way.means.how == How::Weight || way.strategy == Strategy::Canary);
    Plan { deadline_s: seconds(story.deadline.0, 120), ..plan }
}

/// What happens to the cluster.
fn happens(sea: &mut Sea, then: &Then, now: u64) {
    let or = |new: Option<u64>, old: u64| new.unwrap_or(old);
    sea.errors = or(then.errors, sea.errors);
    sea.served.errors = or(then.stable_errors, sea.served.errors);
    sea.served.requests = or(then.requests, sea.served.requests);
    sea.served.past = or(then.past, sea.served.past);
    sea.served.carriers = or(then.carriers, sea.served.carriers);
    sea.served.measured = then.metrics.unwrap_or(sea.served.measured);
    sea.starts = then.starts.unwrap_or(sea.starts);
    if let Some(reason) = &then.pods {
        sea.ailing.reason = Some((reason.clone(), now));
    }
    sea.ailing.quota = then.quota.clone().or(sea.ailing.quota.take());
    if let Some(version) = &then.stable_version {
        sea.stable.change("/spec/template", template(version));
    }
    if let (Some(version), Some(canary)) = (&then.canary_version, &mut sea.canary) {
        let mut template = template(version);
        template["metadata"]["labels"]["quarterdeck/track"] = json!("canary");
        canary.change("/spec/template", template);
    }
    if let Some(replicas) = then.stable_replicas {
        sea.stable.change("/spec/replicas", json!(replicas));
    }
    if then.loses(Lost::StablePods) {
        sea.stable.lose_pods();
    }
    if let Some(route) = &mut sea.route {
        then.pick.into_iter().for_each(|step| route.pick(step - 1));
        then.weight.into_iter().for_each(|percent| route.weigh(percent));
    }
    sea.route = sea.route.take().filter(|_| !then.loses(Lost::Route));
    sea.record = sea.record.take().filter(|_| !then.loses(Lost::Record));
    sea.out_until = then.outage.map_or(sea.out_until, |time| now + 1_000 * time.0);
}
