//! `qd silence`: listing, making and ending silences. The same gate and the
//! same audit lines as on the screen.

use super::alerts::Monitors;
use super::confirm::answer_to;
use super::gate::writing_is_on;
use crate::cli::alert_args::{ExpireArgs, SilenceAction, SilenceArgs};
use crate::cli::change_args::AnswerArgs;
use crate::cli::out::aside;
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::cluster::Cluster;
use crate::domain::{
    Actor, Alarms, Alert, Confirmation, Environment, Fault, FaultKind, Matcher, Refusal, Silence,
    SilenceGate, SilenceOrder, SilenceVerb, WriteMode, admit_silence, count_of, matchers_text,
};
use crate::shell::monitoring::carry_out;
use crate::shell::{arrive, clock};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// What was asked and what came of it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    /// What.
    action: String,
    /// The alerts it is about.
    alerts: &'a [Alert],
    /// The silence's id; null in a dry run.
    id: Option<String>,
}

/// Does it.
pub(in crate::cli) async fn run(setup: &Setup, action: &SilenceAction) -> Result<u8, Fault> {
    let (cluster, place, _doubt) = arrive(&setup.connect_options(), false).await?;
    let monitors = Monitors::open(setup, Some(&cluster)).await?;
    if monitors.alertmanager.is_none() {
        let fault = Fault::new(FaultKind::NotFound, "no Alertmanager is known: silences are made there");
        return Err(fault.hint("name one with --alertmanager URL"));
    }
    let alarms = monitors.read().await?;
    let (verb, how) = match action {
        SilenceAction::List => {
            let names = || alarms.silences.iter().map(|silence| silence.id.clone()).collect();
            print(setup, &alarms.silences, names, || text(setup, &alarms))?;
            return Ok(0);
        }
        SilenceAction::Add(args) => (adding(args)?, &args.how),
        SilenceAction::Expire(args) => (expiring(args, &alarms)?, &args.how),
    };
    let actor = Actor { cluster_user: place.user.clone(), ..setup.actor.clone() };
    let order = order(setup, &cluster, (verb, how, actor), &alarms)?;
    if how.dry_run {
        report(setup, &order, None)?;
        return Ok(2);
    }
    writing_is_on(setup, cluster.context().as_str())?;
    show(setup, &order);
    confirmed(setup, &cluster, &monitors, order, how).await
}

/// Asks, passes the gate, carries out.
async fn confirmed(
    setup: &Setup,
    cluster: &Cluster,
    monitors: &Monitors,
    mut order: SilenceOrder,
    how: &AnswerArgs,
) -> Result<u8, Fault> {
    let answer = answer_to(&order.phrase(), &order.confirmation, how.yes).await?;
    let admit = |order: &SilenceOrder| {
        admit_silence(&SilenceGate {
            order,
            here: cluster.here(&WriteMode::CommandLine, clock::now()),
            answer: &answer,
        })
    };
    let permit = match admit(&order) {
        Err(Refusal::Stale(_)) => {
            // Reading and typing took their time: the same silence on what there is now.
            let alarms = monitors.read().await?;
            order.read_at = alarms.at.unwrap_or(order.read_at);
            admit(&order)
        }
        admitted => admitted,
    };
    let permit = permit.map_err(|refusal| {
        Fault::new(FaultKind::Refused, format!("refused, nothing was sent: {refusal}")).hint(refusal.remedy())
    })?;
    let Some(alertmanager) = &monitors.alertmanager else {
        return Err(Fault::new(FaultKind::NotFound, "no Alertmanager is known"));
    };
    let id = carry_out(&setup.audit(), alertmanager, &order, permit).await?;
    if matches!(order.verb, SilenceVerb::Silence { .. }) {
        aside(&format!("`qd silence expire {id}` takes it back"));
    }
    report(setup, &order, Some(id))?;
    Ok(0)
}

fn adding(args: &SilenceArgs) -> Result<SilenceVerb, Fault> {
    let starts = clock::now().wall.as_second();
    let second = |s: i64| {
        Timestamp::from_second(s)
            .map_err(|error| Fault::new(FaultKind::Config, format!("--for: no such time ({error})")))
    };
    let seconds = i64::try_from(args.time.as_secs()).unwrap_or(i64::MAX);
    Ok(SilenceVerb::Silence {
        matchers: args.matchers.clone(),
        starts: second(starts)?,
        ends: second(starts.saturating_add(seconds))?,
    })
}

