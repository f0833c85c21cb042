//! The kubeconfig of an embedded cluster.

use std::fmt::Write as _;
use std::net::SocketAddr;

use super::api::users::USERS;

/// One cluster named `demo`, one context per user, the first one current.
pub(super) fn text(addr: SocketAddr) -> String {
    let mut out = String::from("apiVersion: v1\nkind: Config\ncurrent-context: admin\n");
    // Writing to a String cannot fail.
    let _ = write!(out, "clusters:\n- name: demo\n  cluster:\n    server: http://{addr}\nusers:\n");
    for (name, token, _) in USERS {
        let _ = write!(out, "- name: {name}\n  user:\n    token: {token}\n");
    }
    out.push_str("contexts:\n");
    for (name, _, _) in USERS {
        let _ = write!(
            out,
            "- name: {name}\n  context:\n    cluster: demo\n    user: {name}\n    namespace: default\n"
        );
    }
    out
}
