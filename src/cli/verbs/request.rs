//! `qd promote`, `hold`, `abort`: asking something of a delivery, whoever
//! drives it.

use super::gate::{refused, writing_is_on};
use super::slo::release_check;
use crate::cli::deliver_args::RequestArgs;
use crate::cli::find;
use crate::cli::json::Asked;
use crate::cli::out::aside;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind, ObjectKey, Refusal, World, WriteMode};
use crate::engine::canary::Request;
use crate::engine::delivery::Doubt;
use crate::engine::gates::{Glass, Release};
use crate::engine::record::{DriverMode, OperationRecord, RecordFault, decode, names};
use crate::shell::deliver::{self, Deliveries, KEEP_ASKING, Pace, warrant_for};
use crate::shell::gates::site_of;
use crate::shell::{Signals, Tasks, clock};
use std::time::Duration;
use tokio::sync::mpsc;

/// Asks it and says what was answered. An abort that has to be carried out
/// from here is waited for.
pub(in crate::cli) async fn run(
    setup: &Setup,
    tasks: &Tasks,
    args: &RequestArgs,
    request: Request,
    glass: Option<&Glass>,
) -> Result<u8, Fault> {
    let session = open(setup, tasks, request).await?;
    let typed = find::placed(&session.world, &args.target, args.place.environment())?;
    let record = running(&session, &typed, verb(request))?;
    let key = record.key();
    let answer = Asked::new(&record, verb(request));
    if args.dry_run {
        print(
            setup,
            &answer,
            || vec![key.name.to_string()],
            || format!("would ask {} to {}\n", key.name, verb(request)),
        )?;
        return Ok(2);
    }
    let cluster = session.link.cluster.clone();
    writing_is_on(setup, cluster.context().as_str())?;
    let mut reason = args.reason.clone();
    if matches!(request, Request::Promote | Request::PromoteFull) {
        let workload = session.world.workload(&record.target.key());
        let service = workload.map(|workload| World::service_of(workload));
        let budget = match service {
            Some(service) => release_check(setup, &cluster, &service, &args.reason).await,
            None => None,
        };
        let site = site_of(&session.world, &key, setup.undeclared(), session.catalog.as_ref());
        let release = Release { actor: &session.actor, reason: &args.reason, glass };
        let frozen = setup.gate_files().load().freeze(&site, clock::now().wall, release);
        let rails = setup.config.guardrails();
        let doubt = Doubt::of(site.environment, site.tier, &rails, glass, &args.reason);
        let checks = rails.wrong_server(cluster.url()).into_iter().chain(budget).chain([frozen]);
        let asked = doubt.promotes(checks, &args.reason);
        reason = asked.map_err(|check| refused(&Refusal::Check(check)))?;
    }
    let warrant = warrant_for(&cluster, &record, &WriteMode::CommandLine, clock::now())?;
    let (news, _unheard) = mpsc::channel(1024);
    let me = deliver::driver(&session.actor, DriverMode::Cli);
    let deliveries = Deliveries::new(setup.audit(), me, tasks.clone(), Pace::default(), news);
    let asked = (request, reason.as_str());
    let note = deliveries.request(&cluster, &key, asked, warrant, session.actor.clone()).await?;
    let said = note.clone().unwrap_or_else(|| "nobody drives it: the request waits in its record".to_owned());
    if note.is_none() {
        aside("run `qd engine`, or open it in a console and take it over");
    }
    wait_here(&deliveries).await?;
    let last = crate::shell::deliver::read_record(&cluster, &key).await?;
    let answer = Asked { answer: Some(said.clone()), phase: last.phase_word(), ..answer };
    print(setup, &answer, || vec![key.name.to_string()], || format!("{}: {said}\n", key.name))?;
    Ok(u8::from(note.is_none()))
}

/// Connects. An abort does not give up while the server does not answer.
async fn open(setup: &Setup, tasks: &Tasks, request: Request) -> Result<Session, Fault> {
    let begun = clock::now();
    let mut told = false;
    loop {
        match Session::open(setup, tasks).await {
            Err(fault)
                if request == Request::Abort
                    && fault.kind.is_passing()
                    && clock::now().elapsed(begun) < KEEP_ASKING =>
            {
                if !told {
                    let minutes = KEEP_ASKING.as_secs() / 60;
                    aside(&format!("{}: trying again for {minutes} minutes, until ctrl-c", fault.text));
                    told = true;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            end => return end,
        }
    }
}

/// While something is driven from here, this process must not end.
async fn wait_here(deliveries: &Deliveries) -> Result<(), Fault> {
    let mut signals = Signals::listen()?;
    tokio::time::sleep(Duration::from_millis(50)).await;
    while !deliveries.driving().is_empty() {
        tokio::select! {
            _signal = signals.next() => {
                deliveries.hand_over();
                return Ok(());
            }
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
    }
    Ok(())
}

pub(super) fn verb(request: Request) -> &'static str {
    match request {
        Request::Promote => "promote",
        Request::PromoteFull => "promote --full",
        Request::Hold => "hold",
        Request::Resume => "hold --off",
        Request::Abort => "abort",
    }
}

/// The delivery that runs on what was typed: a service or workload, or the
/// name of a record.
fn running(session: &Session, typed: &str, verb: &str) -> Result<OperationRecord, Fault> {
    if let Some(text) = session.world.records().find(|text| text.key.name.as_str() == typed) {
        return decode(&text.text).map_err(|fault| unreadable(&text.key, &fault));
    }
    let workload = find::workload(&session.world, typed, verb)?;
    let target = names::label_value(workload.key.name.as_str());
    let mut records: Vec<OperationRecord> = Vec::new();
    for text in session.world.records().filter(|text| text.key.namespace == workload.key.namespace) {
        match decode(&text.text) {
            Ok(record) if record.target.uid == workload.uid => records.push(record),
            // It may be the one that runs, of a newer program.
            Err(fault) if text.target == target => return Err(unreadable(&text.key, &fault)),
            Ok(_) | Err(_) => {}
        }
    }
    records.sort_by_key(|record| std::cmp::Reverse(record.seq));
    let newest = records.first().cloned();
    match (records.into_iter().find(|record| !record.is_over()), newest) {
        (Some(record), _) => Ok(record),
        (None, Some(last)) => {
            let text = format!("no delivery to {} runs; the last one is {}", workload.key, last.phase_word());
            Err(Fault::new(FaultKind::NotFound, text).hint(format!("qd verdict replay {}", last.key().name)))
        }
        (None, None) => {
            let text = format!("no delivery to {} runs", workload.key);
            Err(Fault::new(FaultKind::NotFound, text).hint("start one with qd deploy"))
        }
    }
}

/// Why a record cannot be acted on, and what to do.
pub(super) fn unreadable(key: &ObjectKey, fault: &RecordFault) -> Fault {
    Fault::new(FaultKind::Invalid, format!("the record {} cannot be read: {fault}", key.name))
        .hint(fault.remedy())
}
