//! `qd doctor`: what the console needs, looked at one by one, each with its remedy.

mod machine;

use crate::cli::out::Tone;
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::cluster::{Cluster, connect, contexts};
use crate::domain::{Check, CheckOutcome, Fault, Kind, Name, Namespace, Right};
use crate::engine::{MOST_SKEW_S, clock_off};
use crate::shell::monitoring::shown;
use machine::{audit, files, state, terminal, words};
use std::time::Duration;

/// A question nobody answers costs this much.
const PATIENCE: Duration = Duration::from_secs(10);
/// What the console cannot do without, and what it is the poorer without.
const SEEN: [(Kind, bool); 9] = [
    (Kind::Deployment, true),
    (Kind::Pod, true),
    (Kind::ReplicaSet, false),
    (Kind::StatefulSet, false),
    (Kind::DaemonSet, false),
    (Kind::CronJob, false),
    (Kind::Job, false),
    (Kind::Event, false),
    (Kind::HorizontalPodAutoscaler, false),
];

/// Looks at everything; exit 1 if something is in the way, 5 if it is the server.
pub(in crate::cli) async fn run(setup: &Setup) -> Result<u8, Fault> {
    let mut checks = vec![terminal(setup), words(setup), files(setup), state(setup), audit(setup)];
    let (config, mut code) = kubeconfig(setup);
    let found = config.outcome != CheckOutcome::Fail;
    checks.push(config);
    if found {
        match connect(&setup.connect_options()).await {
            Ok(cluster) => code = code.max(server(setup, &cluster, &mut checks).await),
            Err(fault) => {
                code = code.max(fault.kind.exit_code());
                checks.push(failed("context", &fault, "kubeconfig"));
            }
        }
    }
    let names = || checks.iter().map(|check| check.name.to_owned()).collect();
    print(setup, &checks, names, || text(setup, &checks))?;
    let in_the_way = checks.iter().any(|check| check.outcome == CheckOutcome::Fail);
    Ok(if in_the_way { code.max(1) } else { 0 })
}

fn text(setup: &Setup, checks: &[Check]) -> String {
    let mut rows = Vec::new();
    for check in checks {
        let tone = match check.outcome {
            CheckOutcome::NotApplicable => Tone::Faint,
            CheckOutcome::Pass => Tone::Good,
            CheckOutcome::Warn | CheckOutcome::Unknown => Tone::Warn,
            CheckOutcome::Fail => Tone::Bad,
        };
        rows.push(vec![
            (check.outcome.word().to_owned(), tone),
            (check.name.to_owned(), Tone::Strong),
            plain(check.observed.clone()),
        ]);
        if check.outcome > CheckOutcome::Pass && !check.remedy.is_empty() {
            rows.push(vec![plain(""), plain(""), (format!("→ {}", check.remedy), Tone::Strong)]);
        }
    }
    table(&setup.out, &[""; 3], &rows, "")
}

fn failed(name: &'static str, fault: &Fault, source: &str) -> Check {
    let remedy = fault.hints.first().cloned().unwrap_or_default();
    Check::new(name, CheckOutcome::Fail, fault.text.clone(), source).remedy(remedy)
}

fn kubeconfig(setup: &Setup) -> (Check, u8) {
    let source = "--kubeconfig, $KUBECONFIG, ~/.kube/config";
    match contexts(&setup.connect_options()) {
        Ok(all) => {
            let chosen = setup.config.text("context").map(str::to_owned);
            let current = all.iter().find(|c| c.current).map(|c| c.name.to_string());
            let count = crate::domain::count_of(all.len(), "context");
            match chosen.or(current) {
                Some(name) => (
                    Check::new("kubeconfig", CheckOutcome::Pass, format!("{count}, {name} is used"), source),
                    0,
                ),
                None => (
                    Check::new("kubeconfig", CheckOutcome::Fail, format!("{count}, none is current"), source)
                        .remedy("name one with --context, or `kubectl config use-context`"),
                    1,
                ),
            }
        }
        Err(fault) => (failed("kubeconfig", &fault, source), 1),
    }
}

/// The checks that ask the server; the exit code it deserves.
async fn server(setup: &Setup, cluster: &Cluster, checks: &mut Vec<Check>) -> u8 {
    let url = cluster.url().to_string();
    let answered = match tokio::time::timeout(PATIENCE, cluster.ping()).await {
        Ok(Ok(took)) => Ok(took),
        Ok(Err(fault)) => Err(fault),
        Err(_elapsed) => {
            let text = format!("no answer within {} s", PATIENCE.as_secs());
            Err(Fault::new(crate::domain::FaultKind::Timeout, text)
                .hint("look at VPN, proxy and the address"))
        }
    };
    let took = match answered {
        Ok(took) => took,
        Err(fault) => {
            checks.push(failed("server", &fault, &url));
            return fault.kind.exit_code();
        }
    };
    let version = cluster.server_version().await.unwrap_or_else(|_unknown| "version unknown".to_owned());
    let user = cluster.who_am_i().await.unwrap_or_else(|_old| "it does not say who we are".to_owned());
    let observed = format!("{version}, answers in {} ms, knows us as {user}", took.as_millis());
    checks.push(Check::new("server", CheckOutcome::Pass, observed, url));
    checks.push(skew(cluster).await);
    let namespace = setup.config.text("namespace").map(Namespace::from).unwrap_or_default();
    checks.push(seeing(cluster, &namespace).await);
    checks.push(acting(cluster, &namespace).await);
    checks.push(metrics(setup, cluster, &namespace).await);
    0
}

