//! A first catalogue entry for a service that has none, from what the cluster
//! says of it.
//!
//! Absent on purpose: guesses. What nobody says stays a line to be filled in,
//! and `qd catalog lint` names it until it is.

use super::read::bad_name;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the cluster says of a service; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Its name, which is how the entry is found again.
    pub name: String,
    /// The team, as its label has it.
    pub owner: String,
    /// What it is part of.
    pub system: String,
    /// How much a failure costs, 1 most.
    pub tier: Option<u8>,
    /// Whether users are on it somewhere.
    pub in_production: bool,
    /// Where it answers: what to call the place, and the address.
    pub links: Vec<(String, String)>,
    /// Where its sources are, as a browser takes it.
    pub repository: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'a str,
    kind: &'a str,
    metadata: Metadata<'a>,
    spec: Spec<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link<'a>>,
}

#[derive(Serialize)]
struct Link<'a> {
    title: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Spec<'a> {
    r#type: &'a str,
    lifecycle: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    owner: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    system: &'a str,
}

/// What to fill in where nobody says who owns it.
const NO_OWNER: &str = "  # owner: nobody's label says; a group of the catalogue\n";

impl Draft {
    /// The entry as YAML, one document without a separator.
    ///
    /// # Errors
    /// The name is none an entry may have; the text says why.
    pub fn entry(&self) -> Result<String, String> {
        if let Some(why) = bad_name(&self.name) {
            return Err(format!("'{}' {why}", self.name));
        }
        let tier = self.tier.map(|tier| ("quarterdeck.dev/tier", tier.to_string()));
        let source =
            self.repository.as_ref().map(|url| ("backstage.io/source-location", format!("url:{url}")));
        let links = self.links.iter().map(|(title, url)| Link { title, url });
        let links = links.chain(self.repository.iter().map(|url| Link { title: "repository", url }));
        let document = Document {
            api_version: "backstage.io/v1alpha1",
            kind: "Component",
            metadata: Metadata {
                name: &self.name,
                annotations: tier.into_iter().chain(source).collect(),
                links: links.collect(),
            },
            spec: Spec {
                r#type: "service",
                lifecycle: if self.in_production { "production" } else { "experimental" },
                owner: &self.owner,
                system: &self.system,
            },
        };
        let mut text = serde_saphyr::to_string(&document).map_err(|error| error.to_string())?;
        if self.owner.is_empty() {
            text.push_str(NO_OWNER);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, read};
    use proptest::prelude::*;

    fn shop() -> Draft {
        Draft {
            name: "checkout".to_owned(),
            owner: "payments".to_owned(),
            system: "purchase".to_owned(),
            tier: Some(1),
            in_production: true,
            links: vec![("production".to_owned(), "https://shop.example.com".to_owned())],
            repository: Some("https://git.example.com/purchase/checkout".to_owned()),
        }
    }

    const ORGANISATION: &str = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\nspec: {type: team, children: []}\n---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: purchase}\nspec: {owner: payments}\n---\n";

    #[test]
    fn an_entry_passes_lint_beside_the_group_that_owns_it() {
        let text = format!("{ORGANISATION}{}", shop().entry().unwrap());
        let read = read("catalog-info.yaml", &text);
        assert_eq!(read.findings, Vec::new(), "{text}");
        let catalog = Catalog::build(read.entities);
        assert_eq!(catalog.findings(), Vec::new(), "{text}");
        let entity = catalog.get("component:checkout").expect("it is there");
        assert_eq!((entity.tier(), entity.lifecycle.as_str()), (Some(1), "production"));
        assert_eq!(catalog.owner(entity).unwrap().reference.to_string(), "group:payments");
        assert_eq!(entity.links[0].url, "https://shop.example.com");
        assert_eq!(entity.links[1].title, "repository");
        assert!(text.contains("url:https://git.example.com/purchase/checkout"), "{text}");
    }

    #[test]
    fn who_owns_it_is_asked_for_and_not_made_up() {
        let text = Draft { owner: String::new(), ..shop() }.entry().unwrap();
        assert!(text.ends_with(NO_OWNER), "{text}");
        let catalog = Catalog::build(read("a.yaml", &text).entities);
        assert!(catalog.findings().iter().any(|finding| finding.text.contains("nobody owns it")));
        let named = Draft { name: "a b".to_owned(), ..shop() }.entry();
        assert!(named.unwrap_err().starts_with("'a b' "));
    }

    proptest! {
        #[test]
        fn whatever_labels_say_is_read_back(
            name in "[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,2}", owner in "\\PC{0,20}", system in "\\PC{0,20}", tier in 1u8..5
        ) {
            let draft = Draft { name, owner, system, tier: Some(tier), ..shop() };
            let text = draft.entry().unwrap();
            let read = read("a.yaml", &text);
            prop_assert_eq!(read.entities.len(), 1, "{}", text);
            let spec = &read.entities[0].raw["spec"];
            prop_assert_eq!(spec["owner"].as_str().unwrap_or_default(), draft.owner.as_str());
            prop_assert_eq!(spec["system"].as_str().unwrap_or_default(), draft.system.as_str());
            prop_assert_eq!(read.entities[0].reference.name(), draft.name.as_str());
            prop_assert_eq!(read.entities[0].tier(), Some(tier));
        }
    }
}
