//! Rule 13. The terminal is given back; exec plugins never paint over it.

use super::fixtures::{kubeconfig, options};
use super::server::{Heard, Reply, Server};
use quarterdeck::cluster::connect;
use quarterdeck::domain::FaultKind;
use serde_json::json;
use std::process::Command;
use tempfile::TempDir;

/// Set for the copy of this program whose output is looked at.
const CHILD: &str = "QD_TEST_KUBECONFIG_OF_CHILD";

fn plugin(folder: &TempDir, script: &str) -> String {
    let path = folder.path().join("plugin");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    let mut rights = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o755);
    std::fs::set_permissions(&path, rights).unwrap();
    let path = path.display();
    format!(
        "{{exec: {{apiVersion: client.authentication.k8s.io/v1, command: '{path}', \
         interactiveMode: IfAvailable, provideClusterInfo: true, installHint: 'brew install it'}}}}"
    )
}

const COMPLAINT: &str = r"printf '\033[2JPAINTED token=hunter2\nlogin expired\n' >&2; exit 3";

#[tokio::test]
async fn rule_13_what_a_plugin_complains_is_shown_clean_and_not_painted() {
    let folder = TempDir::new().unwrap();
    let config = kubeconfig(&folder, "http://127.0.0.1:1", &plugin(&folder, COMPLAINT));
    let Err(fault) = connect(&options(&config)).await else { panic!("the plugin failed") };
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(fault.text.contains("login expired"), "{fault}");
    assert!(!fault.text.contains("hunter2") && !fault.text.contains('\u{1b}'), "{fault}");

    // The same in a process whose terminal we can read.
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "terminal::child_that_connects", "--nocapture"])
        .env(CHILD, &config)
        .output()
        .unwrap();
    let painted = [child.stdout, child.stderr].concat();
    let painted = String::from_utf8_lossy(&painted);
    assert!(child.status.success() && painted.contains("1 passed"), "{painted}");
    assert!(!painted.contains("PAINTED"), "{painted}");
}

#[tokio::test]
async fn child_that_connects() {
    let Ok(config) = std::env::var(CHILD) else { return };
    assert!(connect(&options(&config)).await.is_err());
}

#[tokio::test]
async fn rule_13_a_plugin_gets_no_keys_and_is_told_so_but_gets_the_cluster() {
    let server = Server::start(|_: &Heard| Reply::json(200, &json!({"gitVersion": "v1"}))).await;
    let folder = TempDir::new().unwrap();
    // `cat` would wait for ever on an inherited terminal.
    let script = format!(
        r#"cat >/dev/null; echo noise >&2; printf '%s' "$KUBERNETES_EXEC_INFO" >'{}'
        echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"tok-1"}}}}'"#,
        folder.path().join("info").display()
    );
    let config = kubeconfig(&folder, &server.url(), &plugin(&folder, &script));
    let cluster = connect(&options(&config)).await.unwrap();
    cluster.ping().await.unwrap();
    assert!(server.heard()[0].headers.to_lowercase().contains("authorization: bearer tok-1"));
    let info = std::fs::read_to_string(folder.path().join("info")).unwrap();
    let info: serde_json::Value = serde_json::from_str(&info).unwrap();
    assert_eq!(info["spec"]["interactive"], false);
    assert_eq!(info["spec"]["cluster"]["server"], server.url(), "provideClusterInfo is kept");
}

#[tokio::test]
async fn rule_13_a_plugin_that_is_not_there_says_how_to_get_it() {
    let folder = TempDir::new().unwrap();
    let user = plugin(&folder, "exit 0");
    std::fs::remove_file(folder.path().join("plugin")).unwrap();
    let config = kubeconfig(&folder, "http://127.0.0.1:1", &user);
    let Err(fault) = connect(&options(&config)).await else { panic!("there is no plugin") };
    assert_eq!(fault.kind, FaultKind::Config);
    assert!(fault.text.contains("plugin") && fault.hints == ["brew install it"], "{fault:?}");
}

#[tokio::test]
async fn rule_12_a_plugin_that_prints_nonsense_is_not_quoted() {
    let folder = TempDir::new().unwrap();
    let config = kubeconfig(&folder, "http://127.0.0.1:1", &plugin(&folder, "echo 'token: [hunter2'"));
    let Err(fault) = connect(&options(&config)).await else { panic!("that is no credential") };
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert!(!format!("{fault:?}").contains("hunter2"), "{fault:?}");
}