async fn skew(cluster: &Cluster) -> Check {
    let source = "the server's Date";
    match cluster.clock_skew().await {
        Ok(Some(skew)) if skew.as_secs().abs() <= MOST_SKEW_S => {
            Check::new("clock", CheckOutcome::Pass, format!("within {MOST_SKEW_S} s of the server's"), source)
        }
        Ok(Some(skew)) => {
            Check::new("clock", CheckOutcome::Warn, format!("{} the server's", clock_off(skew)), source)
                .remedy("ages and leases will be wrong: set the clock (NTP)")
        }
        Ok(None) => Check::new("clock", CheckOutcome::Unknown, "the server does not say the time", source),
        Err(fault) => Check::new("clock", CheckOutcome::Unknown, fault.text, source),
    }
}

/// Those of `asked` that are not allowed; `Err` if the server does not say.
async fn missing(
    cluster: &Cluster,
    namespace: &Namespace,
    asked: impl Iterator<Item = Right>,
) -> Result<Vec<Right>, Fault> {
    let asked: Vec<Right> = asked.collect();
    let any = Name::default();
    let questions = asked.iter().map(|r| cluster.may(r.verb, r.kind, r.subresource, namespace, &any));
    let answers = futures::future::try_join_all(questions).await?;
    let refused = asked.into_iter().zip(answers).filter(|(_, answer)| !answer.allowed);
    Ok(refused.map(|(right, _)| right).collect())
}

fn list(rights: &[Right]) -> String {
    rights.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn place(namespace: &Namespace) -> String {
    if namespace.is_empty() { "all namespaces".to_owned() } else { format!("namespace {namespace}") }
}

async fn seeing(cluster: &Cluster, namespace: &Namespace) -> Check {
    let source = "SelfSubjectAccessReview";
    let asked = SEEN
        .iter()
        .flat_map(|(kind, _)| ["list", "watch"].map(|verb| Right { verb, kind: *kind, subresource: "" }));
    match missing(cluster, namespace, asked).await {
        Err(fault) => Check::new("seeing", CheckOutcome::Unknown, fault.text, source),
        Ok(gone) if gone.is_empty() => {
            Check::new("seeing", CheckOutcome::Pass, format!("all of it in {}", place(namespace)), source)
        }
        Ok(gone) => {
            let needed = gone.iter().any(|right| SEEN.contains(&(right.kind, true)));
            let outcome = if needed { CheckOutcome::Fail } else { CheckOutcome::Warn };
            let remedy = if namespace.is_empty() {
                "name a namespace you may see with --namespace, or ask for the cluster role `view`"
            } else {
                "ask for the role `view` there"
            };
            Check::new("seeing", outcome, format!("may not {} in {}", list(&gone), place(namespace)), source)
                .remedy(remedy)
        }
    }
}

async fn acting(cluster: &Cluster, namespace: &Namespace) -> Check {
    let source = "SelfSubjectAccessReview";
    match missing(cluster, namespace, Right::all().into_iter()).await {
        Err(fault) => Check::new("acting", CheckOutcome::Unknown, fault.text, source),
        Ok(gone) if gone.is_empty() => {
            Check::new("acting", CheckOutcome::Pass, format!("every action in {}", place(namespace)), source)
        }
        Ok(gone) => Check::new(
            "acting",
            CheckOutcome::Warn,
            format!("may not {} in {}", list(&gone), place(namespace)),
            source,
        )
        .remedy("these actions are shown disabled; ask for a role that allows them if they are yours to do"),
    }
}

async fn metrics(setup: &Setup, cluster: &Cluster, namespace: &Namespace) -> Check {
    let access = match setup.access() {
        Ok(access) => access,
        Err(fault) => return Check::new("metrics", CheckOutcome::Fail, fault.text, "options monitoring-…"),
    };
    if let Some(url) = &access.prometheus {
        let text = format!("a Prometheus is named: {}", shown(url));
        return Check::new("metrics", CheckOutcome::Pass, text, "option prometheus")
            .remedy("`qd query up` asks it");
    }
    let source = "pods/proxy";
    if !setup.config.flag("scrape") {
        return Check::new(
            "metrics",
            CheckOutcome::Warn,
            "neither a Prometheus nor the pods are asked",
            "option scrape",
        )
        .remedy("set `prometheus`, or `scrape = true`");
    }
    let asked = [Right { verb: "get", kind: Kind::Pod, subresource: "proxy" }];
    match missing(cluster, namespace, asked.into_iter()).await {
        Err(fault) => Check::new("metrics", CheckOutcome::Unknown, fault.text, source),
        Ok(gone) if gone.is_empty() => {
            Check::new("metrics", CheckOutcome::Pass, "pods can be read through the API server", source)
        }
        Ok(gone) => Check::new(
            "metrics",
            CheckOutcome::Warn,
            format!("may not {}: no rates, errors or latencies", list(&gone)),
            source,
        )
        .remedy("name a Prometheus with --prometheus, or ask for get on pods/proxy"),
    }
}
