//! The kubeconfig of an embedded cluster.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::api::users::USERS;

/// One context per user, the first one current, told apart by token: `demo`, `demo-viewer`, `demo-nobody`.
pub(super) fn text(addr: SocketAddr) -> String {
    write(&|_| format!("http://{addr}"))
}

/// The same for kubectl and k9s: client-go sends no token without TLS, so each context's address
/// says who is asking.
pub(super) fn for_kubectl(addr: SocketAddr) -> String {
    write(&|user| format!("http://{addr}/as/{user}"))
}

fn write(server: &dyn Fn(&str) -> String) -> String {
    let mut out = String::from("apiVersion: v1\nkind: Config\ncurrent-context: demo\nclusters:\n");
    // Writing to a String cannot fail.
    for (name, _, _) in USERS {
        let _ = write!(out, "- name: demo-{name}\n  cluster:\n    server: {}\n", server(name));
    }
    out.push_str("users:\n");
    for (name, token, _) in USERS {
        let _ = write!(out, "- name: {name}\n  user:\n    token: {token}\n");
    }
    out.push_str("contexts:\n");
    for (name, _, _) in USERS {
        let _ = write!(
            out,
            "- name: {}\n  context:\n    cluster: demo-{name}\n    user: {name}\n    namespace: default\n",
            context(name)
        );
    }
    out
}

/// Its name is in the header all the time: the one everybody uses says what it is.
fn context(user: &str) -> String {
    if user == "admin" { "demo".to_owned() } else { format!("demo-{user}") }
}
