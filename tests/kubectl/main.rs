//! A session of kubectl, recorded on a real server, and the same one on the
//! embedded cluster: equal but for what must differ (ids, addresses, times).
//!
//! Each file in `scripts/` is a behaviour of its own. The `kubectl` in `PATH`
//! must be of the version that was recorded (`tests/cluster/up` puts it there):
//! another one words its answers otherwise. Without it all are reported as
//! ignored. To record anew, with a real cluster up:
//! `UPDATE_TRANSCRIPTS=1 cargo test --test kubectl real::`.
#![cfg(test)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a test program: it looks at files, clocks and processes"
)]

#[path = "../support/cluster/mod.rs"]
mod cluster;
mod normal;
mod script;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use case::Case;
pub(crate) use cluster::{Behaviour, behaviours, case, until};

/// The scripts, one behaviour each.
macro_rules! scripts {
    ($($name:ident,)+) => {
        behaviours! { "kubectl": $($name,)+ }
        $(async fn $name(c: Case) {
            play(&c, stringify!($name)).await;
        })+
    };
}

scripts! { get, apply, rollout, describe, jobs, logs, auth, forward, }

/// Whose words the transcripts are.
const RECORDED: &str = "v1.36.3";

fn is_the_recorded_kubectl() -> bool {
    let asked = Command::new("kubectl").args(["version", "--client", "-o", "json"]).output();
    asked.is_ok_and(|told| {
        serde_json::from_slice::<serde_json::Value>(&told.stdout)
            .is_ok_and(|version| version["clientVersion"]["gitVersion"] == RECORDED)
    })
}

fn main() -> ExitCode {
    let mut open = Vec::new();
    if !is_the_recorded_kubectl() {
        eprintln!("all are skipped: no kubectl {RECORDED} in PATH (tests/cluster/up has it)");
        for server in ["embedded", "real"] {
            open.extend(ALL.iter().map(|one| format!("{server}::{}", one.name)));
        }
    }
    cluster::main(ALL, &open, Vec::new())
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubectl").join(name)
}

/// Plays a script and compares what was said with what a real server said.
async fn play(c: &Case, name: &str) {
    let home = tempfile::tempdir().expect("a folder");
    let kubeconfig = home.path().join("kubeconfig");
    std::fs::write(&kubeconfig, c.server.kubectl_file(&c.ns)).expect("a kubeconfig");
    let text = std::fs::read_to_string(folder("scripts").join(format!("{name}.txt"))).expect("a script");
    let shell = |command: &str| {
        Command::new("bash")
            .args(["-c", command])
            .current_dir(folder("manifests"))
            .env("KUBECONFIG", &kubeconfig)
            .env("HOME", home.path())
            .env_remove("KUBECTL_EXTERNAL_DIFF")
            .output()
            .expect("bash")
    };
    let said = script::play(&text, &c.ns, &shell).await;
    let file = folder("transcripts").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() && c.server.name() == "real" {
        std::fs::write(&file, &said).expect("a transcript");
        return;
    }
    let recorded = std::fs::read_to_string(&file).expect("a transcript");
    assert!(said == recorded, "{}", script::difference(&recorded, &said));
}
