//! What is read because a screen wants it: contexts, catalogue, audit log, logs,
//! documents, objects.

use super::Message;
use super::effects::{Runner, not_connected};
use super::links::Open;
use crate::cluster::contexts;
use crate::domain::{Fault, FaultKind};
use crate::msg::{ContextInfo, DocumentAsk, Event, Found, Level, LogQuery, Look, Notice};
use crate::shell::catalogue::{self, Source};
use crate::shell::{charts, docs, follow, journal, look, picture};
use crate::signals::chart::ChartAsk;

impl Runner {
    pub(super) fn load_contexts(&self) -> Option<Event> {
        let (options, out) = (self.connector.options.clone(), self.out.clone());
        self.tasks.spawn("read contexts", async move {
            let found = match tokio::task::spawn_blocking(move || contexts(&options)).await {
                Ok(found) => found,
                Err(error) => Err(Fault::new(FaultKind::Internal, error.to_string())),
            };
            let found = found.map(|list| list.into_iter().map(context_info).collect());
            let _closing = out.send(Message::Event(Event::Contexts(found))).await;
        });
        None
    }

    /// Reads the catalogue of the context in front.
    pub(super) fn load_catalog(&self, open: Option<&Open>) -> Option<Event> {
        let out = open.map_or(&self.out, |open| &open.out).clone();
        let folders = self.standing.folders.clone();
        self.tasks.spawn("read the catalogue", catalogue::tell(self.catalog_source(), folders, out));
        None
    }

    pub(super) fn load_audit(&self) -> Option<Event> {
        let (audit, out) = (self.standing.audit.clone(), self.out.clone());
        self.tasks.spawn("read the audit log", async move {
            let read = journal::read(&audit).await;
            let _closing = out.send(Message::Event(Event::Audit(read))).await;
        });
        None
    }

    pub(super) fn follow(&mut self, query: LogQuery, open: Option<&Open>) -> Option<Event> {
        self.stop_log();
        let Some(Open { link, out, .. }) = open else {
            return Some(Event::Notice(Notice::from(&not_connected())));
        };
        let log = follow::follow(link.cluster.clone(), query, self.standing.clock.clone(), out.clone());
        self.log = Some(self.tasks.spawn("follow a log", log));
        None
    }

    pub(super) fn save_log(&self, name: String, text: String) -> Option<Event> {
        let (folders, out) = (self.standing.folders.clone(), self.out.clone());
        let now = self.standing.clock.seen();
        self.tasks.spawn("save a log", async move {
            let saving = move || picture::save_log(&name, &text, &folders, now);
            let notice = match tokio::task::spawn_blocking(saving).await {
                Ok(Ok(path)) => Notice::new(Level::Success, format!("saved {}", path.display())),
                Ok(Err(fault)) => Notice::from(&fault),
                Err(error) => Notice::new(Level::Error, format!("the log was not saved: {error}")),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
        None
    }

    pub(super) fn look(&self, ticket: u64, look: Look, open: Option<&Open>) -> Option<Event> {
        if let Look::Document(ask) = look {
            self.document(ticket, ask);
            return None;
        }
        let Some(Open { link, out, .. }) = open else {
            return Some(Event::Notice(Notice::from(&not_connected())));
        };
        let (cluster, store, out) = (link.cluster.clone(), link.samples(), out.clone());
        let at = self.standing.clock.now().wall;
        self.tasks.spawn("look something up", async move {
            let found = look::find(&cluster, store, look, at).await;
            let _closing = out.send(Message::Event(Event::Found { ticket, found })).await;
        });
        None
    }

    /// Asks a chart's question; one of the same chart before it ends.
    pub(super) fn read_chart(&mut self, ticket: u64, ask: ChartAsk, open: Option<&Open>) -> Option<Event> {
        let Some(Open { link, out, .. }) = open else {
            return Some(Event::Chart { ticket, found: Err(not_connected().text) });
        };
        let (answers, out, kind) = (link.answering(), out.clone(), ask.kind);
        let asking = self.tasks.spawn("read a chart", async move {
            let found = charts::read(answers, ask).await.map(Box::new);
            let _closing = out.send(Message::Event(Event::Chart { ticket, found })).await;
        });
        if let Some(before) = self.charts.insert(kind, asking) {
            before.cancel();
        }
        None
    }

    /// Ends the questions of charts; there is nothing to tell.
    pub(super) fn stop_charts(&mut self) -> Option<Event> {
        for (_, asking) in self.charts.drain() {
            asking.cancel();
        }
        None
    }

    /// Files need no connection.
    fn document(&self, ticket: u64, ask: DocumentAsk) {
        let (source, out) = (self.catalog_source(), self.out.clone());
        self.tasks.spawn("read a document", async move {
            let reading = tokio::task::spawn_blocking(move || docs::find(source.as_ref(), &ask));
            let failed =
                |error: tokio::task::JoinError| Err(Fault::new(FaultKind::Internal, error.to_string()));
            let found = Found::Document(reading.await.unwrap_or_else(failed));
            let _closing = out.send(Message::Event(Event::Found { ticket, found })).await;
        });
    }

    fn catalog_source(&self) -> Option<Source> {
        self.profile.catalog.clone().or_else(|| self.standing.catalog.clone())
    }

    pub(super) fn stop_log(&mut self) {
        if let Some(log) = self.log.take() {
            log.cancel();
        }
    }
}

fn context_info(found: crate::cluster::ContextInfo) -> ContextInfo {
    ContextInfo {
        name: found.name,
        cluster: found.url,
        namespace: found.namespace.unwrap_or_default(),
        current: found.current,
    }
}
