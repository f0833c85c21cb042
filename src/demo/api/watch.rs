//! watch: the change feed as lines of JSON.
//!
//! A watch owns no queue: it reads the store's ring when the socket takes
//! more, so a client that does not read holds back only itself and, once the
//! ring has moved on, gets 410 and is cut.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::json;
use tokio::time::Instant;

use super::dispatch::Call;
use super::form::Form;
use super::respond::{self, Answer};
use super::select::Selector;
use super::server::Cut;
use super::{Api, read};
use crate::demo::kinds::Resource;
use crate::demo::status::ApiError;
use crate::demo::store::{Change, ChangeKind, Changes, Object};

/// A bookmark is sent this often (wall time), as the real server does.
const BOOKMARK_EVERY: Duration = Duration::from_mins(1);
/// A watch without `timeoutSeconds` ends after this long.
const DEFAULT_TIMEOUT: u64 = 45 * 60;
/// Bytes of initial objects sent at once.
const PIECE: usize = 128 << 10;

#[allow(clippy::struct_excessive_bools, reason = "independent facts of one request")]
struct Watch {
    api: Arc<Api>,
    row: Arc<Resource>,
    namespace: Option<String>,
    selector: Selector,
    form: Form,
    bookmarks: bool,
    initial: VecDeque<Arc<Object>>,
    /// A bookmark that ends the initial events is still to be sent.
    announce_end: bool,
    feed: Changes,
    next_bookmark: Instant,
    deadline: Instant,
    /// Version of the last bookmark, not to repeat it.
    bookmarked: u64,
    sent: u32,
    drop_after: Option<u32>,
    first: bool,
    done: bool,
}

/// Starts a watch.
///
/// # Errors
/// 400 and 422 for parameters that do not fit together.
pub fn watch(api: &Arc<Api>, call: &Call, row: &Arc<Resource>) -> Answer {
    let form = Form::of(call.header("accept"), &call.query)?;
    let mut selector = Selector::of(&call.query, row)?;
    if !call.route.name.is_empty() {
        selector.require_name(&call.route.name);
    }
    let query = &call.query;
    // The real server forgets to call this one a bad request.
    let wanted = read::resource_version(query).map_err(|e| ApiError::plain(500, "", e.message))?;
    let streaming = query.flag("sendInitialEvents");
    super::options::check_list(query, true)?;
    let namespace =
        (row.namespaced && !call.route.namespace.is_empty()).then(|| call.route.namespace.clone());
    let from_now = wanted == 0 && (streaming || query.get("sendInitialEvents").is_none());
    let (initial, from) = if streaming || from_now {
        let (all, rv) = api.store.list(&row.storage, namespace.as_deref());
        (all.into_iter().filter(|o| selector.matches(o)).collect(), rv)
    } else if wanted == 0 {
        (VecDeque::new(), api.store.version())
    } else {
        (VecDeque::new(), wanted)
    };
    let seconds =
        read::number(query, "timeoutSeconds")?.and_then(|s| u64::try_from(s).ok()).filter(|s| *s > 0);
    let now = Instant::now();
    let watch = Watch {
        api: api.clone(),
        row: row.clone(),
        namespace,
        selector,
        form,
        bookmarks: query.flag("allowWatchBookmarks"),
        initial,
        announce_end: streaming && query.flag("allowWatchBookmarks"),
        feed: api.store.changes(from),
        next_bookmark: now + BOOKMARK_EVERY,
        deadline: now + Duration::from_secs(seconds.unwrap_or(DEFAULT_TIMEOUT).min(DEFAULT_TIMEOUT * 2)),
        bookmarked: 0,
        sent: 0,
        drop_after: call.drop_watch_after,
        first: true,
        done: false,
    };
    let frames = futures::stream::unfold(watch, |mut watch| async move {
        let piece = watch.next().await?;
        Some((piece, watch))
    });
    Ok(respond::streamed("application/json", frames))
}

