//! Where the sources of a service are: as its workload says, else as the Argo CD
//! Application or the Flux Kustomization that applies it does.

use crate::cluster::Cluster;
use crate::domain::{Namespace, Ownership, Workload, clean};
use serde_json::Value;

/// Annotations that name a repository, on the workload or its pods.
const SAID: [&str; 2] = ["backstage.io/source-location", "org.opencontainers.image.source"];
/// Where Applications are unless their name says otherwise.
const ARGO: &str = "argocd";

/// Its address for people; none if nobody says, or it may not be read.
pub(super) async fn of(cluster: &Cluster, workload: &Workload) -> Option<String> {
    let object = cluster.read(&workload.key).await.ok()?;
    if let Some(said) = said(&object) {
        return web(said);
    }
    match &workload.ownership {
        Ownership::ArgoCd { application } => {
            // Outside of its own namespace Argo CD writes `namespace_name`.
            let (namespace, name) = application.split_once('_').unwrap_or((ARGO, application));
            let all = listed(cluster, "argoproj.io/v1alpha1", "applications", namespace).await?;
            web(repo_url(named(&all, name)?)?)
        }
        Ownership::Flux { name } => {
            let namespace = text(&object, "/metadata/labels/kustomize.toolkit.fluxcd.io~1namespace")?;
            let all = listed(cluster, "kustomize.toolkit.fluxcd.io/v1", "kustomizations", namespace).await?;
            let source = named(&all, name)?.pointer("/spec/sourceRef")?;
            let namespace = text(source, "/namespace").unwrap_or(namespace);
            let all = listed(cluster, "source.toolkit.fluxcd.io/v1", "gitrepositories", namespace).await?;
            web(text(named(&all, text(source, "/name")?)?, "/spec/url")?)
        }
        Ownership::Free | Ownership::Helm { .. } | Ownership::Controller { .. } => None,
    }
}

async fn listed(cluster: &Cluster, api: &str, plural: &str, namespace: &str) -> Option<Vec<Value>> {
    cluster.others(api, plural, &Namespace::from(namespace)).await.ok()
}

fn named<'a>(all: &'a [Value], name: &str) -> Option<&'a Value> {
    all.iter().find(|object| text(object, "/metadata/name") == Some(name))
}

fn text<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer)?.as_str()
}

fn said(object: &Value) -> Option<&str> {
    let of = ["/metadata/annotations", "/spec/template/metadata/annotations"];
    let notes = of.iter().filter_map(|at| object.pointer(at));
    notes.flat_map(|notes| SAID.iter().filter_map(|name| notes.get(*name)?.as_str())).next()
}

/// Of an Application with one source or several; the first counts.
fn repo_url(application: &Value) -> Option<&str> {
    ["/spec/source/repoURL", "/spec/sources/0/repoURL"].iter().find_map(|at| text(application, at))
}

/// An address a browser takes, of what git takes; without whoever logs in
/// there, whose password may stand in it.
fn web(address: &str) -> Option<String> {
    let address = clean(address.trim());
    let address = address.strip_prefix("url:").unwrap_or(&address);
    let rest = ["https://", "http://", "ssh://"].iter().find_map(|scheme| address.strip_prefix(scheme));
    let scheme = if address.starts_with("http://") { "http" } else { "https" };
    let (host, path) = match rest {
        Some(rest) => rest.split_once('/')?,
        // git@host:path
        None => address.split_once(':').filter(|(host, _)| host.contains('@'))?,
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    // A port of SSH is none of the web.
    let host = if address.starts_with("ssh://") { host.split(':').next().unwrap_or_default() } else { host };
    let path = path.trim_matches('/').trim_end_matches(".git");
    let plain = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == '"');
    (plain(host) && plain(path)).then(|| format!("{scheme}://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_git_takes_becomes_what_a_browser_takes() {
        let cases = [
            ("https://git.example.com/shop/cart.git", Some("https://git.example.com/shop/cart")),
            ("url:https://git.example.com/shop/tree/main/", Some("https://git.example.com/shop/tree/main")),
            ("https://bot:s3cret@git.example.com/shop", Some("https://git.example.com/shop")),
            ("git@git.example.com:shop/cart.git", Some("https://git.example.com/shop/cart")),
            ("ssh://git@git.example.com:2222/shop/cart.git", Some("https://git.example.com/shop/cart")),
            ("http://git.example.com:3000/shop", Some("http://git.example.com:3000/shop")),
            ("oci://registry.example.com/charts", None),
            ("file:/srv/git", None),
            ("https://git.example.com", None),
            ("https:///shop", None),
            ("", None),
        ];
        for (address, expected) in cases {
            assert_eq!(web(address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn the_workload_says_more_than_its_pods_and_an_application_by_its_first_source() {
        let pods = json!({"spec": {"template": {"metadata": {"annotations": {SAID[1]: "https://g/pods"}}}}});
        assert_eq!(said(&pods), Some("https://g/pods"));
        let both = json!({"metadata": {"annotations": {"other": "x", SAID[1]: "https://g/own"}},
            "spec": {"template": {"metadata": {"annotations": {SAID[0]: "https://g/pods"}}}}});
        assert_eq!((said(&both), said(&json!({}))), (Some("https://g/own"), None));
        let one = json!({"metadata": {"name": "a"}, "spec": {"source": {"repoURL": "https://g/one"}}});
        let more =
            json!({"metadata": {"name": "b"}, "spec": {"sources": [{"repoURL": "https://g/first"}, {}]}});
        let all = [one, more];
        assert_eq!(named(&all, "b").and_then(repo_url), Some("https://g/first"));
        assert_eq!(named(&all, "a").and_then(repo_url), Some("https://g/one"));
        assert_eq!(named(&all, "c"), None);
    }
}
