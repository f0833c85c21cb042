//! `qd engine`: drives deliveries that nobody drives, until told to stop.

use super::gate::writing_is_on;
use crate::cli::deliver_args::EngineArgs;
use crate::cli::out::aside;
use crate::cli::setup::Setup;
use crate::domain::{Actor, Fault, FaultKind};
use crate::engine::record::DriverMode;
use crate::shell::deliver::{self, Deliveries, News, Pace};
use crate::shell::{Signals, Tasks, arrive};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// News waiting to be logged.
const NEWS: usize = 64;

/// Connects, adopts orphans, answers probes; a signal hands everything over.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, args: &EngineArgs) -> Result<u8, Fault> {
    let mut signals = Signals::listen()?;
    let (cluster, place, doubt) = arrive(&setup.connect_options(), false).await?;
    if let Some(fault) = doubt {
        return Err(fault);
    }
    writing_is_on(setup, cluster.context().as_str())?;
    let actor = Actor { cluster_user: place.user.clone(), ..setup.actor.clone() };
    let (news, mut heard) = mpsc::channel(NEWS);
    let me = deliver::driver(&actor, DriverMode::Engine);
    let deliveries = Deliveries::new(setup.audit(), me, tasks.clone(), Pace::default(), news);
    if let Some(address) = args.listen {
        let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, &error))?;
        tasks.spawn("probes", probes(listener));
    }
    let scope = place.namespace.as_ref().map_or_else(|| "all namespaces".to_owned(), ToString::to_string);
    aside(&format!("driving deliveries in {scope} of {} until ctrl-c", cluster.context()));
    let looking = deliveries.adopt_orphans(&cluster, place.namespace.as_ref(), &actor);
    tokio::pin!(looking);
    loop {
        tokio::select! {
            () = &mut looking => {}
            Some(news) = heard.recv() => match news {
                News::Driving(records) => {
                    let names: Vec<_> = records.iter().map(|key| key.name.to_string()).collect();
                    aside(&format!("driving {}: {}", names.len(), names.join(", ")));
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

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Fault {
    Fault::new(FaultKind::Config, format!("--listen {address}: {error}")).hint("another address or port")
}

/// Answers every request with 200: a process that answers is alive, and one
/// that has connected is ready.
async fn probes(listener: TcpListener) {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";
    loop {
        let Ok((mut stream, _)) = listener.accept().await else { continue };
        let mut request = [0_u8; 1024];
        let answer = async {
            let _read = stream.read(&mut request).await;
            let _written = stream.write_all(ANSWER).await;
        };
        let _in_time = tokio::time::timeout(std::time::Duration::from_secs(2), answer).await;
    }
}
