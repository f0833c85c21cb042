//! Who else believes an object to be theirs.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// The tool that will undo a change made behind its back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Ownership {
    /// Nobody else: we may write.
    #[default]
    Free,
    /// Argo CD applies it from git; self-heal reverts other writers.
    ArgoCd {
        /// The Application.
        application: String,
    },
    /// Flux applies it from git at every interval.
    Flux {
        /// The Kustomization or HelmRelease.
        name: String,
    },
    /// A Helm release; the next upgrade overwrites other writers.
    Helm {
        /// The release.
        release: String,
    },
    /// A controller object owns it (a Rollout, a custom resource).
    Controller {
        /// `Kind/name`
        owner: String,
    },
}

impl Ownership {
    /// Reads the markers these tools leave. The order matters: an object that
    /// Argo CD or Flux renders from a chart carries Helm's marks as well, and
    /// it is the outer tool that will revert us.
    pub fn from_marks(
        labels: &BTreeMap<String, String>,
        annotations: &BTreeMap<String, String>,
        controller: Option<String>,
    ) -> Self {
        let annotation = |key: &str| annotations.get(key).cloned();
        let label = |key: &str| labels.get(key).cloned();
        if let Some(owner) = controller {
            return Self::Controller { owner };
        }
        if let Some(id) = annotation("argocd.argoproj.io/tracking-id") {
            let application = id.split(':').next().unwrap_or_default().to_owned();
            return Self::ArgoCd { application };
        }
        if let Some(application) = label("argocd.argoproj.io/instance") {
            return Self::ArgoCd { application };
        }
        let flux = label("kustomize.toolkit.fluxcd.io/name").or_else(|| label("helm.toolkit.fluxcd.io/name"));
        if let Some(name) = flux {
            return Self::Flux { name };
        }
        match annotation("meta.helm.sh/release-name") {
            Some(release) => Self::Helm { release },
            None => Self::Free,
        }
    }

    /// Whether nobody else writes.
    pub fn is_free(&self) -> bool {
        *self == Self::Free
    }

    /// How to make the change so that it lasts.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Free => "",
            Self::ArgoCd { .. } => {
                "revert in git, or roll the Application back in Argo CD with auto-sync off"
            }
            Self::Flux { .. } => "revert in git and reconcile, or suspend the Flux object first",
            Self::Helm { .. } => "use `helm rollback`, so that the release record agrees with the cluster",
            Self::Controller { .. } => "change the owner instead",
        }
    }
}

impl fmt::Display for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("nobody else"),
            Self::ArgoCd { application } => write!(f, "Argo CD application {application}"),
            Self::Flux { name } => write!(f, "Flux {name}"),
            Self::Helm { release } => write!(f, "Helm release {release}"),
            Self::Controller { owner } => write!(f, "{owner}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_outermost_tool_is_named() {
        let helm = [("meta.helm.sh/release-name", "shop")];
        let owned = Ownership::from_marks(&map(&[]), &map(&helm), None);
        assert_eq!(owned, Ownership::Helm { release: "shop".into() });
        let flux = map(&[("helm.toolkit.fluxcd.io/name", "shop")]);
        assert_eq!(Ownership::from_marks(&flux, &map(&helm), None), Ownership::Flux { name: "shop".into() });
        let argo = map(&[("argocd.argoproj.io/tracking-id", "app1:apps/Deployment:ns/x")]);
        assert_eq!(
            Ownership::from_marks(&flux, &argo, None),
            Ownership::ArgoCd { application: "app1".into() }
        );
        assert!(
            Ownership::from_marks(&map(&[("app.kubernetes.io/instance", "x")]), &map(&[]), None).is_free()
        );
    }
}
