//! Lending the terminal: k9s, an editor, a shell in a container, a login.
//!
//! The caller has given the terminal back and reads no keys while one of these
//! runs; it takes the terminal again afterwards, however it ended.

pub mod edit;
mod exec;

use super::connection::Connector;
use crate::cluster::Cluster;
use crate::domain::{Fault, FaultKind};
use crate::msg::{Event, Level, Notice, Outside};
use crate::store::Folders;
use std::io::ErrorKind;
use tokio::process::Command;

/// What a program needs to know of where we are.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    pub(super) cluster: Option<&'a Cluster>,
    /// Logs in: what comes of it is kept there.
    pub(super) connector: &'a mut Connector,
    /// The kubeconfig in force, if one was named.
    pub(super) kubeconfig: Option<&'a str>,
    pub(super) folders: &'a Folders,
}

/// Runs it to its end; what the console is to be told.
pub(super) async fn run(outside: Outside, surface: Surface<'_>) -> Vec<Event> {
    let done = match outside {
        Outside::K9s { context, object, may_write } => {
            let view = format!("{} /{}", object.kind.plural(), object.name);
            let mut k9s = Command::new("k9s");
            k9s.args(["--context", context.as_str(), "--namespace", object.namespace.as_str()]);
            k9s.args(["--command", &view]);
            if !may_write {
                k9s.arg("--readonly");
            }
            if let Some(kubeconfig) = surface.kubeconfig {
                k9s.env("KUBECONFIG", kubeconfig);
            }
            let hint = "get it from https://k9scli.io/topics/install, or put it on the PATH";
            program("k9s", &mut k9s, hint).await.map(|()| Vec::new())
        }
        Outside::Login { context } => Ok(vec![surface.connector.login(&context).await]),
        Outside::Shell { pod, container } => match surface.cluster {
            Some(cluster) => exec::shell(cluster, &pod, container.as_deref()).await.map(|()| Vec::new()),
            None => Err(Fault::new(FaultKind::Unreachable, "not connected")),
        },
        Outside::Edit { target } => match surface.cluster {
            Some(cluster) => edit::edit(cluster, target, surface.folders).await.map(|edited| {
                if edited.ops.is_empty() {
                    vec![Event::Notice(Notice::new(Level::Info, "nothing was changed"))]
                } else {
                    vec![Event::Edited(Box::new(edited))]
                }
            }),
            None => Err(Fault::new(FaultKind::Unreachable, "not connected")),
        },
    };
    done.unwrap_or_else(|fault| vec![Event::Notice(Notice::from(&fault))])
}

/// Runs a program on the terminal to its end.
async fn program(name: &str, command: &mut Command, hint: &str) -> Result<(), Fault> {
    match command.status().await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Fault::new(FaultKind::Invalid, format!("{name} ended with {status}"))),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(Fault::new(FaultKind::NotFound, format!("{name} is not installed")).hint(hint))
        }
        Err(error) => Err(Fault::new(FaultKind::Internal, format!("cannot run {name}: {error}"))),
    }
}
