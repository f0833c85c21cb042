//! The kubeconfig of an embedded cluster.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::api::users::USERS;

/// One context per user, the first one current. Each has a cluster of its own that says who is
/// asking, because client-go sends no token without TLS.
pub(super) fn text(addr: SocketAddr) -> String {
    let mut out = String::from("apiVersion: v1\nkind: Config\ncurrent-context: admin\nclusters:\n");
    // Writing to a String cannot fail.
    for (name, _, _) in USERS {
        let _ = write!(out, "- name: demo-{name}\n  cluster:\n    server: http://{addr}/as/{name}\n");
    }
    out.push_str("users:\n");
    for (name, token, _) in USERS {
        let _ = write!(out, "- name: {name}\n  user:\n    token: {token}\n");
    }
    out.push_str("contexts:\n");
    for (name, _, _) in USERS {
        let _ = write!(
            out,
            "- name: {name}\n  context:\n    cluster: demo-{name}\n    user: {name}\n    namespace: default\n"
        );
    }
    out
}
