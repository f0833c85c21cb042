//! A small fake kubelet: Nodes without machines, pods without containers.
//!
//! It creates Nodes and keeps them Ready, binds pods to them (there is no
//! scheduler), moves pods through their states as their images or an
//! annotation ask for (see [`fate`]), finishes deletions, serves logs and
//! ports, and answers for its pods what the API server's proxy asks them (see
//! [`egress`]).
//!
//! Deliberately absent: probes, volumes, init containers, resource
//! accounting, exec and evictions by pressure.

mod container;
mod egress;
mod fate;
mod forward;
mod log;
mod node;
#[path = "../page.rs"]
mod page;
mod pod;
mod spdy;
mod work;

use std::path::PathBuf;
use std::time::Duration;

use kube::Client;

/// What the fake kubelet is asked to be.
pub(crate) struct Options {
    /// Number of nodes to register.
    pub nodes: usize,
    /// How long a container takes to start.
    pub start: Duration,
    /// Serving certificate and key of the log endpoint, PEM.
    pub cert: PathBuf,
    pub key: PathBuf,
    /// Unix socket on which the API server reaches pods and nodes.
    pub egress: Option<PathBuf>,
}

/// Runs until something essential fails.
pub(crate) async fn run(client: Client, options: Options) -> anyhow::Result<()> {
    let nodes: Vec<String> = (1..=options.nodes).map(|n| format!("node-{n}")).collect();
    let logs = log::Logs::bind(client.clone(), &options.cert, &options.key).await?;
    node::register(&client, &nodes, logs.port()?).await?;
    tokio::select! {
        end = logs.serve() => end?,
        end = reachable(client.clone(), options.egress) => end?,
        end = node::keep_alive(&client, &nodes) => end?,
        () = work::run(client.clone(), nodes.clone(), options.start) => {}
    }
    Ok(())
}

async fn reachable(client: Client, egress: Option<PathBuf>) -> anyhow::Result<()> {
    match egress {
        Some(socket) => egress::serve(client, &socket).await,
        None => std::future::pending().await,
    }
}
