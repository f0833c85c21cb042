//! Objects of any kind: what is served is asked when somebody names one, and
//! nothing of it is watched.

use super::Cluster;
use super::paths::{escape, get, query};
use crate::domain::{
    ALIKE, Asked, Fault, FaultKind, Name, Namespace, Resource, Thing, Uid, clean, nearest, veil,
};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::Value;

/// Group versions asked for at once.
const AT_ONCE: usize = 8;
/// Names looked at for one that may have been meant.
const MOST_NAMES: &str = "500";
/// Places or names suggested.
const SHOWN: usize = 8;

/// `/api`
#[derive(Deserialize)]
struct Core {
    #[serde(default)]
    versions: Vec<String>,
}

/// `/apis`
#[derive(Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<GroupVersion>,
    preferred_version: Option<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

/// `/apis/GROUP/VERSION`
#[derive(Deserialize)]
struct Kinds {
    #[serde(default)]
    resources: Vec<Served>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    name: String,
    #[serde(default)]
    singular_name: String,
    kind: String,
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
    #[serde(default)]
    short_names: Vec<String>,
}

/// A version of a group, and whether the server prefers it.
struct Version {
    group: String,
    name: String,
    preferred: bool,
}

impl Version {
    fn path(&self) -> String {
        match self.group.as_str() {
            "" => format!("/api/{}", escape(&self.name)),
            group => format!("/apis/{}/{}", escape(group), escape(&self.name)),
        }
    }

    /// What is served of it and can be read by name; parts of objects are no kinds.
    fn resources(&self, kinds: Kinds) -> impl Iterator<Item = Resource> {
        let whole = |one: &Served| !one.name.contains('/') && one.verbs.iter().any(|verb| verb == "get");
        kinds.resources.into_iter().filter(whole).map(|one| Resource {
            group: self.group.clone(),
            version: self.name.clone(),
            preferred: self.preferred,
            kind: one.kind,
            plural: one.name,
            singular: one.singular_name,
            short: one.short_names,
            namespaced: one.namespaced,
        })
    }
}

impl Cluster {
    /// Every kind the server serves that can be read, and the groups that did
    /// not say.
    ///
    /// # Errors
    /// The list of groups cannot be read.
    pub async fn served(&self) -> Result<(Vec<Resource>, Vec<String>), Fault> {
        let asked = "ask what is served";
        let core: Core = self.wire.json(asked, get("/api")?).await?;
        let groups: Groups = self.wire.json(asked, get("/apis")?).await?;
        let core = core.versions.into_iter().enumerate();
        let mut all: Vec<_> =
            core.map(|(at, name)| Version { group: String::new(), name, preferred: at == 0 }).collect();
        for group in groups.groups {
            let preferred = group.preferred_version.map(|one| one.version);
            all.extend(group.versions.into_iter().map(|one| Version {
                group: group.name.clone(),
                preferred: preferred.as_ref() == Some(&one.version),
                name: one.version,
            }));
        }
        let ask = |version: Version| async move {
            let path = version.path();
            let kinds = match get(&path) {
                Ok(request) => self.wire.json::<Kinds>(&format!("ask what {path} serves"), request).await,
                Err(fault) => Err(fault),
            };
            (version, kinds)
        };
        let mut answers = stream::iter(all).map(ask).buffered(AT_ONCE);
        let (mut found, mut unread) = (Vec::new(), Vec::new());
        while let Some((version, kinds)) = answers.next().await {
            match kinds {
                Ok(kinds) => found.extend(version.resources(kinds)),
                // One group whose server is down must not cost the others.
                Err(_down) => unread.push(clean(&version.group)),
            }
        }
        unread.dedup();
        Ok((found, unread))
    }

    /// The object somebody named, with its events. What must not be shown is
    /// masked already.
    ///
    /// # Errors
    /// The kind or the object is not there or not clear; not allowed; no answer.
    pub async fn thing(&self, asked: &Asked) -> Result<Thing, Fault> {
        let (all, unread) = self.served().await?;
        let resource = Resource::called(&all, &asked.kind, &unread)?.clone();
        let namespace = match (&asked.namespace, resource.namespaced) {
            (_, false) => None,
            (Some(namespace), true) => Some(namespace.clone()),
            (None, true) => Some(self.place_of(&resource, &asked.name).await?),
        };
        let what = said(&resource, namespace.as_ref(), &asked.name);
        let path = path(&resource, namespace.as_ref());
        let request = get(&format!("{path}/{}", escape(asked.name.as_str())))?;
        let mut object: Value = match self.wire.json(&format!("read {what}"), request).await {
            Err(fault) if fault.kind == FaultKind::NotFound => {
                return Err(self.with_names(fault, &resource, &path, &asked.name).await);
            }
            other => other?,
        };
        veil(&mut object);
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        let events =
            self.events_in(namespace.as_ref(), &format!("list events about {what}"), &Uid::from(uid)).await;
        let (events, events_fault) = match events {
            Ok(events) => (events, None),
            Err(fault) => (Vec::new(), Some(fault)),
        };
        Ok(Thing { resource, object, events, events_fault })
    }

