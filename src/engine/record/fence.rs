//! Who may write: leases, epochs, taking over.
//!
//! Kubernetes cannot check a Lease inside another write, so the Lease is only
//! a heartbeat. What protects is the epoch: it is in the record (changed by
//! compare-and-swap) and, as a label, on both Deployments, where every write
//! tests it. A driver that slept through its replacement finds its epoch
//! gone: the API server refuses its writes, whatever it believes.

use std::time::Duration;

use super::{Driver, DriverMode, OperationRecord};
use crate::domain::Now;
use crate::engine::canary::Phase;

/// How long a driver of this sort holds a Lease without renewing it. A
/// console may be on a laptop; an engine is in the cluster.
pub fn lease_time(mode: DriverMode) -> Duration {
    match mode {
        DriverMode::Tui | DriverMode::Cli => Duration::from_secs(30),
        DriverMode::Engine => Duration::from_secs(15),
    }
}

/// What a Lease says. Times in it are by the clock of whoever wrote it, and
/// are compared for change only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beat {
    /// Who holds it; empty for nobody.
    pub holder: String,
    /// `renewTime` as written.
    pub renewed: String,
    /// How long it holds without a change.
    pub lasts: Duration,
}

/// Two servers' clocks, and the grain of what they say, differ by so much.
const GRAIN: Duration = Duration::from_secs(3);

/// A Lease as one observer sees it, by its own boot clock, and who the record
/// says drives.
///
/// A driver names itself in the record first and takes the Lease then: until
/// it has done so, its name counts as a heartbeat. Otherwise whoever looks in
/// that moment would take a delivery from a driver that lives.
#[derive(Clone, Debug, Default)]
pub struct LeaseWatch {
    last: Option<(Beat, Now)>,
    named: Option<(Driver, Now)>,
}

impl LeaseWatch {
    /// Takes a look in: the Lease, none if there is none, and the driver the
    /// record names.
    pub fn look(&mut self, beat: Option<Beat>, driver: &Driver, now: Now) {
        self.look_at(beat, None, driver, now);
    }

    /// Takes a look in at a Lease that the server says was written so long
    /// ago: then a driver lost long ago is known to be at the first look.
    pub fn look_at(&mut self, beat: Option<Beat>, age: Option<Duration>, driver: &Driver, now: Now) {
        if self.named.as_ref().is_none_or(|(known, _)| known != driver) {
            self.named = Some((driver.clone(), now));
        }
        match (&self.last, beat) {
            (_, None) => self.last = None,
            (Some((known, _)), Some(beat)) if *known == beat => {}
            (_, Some(beat)) => {
                // A server a second ahead of the one that wrote must not end a lease early.
                let age = age.unwrap_or_default().saturating_sub(GRAIN);
                let boot = now.boot.checked_sub(age);
                // Written before this machine started: longer ago than anything lasts.
                self.last = boot.map_or_else(
                    || Some((Beat { lasts: Duration::ZERO, ..beat.clone() }, now)),
                    |boot| Some((beat.clone(), Now { boot, ..now })),
                );
            }
        }
    }

    /// When its holder says it was renewed last; for comparing only.
    pub fn renewed(&self) -> Option<&str> {
        self.last.as_ref().map(|(beat, _)| beat.renewed.as_str())
    }

    /// When it was last renewed, by our clock; none if there is none.
    pub fn heard(&self) -> Option<Now> {
        self.last.as_ref().map(|(_, since)| *since)
    }

    /// Who holds it as far as known; none if it is free. It is free when
    /// there is none, when nobody holds it, or when it has not changed for as
    /// long as it lasts, counted from our own first look, or from when the
    /// server says it was written; and when the record names nobody, or a
    /// driver that has not taken the Lease for as long as it would last.
    pub fn holder(&self, now: Now) -> Option<&str> {
        let beat = self.last.as_ref().map(|(beat, since)| (beat.holder.as_str(), beat.lasts, *since));
        let named = self.named.as_ref();
        let named = named.map(|(driver, since)| (driver.identity.as_str(), lease_time(driver.mode), *since));
        let lives =
            |(who, lasts, since): &(&str, Duration, Now)| !who.is_empty() && now.elapsed(*since) < *lasts;
        let named = named.filter(|(named, ..)| beat.is_none_or(|(holder, ..)| holder != *named));
        beat.filter(lives).or(named.filter(lives)).map(|(who, ..)| who)
    }

