//! From options to a connection.

use super::kubeconfig::{ConnectOptions, Loaded, load, nothing_found};
use super::plugin;
use super::site::Site;
use super::wire::Wire;
use super::{Cluster, fault};
use crate::domain::{ClusterUrl, ContextName, Fault, FaultKind, Namespace, clean};
use jiff::Timestamp;
use kube::config::{KubeConfigOptions, KubeconfigError};
use kube::{Client, Config};
use std::time::Duration;

/// Longer than any sane credential plugin takes, shorter than patience.
const PLUGIN_TIME: Duration = Duration::from_secs(30);
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Connects as `options` say. Runs the credential plugin, if there is one, but
/// asks the server nothing yet: an unreachable server is found by
/// [`Cluster::ping`] and shown as a lost link, not as a reason to give up.
///
/// # Errors
/// The kubeconfig is missing, malformed, or names something it does not have;
/// the credential plugin failed or hangs.
pub async fn connect(options: &ConnectOptions) -> Result<Cluster, Fault> {
    let (client, site, from_files) = build(options).await?;
    let mut options = options.clone();
    if from_files {
        // Frozen: somebody else's `kubectl config use-context` must not move us.
        options.context = Some(site.context.to_string());
    }
    // It is for once: when it ends, the plugin is asked again.
    options.login = None;
    Ok(Cluster { wire: Wire::new(client, site, options) })
}

async fn build(options: &ConnectOptions) -> Result<(Client, Site, bool), Fault> {
    let loaded = load(options)?;
    let from_file = loaded.is_some();
    let (config, site) = match loaded {
        Some(loaded) => from_files(loaded, options).await?,
        None => from_inside(options)?,
    };
    let client = client(prepared(config), &site).await?;
    Ok((client, site, from_file))
}

/// A client with fresh credentials for the same server: somebody may have
/// logged in again, and the plugin or the file knows.
pub(super) async fn renewed(wire: &Wire) -> Result<Client, Fault> {
    let (client, site, _) = build(&wire.options).await?;
    if site.url == wire.site.url {
        return Ok(client);
    }
    let text = format!(
        "context {:?} pointed to {} and now points to {}",
        site.context.as_str(),
        wire.site.url,
        site.url
    );
    Err(Fault::new(FaultKind::Config, text).hint("connect again to go there"))
}

async fn from_files(loaded: Loaded, options: &ConnectOptions) -> Result<(Config, Site), Fault> {
    let named = loaded.context(options.context.as_deref())?.clone();
    let places = loaded.places();
    let context = named.context.unwrap_or_default();
    let user = context.user.as_deref().unwrap_or_default();
    let info = loaded.config.auth_infos.iter().find(|entry| entry.name == user);
    let plugin = info.and_then(|entry| entry.auth_info.as_ref()).and_then(plugin::of);
    let namespace = options.namespace.clone().or(context.namespace).filter(|name| !name.is_empty());
    let choice = KubeConfigOptions { context: Some(named.name.clone()), cluster: None, user: None };
    let config = Config::from_custom_kubeconfig(loaded.config, &choice).await;
    let mut config = config.map_err(|error| unusable(&named.name, &places, &error))?;
    if let Some(login) = options.login.as_ref().filter(|login| login.context().as_str() == clean(&named.name))
    {
        login.apply(&mut config.auth_info, Timestamp::now());
    }
    let site = Site {
        context: ContextName::from(clean(&named.name)),
        url: url_of(&config),
        namespace: namespace.map(|name| Namespace::from(clean(&name))),
        plugin,
    };
    Ok((config, site))
}

/// The cluster this process runs in, by its service account.
fn from_inside(options: &ConnectOptions) -> Result<(Config, Site), Fault> {
    let config = Config::incluster().map_err(|_no_service_account| nothing_found())?;
    if let Some(context) = &options.context {
        let text =
            format!("no context {:?}: there is no kubeconfig, only the cluster we run in", clean(context));
        return Err(Fault::new(FaultKind::Config, text).hint("leave --context out, or name a kubeconfig"));
    }
    let site = Site {
        context: ContextName::from("in-cluster"),
        url: url_of(&config),
        namespace: options.namespace.as_deref().map(|name| Namespace::from(clean(name))),
        plugin: None,
    };
    Ok((config, site))
}

fn url_of(config: &Config) -> ClusterUrl {
    ClusterUrl::from(clean(config.cluster_url.to_string().trim_end_matches('/')))
}

/// kube repeats *writes* on 429, 503 and 504 unless told otherwise. Nothing
/// here may be sent twice; reads are repeated where they are asked for.
fn prepared(mut config: Config) -> Config {
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_TIME);
    // Watches are silent for long: their deadlines are in `watch`.
    config.read_timeout = None;
    config.write_timeout = None;
    config
}

/// Building the client runs the plugin and waits for it: off this thread, and
/// not for ever.
async fn client(config: Config, site: &Site) -> Result<Client, Fault> {
    let building = tokio::task::spawn_blocking(move || Client::try_from(config));
    match tokio::time::timeout(PLUGIN_TIME, building).await {
        Ok(Ok(Ok(client))) => Ok(client),
        Ok(Ok(Err(error))) => Err(fault::of_error("connect", &error, site).fault),
        Ok(Err(broken)) => Err(Fault::new(FaultKind::Internal, format!("cannot build a client: {broken}"))),
        Err(_elapsed) => {
            let who = site.plugin.as_ref().map_or("the credential helper", |plugin| plugin.command.as_str());
            let text =
                format!("the credential plugin {who:?} did not finish within {} s", PLUGIN_TIME.as_secs());
            Err(Fault::new(FaultKind::Unauthorized, text).hint(site.renew_hint()))
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enum, which grows; the rest reads alike")]
fn unusable(context: &str, places: &str, error: &KubeconfigError) -> Fault {
    let why = match error {
        KubeconfigError::LoadClusterOfContext(name) => format!("its cluster {name:?} is not there"),
        KubeconfigError::MissingClusterUrl => "its cluster has no server".to_owned(),
        other => clean(&other.to_string()),
    };
    Fault::new(FaultKind::Config, format!("context {:?} in {places} cannot be used: {why}", clean(context)))
        .hint("correct it, or choose another context with --context")
}