    /// The one namespace where an object of that name is.
    async fn place_of(&self, resource: &Resource, name: &Name) -> Result<Namespace, Fault> {
        let field = format!("metadata.name={name}");
        let what = clean(&resource.plural);
        let asked = format!("look for {what} called {} in all namespaces", clean(name.as_str()));
        let found = self.list_all(&asked, &path(resource, None), &[("fieldSelector", &field)]).await;
        let found = found.map_err(|fault| fault.hint("say where with -n NAMESPACE"))?;
        let mut places: Vec<_> = found
            .iter()
            .filter(|one| one.pointer("/metadata/name").and_then(Value::as_str) == Some(name.as_str()))
            .filter_map(|one| one.pointer("/metadata/namespace").and_then(Value::as_str))
            .collect();
        places.sort_unstable();
        match places.as_slice() {
            [only] => Ok(Namespace::from(*only)),
            [] => {
                let text =
                    format!("no {} '{}' in any namespace", clean(&resource.kind), clean(name.as_str()));
                let fault = Fault::new(FaultKind::NotFound, text);
                Err(self.with_names(fault, resource, &path(resource, None), name).await)
            }
            many => {
                let text =
                    format!("{what} '{}' is in {} namespaces; say which:", clean(name.as_str()), many.len());
                let shown = many.iter().take(SHOWN).map(|place| format!("-n {}", clean(place)));
                Err(shown.fold(Fault::new(FaultKind::Invalid, text), Fault::hint))
            }
        }
    }

    /// `fault` with the name that may have been meant, or those there are.
    async fn with_names(&self, fault: Fault, resource: &Resource, path: &str, name: &Name) -> Fault {
        let Ok(request) = get(&format!("{path}{}", query(&[("limit", MOST_NAMES)]))) else { return fault };
        let asked = format!("list {}", clean(&resource.plural));
        let Ok(list) = self.wire.json::<Value>(&asked, request).await else { return fault };
        let items = list.get("items").and_then(Value::as_array);
        let names = items.into_iter().flatten().filter_map(|one| one.pointer("/metadata/name")?.as_str());
        let names: Vec<String> = names.map(clean).collect();
        if let Some(near) = nearest(name.as_str(), &names, |name| name.as_str(), ALIKE) {
            return fault.hint(format!("did you mean '{near}'?"));
        }
        match names.len() {
            0 => fault.hint(format!("there are no {}", clean(&resource.plural))),
            n if n <= SHOWN => fault.hint(format!("there is {}", names.join(", "))),
            n => fault.hint(format!("there are {n} or more, such as {}", names[..SHOWN].join(", "))),
        }
    }
}

/// `/apis/example.com/v1/namespaces/shop/widgets`; of all namespaces without one.
fn path(resource: &Resource, namespace: Option<&Namespace>) -> String {
    let version = Version { group: resource.group.clone(), name: resource.version.clone(), preferred: true };
    let within = namespace.map(|ns| format!("/namespaces/{}", escape(ns.as_str()))).unwrap_or_default();
    format!("{}{within}/{}", version.path(), escape(&resource.plural))
}

fn said(resource: &Resource, namespace: Option<&Namespace>, name: &Name) -> String {
    let place = namespace.map(|namespace| format!(" -n {}", clean(namespace.as_str()))).unwrap_or_default();
    clean(&format!("{}/{name}{place}", resource.full_name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_of_objects_and_what_cannot_be_read_are_no_kinds() {
        let kinds = json!({"resources": [
            {"name": "widgets", "singularName": "widget", "namespaced": true, "kind": "Widget",
             "verbs": ["get", "list"], "shortNames": ["wd"]},
            {"name": "widgets/status", "singularName": "", "namespaced": true, "kind": "Widget", "verbs": ["get"]},
            {"name": "reviews", "singularName": "", "namespaced": false, "kind": "Review", "verbs": ["create"]},
        ]});
        let version = Version { group: "example.com".into(), name: "v1".into(), preferred: true };
        let found: Vec<_> = version.resources(serde_json::from_value(kinds).unwrap()).collect();
        assert_eq!(found.iter().map(Resource::full_name).collect::<Vec<_>>(), ["widgets.example.com"]);
        assert_eq!(found[0].short, ["wd"]);
    }

    #[test]
    fn no_name_leaves_its_path() {
        let resource = Resource::widgets();
        let place = Namespace::from("../x");
        assert_eq!(path(&resource, Some(&place)), "/apis/example.com/v1/namespaces/..%2Fx/widgets");
        let core = Resource { group: String::new(), ..resource };
        assert_eq!(path(&core, None), "/api/v1/widgets");
    }
}
