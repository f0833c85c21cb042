//! Kinds as the server serves them: any of them may be asked for by name.

use super::{ALIKE, Fault, FaultKind, Name, Namespace, clean, nearest};
use serde::Serialize;

/// A kind of object the server serves, as its discovery says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resource {
    /// `example.com`; empty for the core group.
    pub group: String,
    /// `v1`
    pub version: String,
    /// Whether the server prefers this version of its group.
    pub preferred: bool,
    /// `Widget`
    pub kind: String,
    /// `widgets`
    pub plural: String,
    /// `widget`; empty if it has none.
    pub singular: String,
    /// `wd`
    pub short: Vec<String>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
}

/// Groups of Kubernetes itself whose names nobody else's kinds take over.
const BUILT_IN: [&str; 13] = [
    "apps",
    "batch",
    "autoscaling",
    "policy",
    "networking.k8s.io",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "node.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
];

/// Suggestions shown.
const SHOWN: usize = 8;

impl Resource {
    /// `widgets.example.com`; `pods` in the core group.
    pub fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `example.com/v1`, `v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// How well `typed`, in lower case, names it: by a name of its own (0), by
    /// a short name (1); none if it does not. Its group, or version and group,
    /// may stand behind the name.
    fn fits(&self, typed: &str) -> Option<u8> {
        let names = |name: &str| {
            let Some(rest) = typed.strip_prefix(name) else { return false };
            let Some(rest) = rest.strip_prefix('.') else { return rest.is_empty() };
            rest == self.group || rest == format!("{}.{}", self.version, self.group).trim_end_matches('.')
        };
        let kind = self.kind.to_lowercase();
        let own = [self.plural.as_str(), self.singular.as_str(), kind.as_str()];
        if own.iter().any(|name| !name.is_empty() && names(name)) {
            return Some(0);
        }
        self.short.iter().any(|short| names(short)).then_some(1)
    }

    fn rank(&self) -> u8 {
        match self.group.as_str() {
            "" => 0,
            group if BUILT_IN.contains(&group) => 1,
            _ => 2,
        }
    }

    /// The one of `all` called `typed`: by plural, singular, short name or kind,
    /// in any case, alone or as `name.group` or `name.version.group`. Kinds of
    /// Kubernetes itself go before others of that name. `unread` are groups that
    /// could not be asked.
    ///
    /// # Errors
    /// None is called so, or several are.
    pub fn called<'a>(all: &'a [Self], typed: &str, unread: &[String]) -> Result<&'a Self, Fault> {
        let wanted = typed.to_lowercase();
        let fit = |one: &'a Self| one.fits(&wanted).map(|how| ((one.rank(), how), one));
        let mut found: Vec<_> = all.iter().filter_map(fit).collect();
        let best = found.iter().map(|(rank, _)| *rank).min();
        found.retain(|(rank, _)| Some(*rank) == best);
        // The version the server prefers, of each.
        found.sort_by_key(|(_, one)| (one.full_name(), !one.preferred));
        found.dedup_by_key(|(_, one)| one.full_name());
        match found.as_slice() {
            [(_, only)] => Ok(only),
            [] => Err(unknown(all, typed, unread)),
            many => {
                let text = format!("'{typed}' names {} kinds; say which:", many.len());
                let names = many.iter().take(SHOWN).map(|(_, one)| one.full_name());
                Err(names.fold(Fault::new(FaultKind::Invalid, text), Fault::hint))
            }
        }
    }
}

#[cfg(test)]
impl Resource {
    /// A kind of somebody else's.
    pub(crate) fn widgets() -> Self {
        Self {
            group: "example.com".into(),
            version: "v1".into(),
            preferred: true,
            kind: "Widget".into(),
            plural: "widgets".into(),
            singular: "widget".into(),
            short: Vec::new(),
            namespaced: true,
        }
    }
}

fn unknown(all: &[Resource], typed: &str, unread: &[String]) -> Fault {
    let fault = Fault::new(FaultKind::NotFound, format!("the server serves no kind '{}'", clean(typed)));
    let wanted = typed.to_lowercase();
    let bare = wanted.split('.').next().unwrap_or_default();
    let names = all.iter().flat_map(|one| [(one, one.plural.clone()), (one, one.kind.to_lowercase())]);
    let near = nearest(bare, names, |(_, name)| name.as_str(), ALIKE);
    let fault = match near {
        Some((one, _)) => fault.hint(format!("did you mean {}?", one.full_name())),
        None => fault.hint(format!("it serves {} kinds; `kubectl api-resources` lists them", all.len())),
    };
    if unread.is_empty() {
        return fault;
    }
    fault.hint(format!("groups that did not answer: {}", unread.join(", ")))
}

/// An object somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The kind, as it was typed.
    pub kind: String,
    /// Where; none for wherever one of that name is.
    pub namespace: Option<Namespace>,
    /// What it is called.
    pub name: Name,
}

impl Asked {
    /// From `KIND/NAME` or `KIND NAME`, with `-n NAMESPACE` if it is typed.
    ///
    /// # Errors
    /// It is not of this form.
    pub fn parse(words: &[&str]) -> Result<Self, Fault> {
        let form = || {
            let text = format!("'{}' is not KIND/NAME", clean(&words.join(" ")));
            Fault::new(FaultKind::Invalid, text).hint("such as widgets.example.com/w1, or deploy/web -n shop")
        };
        let (mut parts, mut namespace, mut rest) = (Vec::new(), None, words.iter());
        while let Some(word) = rest.next() {
            if matches!(*word, "-n" | "--namespace") {
                namespace = Some(Namespace::from(*rest.next().ok_or_else(form)?));
            } else if word.starts_with('-') {
                return Err(form());
            } else {
                parts.push(*word);
            }
        }
        let (kind, name) = match parts.as_slice() {
            [one] => one.split_once('/').ok_or_else(form)?,
            [kind, name] => (*kind, *name),
            _ => return Err(form()),
        };
        if kind.is_empty() || name.is_empty() || name.contains('/') {
            return Err(form());
        }
        Ok(Self { kind: kind.to_owned(), namespace, name: Name::from(name) })
    }
}

impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", clean(&self.kind), clean(self.name.as_str()))?;
        self.namespace.as_ref().map_or(Ok(()), |namespace| write!(f, " -n {}", clean(namespace.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(group: &str, version: &str, kind: &str, plural: &str, short: &str) -> Resource {
        Resource {
            group: group.into(),
            version: version.into(),
            preferred: version == "v1",
            kind: kind.into(),
            plural: plural.into(),
            singular: kind.to_lowercase(),
            short: short.split_whitespace().map(str::to_owned).collect(),
            namespaced: true,
        }
    }

    fn all() -> Vec<Resource> {
        vec![
            one("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", ""),
            one("", "v1", "Pod", "pods", "po"),
            one("apps", "v1", "Deployment", "deployments", "deploy"),
            one("example.com", "v1alpha1", "Widget", "widgets", "wd po"),
            one("example.com", "v1", "Widget", "widgets", "wd po"),
            one("gateway.networking.k8s.io", "v1", "Gateway", "gateways", "gtw"),
            one("networking.istio.io", "v1", "Gateway", "gateways", "gw"),
        ]
    }

    #[test]
    fn kinds_are_called_as_for_kubectl() {
        let cases = [
            ("pods", "v1 pods"),
            ("PO", "v1 pods"),
            ("pods.metrics.k8s.io", "metrics.k8s.io/v1beta1 pods"),
            ("pods.v1", "v1 pods"),
            ("Deployment", "apps/v1 deployments"),
            ("deploy.apps", "apps/v1 deployments"),
            ("widget", "example.com/v1 widgets"),
            ("wd", "example.com/v1 widgets"),
            ("widgets.v1alpha1.example.com", "example.com/v1alpha1 widgets"),
            ("gw", "networking.istio.io/v1 gateways"),
        ];
        let all = all();
        for (typed, expected) in cases {
            let found = Resource::called(&all, typed, &[]).unwrap();
            assert_eq!(format!("{} {}", found.api_version(), found.plural), expected, "{typed}");
        }
    }

    #[test]
    fn several_and_none_say_what_to_type() {
        let fault = Resource::called(&all(), "gateways", &[]).unwrap_err();
        assert_eq!(fault.hints, ["gateways.gateway.networking.k8s.io", "gateways.networking.istio.io"]);
        let fault = Resource::called(&all(), "widgts", &["broken.io".to_owned()]).unwrap_err();
        assert!(fault.text.contains("no kind 'widgts'"), "{fault}");
        assert_eq!(
            fault.hints,
            ["did you mean widgets.example.com?", "groups that did not answer: broken.io"]
        );
        assert!(Resource::called(&all(), "pods.example.com", &[]).is_err(), "of that group there is none");
        assert!(Resource::called(&all(), "", &[]).is_err());
    }

    #[test]
    fn objects_are_named_with_a_slash_or_a_space() {
        let read = |line: &str| Asked::parse(&line.split_whitespace().collect::<Vec<_>>());
        assert_eq!(read("widgets.example.com/w1").unwrap().to_string(), "widgets.example.com/w1");
        assert_eq!(read("widget w1 -n shop").unwrap().to_string(), "widget/w1 -n shop");
        assert_eq!(read("-n shop wd/w1").unwrap().namespace, Some("shop".into()));
        for line in ["", "w1", "a/b/c", "/w1", "wd/", "wd w1 x", "wd w1 -n", "--all wd"] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