fn expiring(args: &ExpireArgs, alarms: &Alarms) -> Result<SilenceVerb, Fault> {
    let mut found = alarms.silences.iter().filter(|silence| silence.id.starts_with(&args.id));
    match (found.next(), found.next()) {
        (Some(silence), None) => Ok(SilenceVerb::Expire { silence: silence.clone() }),
        (Some(_), Some(_)) => {
            let text = format!("'{}' is the beginning of more than one silence", args.id);
            Err(Fault::new(FaultKind::Config, text).hint("`qd silence list` shows their ids"))
        }
        (None, _) => {
            let text = format!("no silence '{}' is in force", args.id);
            Err(Fault::new(FaultKind::NotFound, text).hint("`qd silence list` shows those that are"))
        }
    }
}

fn order(
    setup: &Setup,
    cluster: &Cluster,
    (verb, how, actor): (SilenceVerb, &AnswerArgs, Actor),
    alarms: &Alarms,
) -> Result<SilenceOrder, Fault> {
    let matchers: &[Matcher] = match &verb {
        SilenceVerb::Silence { matchers, .. } => matchers,
        SilenceVerb::Expire { silence } => &silence.matchers,
    };
    let alerts: Vec<Alert> = alarms.matched(matchers).into_iter().cloned().collect();
    let (settings, _) = setup.settings();
    let environment = if settings.is_production(cluster.context().as_str()) {
        Environment::Production
    } else {
        environment(setup, &alerts, matchers)
    };
    let reason = how.reason.trim().to_owned();
    if reason.is_empty() && !how.dry_run {
        let fault = Fault::new(FaultKind::Refused, "refused, nothing was sent: a silence needs a reason");
        return Err(fault.hint("say it with --reason '…'"));
    }
    Ok(SilenceOrder {
        id: clock::operation_id(clock::now()),
        context: cluster.context().clone(),
        cluster: cluster.url().clone(),
        confirmation: SilenceOrder::confirmation(&verb, &alerts, environment),
        verb,
        reason,
        actor,
        alerts,
        read_at: alarms.at.unwrap_or_else(|| clock::now().wall),
    })
}

/// The most guarded environment of the namespaces it is about.
fn environment(setup: &Setup, alerts: &[Alert], matchers: &[Matcher]) -> Environment {
    let named = matchers.iter().filter(|m| m.name == "namespace" && m.is_equal && !m.is_regex);
    let namespaces =
        alerts.iter().map(|alert| alert.label("namespace")).chain(named.map(|m| m.value.as_str()));
    let of = |name: &str| Environment::of_namespace(name, &BTreeMap::new()).or(setup.undeclared());
    namespaces.map(of).max().unwrap_or(Environment::Undeclared)
}

fn show(setup: &Setup, order: &SilenceOrder) {
    aside(&said(setup, order, None));
}

fn report(setup: &Setup, order: &SilenceOrder, id: Option<String>) -> Result<(), Fault> {
    let report = Report { action: order.phrase(), alerts: &order.alerts, id };
    let names = || report.id.iter().cloned().collect();
    print(setup, &report, names, || said(setup, order, report.id.as_deref()) + "\n")
}

fn said(setup: &Setup, order: &SilenceOrder, id: Option<&str>) -> String {
    let n = count_of(order.alerts.len(), "alert");
    let mut text = match (&order.verb, id) {
        (_, Some(id)) => format!("{}: done ({id})", order.phrase()),
        (SilenceVerb::Silence { .. }, None) => {
            format!("{} keeps {n} quiet that there are now, and new ones like them", order.phrase())
        }
        (SilenceVerb::Expire { .. }, None) => format!("{}: {n} will be heard again", order.phrase()),
    };
    if id.is_none() {
        for alert in &order.alerts {
            let page = if alert.pages() { "  wakes somebody" } else { "" };
            text += &format!("\n  {} {} {}{page}", alert.state.word(), alert.name(), alert.subject());
        }
        if let Confirmation::Type(word) = &order.confirmation {
            text += &setup
                .out
                .paint(&format!("\n  to be confirmed by typing {word}"), crate::cli::out::Tone::Warn);
        }
    }
    text
}

fn text(setup: &Setup, alarms: &Alarms) -> String {
    if alarms.silences.is_empty() {
        return "no silence is in force\n".to_owned();
    }
    let row = |silence: &Silence| {
        let ends =
            silence.ends.map_or_else(|| "—".to_owned(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string());
        vec![
            plain(silence.id.clone()),
            plain(ends),
            plain(silence.author.clone()),
            plain(matchers_text(&silence.matchers)),
            plain(silence.comment.clone()),
        ]
    };
    let rows: Vec<_> = alarms.silences.iter().map(row).collect();
    table(&setup.out, &["ID", "ENDS", "BY", "MATCHERS", "REASON"], &rows, "")
}
