//! Several contexts in one console, and logging in again.

use crate::served::serve;
use crate::terminal::{Terminal, qd};

/// The header: which context is in front.
fn front(screen: &str) -> String {
    screen.lines().next().unwrap_or_default().to_owned()
}

fn is_in_front(terminal: &Terminal, context: &str) {
    let wanted = format!(" {context} ▸ all");
    terminal.until(&format!("{context} to be in front"), |screen| {
        front(screen).contains(&wanted) && front(screen).contains("live")
    });
}

#[test]
fn contexts_are_changed_without_a_restart_and_stay_open() {
    let served = serve("quiet");
    let path = served.kubeconfig.display().to_string();
    let mut terminal = qd(&[]).env("KUBECONFIG", &path).start();
    is_in_front(&terminal, "demo");
    terminal.shows("healthy");
    terminal.press("\r");
    terminal.shows("Revisions");
    terminal.press(":ctx demo-viewer\r");
    is_in_front(&terminal, "demo-viewer");
    terminal.shows("trouble first");
    // Back at once, in the cockpit that was left.
    terminal.press("`");
    is_in_front(&terminal, "demo");
    terminal.shows("Revisions");
    terminal.press(":ctx\r");
    terminal.shows("3 contexts, 2 open");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_given_back();
}

/// A plugin that asks on the terminal, and keeps nothing.
const PLUGIN: &str = r#"#!/bin/sh
case "$KUBERNETES_EXEC_INFO" in
*'"interactive":true'*) ;;
*) echo 'the login has expired' >&2; exit 1 ;;
esac
printf 'Password for the cluster: ' >&2
read -r word
[ "$word" = sesame ] || { echo 'wrong password' >&2; exit 1; }
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"demo-viewer"}}'
"#;

#[test]
fn a_login_that_has_expired_is_renewed_where_the_plugin_can_ask() {
    let served = serve("quiet");
    let text = std::fs::read_to_string(&served.kubeconfig).unwrap();
    let run = qd(&[]).file("plugin", PLUGIN);
    let plugin = run.path("plugin");
    let address = text.lines().find_map(|line| line.trim().strip_prefix("server: ")).unwrap();
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: sso\n\
         clusters: [{{name: c, cluster: {{server: '{address}'}}}}]\n\
         contexts: [{{name: sso, context: {{cluster: c, user: u}}}}]\n\
         users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: sh, \
         args: ['{plugin}'], interactiveMode: IfAvailable}}}}}}]\n"
    );
    let run = run.file("kube", &config).env("PATH", "/usr/bin:/bin");
    let path = run.path("kube");
    let mut terminal = run.env("KUBECONFIG", &path).size(200, 40).start();
    terminal.shows("the login has expired");
    terminal.shows(":login");
    // What is typed wrong is told by the plugin, and nothing else is lost.
    terminal.press(":login\r");
    terminal.shows("Password for the cluster:");
    terminal.press("open\r");
    terminal.shows("you are not logged in to sso");
    terminal.press(":login\r");
    terminal.shows("Password for the cluster:");
    terminal.press("sesame\r");
    is_in_front(&terminal, "sso");
    terminal.shows("healthy");
    terminal.until("the old refusal to be gone", |screen| !screen.contains("cannot connect"));
    // Looking at one namespace is another connection with the same login.
    terminal.press(":ns all\r");
    is_in_front(&terminal, "sso");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_given_back();
}

#[test]
fn the_selection_is_handed_to_k9s_with_its_context_and_namespace() {
    let served = serve("quiet");
    let path = served.kubeconfig.display().to_string();
    let home = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let bin = home.path().join("bin");
    let path_of = format!("{}:/usr/bin:/bin", bin.display());
    let start = || {
        let run = crate::terminal::qd_of(home.clone(), &[]).env("KUBECONFIG", &path).env("PATH", &path_of);
        let mut terminal = run.start();
        terminal.shows("healthy");
        terminal.press("/name:auth env:prod\r");
        terminal.shows("1 of ");
        terminal.press("K");
        terminal
    };
    let mut terminal = start();
    terminal.shows("k9s is not installed");
    terminal.shows("k9scli.io");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    // One that tells what it was given.
    std::fs::create_dir_all(&bin).unwrap();
    let script = bin.join("k9s");
    std::fs::write(&script, "#!/bin/sh\necho \"given $*\" with \"$KUBECONFIG\"\nread -r _\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut terminal = start();
    terminal
        .shows("given --context demo --namespace platform-production --command deployments /auth --readonly");
    terminal.shows(&path);
    terminal.press("\r");
    terminal.shows("auth");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_given_back();
}
