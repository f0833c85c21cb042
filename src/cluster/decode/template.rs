//! Pod templates: what a person compares, and the digest of the whole.

use super::intern::safe;
use super::lax::{Lax, Text};
use crate::domain::{ConfigRef, Container, EnvValue, Rooms, Template, is_secret_name, mask, redact_text};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawTemplate<'a> {
    #[serde(borrow)]
    metadata: Lax<RawMeta<'a>>,
    #[serde(borrow)]
    spec: Lax<RawSpec<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawMeta<'a> {
    #[serde(borrow)]
    labels: Lax<BTreeMap<Text<'a>, Text<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec<'a> {
    #[serde(borrow)]
    containers: Lax<Vec<RawContainer<'a>>>,
    #[serde(borrow)]
    init_containers: Lax<Vec<RawContainer<'a>>>,
    #[serde(borrow)]
    volumes: Lax<Vec<Volume<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawContainer<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    image: Text<'a>,
    #[serde(borrow)]
    command: Lax<Vec<Text<'a>>>,
    #[serde(borrow)]
    args: Lax<Vec<Text<'a>>>,
    #[serde(borrow)]
    env: Lax<Vec<Env<'a>>>,
    #[serde(borrow)]
    env_from: Lax<Vec<EnvFrom<'a>>>,
    #[serde(borrow)]
    resources: Lax<Resources<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Resources<'a> {
    #[serde(borrow)]
    requests: Lax<BTreeMap<Text<'a>, Text<'a>>>,
    #[serde(borrow)]
    limits: Lax<BTreeMap<Text<'a>, Text<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Env<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
    #[serde(borrow)]
    value_from: Option<ValueFrom<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names of the API")]
struct ValueFrom<'a> {
    #[serde(borrow)]
    secret_key_ref: Option<KeyRef<'a>>,
    #[serde(borrow)]
    config_map_key_ref: Option<KeyRef<'a>>,
    #[serde(borrow)]
    field_ref: Option<FieldRef<'a>>,
    #[serde(borrow)]
    resource_field_ref: Option<FieldRef<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeyRef<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    key: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct FieldRef<'a> {
    #[serde(borrow)]
    field_path: Text<'a>,
    #[serde(borrow)]
    resource: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EnvFrom<'a> {
    #[serde(borrow)]
    prefix: Text<'a>,
    #[serde(borrow)]
    config_map_ref: Option<KeyRef<'a>>,
    #[serde(borrow)]
    secret_ref: Option<KeyRef<'a>>,
}

/// A volume, or one source of a projected volume: the fields are the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Volume<'a> {
    #[serde(borrow)]
    config_map: Option<KeyRef<'a>>,
    #[serde(borrow)]
    secret: Option<SecretVolume<'a>>,
    #[serde(borrow)]
    projected: Option<Projected<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct SecretVolume<'a> {
    #[serde(borrow)]
    secret_name: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Projected<'a> {
    #[serde(borrow)]
    sources: Lax<Vec<Volume<'a>>>,
}

/// The template slimmed, with the digest of all of it. A template of an
/// unexpected shape still has its digest, so that "changed" is never wrong.
pub(super) fn template(value: &Value) -> Template {
    let raw = RawTemplate::deserialize(value).unwrap_or_default();
    let spec = &raw.spec;
    let init = spec.init_containers.iter().map(|raw| container(raw, true));
    let containers = init.chain(spec.containers.iter().map(|raw| container(raw, false))).collect();
    let labels = raw.metadata.labels.iter().filter(|(key, _)| &***key != HASH_LABEL);
    Template {
        containers,
        configs: configs(spec),
        labels: labels.map(|(key, value)| (text(key), text(value))).collect(),
        digest: super::digest_template(value),
    }
}

/// The label the Deployment controller adds to tell revisions apart.
pub(super) const HASH_LABEL: &str = "pod-template-hash";

fn text(raw: &str) -> String {
    safe(raw).into_owned()
}

fn container(raw: &RawContainer<'_>, init: bool) -> Container {
    let words = raw.command.iter().chain(raw.args.iter());
    let command: Vec<String> = words.map(|word| redact_text(&safe(word))).collect();
    let each = raw.env.iter().map(|env| (text(&env.name), env_value(env)));
    let bulk = raw.env_from.iter().filter_map(env_from);
    Container {
        name: text(&raw.name),
        image: redact_text(&safe(&raw.image)),
        init,
        env: bulk.chain(each).collect(),
        resources: resources(&raw.resources),
        rooms: rooms(&raw.resources),
        command: command.join(" "),
    }
}

