//! Running `qd` (and `kubectl`) as a user of a cluster, with folders of their own.

use std::process::{Output, Stdio};
use std::time::Duration;

use kube::config::Kubeconfig;
use quarterdeck::store::Folders;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::case::Case;
use crate::until::PATIENCE;

/// Files in a person's home.
const KUBECONFIG: &str = "kubeconfig";
const FOR_KUBECTL: &str = "kubeconfig-for-kubectl";

/// A person: their kubeconfig, configuration and state.
pub(crate) struct Person {
    home: TempDir,
    namespace: String,
}

/// What a program left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

impl Person {
    pub(crate) fn new(case: &Case, user: &str) -> Self {
        let person = Self::with(case, &case.server.kubeconfig_of(user));
        person.write(FOR_KUBECTL, &case.server.kubeconfig_for_kubectl(user));
        person
    }

    /// Somebody with a kubeconfig of their own, and without kubectl.
    pub(crate) fn with(case: &Case, kubeconfig: &Kubeconfig) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let person = Self { home, namespace: case.ns.clone() };
        person.write(KUBECONFIG, kubeconfig);
        person
    }

    fn write(&self, name: &str, file: &Kubeconfig) {
        // JSON is YAML.
        let text = serde_json::to_string(file).expect("a kubeconfig");
        std::fs::write(self.home.path().join(name), text).expect("a file");
    }

    /// Where they keep their configuration and state.
    pub(crate) fn folders(&self) -> Folders {
        let home = self.home.path();
        Folders::find(Some(&home.join("config")), Some(&home.join("state")))
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.command_anywhere(program, arguments);
        command.args(["--namespace", &self.namespace]);
        command
    }

    fn command_anywhere(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let inherited = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QD_"));
        for (name, _) in inherited {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .env("KUBECONFIG", self.home.path().join(KUBECONFIG))
            .env("HOME", self.home.path())
            .env("QD_CONFIG_DIR", self.home.path().join("config"))
            .env("QD_STATE_DIR", self.home.path().join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// A file in their home.
    pub(crate) fn path(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    /// Writes a file of their configuration.
    pub(crate) fn configure(&self, name: &str, text: &str) {
        let path = self.home.path().join("config").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    pub(crate) async fn qd(&self, arguments: &[&str]) -> Ran {
        run(self.command(env!("CARGO_BIN_EXE_qd"), arguments)).await.expect("the built program")
    }

    /// The same without naming a namespace.
    pub(crate) async fn qd_anywhere(&self, arguments: &[&str]) -> Ran {
        run(self.command_anywhere(env!("CARGO_BIN_EXE_qd"), arguments)).await.expect("the built program")
    }

    pub(crate) async fn qd_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_qd"), arguments);
        command.envs(variables.iter().copied());
        run(command).await.expect("the built program")
    }

    /// Starts `qd` and leaves it running.
    pub(crate) fn start_qd(&self, arguments: &[&str]) -> Child {
        self.command(env!("CARGO_BIN_EXE_qd"), arguments).spawn().expect("the built program")
    }

    /// The same without naming a namespace.
    pub(crate) fn start_qd_anywhere(&self, arguments: &[&str]) -> Child {
        self.command_anywhere(env!("CARGO_BIN_EXE_qd"), arguments).spawn().expect("the built program")
    }

    /// `None` where kubectl is not installed (`tests/cluster/up` brings it).
    pub(crate) async fn kubectl(&self, arguments: &[&str]) -> Option<Ran> {
        let mut command = self.command("kubectl", arguments);
        command.env("KUBECONFIG", self.home.path().join(FOR_KUBECTL));
        run(command).await
    }

    /// The audit log, oldest first.
    pub(crate) async fn audit(&self) -> Vec<Value> {
        self.qd(&["audit", "verify"]).await.exits(0);
        let log = self.qd(&["audit", "-o", "json"]).await.exits(0).json();
        log.as_array().cloned().expect("a list")
    }
}

async fn run(mut command: Command) -> Option<Ran> {
    match command.spawn() {
        Ok(child) => Some(ended(child).await),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

/// A delivery that is watched for up to three minutes ends no sooner on a machine that is shared.
const ENDS: Duration = PATIENCE.saturating_mul(3);

/// Reads what a program that was started says to a person, up to a line with `word`.
pub(crate) async fn until_says(child: &mut Child, word: &str) {
    let mut lines = BufReader::new(child.stderr.as_mut().expect("stderr")).lines();
    let read = async {
        let mut said = Vec::new();
        loop {
            let line = lines.next_line().await.expect("a line");
            let line = line.unwrap_or_else(|| panic!("it ended without {word:?}: {said:?}"));
            if line.contains(word) {
                return;
            }
            said.push(line);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.expect("it says so in time");
}

/// Waits for the end of a program that was started.
pub(crate) async fn ended(child: Child) -> Ran {
    let end = tokio::time::timeout(ENDS, child.wait_with_output()).await.expect("it ends in time");
    let Output { status, stdout, stderr } = end.expect("a program that runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}
