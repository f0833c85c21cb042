//! An embedded cluster served by the program itself, and `qd` with folders of
//! its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
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