    /// Whether it was looked at since the record names this driver.
    fn knows(&self, driver: &Driver) -> bool {
        self.named.as_ref().is_some_and(|(known, _)| known == driver)
    }
}

/// A driver's own hold on the Lease.
#[derive(Clone, Copy, Debug)]
pub struct Grip {
    renewed: Now,
    lasts: Duration,
}

impl Grip {
    /// The Lease was renewed; `sent` is when the request left, because it may
    /// have been applied right then.
    pub fn renewed(sent: Now, lasts: Duration) -> Self {
        Self { renewed: sent, lasts }
    }

    /// Whether a write may still begin: less than two thirds of the lease are
    /// gone by the boot clock, which counts while the machine sleeps.
    pub fn holds(&self, now: Now) -> bool {
        now.elapsed(self.renewed) < self.lasts * 2 / 3
    }

    /// Whether it is time to renew: a third is gone.
    pub fn is_due(&self, now: Now) -> bool {
        now.elapsed(self.renewed) >= self.lasts / 3
    }
}

/// Whether somebody may take an operation over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// It is over: nothing to drive.
    Over,
    /// We drive it already.
    Ours,
    /// Its driver lives.
    Alive {
        /// Who.
        holder: String,
    },
    /// Its driver is gone, or gave it up.
    Free,
}

/// Whether `me` may take `record` over, given its Lease as watched so far.
/// The answer is a matter of manners only: [`OperationRecord::take_over`] and
/// the compare-and-swap behind it are what keeps two from driving.
pub fn may_take_over(record: &OperationRecord, lease: &LeaseWatch, me: &str, now: Now) -> Takeover {
    if record.is_over() {
        return Takeover::Over;
    }
    if !record.driver.identity.is_empty() && !lease.knows(&record.driver) {
        return Takeover::Alive { holder: record.driver.identity.clone() };
    }
    match lease.holder(now) {
        Some(holder) if holder != me => Takeover::Alive { holder: holder.to_owned() },
        Some(_) if record.driver.identity == me => Takeover::Ours,
        Some(_) | None => Takeover::Free,
    }
}

impl OperationRecord {
    /// Makes `me` the driver with the next epoch. It takes effect only when
    /// stored with the version it was read with.
    ///
    /// The boolean says whether the driver before was lost in the middle:
    /// then [`super::OnDriverLoss`] applies.
    pub fn take_over(&mut self, me: &Driver, now: Now) -> bool {
        let lost = self.driver.identity != me.identity && !self.driver.identity.is_empty();
        let epoch = self.driver.epoch.saturating_add(1);
        if lost {
            let (was, mode) = (self.driver.identity.clone(), me.mode.word());
            self.note(&format!("taken over from {was} by the {mode} of {}", me.user), now);
        }
        self.driver = Driver { epoch, ..me.clone() };
        // The step begins anew: a successor has no samples of before, and its
        // wall clock may be hours from that of the driver before.
        match &mut self.run.phase {
            Phase::Scaling { since, .. } | Phase::Watching { since, .. } | Phase::Promoting { since } => {
                *since = now.wall;
            }
            Phase::CleaningUp | Phase::RollingBack { .. } | Phase::Over(_) => {}
        }
        lost
    }

    /// Gives it up: anybody may take it over at once, and nobody was lost.
    pub fn hand_over(&mut self, now: Now) {
        let who = self.driver.user.clone();
        self.note(&format!("handed over by {who}"), now);
        self.driver.identity.clear();
    }

    /// Whether `me` is still the driver this record names.
    pub fn is_driven_by(&self, me: &Driver) -> bool {
        self.driver.identity == me.identity && self.driver.epoch == me.epoch
    }
}
