//! `qd alerts`: what Prometheus and Alertmanager say now.

use crate::cli::alert_args::AlertsArgs;
use crate::cli::out::{Tone, aside};
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::cluster::Cluster;
use crate::domain::{Alarms, Alert, AlertState, Fault, FaultKind, ServiceKey};
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::prometheus::Client;
use crate::shell::monitoring::{Reach, find, open_alertmanager, open_server, read, shown};
use crate::shell::patience::Deadline;
use crate::shell::{arrive, clock};
use std::time::Duration;

/// One question may take this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who is asked.
pub(super) struct Monitors {
    pub(super) prometheus: Option<(Client<Reach>, String)>,
    pub(super) alertmanager: Option<Alertmanager<Reach>>,
}

impl Monitors {
    /// Those of the settings; what they do not name is looked for in the
    /// cluster, if there is one to look in.
    pub(super) async fn open(setup: &Setup, cluster: Option<&Cluster>) -> Result<Self, Fault> {
        let access = setup.access()?;
        let wrong =
            |error: crate::metrics::prometheus::ApiError| Fault::new(FaultKind::Config, error.to_string());
        let mut monitors = Self { prometheus: None, alertmanager: None };
        if let Some(url) = &access.prometheus {
            monitors.prometheus = Some((open_server(&access, url, PATIENCE).map_err(wrong)?, shown(url)));
        }
        if let Some(url) = &access.alertmanager {
            monitors.alertmanager = Some(open_alertmanager(&access, url, PATIENCE).map_err(wrong)?);
        }
        if let Some(cluster) = cluster.filter(|_| access.look) {
            match find(cluster).await {
                Ok(found) => {
                    let (prometheus, alertmanager) = found.open(cluster, PATIENCE);
                    monitors.prometheus = monitors.prometheus.or(prometheus);
                    monitors.alertmanager = monitors.alertmanager.or(alertmanager);
                }
                Err(fault) => aside(&format!("qd: no monitoring was looked for: {fault}")),
            }
        }
        if monitors.prometheus.is_none() && monitors.alertmanager.is_none() {
            let fault = Fault::new(FaultKind::NotFound, "neither a Prometheus nor an Alertmanager is known");
            return Err(fault.hint("name one with --prometheus URL or --alertmanager URL").hint(
                "in the cluster they are found by labels such as app.kubernetes.io/name=alertmanager",
            ));
        }
        Ok(monitors)
    }

    /// What they say; a fault if none of them answers.
    pub(super) async fn read(&self) -> Result<Alarms, Fault> {
        let prometheus = self.prometheus.as_ref().map(|(client, name)| (client, name.as_str()));
        let alarms = read(prometheus, self.alertmanager.as_ref(), clock::now().wall).await;
        if alarms.at.is_none() {
            return Err(Fault::new(FaultKind::Unreachable, alarms.warnings.join("; ")));
        }
        for warning in &alarms.warnings {
            aside(&format!("qd: {warning}"));
        }
        Ok(alarms)
    }
}

/// What the monitoring that the settings name says, for a plan; nothing where
/// they name none. What does not answer in time is a warning within.
pub(super) async fn named_alarms(setup: &Setup, cluster: &Cluster) -> Alarms {
    let unread = |fault: Fault| Alarms { warnings: vec![fault.text], ..Alarms::default() };
    let access = match setup.access() {
        Ok(access) => access,
        Err(fault) => return unread(fault),
    };
    if access.prometheus.is_none() && access.alertmanager.is_none() {
        return Alarms::default();
    }
    let by = Deadline::begin(cluster.url());
    let read = async { Monitors::open(setup, None).await?.read().await };
    by.early().answer("read the alerts", read).await.unwrap_or_else(unread)
}

/// Prints them, the loudest first.
pub(in crate::cli) async fn run(setup: &Setup, args: &AlertsArgs) -> Result<u8, Fault> {
    let access = setup.access()?;
    let both = access.prometheus.is_some() && access.alertmanager.is_some();
    // A cluster that is down must not keep anybody from the alerts.
    let cluster =
        if access.look && !both { arrive(&setup.connect_options(), false).await } else { Err(unneeded()) };
    let cluster = match cluster {
        Ok((cluster, _, _)) => Some(cluster),
        Err(fault) if access.prometheus.is_none() && access.alertmanager.is_none() => return Err(fault),
        Err(_) => None,
    };
    let mut alarms = Monitors::open(setup, cluster.as_ref()).await?.read().await?;
    if let Some(service) = &args.service {
        alarms.alerts.retain(|alert| about(alert, service));
    }
    let names = || alarms.alerts.iter().map(|alert| alert.name().to_owned()).collect();
    print(setup, &alarms, names, || text(setup, &alarms))?;
    Ok(0)
}

fn unneeded() -> Fault {
    Fault::new(FaultKind::Internal, "no cluster is needed")
}

/// Whether it is about `cart`, in any namespace, or `shop/cart`.
fn about(alert: &Alert, typed: &str) -> bool {
    let (namespace, name) = typed.split_once('/').unwrap_or((alert.label("namespace"), typed));
    alert.is_about(&ServiceKey { namespace: namespace.into(), name: name.into() })
}

fn text(setup: &Setup, alarms: &Alarms) -> String {
    if alarms.alerts.is_empty() {
        return format!("nothing fires and nothing is pending ({})\n", alarms.sources.join(", "));
    }
    let row = |alert: &Alert| {
        let tone = match alert.state {
            AlertState::Firing if alert.pages() => Tone::Bad,
            AlertState::Firing | AlertState::Pending => Tone::Warn,
            AlertState::Inhibited | AlertState::Silenced => Tone::Plain,
        };
        let namespace = alert.label("namespace");
        let slash = if namespace.is_empty() { "" } else { "/" };
        vec![
            (alert.state.word().to_owned(), tone),
            (format!("{namespace}{slash}{}", alert.subject()), Tone::Strong),
            plain(alert.name()),
            plain(alert.severity()),
            plain(Session::age(alert.since)),
            plain(alert.summary.clone()),
        ]
    };
    let rows: Vec<_> = alarms.alerts.iter().map(row).collect();
    table(&setup.out, &["STATE", "ABOUT", "ALERT", "SEVERITY", "SINCE", "SAYS"], &rows, "")
}
