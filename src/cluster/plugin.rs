//! Exec credential plugins: never interactive, what they say is shown.
//!
//! kube runs them with stdin closed and stderr captured once `interactiveMode`
//! is `Never`: otherwise they would read our keys and paint over the screen.

use super::site::{Plugin, Site};
use crate::domain::{Fault, FaultKind, clean, redact_text};
use kube::client::AuthError;
use kube::config::{AuthInfo, ExecInteractiveMode, Kubeconfig};

/// The last lines of a plugin's complaint: the first ones are usually a stack.
const MOST_LINES: usize = 6;
/// Longer complaints are cut: they must fit a dialog.
const MOST_CHARS: usize = 800;

/// Makes every plugin in `config` non-interactive.
pub(super) fn silence(config: &mut Kubeconfig) {
    for named in &mut config.auth_infos {
        if let Some(exec) = named.auth_info.as_mut().and_then(|info| info.exec.as_mut()) {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
    }
}

/// The plugin of `info`, if it has one.
pub(super) fn of(info: &AuthInfo) -> Option<Plugin> {
    let exec = info.exec.as_ref()?;
    let command = clean(exec.command.as_deref().unwrap_or_default());
    Some(Plugin { command, install_hint: exec.install_hint.as_deref().map(clean) })
}

/// Why there are no credentials.
#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enum, which grows; the rest reads alike")]
pub(super) fn fault(error: &AuthError, site: &Site) -> Fault {
    let (command, install) = match &site.plugin {
        Some(plugin) => (plugin.command.as_str(), plugin.install_hint.clone()),
        None => ("the credential helper", None),
    };
    let unauthorized = |why: String| Fault::new(FaultKind::Unauthorized, why).hint(site.renew_hint());
    match error {
        AuthError::AuthExecStart(io) => {
            let text = format!("the credential plugin {command:?} could not be started: {io}");
            let hint = install.unwrap_or_else(|| self::install(command));
            Fault::new(FaultKind::Config, text).hint(hint)
        }
        AuthError::AuthExecRun { out, .. } => {
            let said = said(&out.stderr);
            unauthorized(format!("the credential plugin {command:?} failed ({}): {said}", out.status))
        }
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            // Not the parser's own words: they quote the output, a credential.
            unauthorized(format!("the credential plugin {command:?} printed no ExecCredential"))
        }
        AuthError::ReadTokenFile(io, path) => {
            Fault::new(FaultKind::Config, format!("cannot read the token file {}: {io}", path.display()))
                .hint("correct tokenFile in the kubeconfig")
        }
        AuthError::MissingCommand => {
            Fault::new(FaultKind::Config, "the kubeconfig names an exec plugin without a command")
        }
        other => unauthorized(redact_text(&clean(&format!("cannot get credentials: {other}")))),
    }
}

/// What to do about a plugin that is not there, if its maker says nothing.
pub(super) fn install(command: &str) -> String {
    format!("install {command:?}, or correct its path in the kubeconfig")
}

/// A plugin's stderr as one safe line.
fn said(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<_> = text.lines().map(|line| redact_text(&clean(line))).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    let tail = lines.iter().skip(lines.len().saturating_sub(MOST_LINES)).copied().collect::<Vec<_>>();
    let text: String = tail.join(" / ").chars().take(MOST_CHARS).collect();
    if text.is_empty() { "it said nothing".to_owned() } else { text }
}
