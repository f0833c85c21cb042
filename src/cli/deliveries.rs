//! The operations of the delivery engine and the cluster's own rollouts, for
//! verbs that print them: the lines are those of the console.

use super::out::{Out, Tone};
use super::session::Session;
use super::table::{plain, table};
use crate::app::Deliveries;
use crate::domain::ServiceRow;
use crate::screens::delivery::Delivery;
use crate::screens::rollouts::{Rank, Row, Seen, rows};
use crate::shell::clock;
use crate::shell::deliver::heartbeats;
use jiff::Timestamp;
use serde::Serialize;

/// What rolls out, waits for a person or ended lately, most urgent first.
#[derive(Debug)]
pub(super) struct Rollouts(Vec<(Row, Rollout)>);

impl Rollouts {
    /// Every one there is, with whether its driver lives.
    pub(super) async fn read(session: &Session, services: &[ServiceRow]) -> Self {
        let deliveries = read(session).await;
        let (world, now) = (&session.world, clock::now());
        let (all, unreadable) = (deliveries.all(), deliveries.unreadable());
        let seen = Seen { deliveries: all, unreadable, services, world, now };
        let listed = rows(&seen).into_iter().map(|row| {
            let listed = Rollout::of(&row, &seen);
            (row, listed)
        });
        Self(listed.collect())
    }

    /// The deliveries of one service only: its own rollouts are told elsewhere.
    pub(super) fn of_service(&mut self, service: &ServiceRow) {
        self.0.retain(|(row, _)| row.service == service.key && row.delivery.is_some());
    }

    /// What programs read.
    pub(super) fn listed(&self) -> Vec<&Rollout> {
        self.0.iter().map(|(_, listed)| listed).collect()
    }

    /// The services, a name each.
    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(row, _)| row.service.to_string()).collect()
    }

    /// The table; empty if there are none.
    pub(super) fn table(&self, out: &Out, indent: &str) -> String {
        let headings = [
            "PHASE",
            "SERVICE",
            "KIND",
            "VERSION",
            "STEP",
            "WANT/REAL",
            "VERDICT",
            "READY",
            "WAITS FOR",
            "DRIVER",
            "AGE",
            "WHY",
        ];
        let lines: Vec<_> = self.0.iter().map(|(row, _)| cells(row).to_vec()).collect();
        table(out, &headings, &lines, indent)
    }
}

fn cells(row: &Row) -> [(String, Tone); 12] {
    let toned = |(role, text): &(_, String)| (text.clone(), Tone::of_role(*role));
    [
        (row.phase.clone(), Tone::of_role(row.sign.0)),
        (row.service.to_string(), Tone::Strong),
        plain(&row.strategy),
        plain(&row.versions),
        plain(&row.step),
        plain(&row.weights),
        toned(&row.verdict),
        plain(format!("{}/{}", row.ready.0, row.ready.1)),
        (row.waits.word().to_owned(), Tone::of_role(row.waits.role())),
        toned(&row.driver),
        plain(Session::age(row.since)),
        plain(&row.why),
    ]
}

/// Every record, and whether its driver lives.
async fn read(session: &Session) -> Deliveries {
    let mut deliveries = Deliveries::default();
    deliveries.refresh(&session.world, clock::now());
    // A round looks at some Leases only; none is due again before all were looked at.
    loop {
        let asks = deliveries.ask(&session.world, clock::now());
        if asks.is_empty() {
            break;
        }
        let found = heartbeats(&session.link.cluster, asks).await;
        deliveries.hear(found, clock::now());
    }
    deliveries.refresh(&session.world, clock::now());
    deliveries
}

/// A delivery, or a rollout of the cluster's own controllers, in a list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Rollout {
    /// Where.
    pub(super) namespace: String,
    /// Of which service.
    pub(super) name: String,
    /// The delivery's id; null for a rollout of the cluster's own.
    pub(super) operation: Option<String>,
    /// The ConfigMap of its record; null without one.
    pub(super) record: Option<String>,
    /// `orphaned`, `waiting`, `failing`, `running`, `recent`.
    pub(super) rank: Rank,
    /// `canary`, `blue-green`, `rolling`, …; empty if nobody says.
    pub(super) strategy: String,
    /// `watching`, `rolling back`, `promoted`, `stuck`, …
    pub(super) phase: String,
    /// The version that serves, or served before.
    pub(super) from: String,
    /// The new one; null if none.
    pub(super) to: Option<String>,
    /// The step of a delivery, from 1; null outside of its steps.
    pub(super) step: Option<usize>,
    /// How many it has, the promotion counted.
    pub(super) steps: Option<usize>,
    /// Percent of the requests that the new version should get now.
    pub(super) asked_percent: Option<u32>,
    /// Percent it really gets by weight.
    pub(super) real_percent: Option<f64>,
    /// The newest verdict, in words; null if there is none.
    pub(super) verdict: Option<String>,
    /// Pods available, on both sides.
    pub(super) available: u32,
    /// Pods asked for, on both sides.
    pub(super) desired: u32,
    /// `driver`, `human`, `git`, `metrics`, `pods`, `time`; empty for nothing.
    pub(super) waits_for: &'static str,
    /// The same in a sentence.
    pub(super) why: String,
    /// Who drives it: `nobody`, `silent`, `cluster`, a person or an engine; empty once it is over.
    pub(super) driver: String,
    /// Since when it runs, or when it ended.
    pub(super) since: Option<Timestamp>,
}

impl Rollout {
    /// As the console lists it.
    pub(super) fn of(row: &Row, seen: &Seen<'_>) -> Self {
        let delivery = seen.deliveries.iter().find(|one| row.delivery.as_ref() == Some(&one.id));
        let service = seen.services.iter().find(|one| one.key == row.service);
        let version = || service.map(|row| row.version.clone()).unwrap_or_default();
        let next = || service.and_then(|row| row.next_version.clone());
        Self {
            namespace: row.service.namespace.to_string(),
            name: row.service.name.to_string(),
            operation: row.delivery.clone(),
            record: delivery.map(|one| one.record.key().name.to_string()),
            rank: row.rank,
            strategy: row.strategy.clone(),
            phase: row.phase.clone(),
            from: delivery.map_or_else(version, |one| one.from.clone()),
            to: delivery.map_or_else(next, |one| Some(one.to.clone())),
            step: delivery.and_then(Delivery::step).map(|step| step + 1),
            steps: delivery.map(|one| one.steps.len()),
            asked_percent: delivery.and_then(|one| one.asked),
            real_percent: delivery.filter(|one| one.is_running()).and_then(Delivery::real_percent),
            verdict: delivery.and_then(|one| one.verdict()).map(|_| row.verdict.1.clone()),
            available: row.ready.0,
            desired: row.ready.1,
            waits_for: row.waits.word(),
            why: row.why.clone(),
            driver: row.driver.1.clone(),
            since: row.since,
        }
    }
}
