//! Objects by their metadata alone: whether something is there, and in which
//! version, at a fraction of what it is.

use super::Cluster;
use super::paths::{finish, list, object, query};
use crate::domain::{Fault, Kind, Namespace, ObjectKey, ResourceVersion, Uid, clean};
use http::{Request, header};
use serde::Deserialize;

/// Asks for the metadata of one object; whatever cannot leave the rest out may
/// answer with all of it.
pub(super) const ONE: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1, application/json";
const LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json";

/// An object without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Where it is.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// Its version.
    pub version: ResourceVersion,
}

#[derive(Deserialize)]
pub(super) struct Partial {
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: String,
    namespace: String,
    uid: String,
    resource_version: String,
}

impl Partial {
    pub(super) fn head(self, kind: Kind) -> Head {
        let Metadata { name, namespace, uid, resource_version, .. } = self.metadata;
        Head {
            key: ObjectKey::new(kind, clean(&namespace).as_str(), clean(&name).as_str()),
            uid: Uid::from(clean(&uid)),
            version: ResourceVersion::from(clean(&resource_version)),
        }
    }
}

impl Cluster {
    /// The object's identity and version, now.
    ///
    /// # Errors
    /// Not there, not allowed, or no answer.
    pub async fn head(&self, key: &ObjectKey) -> Result<Head, Fault> {
        let request = finish(Request::get(object(key)).header(header::ACCEPT, ONE), Vec::new())?;
        let partial: Partial = self.wire.json(&format!("look at {key}"), request).await?;
        Ok(partial.head(key.kind))
    }

    /// The identities and versions of the objects of a kind selected by labels.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn heads(&self, kind: Kind, namespace: &Namespace, labels: &str) -> Result<Vec<Head>, Fault> {
        let asked = format!("list {} with {labels}", kind.plural());
        let ask = |page: &[(&str, &str)]| {
            let pairs = [&[("labelSelector", labels)], page].concat();
            let path = format!("{}{}", list(kind, Some(namespace)), query(&pairs));
            finish(Request::get(path).header(header::ACCEPT, LIST), Vec::new())
        };
        let partials: Vec<Partial> = self.pages(&asked, ask, "500").await?;
        Ok(partials.into_iter().map(|partial| partial.head(kind)).collect())
    }
}
