//! `qd catalog draft`: first entries of services that have none.

use super::repository;
use crate::catalog::Draft;
use crate::cli::find;
use crate::cli::out::aside;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{Environment, Fault, FaultKind, Name, Namespace, ServiceKey, ServiceRow, count_of};
use crate::shell::Tasks;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where addresses of services stand: version, plural, and how they are read.
type Addresses = fn(&Value, &str) -> Vec<String>;
const ROUTES: [(&str, &str, Addresses); 2] = [
    ("networking.k8s.io/v1", "ingresses", of_ingress),
    ("gateway.networking.k8s.io/v1", "httproutes", of_route),
];

/// Prints the entries of those named, else of all that have none.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks, named: &[String]) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let (rows, joined) = session.services();
    let mut wanted: BTreeSet<Name> = BTreeSet::new();
    for name in named {
        let found = find::services(&session.world, name);
        if found.is_empty() {
            // Says what is near.
            find::service(&session.world, name)?;
        }
        for row in found {
            if let Some(entity) = joined.entity(&row.key) {
                let text = format!("{} is {} already", row.key, entity.reference);
                return Err(
                    Fault::new(FaultKind::Invalid, text).hint(format!("{}:{}", entity.file, entity.line))
                );
            }
            wanted.insert(row.key.name);
        }
    }
    if named.is_empty() {
        let missing = rows.iter().filter(|row| joined.entity(&row.key).is_none());
        wanted.extend(missing.map(|row| row.key.name.clone()));
    }
    let addresses = addresses(&session, &rows, &wanted).await;
    let (mut written, mut refused) = (0, 0);
    for name in &wanted {
        let places: Vec<_> = rows.iter().filter(|row| row.key.name == *name).collect();
        let repository = repository_of(&session, &places).await;
        match (Draft { repository, ..draft(name, &places, &addresses) }).entry() {
            Ok(text) => {
                setup.out.text(&format!("{}{text}", if written == 0 { "" } else { "---\n" }))?;
                written += 1;
            }
            Err(why) => {
                aside(&format!("qd: no entry can be called so: {why}"));
                refused += 1;
            }
        }
    }
    if written == 0 && refused == 0 {
        aside(&format!("each of {} has an entry", count_of(rows.len(), "service")));
    }
    Ok(u8::from(refused > 0))
}

/// Of one service in all its places; where they differ, production counts.
fn draft(name: &Name, places: &[&ServiceRow], addresses: &BTreeMap<ServiceKey, BTreeSet<String>>) -> Draft {
    let mut places = places.to_vec();
    places.sort_by_key(|row| std::cmp::Reverse(row.environment));
    let said = |of: fn(&ServiceRow) -> &String| {
        places.iter().map(|row| of(row)).find(|text| !text.is_empty()).cloned().unwrap_or_default()
    };
    Draft {
        name: name.to_string(),
        owner: said(|row| &row.owner),
        system: said(|row| &row.system),
        tier: places.iter().find_map(|row| row.tier),
        in_production: places.iter().any(|row| row.environment == Environment::Production),
        links: links(&places, addresses),
        repository: None,
    }
}

/// As the first of its places that says so has it.
async fn repository_of(session: &Session, places: &[&ServiceRow]) -> Option<String> {
    for workload in places.iter().filter_map(|row| row.workloads.first()) {
        let found = repository::of(&session.link.cluster, workload).await;
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Every address once, called as its place is; a place of several gets numbers.
fn links(
    places: &[&ServiceRow],
    addresses: &BTreeMap<ServiceKey, BTreeSet<String>>,
) -> Vec<(String, String)> {
    let (mut links, mut of_place) = (Vec::new(), BTreeMap::<String, u32>::new());
    let mut linked = BTreeSet::new();
    for row in places {
        let place = if row.environment == Environment::Undeclared {
            row.key.namespace.as_str()
        } else {
            row.environment.short()
        };
        for url in addresses.get(&row.key).into_iter().flatten().filter(|url| linked.insert(*url)) {
            let number = of_place.entry(place.to_owned()).and_modify(|n| *n += 1).or_insert(1);
            let title = if *number == 1 { place.to_owned() } else { format!("{place} {number}") };
            links.push((title, url.clone()));
        }
    }
    links
}

/// Who answers at which addresses. What may not be read costs its links only.
async fn addresses(
    session: &Session,
    rows: &[ServiceRow],
    wanted: &BTreeSet<Name>,
) -> BTreeMap<ServiceKey, BTreeSet<String>> {
    let rows: Vec<_> = rows.iter().filter(|row| wanted.contains(&row.key.name)).collect();
    let namespaces: BTreeSet<&Namespace> = rows.iter().map(|row| &row.key.namespace).collect();
    let mut found: BTreeMap<ServiceKey, BTreeSet<String>> = BTreeMap::new();
    for namespace in namespaces {
        for (api, plural, read) in ROUTES {
            let Ok(objects) = session.link.cluster.others(api, plural, namespace).await else { continue };
            for row in rows.iter().filter(|row| row.key.namespace == *namespace) {
                let urls = objects.iter().flat_map(|object| read(object, row.key.name.as_str()));
                found.entry(row.key.clone()).or_default().extend(urls);
            }
        }
    }
    found
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// The hosts an Ingress sends to this Service, by TLS where it has that.
fn of_ingress(ingress: &Value, service: &str) -> Vec<String> {
    let secure: BTreeSet<_> =
        list(ingress, "/spec/tls").flat_map(|tls| list(tls, "/hosts")).filter_map(Value::as_str).collect();
    let leads_here = |rule: &&Value| {
        list(rule, "/http/paths")
            .any(|path| path.pointer("/backend/service/name").is_some_and(|n| n == service))
    };
    let hosts = list(ingress, "/spec/rules").filter(leads_here).filter_map(|rule| rule.get("host")?.as_str());
    hosts.map(|host| format!("{}://{host}", if secure.contains(host) { "https" } else { "http" })).collect()
}

/// The hosts an `HTTPRoute` sends to this Service. Its gateway's listeners say
/// whether by TLS; nearly all of them do.
fn of_route(route: &Value, service: &str) -> Vec<String> {
    let leads_here = list(route, "/spec/rules")
        .any(|rule| list(rule, "/backendRefs").any(|to| to.get("name").is_some_and(|name| name == service)));
    let hosts = list(route, "/spec/hostnames").filter_map(Value::as_str).filter(|_| leads_here);
    hosts.map(|host| format!("https://{host}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hosts_that_lead_to_the_service() {
        let to = |name: &str| json!({"http": {"paths": [{"backend": {"service": {"name": name}}}]}, "host": format!("{name}.example.com")});
        let ingress = json!({"spec": {"tls": [{"hosts": ["shop.example.com"]}], "rules": [to("shop"), to("other"), to("plain")]}});
        assert_eq!(of_ingress(&ingress, "shop"), ["https://shop.example.com"]);
        assert_eq!(of_ingress(&ingress, "plain"), ["http://plain.example.com"]);
        let route = json!({"spec": {"hostnames": ["a.example.com", "b.example.com"], "rules": [{}, {"backendRefs": [{"name": "shop"}]}]}});
        assert_eq!(of_route(&route, "shop"), ["https://a.example.com", "https://b.example.com"]);
        assert!(of_route(&route, "sho").is_empty() && of_ingress(&json!({}), "shop").is_empty());
    }
}
