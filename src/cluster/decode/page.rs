//! Bodies as they come over the wire: a page of a list, a line of a watch.

use super::batch::{RawCronJob, RawJob};
use super::controller_revision::RawRevision;
use super::intern::Interner;
use super::lax::{Lax, Text};
use super::others::{RawAutoscaler, RawEvent, RawNamespace, RawRecord};
use super::pod::RawPod;
use super::slim::{Raw, Slim};
use super::workload::RawWorkload;
use crate::domain::{Kind, ObjectKey, Observed};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One page of a list.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// What is on it.
    pub(crate) seen: Vec<Observed>,
    /// Where the next page starts; empty on the last one.
    pub(crate) next: String,
    /// The version of the list: where a watch goes on.
    pub(crate) version: String,
    /// Objects that could not be read at all.
    pub(crate) skipped: usize,
}

/// One line of a watch.
#[derive(Debug)]
pub(crate) enum Line {
    /// An object as it is now.
    Seen(Box<Observed>),
    /// An object is gone.
    Gone(ObjectKey),
    /// Nothing new for us up to here.
    Mark,
    /// The server ends the watch: its code and what it says.
    Ended(u16, String),
}

/// Runs `$body` with `$raw` bound to the raw type of `$kind`.
macro_rules! for_kind {
    ($kind:expr, $raw:ident => $body:expr) => {
        for_kind! { @ $kind, $raw => $body;
            Pod: RawPod,
            Event: RawEvent,
            HorizontalPodAutoscaler: RawAutoscaler,
            ConfigMap: RawRecord,
            ControllerRevision: RawRevision,
            CronJob: RawCronJob,
            Job: RawJob,
            Namespace: RawNamespace,
            Deployment | StatefulSet | DaemonSet | ReplicaSet | Service | HttpRoute | VirtualService | DestinationRule | Ingress: RawWorkload,
        }
    };
    (@ $kind:expr, $raw:ident => $body:expr; $($($of:ident)|+: $type:ident,)+) => {
        match $kind {
            $($(Kind::$of)|+ => {
                type $raw<'a> = $type<'a>;
                $body
            })+
        }
    };
}

#[derive(Deserialize)]
struct RawList<'a, T> {
    #[serde(borrow, default)]
    metadata: Lax<ListMeta<'a>>,
    items: Lax<Vec<T>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ListMeta<'a> {
    #[serde(borrow, rename = "continue")]
    next: Text<'a>,
    #[serde(borrow)]
    resource_version: Text<'a>,
}

/// Reads a page of a list of `kind`.
///
/// # Errors
/// The body is not a list: JSON's own sentence.
pub(crate) fn page(kind: Kind, body: &[u8], names: &mut Interner) -> Result<Page, serde_json::Error> {
    for_kind!(kind, R => page_of::<R<'_>>(kind, body, names))
}

fn page_of<'de, T: Raw<'de>>(
    kind: Kind,
    body: &'de [u8],
    names: &mut Interner,
) -> Result<Page, serde_json::Error> {
    match serde_json::from_slice::<RawList<'de, T>>(body) {
        Ok(list) => {
            let seen = list.items.iter().filter_map(|raw| raw.slim(kind, names).observed).collect();
            Ok(finish(&list.metadata, seen, 0))
        }
        // One object of an unexpected shape must not cost the others: slower,
        // one by one.
        Err(_shape) => {
            let list: RawList<'de, &'de RawValue> = serde_json::from_slice(body)?;
            let read: Vec<_> = list.items.iter().map(|raw| serde_json::from_str::<T>(raw.get())).collect();
            let skipped = read.iter().filter(|row| row.is_err()).count();
            let seen = read.iter().flatten().filter_map(|raw| raw.slim(kind, names).observed).collect();
            Ok(finish(&list.metadata, seen, skipped))
        }
    }
}

fn finish(meta: &ListMeta<'_>, seen: Vec<Observed>, skipped: usize) -> Page {
    Page { seen, next: meta.next.to_string(), version: meta.resource_version.to_string(), skipped }
}

#[derive(Deserialize)]
struct RawLine<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Bookmark<'a> {
    #[serde(borrow)]
    metadata: Lax<BookmarkMeta<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BookmarkMeta<'a> {
    #[serde(borrow)]
    resource_version: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ended<'a> {
    code: Lax<u16>,
    #[serde(borrow)]
    message: Text<'a>,
}

/// Reads a line of a watch of `kind`: what it says, and the version to go on from.
///
/// # Errors
/// The line is not a watch event: JSON's own sentence.
pub(crate) fn line(
    kind: Kind,
    body: &[u8],
    names: &mut Interner,
) -> Result<(Line, String), serde_json::Error> {
    let raw: RawLine<'_> = serde_json::from_slice(body)?;
    match &*raw.kind {
        "BOOKMARK" => {
            let mark: Bookmark<'_> = serde_json::from_str(raw.object.get())?;
            Ok((Line::Mark, mark.metadata.resource_version.to_string()))
        }
        "ERROR" => {
            let ended: Ended<'_> = serde_json::from_str(raw.object.get()).unwrap_or_default();
            Ok((Line::Ended(*ended.code, super::intern::safe(&ended.message).into_owned()), String::new()))
        }
        word => {
            // An object of an unexpected shape costs itself, not the watch.
            let Ok(slim) = slim_one(kind, raw.object, names) else {
                let odd: Bookmark<'_> = serde_json::from_str(raw.object.get()).unwrap_or_default();
                return Ok((Line::Mark, odd.metadata.resource_version.to_string()));
            };
            let line = match (word, slim.observed, slim.key) {
                ("DELETED", _, Some(key)) => Line::Gone(key),
                (_, Some(observed), _) => Line::Seen(Box::new(observed)),
                (_, None, _) => Line::Mark,
            };
            Ok((line, slim.version))
        }
    }
}

fn slim_one(kind: Kind, object: &RawValue, names: &mut Interner) -> Result<Slim, serde_json::Error> {
    for_kind!(kind, R => {
        let raw: R<'_> = serde_json::from_str(object.get())?;
        Ok(raw.slim(kind, names))
    })
}
