//! Logging in by hand: the exec plugin once more, this time on the terminal.
//!
//! Plugins run unseen elsewhere ([`super::plugin`]); one that has to ask cannot
//! do so there. Here it has the terminal: it reads the keys, and what it says
//! is seen as it says it. What it prints is the credential and is never shown.

use super::kubeconfig::{ConnectOptions, load, nothing_found};
use super::plugin;
use crate::domain::{ContextName, Fault, FaultKind, clean};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use kube::config::{AuthInfo, ExecConfig, KubeConfigOptions};
use serde::Deserialize;
use serde_json::json;
use std::process::Stdio;
use tokio::process::Command;

/// What somebody logged in with: kept in memory for plugins that keep nothing
/// themselves, until it ends. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Login {
    context: ContextName,
    credential: AuthInfo,
    ends: Option<Timestamp>,
}

/// An `ExecCredential`, as far as it is read.
#[derive(Deserialize)]
struct Printed {
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<Timestamp>,
}

impl Login {
    /// What a plugin printed; none if that is no credential.
    fn of(context: ContextName, printed: &[u8]) -> Option<Self> {
        let Printed { status } = serde_json::from_slice(printed).ok()?;
        let pair = status.client_certificate_data.as_deref().zip(status.client_key_data.as_deref());
        // A kubeconfig has PEM in base64, a plugin prints it plain.
        let credential = match (status.token, pair) {
            (Some(token), None) => json!({"token": token}),
            (token, Some((certificate, key))) => json!({
                "token": token,
                "client-certificate-data": STANDARD.encode(certificate),
                "client-key-data": STANDARD.encode(key),
            }),
            (None, None) => return None,
        };
        let credential = serde_json::from_value(credential).ok()?;
        Some(Self { context, credential, ends: status.expiration_timestamp })
    }

    /// For which context.
    pub fn context(&self) -> &ContextName {
        &self.context
    }

    /// Takes the plugin's place in `info`, unless it has ended.
    pub(super) fn apply(&self, info: &mut AuthInfo, now: Timestamp) {
        if self.ends.is_some_and(|end| end <= now) {
            return;
        }
        info.exec = None;
        info.token.clone_from(&self.credential.token);
        info.client_certificate_data.clone_from(&self.credential.client_certificate_data);
        info.client_key_data.clone_from(&self.credential.client_key_data);
    }
}

/// Runs the exec plugin of the context on this process's terminal, to its end.
///
/// # Errors
/// The context has no plugin, or it could not be started, failed, or printed
/// no credential.
pub async fn login(options: &ConnectOptions) -> Result<Login, Fault> {
    let (context, exec) = exec_of(options).await?;
    let command = clean(exec.command.as_deref().unwrap_or_default());
    // Not `output()`: it would take the plugin's standard error for itself.
    let child =
        prepared(&exec)?.stdin(Stdio::inherit()).stderr(Stdio::inherit()).stdout(Stdio::piped()).spawn();
    let ran = async { child?.wait_with_output().await }.await;
    let output = ran.map_err(|error| {
        let hint = exec.install_hint.as_deref().map_or_else(|| plugin::install(&command), clean);
        Fault::new(FaultKind::Config, format!("{command:?} could not be started: {error}")).hint(hint)
    })?;
    if !output.status.success() {
        let text = format!("{command:?} ended with {}: you are not logged in to {context}", output.status);
        return Err(Fault::new(FaultKind::Unauthorized, text).hint("it said why; :login tries again"));
    }
    // Not the parser's own words: they quote the output, a credential.
    Login::of(context, &output.stdout).ok_or_else(|| {
        let text = format!("{command:?} printed no ExecCredential with a token or a certificate");
        Fault::new(FaultKind::Config, text).hint("check its arguments in the kubeconfig")
    })
}

async fn exec_of(options: &ConnectOptions) -> Result<(ContextName, ExecConfig), Fault> {
    let loaded = load(options)?.ok_or_else(nothing_found)?;
    let name = loaded.context(options.context.as_deref())?.name.clone();
    let context = ContextName::from(clean(&name));
    let choice = KubeConfigOptions { context: Some(name), cluster: None, user: None };
    let config = kube::Config::from_custom_kubeconfig(loaded.config, &choice).await.map_err(|error| {
        Fault::new(
            FaultKind::Config,
            format!("context {context} cannot be used: {}", clean(&error.to_string())),
        )
    })?;
    let Some(exec) = config.auth_info.exec else {
        let text = format!("context {context} has no login: its user is a token or a certificate");
        return Err(Fault::new(FaultKind::Config, text).hint("put a new one into the kubeconfig"));
    };
    Ok((context, exec))
}

/// The plugin as client-go would run it.
fn prepared(exec: &ExecConfig) -> Result<Command, Fault> {
    let Some(program) = &exec.command else {
        return Err(Fault::new(FaultKind::Config, "the kubeconfig names an exec plugin without a command"));
    };
    let mut command = Command::new(program);
    command.args(exec.args.iter().flatten());
    let pairs = exec.env.iter().flatten();
    command.envs(pairs.filter_map(|pair| Some((pair.get("name")?, pair.get("value")?))));
    let mut spec = json!({"interactive": true});
    if exec.provide_cluster_info {
        spec["cluster"] = json!(exec.cluster);
    }
    let info = json!({"apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec});
    command.env("KUBERNETES_EXEC_INFO", info.to_string());
    for name in exec.drop_env.iter().flatten() {
        command.env_remove(name);
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_takes_the_plugins_place_until_it_ends() {
        let text = r#"{"kind":"ExecCredential","status":{"token":"hunter2","expirationTimestamp":"2030-01-01T00:00:00Z"}}"#;
        let login = Login::of("a".into(), text.as_bytes()).unwrap();
        let end: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        for (now, taken) in [(Timestamp::UNIX_EPOCH, true), (end, false)] {
            let mut info = AuthInfo { exec: Some(ExecConfig::default()), ..AuthInfo::default() };
            login.apply(&mut info, now);
            assert_eq!((info.exec.is_none(), info.token.is_some()), (taken, taken), "{now}");
        }
        assert!(Login::of("a".into(), b"{\"status\":{}}").is_none(), "nothing to log in with");
        assert!(!format!("{login:?}").contains("hunter2"), "the token is not in it");
    }
}
