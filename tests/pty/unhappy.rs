//! Broken files and absent clusters: said clearly, and the rest works.

use crate::terminal::qd;

#[test]
fn a_missing_kubeconfig_is_explained_on_the_screen() {
    let mut terminal = qd(&[]).env("KUBECONFIG", "/nowhere/config").start();
    terminal.shows("no such kubeconfig: /nowhere/config");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_given_back();
}

#[test]
fn a_malformed_kubeconfig_names_its_place() {
    let run = qd(&[]).file("kube", "apiVersion: v1\nkind: Config\nclusters: [}\n");
    let path = run.path("kube");
    let mut terminal = run.env("KUBECONFIG", &path).start();
    terminal.shows("is malformed");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}

#[test]
fn a_broken_config_warns_with_its_place_and_the_console_starts() {
    let mut terminal = qd(&["demo", "--scenario", "quiet"])
        .size(200, 40)
        .file("config/config.toml", "thme = \"dark\"\nmouse = false\n")
        .start();
    terminal.shows("config.toml:1:1: unknown option 'thme'");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}
