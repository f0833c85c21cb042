//! `qd engine`: drives deliveries that nobody drives, until told to stop.

use super::gate::writing_is_on;
use super::lists::Lists;
use crate::cli::deliver_args::EngineArgs;
use crate::cli::out::aside;
use crate::cli::setup::Setup;
use crate::cluster::Cluster;
use crate::domain::{Actor, Fault, FaultKind, Namespace, ObjectKey};
use crate::engine::record::DriverMode;
use crate::msg::Place;
use crate::shell::deliver::{self, Deliveries, Monitors, News, Pace};
use crate::shell::probes::Answer;
use crate::shell::{Signals, Tasks, arrive, clock, probes};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// News waiting to be logged.
const NEWS: usize = 64;
/// From one attempt to connect to the next.
const RETRY: Duration = Duration::from_secs(2);

/// Connects, adopts orphans, answers probes; a signal hands everything over.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &EngineArgs) -> Result<u8, Fault> {
    let mut signals = Signals::listen()?;
    let (cluster, place, namespace) = tokio::select! {
        arrived = arrive_at_last(setup) => arrived?,
        _signal = signals.next() => return Ok(0),
    };
    writing_is_on(setup, cluster.context().as_str())?;
    let actor = Actor { cluster_user: place.user.clone(), ..setup.actor.clone() };
    let (news, mut heard) = mpsc::channel(NEWS);
    let me = deliver::driver(&actor, DriverMode::Engine);
    let deliveries = Deliveries::new(setup.audit(), me, tasks.clone(), Pace::default(), news)
        .asking(Monitors::of(setup.layers.clone()));
    if let Some(address) = args.listen {
        let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, &error))?;
        let (driven, vitals) = (deliveries.clone(), deliveries.vitals());
        let lists = args.lists.then(|| Lists::new(setup));
        let page = move |path: String| {
            let (code, text) = vitals.answer(&path, driven.driving().len(), clock::now());
            let lists = lists.clone().filter(|_| code == 404);
            async move {
                let listed = match &lists {
                    Some(lists) => lists.answer(&path).await,
                    None => None,
                };
                listed.unwrap_or_else(|| Answer::text(code, text))
            }
        };
        tasks.spawn("probes", probes::serve(listener, page));
    }
    let scope = namespace.as_ref().map_or_else(|| "all namespaces".to_owned(), ToString::to_string);
    aside(&format!("driving deliveries in {scope} of {} until ctrl-c", cluster.context()));
    let looking = deliveries.adopt_orphans(&cluster, namespace.as_ref(), &actor);
    tokio::pin!(looking);
    let mut driven = Vec::new();
    loop {
        tokio::select! {
            () = &mut looking => {}
            Some(news) = heard.recv() => match news {
                News::Driving(records) => {
                    aside(&format!("driving {}{}", records.len(), changed(&driven, &records)));
                    driven = records;
                }
                News::Told(notice) => aside(&notice.text),
            },
            signal = signals.next() => {
                aside(&format!("{signal:?}: handing over"));
                deliveries.hand_over();
                return Ok(0);
            }
        }
    }
}

/// `; new: a, b; no longer: c`: with hundreds driven, all their names each time
/// would be most of the log.
fn changed(before: &[ObjectKey], now: &[ObjectKey]) -> String {
    let names = |these: &[ObjectKey], others: &[ObjectKey], word: &str| {
        let only: Vec<_> =
            these.iter().filter(|key| !others.contains(key)).map(|key| key.name.as_str()).collect();
        if only.is_empty() { String::new() } else { format!("; {word}: {}", only.join(", ")) }
    };
    names(now, before, "new") + &names(before, now, "no longer")
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Config, format!("--listen {address}: {error}")).hint("another address or port")
}

/// Connects, and tries again for as long as the server does not answer: an
/// engine that came up before its API server must not give up.
async fn arrive_at_last(setup: &Setup) -> Result<(Cluster, Place, Option<Namespace>), Fault> {
    let options = setup.connect_options();
    let mut told = false;
    loop {
        let (cluster, place, doubt) = arrive(&options, false).await?;
        let scope = match doubt {
            None => scope(&cluster, options.namespace.clone()).await,
            Some(fault) => Err(fault),
        };
        match scope {
            Ok(namespace) => return Ok((cluster, place, namespace)),
            Err(fault) if fault.kind.is_passing() => {
                if !told {
                    aside(&format!("{}: trying again until it answers", fault.text));
                    told = true;
                }
                tokio::time::sleep(RETRY).await;
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// Where to look for records: in the namespace asked for; else everywhere, if
/// they may be listed everywhere; else in the context's own. What else may be
/// listed does not matter: an engine has few rights.
async fn scope(cluster: &Cluster, asked: Option<String>) -> Result<Option<Namespace>, Fault> {
    if let Some(asked) = asked.filter(|name| !name.is_empty()) {
        return Ok(Some(Namespace::from(asked)));
    }
    let everywhere = Namespace::default();
    if cluster.may_do("list", ("", "configmaps"), &everywhere).await? {
        return Ok(None);
    }
    Ok(cluster.namespace().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    #[test]
    fn what_is_driven_is_told_by_what_changed() {
        let key = |name: &str| ObjectKey::new(Kind::ConfigMap, "shop", name);
        let (a, b, c) = (key("a"), key("b"), key("c"));
        assert_eq!(changed(&[], &[a.clone(), b.clone()]), "; new: a, b");
        assert_eq!(changed(&[a.clone(), b], &[a.clone(), c]), "; new: c; no longer: b");
        let same = [a];
        assert_eq!(changed(&same, &same), "");
    }
}
