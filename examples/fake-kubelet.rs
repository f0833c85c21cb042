//! Runs the tests' fake kubelet against the cluster of a kubeconfig, so that
//! the real lane (`tests/cluster/up`) is usable by hand as well.
#![allow(
    clippy::disallowed_methods,
    reason = "a test tool outside the layers: it keeps its own clock and tasks"
)]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

#[path = "../tests/support/kubelet/mod.rs"]
mod kubelet;

#[derive(Parser)]
struct Arguments {
    /// The kubeconfig of a user that may do anything.
    #[arg(long)]
    kubeconfig: PathBuf,
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Milliseconds a container takes to start.
    #[arg(long, default_value_t = 700)]
    start_ms: u64,
    /// Serving certificate of the log endpoint (PEM).
    #[arg(long)]
    cert: PathBuf,
    #[arg(long)]
    key: PathBuf,
    /// Unix socket for the API server's egress selector, which then reaches pods.
    #[arg(long)]
    egress: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments = Arguments::parse();
    let file = Kubeconfig::read_from(&arguments.kubeconfig)?;
    let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    let options = kubelet::Options {
        nodes: arguments.nodes,
        start: Duration::from_millis(arguments.start_ms),
        cert: arguments.cert,
        key: arguments.key,
        egress: arguments.egress,
    };
    kubelet::run(Client::try_from(config)?, options).await.context("the fake kubelet stopped")
}
