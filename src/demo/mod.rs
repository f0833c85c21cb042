//! Doing: the embedded cluster, a Kubernetes-API-compatible server inside the
//! process, for `qd demo` and for tests. It stands apart from the rest of the
//! crate; the console reaches it over HTTP like any other cluster.
//!
//! [`serve`] starts an empty one on a free loopback port, [`start`] one with a
//! company in it: controllers, kubelets and traffic that play a scenario. [`store`] holds the objects,
//! [`api`] answers requests, [`kinds`] is the table of what is served,
//! [`rules`] and [`schema`] know the kinds, [`admission`] what a namespace allows,
//! [`managed`] who owns which field.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

pub mod admission;
pub mod api;
pub mod bootstrap;
pub mod clock;
pub mod controllers;
pub mod crd;
pub mod kinds;
mod kubeconfig;
pub mod kubelet;
pub mod managed;
pub mod openapi;
pub mod rules;
pub mod scenario;
pub mod schema;
pub mod spdy;
pub mod status;
pub mod store;
mod story;
pub mod traffic;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use api::Api;
use clock::SimClock;
use store::Store;
pub use story::{StoryOptions, start};

/// How to start an embedded cluster.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The simulated time it lives in.
    pub clock: SimClock,
    /// Uids and generated names follow from it.
    pub seed: u64,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
}

impl DemoOptions {
    /// A free port and a clock that shows the wall's time now at the wall's speed.
    pub fn now() -> Self {
        Self { clock: SimClock::new(jiff::Timestamp::now(), 1.0), seed: 1, port: 0 }
    }
}

/// A running embedded cluster.
pub struct Demo {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its objects.
    pub store: Store,
    /// Its time.
    pub clock: SimClock,
    /// Its request handling: faults, the pod proxy.
    pub api: Arc<Api>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    /// The controllers, kubelets and traffic of a story.
    life: Option<JoinHandle<()>>,
}

/// Starts a cluster with the objects every cluster has and nothing else.
///
/// # Errors
/// When the port cannot be opened.
pub async fn serve(options: DemoOptions) -> io::Result<Demo> {
    let store = Store::new(options.clock.clone(), options.seed);
    bootstrap::fill(&store).map_err(io::Error::other)?;
    store.forget_past();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let addr = listener.local_addr()?;
    let stop = CancellationToken::new();
    let api = Arc::new(Api::new(store.clone(), stop.clone()));
    let server = tokio::spawn(api::server::run(api.clone(), listener));
    Ok(Demo { addr, store, clock: options.clock, api, stop, server, life: None })
}

impl Demo {
    /// A kubeconfig with a context for each user: `demo` (the admin; current), `demo-viewer`, `demo-nobody`.
    pub fn kubeconfig(&self) -> String {
        kubeconfig::text(self.addr)
    }

    /// The same for kubectl and k9s, which send no token without TLS: the address says who asks.
    pub fn kubeconfig_for_kubectl(&self) -> String {
        kubeconfig::for_kubectl(self.addr)
    }

    /// Cancelled when the cluster stops; controllers watch it.
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Ends watches and connections and waits for the server to finish.
    pub async fn shutdown(self) {
        self.stop.cancel();
        // A panic of the server task has no one left to tell.
        let _ = self.server.await;
        if let Some(life) = self.life {
            let _ = life.await;
        }
    }
}
