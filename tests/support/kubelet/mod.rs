//! A small fake kubelet: Nodes without machines, pods without containers.
//!
//! It creates Nodes and keeps them Ready, binds pods to them (there is no
//! scheduler), moves pods through their states as their images or an
//! annotation ask for (see [`fate`]), finishes deletions, serves logs and ports.
//!
//! Deliberately absent: probes, volumes, init containers, resource
//! accounting, exec and evictions by pressure.

mod container;
mod fate;
mod forward;
mod log;
mod node;
mod pod;
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
}

/// Runs until something essential fails.
pub(crate) async fn run(client: Client, options: Options) -> anyhow::Result<()> {
    let nodes: Vec<String> = (1..=options.nodes).map(|n| format!("node-{n}")).collect();
    let logs = log::Logs::bind(client.clone(), &options.cert, &options.key).await?;
    node::register(&client, &nodes, logs.port()?).await?;
    tokio::select! {
        end = logs.serve() => end?,
        end = node::keep_alive(&client, &nodes) => end?,
        () = work::run(client.clone(), nodes.clone(), options.start) => {}
    }
    Ok(())
}
