//! One embedded cluster for all tests, served by the program itself, and `qd`
//! with folders of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tempfile::TempDir;

/// The embedded cluster, its life and its kubeconfig.
pub(crate) struct Served {
    _child: Guard,
    pub(crate) kubeconfig: PathBuf,
    _home: TempDir,
}

struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// A cluster of its own, telling the story `scenario`.
pub(crate) fn serve(scenario: &str) -> Served {
    let home = tempfile::tempdir().unwrap();
    let mut command = qd_at(&home);
    command.args(["demo", "--serve", "--scenario", scenario]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The kubeconfig comes when the story has reached the present; the line on
    // standard error comes after it.
    let stdout = child.stdout.take().unwrap();
    let stderr = child.stderr.take().unwrap();
    let child = Guard(child);
    let text = std::thread::spawn(move || {
        let mut text = String::new();
        for line in BufReader::new(stdout).lines() {
            text.push_str(&line.unwrap());
            text.push('\n');
            if text.matches("namespace: default").count() == 3 {
                break;
            }
        }
        text
    });
    let mut said = String::new();
    BufReader::new(stderr).read_line(&mut said).unwrap();
    assert!(said.contains("serving http://127.0.0.1:"), "{said}");
    let kubeconfig = home.path().join("kubeconfig");
    std::fs::write(&kubeconfig, text.join().unwrap()).unwrap();
    Served { _child: child, kubeconfig, _home: home }
}

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

/// `qd` with folders below `home` and no cluster.
pub(crate) fn qd_at(home: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qd"));
    command
        .env_clear()
        .env("HOME", home.path())
        .env("USER", "alice")
        .env("QD_CONFIG_DIR", home.path().join("config"))
        .env("QD_STATE_DIR", home.path().join("state"))
        .stdin(Stdio::null());
    command
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
