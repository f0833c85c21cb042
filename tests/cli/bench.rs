//! One embedded cluster for all tests, and the people who work at it.

use crate::served::{Served, qd_at, serve};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tempfile::TempDir;

/// The cluster shared by tests that run at the same time and only look, or
/// change different services. The last one to let go of it ends it.
pub(crate) fn shared() -> Arc<Served> {
    static SHARED: Mutex<Weak<Served>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let served = Arc::new(serve("crashloop"));
        *shared = Arc::downgrade(&served);
        served
    })
}

/// A person with a home and a kubeconfig.
pub(crate) struct Person {
    pub(crate) home: TempDir,
    pub(crate) kubeconfig: PathBuf,
    _cluster: Arc<Served>,
}

/// Somebody at `cluster`.
pub(crate) fn at(cluster: Arc<Served>) -> Person {
    let kubeconfig = cluster.kubeconfig.clone();
    Person { home: tempfile::tempdir().unwrap(), kubeconfig, _cluster: cluster }
}

impl Person {
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = qd_at(&self.home);
        command.env("KUBECONFIG", &self.kubeconfig).args(args);
        command
    }

    pub(crate) fn qd(&self, args: &[&str]) -> Said {
        Said::from(self.command(args).output().unwrap())
    }

    pub(crate) fn audit(&self) -> PathBuf {
        self.home.path().join("state/audit.jsonl")
    }
}

/// What a run of `qd` said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

impl Said {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It ended with this code.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}
