//! Where we are connected, for messages and targets.

use crate::domain::{ClusterUrl, ContextName, Namespace};

/// What a connection was made of; does not change while it lives.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) context: ContextName,
    pub(super) url: ClusterUrl,
    pub(super) namespace: Option<Namespace>,
    /// The exec plugin that gets the credentials, as written in the kubeconfig.
    pub(super) plugin: Option<Plugin>,
}

/// An exec plugin as a person knows it.
#[derive(Clone, Debug)]
pub(super) struct Plugin {
    pub(super) command: String,
    /// What its maker says to somebody who does not have it.
    pub(super) install_hint: Option<String>,
}

impl Site {
    /// What to do about credentials that were not accepted.
    pub(super) fn renew_hint(&self) -> String {
        match &self.plugin {
            Some(plugin) => format!(
                ":login (at a shell: qd login) runs {:?} on the terminal, where it can ask you",
                plugin.command
            ),
            None => format!(
                "renew the credentials of context {:?}; `kubectl --context {} auth whoami` shows the same refusal",
                self.context.as_str(),
                self.context
            ),
        }
    }
}