impl Watch {
    /// The next lines, None at the end.
    async fn next(&mut self) -> Option<Result<Bytes, Cut>> {
        if self.done {
            return None;
        }
        if self.drop_after.is_some_and(|n| self.sent >= n) {
            return Some(Err(Cut));
        }
        let mut out = BytesMut::new();
        self.drain_initial(&mut out);
        while out.is_empty() {
            let stop = self.api.stop.clone();
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep_until(self.deadline) => { self.finish(&mut out); break; }
                () = tokio::time::sleep_until(self.next_bookmark), if self.bookmarks => self.bookmark(&mut out, false),
                batch = self.feed.next() => match batch {
                    Ok(changes) => changes.iter().for_each(|c| self.change(&mut out, c)),
                    Err(expired) => {
                        let error = ApiError::expired(expired.requested, expired.oldest);
                        line(&mut out, "ERROR", &error.body());
                        self.done = true;
                    }
                },
            }
        }
        if out.is_empty() { None } else { Some(Ok(out.freeze())) }
    }

    fn drain_initial(&mut self, out: &mut BytesMut) {
        while out.len() < PIECE {
            let Some(object) = self.initial.pop_front() else {
                break;
            };
            self.event(out, "ADDED", &object);
        }
        if self.initial.is_empty() && std::mem::take(&mut self.announce_end) {
            self.bookmark(out, true);
        }
    }

    fn change(&mut self, out: &mut BytesMut, change: &Change) {
        if change.resource != self.row.storage
            || self.namespace.as_deref().is_some_and(|ns| ns != change.object.namespace())
        {
            return;
        }
        let before = change.before.as_deref().is_some_and(|o| self.selector.matches(o));
        let now = change.kind != ChangeKind::Deleted && self.selector.matches(&change.object);
        let kind = match (before, now) {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            (false, false) => return,
        };
        // What left the selector is shown as it was while it belonged, at the version it left.
        match &change.before {
            Some(before) if kind == "DELETED" && change.kind != ChangeKind::Deleted => {
                self.event(out, kind, &Object::freeze(before.value(), change.rv));
            }
            _ => self.event(out, kind, &change.object),
        }
    }

    fn event(&mut self, out: &mut BytesMut, kind: &str, object: &Object) {
        if self.drop_after.is_some_and(|n| self.sent >= n) {
            return;
        }
        let json = self.form.event(&self.row, object, std::mem::take(&mut self.first), &self.api);
        line(out, kind, &json);
        self.sent += 1;
        if self.drop_after.is_some_and(|n| self.sent >= n) {
            // Half a line, then the cut.
            out.put_slice(b"{\"type\":\"MODIF");
        }
    }

    fn bookmark(&mut self, out: &mut BytesMut, ends_initial: bool) {
        self.next_bookmark = Instant::now() + BOOKMARK_EVERY;
        let rv = self.feed.cursor();
        if rv == self.bookmarked && !ends_initial {
            return;
        }
        self.bookmarked = rv;
        let mut metadata = json!({"resourceVersion": rv.to_string(), "creationTimestamp": null});
        if ends_initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let object = match self.form {
            Form::Full => {
                json!({"kind": self.row.kind, "apiVersion": self.row.api_version(), "metadata": metadata})
            }
            Form::Metadata => {
                json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            }
            Form::Table(_) => json!({
                "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": rv.to_string()},
                "columnDefinitions": [], "rows": [{"cells": [], "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}}]
            }),
        };
        line(out, "BOOKMARK", object.to_string().as_bytes());
    }

    /// A last bookmark lets the client continue where this watch ends.
    fn finish(&mut self, out: &mut BytesMut) {
        self.done = true;
        if self.bookmarks {
            self.bookmark(out, false);
        }
    }
}

fn line(out: &mut BytesMut, kind: &str, json: &[u8]) {
    out.reserve(json.len() + 40);
    out.put_slice(b"{\"type\":\"");
    out.put_slice(kind.as_bytes());
    out.put_slice(b"\",\"object\":");
    out.put_slice(json.trim_ascii_end());
    out.put_slice(b"}\n");
}
