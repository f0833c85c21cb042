//! The list a watch begins with.

use super::kind::{Said, Trouble, Watch};
use crate::cluster::decode;
use crate::cluster::paths::{get, list, query};
use crate::cluster::status::not_json;
use crate::cluster::wire::{Answer, Limits};
use crate::domain::{Fact, Kind};

/// Objects on a page at first; fewer if the pages turn out too large.
pub(super) const PAGE: usize = 500;

/// Selects what deliveries keep: their records, locks, plans to be approved
/// (`engine::record::names::OP`).
const RECORDS: &str = "quarterdeck/op";

impl Watch {
    /// Lists everything, page by page, and notes where to go on.
    pub(super) async fn list(&mut self) -> Result<(), Trouble> {
        let asked = format!("list {}", self.kind.plural());
        let mut next = String::new();
        let mut begun = false;
        loop {
            let answer = self.page(&asked, &next).await?;
            let page = decode::page(self.kind, &answer.body, &mut self.names);
            let page =
                page.map_err(|e| Trouble::Failed(not_json(&asked, &answer.body, &e, &self.wire.site)))?;
            self.pulse.beat();
            if page.skipped > 0 {
                tracing::warn!(kind = %self.kind, skipped = page.skipped, "objects of an unexpected shape");
            }
            if !std::mem::replace(&mut begun, true) {
                self.send(Fact::Listing(self.kind)).await?;
            }
            for seen in page.seen {
                self.send(Fact::Seen(seen)).await?;
            }
            next = page.next;
            if next.is_empty() {
                self.send(Fact::Listed(self.kind)).await?;
                // The wait starts over only once following works: a server that
                // lists and then refuses to go on must not be listed in a circle.
                self.version = Some(page.version);
                // `Listed` says by itself that the kind is live.
                self.said = Said::Live;
                return Ok(());
            }
        }
    }

    /// One page; asks for fewer objects when they are too large together.
    async fn page(&mut self, asked: &str, next: &str) -> Result<Answer, Trouble> {
        loop {
            let limit = self.page.to_string();
            let mut pairs = vec![("limit", limit.as_str())];
            let only = self.only();
            pairs.extend(only.as_ref().map(|(by, what)| (*by, what.as_str())));
            if !next.is_empty() {
                pairs.push(("continue", next));
            }
            let path = format!("{}{}", list(self.kind, self.scope.as_ref()), query(&pairs));
            let request = get(&path).map_err(Trouble::Failed)?;
            match self.wire.call(asked, request, Limits::PAGE).await {
                Ok(answer) if answer.code == 200 => return Ok(answer),
                Ok(answer) => return Err(self.no(asked, &answer)),
                Err(error) if error.too_large && self.page > 1 => self.page = (self.page / 10).max(1),
                Err(error) => return Err(Trouble::Failed(error.fault)),
            }
        }
    }

    /// Seen from one namespace, that namespace is the only one. Of the
    /// ConfigMaps only operation records are of interest.
    pub(super) fn only(&self) -> Option<(&'static str, String)> {
        if self.kind == Kind::ConfigMap {
            return Some(("labelSelector", RECORDS.to_owned()));
        }
        let scope = self.scope.as_ref().filter(|_| self.kind == Kind::Namespace)?;
        Some(("fieldSelector", format!("metadata.name={scope}")))
    }
}
