//! What may share the requests of a Deployment out: asked of the server.

use serde_json::Value;

use super::plan::Planner;
use crate::domain::{Kind, Namespace};
use crate::engine::delivery::DeliveryAsk;
use crate::engine::record::Strategy;
use crate::engine::router::{Around, Found, RouterKind, Wish, discover, names_subsets};
use crate::engine::{Live, Probe};
use crate::shell::patience::Deadline;

/// What may share requests out.
pub(super) struct Routes {
    services: Vec<Value>,
    all: Vec<(RouterKind, Vec<Value>)>,
    rules: Vec<Value>,
}

impl Routes {
    pub(super) fn found(&self, ask: &DeliveryAsk, live: &Live) -> Found {
        let around = Around {
            deployment: &live.raw,
            services: &self.services,
            routes: &self.all,
            rules: &self.rules,
            override_owner: ask.override_owner,
        };
        discover(wish(ask), &around)
    }
}

fn wish(ask: &DeliveryAsk) -> Wish {
    if ask.strategy == Strategy::BlueGreen { Wish::Selector } else { ask.traffic }
}

impl Planner {
    /// What may share its requests out; none for a rolling update.
    pub(super) async fn around(&self, ask: &DeliveryAsk, by: &Deadline) -> Option<Probe<Routes>> {
        if ask.strategy == Strategy::Rolling {
            return None;
        }
        let namespace = &ask.target.key.namespace;
        let found = tokio::try_join!(
            by.answer("list services", self.cluster.select(Kind::Service, namespace, "")),
            by.answer("list routes", self.routes(wish(ask), namespace)),
        );
        let (services, routes) = match found {
            Ok(found) => found,
            Err(fault) => return Some(Err(fault)),
        };
        // Asked for only where it matters: not everybody may read them.
        let rules = if names_subsets(&routes) {
            by.answer("list DestinationRules", self.cluster.every(Kind::DestinationRule, namespace)).await
        } else {
            Ok(None)
        };
        Some(rules.map(|rules| Routes { services, all: routes, rules: rules.unwrap_or_default() }))
    }

    /// What routes to Services, of each kind the server has; nothing where no
    /// route is wanted.
    async fn routes(&self, wish: Wish, namespace: &Namespace) -> Probe<Vec<(RouterKind, Vec<Value>)>> {
        if matches!(wish, Wish::Pods | Wish::Selector) {
            return Ok(Vec::new());
        }
        let every = RouterKind::SOUGHT.map(|kind| async move {
            let all = self.cluster.every(kind.kind(), namespace).await?;
            Ok(all.map(|all| (kind, all)))
        });
        Ok(futures::future::try_join_all(every).await?.into_iter().flatten().collect())
    }
}
