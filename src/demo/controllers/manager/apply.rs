//! Carries decisions out: writes, events, log lines, timers, and what to do about a refusal.

use jiff::Timestamp;

use super::Manager;
use crate::demo::controllers::change::{Change, Note, Refusal};
use crate::demo::controllers::key::{Key, resource};
use crate::demo::controllers::meta::text;
use crate::demo::controllers::recorder::Write;
use crate::demo::controllers::stamp::after;
use crate::demo::status::ApiError;
use crate::demo::store::{DeleteOptions, Propagation};

impl Manager {
    /// Carries changes out in order; a refused `Create` ends the batch.
    pub(super) fn apply(&mut self, about: &Key, changes: Vec<Change>, now: Timestamp) {
        for change in changes {
            let result = match change {
                Change::Create { resource, body } => {
                    let ns = text(&body, "/metadata/namespace").to_owned();
                    match self.store.create(resource, &ns, body) {
                        Ok(_) => {
                            self.refusals.remove(about);
                            Ok(())
                        }
                        Err(error) => {
                            self.refuse(about, &error, now);
                            return;
                        }
                    }
                }
                Change::Patch { key, patch } => {
                    let merge = |v: &mut serde_json::Value| json_patch::merge(v, &patch);
                    self.store.modify(&key.resource, &key.ns, &key.name, merge).map(drop)
                }
                Change::Status { key, status } => {
                    let set = |v: &mut serde_json::Value| v["status"] = status;
                    self.store.modify(&key.resource, &key.ns, &key.name, set).map(drop)
                }
                Change::Delete { key, uid, grace } => self.delete(&key, uid, grace),
                Change::Note(note) => self.tell(&note, now),
                Change::Log { pod, container, line, at } => {
                    self.store.append_log(&pod.ns, &pod.name, &container, &line, at);
                    Ok(())
                }
                Change::RotateLog { pod, container } => {
                    self.store.rotate_log(&pod.ns, &pod.name, &container);
                    Ok(())
                }
                Change::Wake { key, at } => {
                    self.timers.set(key, at);
                    Ok(())
                }
            };
            // Somebody else was faster: the feed brings the news.
            if let Err(error) = result {
                tracing::debug!(%about, %error, "A demo controller's write did not apply.");
            }
        }
    }

    fn delete(&self, key: &Key, uid: String, grace: Option<i64>) -> Result<(), ApiError> {
        let propagation = (grace.is_none()).then_some(Propagation::Background);
        let options = DeleteOptions {
            grace_seconds: grace,
            uid: (!uid.is_empty()).then_some(uid),
            propagation,
            ..DeleteOptions::default()
        };
        self.store.delete(&key.resource, &key.ns, &key.name, &options).map(drop)
    }

    fn tell(&mut self, note: &Note, now: Timestamp) -> Result<(), ApiError> {
        match self.recorder.tell(note, now) {
            Write::Create { ns, body } => self.store.create(resource::EVENTS, &ns, body).map(drop),
            Write::Count { ns, name, patch } => {
                self.store.modify(resource::EVENTS, &ns, &name, |v| json_patch::merge(v, &patch)).map(drop)
            }
        }
    }

    /// Deletes events that have not happened again for an hour.
    pub(super) fn forget_events(&mut self, now: Timestamp) {
        for (ns, name) in self.recorder.expired(now) {
            // Pruned or deleted by hand already: nothing to do.
            let _ = self.store.delete(resource::EVENTS, &ns, &name, &DeleteOptions::default());
        }
    }

    /// Remembers a refused object; tried again after 1 s, then twice as long, up to 5 minutes.
    fn refuse(&mut self, about: &Key, error: &ApiError, now: Timestamp) {
        let attempts = self.refusals.get(about).map_or(0, |r| r.attempts) + 1;
        let wait = f64::from(1_u32 << attempts.min(9).saturating_sub(1)).min(300.0);
        let refusal = Refusal {
            exists: error.reason == "AlreadyExists",
            message: error.message.clone(),
            retry_at: after(now, wait),
            fresh: true,
            attempts,
        };
        self.refusals.insert(about.clone(), refusal);
        self.dirty.insert(about.clone());
    }
}