fn env_value(env: &Env<'_>) -> EnvValue {
    if let Some(from) = &env.value_from {
        return EnvValue::From(from_words(from));
    }
    let value = safe(&env.value);
    if is_secret_name(&env.name) && !value.is_empty() {
        return EnvValue::Masked(mask(&env.value));
    }
    let shown = redact_text(&value);
    if shown == *value {
        EnvValue::Plain(shown)
    } else {
        // A harmless name with credentials inside: what remains, and a
        // stand-in that changes when they change.
        EnvValue::Masked(format!("{shown} {}", mask(&env.value)))
    }
}

fn from_words(from: &ValueFrom<'_>) -> String {
    let key = |what: &str, key: &KeyRef<'_>| format!("{what} {} key {}", safe(&key.name), safe(&key.key));
    if let Some(secret) = &from.secret_key_ref {
        key("secret", secret)
    } else if let Some(config) = &from.config_map_key_ref {
        key("configmap", config)
    } else if let Some(field) = &from.field_ref {
        format!("field {}", safe(&field.field_path))
    } else if let Some(resource) = &from.resource_field_ref {
        format!("resource {}", safe(&resource.resource))
    } else {
        "elsewhere".to_owned()
    }
}

/// `envFrom` has no names to show: a line `* from` stands for all of them.
fn env_from(raw: &EnvFrom<'_>) -> Option<(String, EnvValue)> {
    let (what, source) = match (&raw.secret_ref, &raw.config_map_ref) {
        (Some(secret), _) => ("secret", secret),
        (None, Some(config)) => ("configmap", config),
        (None, None) => return None,
    };
    let name = safe(&source.name);
    Some((format!("{}* ({name})", safe(&raw.prefix)), EnvValue::From(format!("{what} {name}, all keys"))))
}

fn rooms(raw: &Resources<'_>) -> Rooms {
    Rooms::read(|name| amount_of(&raw.requests, name), |name| amount_of(&raw.limits, name))
}

fn amount_of<'m>(map: &'m BTreeMap<Text<'_>, Text<'_>>, name: &str) -> Option<&'m str> {
    map.iter().find(|(known, _)| &*known.0 == name).map(|(_, value)| &*value.0)
}

fn resources(raw: &Resources<'_>) -> String {
    let side = |map: &BTreeMap<Text<'_>, Text<'_>>| {
        let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{} {}", safe(k), safe(v))).collect();
        pairs.join(", ")
    };
    let (requests, limits) = (side(&raw.requests), side(&raw.limits));
    match (requests.is_empty(), limits.is_empty()) {
        (true, true) => String::new(),
        (false, true) => requests,
        (_, false) => format!("{requests} / {limits}").trim_start().to_owned(),
    }
}

fn configs(spec: &RawSpec<'_>) -> Vec<ConfigRef> {
    let mut found = BTreeSet::new();
    for container in spec.containers.iter().chain(spec.init_containers.iter()) {
        for from in container.env_from.iter() {
            note(&mut found, "ConfigMap", from.config_map_ref.as_ref().map(|from| &*from.name));
            note(&mut found, "Secret", from.secret_ref.as_ref().map(|from| &*from.name));
        }
        for from in container.env.iter().filter_map(|env| env.value_from.as_ref()) {
            note(&mut found, "ConfigMap", from.config_map_key_ref.as_ref().map(|from| &*from.name));
            note(&mut found, "Secret", from.secret_key_ref.as_ref().map(|from| &*from.name));
        }
    }
    for volume in spec.volumes.iter() {
        volume_configs(volume, &mut found);
        for source in volume.projected.iter().flat_map(|projected| projected.sources.iter()) {
            volume_configs(source, &mut found);
        }
    }
    found.into_iter().collect()
}

fn volume_configs(volume: &Volume<'_>, found: &mut BTreeSet<ConfigRef>) {
    note(found, "ConfigMap", volume.config_map.as_ref().map(|map| &*map.name));
    let secret = volume.secret.as_ref();
    // A volume says `secretName`, a projected source says `name`.
    note(found, "Secret", secret.map(|secret| &*secret.secret_name));
    note(found, "Secret", secret.map(|secret| &*secret.name));
}

fn note(found: &mut BTreeSet<ConfigRef>, kind: &'static str, name: Option<&str>) {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        found.insert(ConfigRef { kind, name: text(name) });
    }
}
