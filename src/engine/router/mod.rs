//! Shares of traffic that do not depend on the number of pods: an object that
//! says which part of the requests goes to stable's Service and which to the
//! canary's.
//!
//! | kind | what is written |
//! |---|---|
//! | [`RouterKind::HttpRoute`] | the weights of a Gateway API `HTTPRoute`'s backends |
//! | [`RouterKind::VirtualService`] | the weights of an Istio `VirtualService`'s destinations: two hosts, or two subsets of one |
//! | [`RouterKind::Ingress`] | the weight of an ingress-nginx canary `Ingress` (legacy) |
//! | [`RouterKind::Service`] | the selector of stable's Service: all or nothing |
//!
//! A [`Router`] is found by [`discover()`] before a delivery starts and is part of
//! its record, with every value there was before. What is written is worked out
//! anew from the object as read, in one JSON Patch that tests its version, so
//! that a route is never moved by half.
//!
//! Weights are moved by one set of functions, `weighted`; where each kind keeps
//! them is a row of `shape`. While the weight is 0, a [`Pick`] sends the canary
//! the requests with a header, or copies of a part of all, by `picking`.
//!
//! Absent: making routes or Services. Both must be there; who made them knows
//! what else they are for.

mod discover;
mod ingress;
mod pick;
mod picking;
mod picks;
mod selector;
mod shape;
mod side;
#[cfg(test)]
mod tests;
mod weighted;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{JsonOp, Kind, Name, Namespace, ObjectKey, Uid};

pub use discover::{Around, Found, Wish, discover, names_subsets};
pub use pick::Pick;
pub use side::Side;

/// What shares requests out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouterKind {
    /// `gateway.networking.k8s.io/v1` HTTPRoute.
    HttpRoute,
    /// `networking.istio.io` VirtualService.
    VirtualService,
    /// `networking.k8s.io/v1` Ingress with the canary annotations of ingress-nginx.
    Ingress,
    /// A Service whose selector tells the two sides apart.
    Service,
}

/// The object that shares requests out, and how it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Router {
    /// What it is.
    pub kind: RouterKind,
    /// What it is called.
    pub name: Name,
    /// Its identity.
    pub uid: Uid,
    /// Service of stable's pods.
    pub stable: Name,
    /// Service of the canary's pods; the preview where the selector is switched,
    /// and stable's own where subsets tell the two sides apart.
    pub canary: Name,
    /// The subsets of the one Service that are the two sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsets: Option<Subsets>,
    /// How it was, by rule.
    pub before: Vec<Before>,
    /// What steps of the plan pick, by their number from 0: all that may be
    /// added to it besides weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub picks: Vec<(usize, Pick)>,
}

/// Two subsets of one host, as a DestinationRule names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subsets {
    /// Of stable's pods.
    pub stable: String,
    /// Of the canary's.
    pub canary: String,
}

/// How one rule was before anything was written; absent and zero differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Which rule, from 0.
    pub rule: usize,
    /// Weight of stable's Service, if one was written there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable: Option<u32>,
    /// Whether the canary's Service was named.
    pub named: bool,
    /// Its weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<u32>,
    /// Whether it had a list of filters, if only an empty one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub filters: bool,
}

/// What else than weights sends requests to the canary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picked {
    /// Nothing that was put there for the delivery.
    #[default]
    Nothing,
    /// What this step of the plan picks, from 0, wherever stable is named.
    Step(usize),
    /// Something of it that no step asks for, or not everywhere.
    Other,
}

impl Picked {
    /// Whether there is nothing.
    pub fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }
}

/// A router as seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// The canary's Service is named wherever stable's is.
    pub joined: bool,
    /// The canary's percent, 0..=100; none if its rules do not agree, or it is
    /// no whole number.
    pub percent: Option<u32>,
    /// Every value is as it was before the delivery.
    pub restored: bool,
    /// Whoever serves the route has taken what it says now.
    pub taken: bool,
    /// What else sends requests to the canary.
    #[serde(default, skip_serializing_if = "Picked::is_nothing")]
    pub picked: Picked,
}

impl Shares {
    /// Whether the canary gets anything.
    pub fn is_shifted(&self) -> bool {
        self.percent != Some(0) || self.picked != Picked::Nothing
    }
}

impl RouterKind {
    /// The kinds that share requests out by weights, sought in this order.
    pub const SOUGHT: [Self; 3] = [Self::HttpRoute, Self::VirtualService, Self::Ingress];

    /// `HTTPRoute`, `Service`.
    pub fn kind(self) -> Kind {
        match self {
            Self::HttpRoute => Kind::HttpRoute,
            Self::VirtualService => Kind::VirtualService,
            Self::Ingress => Kind::Ingress,
            Self::Service => Kind::Service,
        }
    }
}

impl Router {
    /// Its key, in the namespace of what is delivered.
    pub fn key(&self, namespace: &Namespace) -> ObjectKey {
        ObjectKey { kind: self.kind.kind(), namespace: namespace.clone(), name: self.name.clone() }
    }

    /// `HTTPRoute shop`
    pub fn title(&self) -> String {
        format!("{} {}", self.kind.kind().name(), self.name)
    }

    /// Who serves stable's requests and who the canary's: `shop`, `subset canary of shop`.
    pub fn sides(&self) -> (Side<'_>, Side<'_>) {
        let subset = |of: fn(&Subsets) -> &String| self.subsets.as_ref().map(|both| of(both).as_str());
        let side = |service, subset| Side { service, subset };
        let stable = side(self.stable.as_str(), subset(|both| &both.stable));
        (stable, side(self.canary.as_str(), subset(|both| &both.canary)))
    }

    /// The shares in the object as read; none if it is gone or another one.
    pub fn shares(&self, raw: Option<&Value>) -> Option<Shares> {
        let raw = raw.filter(|raw| text(raw, "/metadata/uid") == self.uid.as_str())?;
        match (self.kind, shape::of(self.kind)) {
            (_, Some(shape)) => weighted::shares(shape, self, raw),
            (RouterKind::Ingress, _) => ingress::shares(self, raw),
            (_, None) => Some(selector::shares(raw)),
        }
    }

    /// The steps that name the canary's Service beside stable's, with weight 0.
    ///
    /// # Errors
    /// The object no longer names stable's Service.
    pub fn join(&self, raw: &Value) -> Result<Vec<JsonOp>, String> {
        match shape::of(self.kind) {
            Some(shape) => weighted::join(shape, self, raw),
            None => Err(format!("{} needs nothing to be named", self.title())),
        }
    }

    /// The steps that give the canary `percent` of the requests, and nothing that is picked.
    ///
    /// # Errors
    /// The object no longer names both Services; the share cannot be expressed.
    pub fn weigh(&self, raw: &Value, percent: u32) -> Result<Vec<JsonOp>, String> {
        match (self.kind, shape::of(self.kind)) {
            (_, Some(shape)) => weighted::weigh(shape, self, raw, percent, None),
            (RouterKind::Ingress, _) => ingress::weigh(self, raw, percent, None),
            (_, None) => selector::weigh(self, raw, percent),
        }
    }

    /// The steps that send the canary what that step of the plan picks, and
    /// nothing by weight.
    ///
    /// # Errors
    /// The object no longer names both Services; the step picks nothing; it
    /// cannot be expressed.
    pub fn pick(&self, raw: &Value, step: usize) -> Result<Vec<JsonOp>, String> {
        let pick = self.pick_of(step)?;
        match (self.kind, shape::of(self.kind)) {
            (_, Some(shape)) => weighted::weigh(shape, self, raw, 0, Some(pick)),
            (RouterKind::Ingress, _) => ingress::weigh(self, raw, 0, Some(pick)),
            (_, None) => Err(format!("{} picks no requests", self.title())),
        }
    }

    /// The same beside weights that are as they were, to be tried on the server.
    ///
    /// # Errors
    /// As [`Self::pick`].
    pub fn trial(&self, raw: &Value, step: usize) -> Result<Vec<JsonOp>, String> {
        let Some(shape) = shape::of(self.kind) else { return self.pick(raw, step) };
        let (route, pick) = (weighted::route(shape, self, raw), self.pick_of(step)?);
        let names = route.places().into_iter().flat_map(|place| route.names_hold(place));
        Ok(names.chain(picking::ops(&route, self, Some(pick))).collect())
    }

    fn pick_of(&self, step: usize) -> Result<&Pick, String> {
        let found = self.picks.iter().find(|(number, _)| *number == step);
        found.map(|(_, pick)| pick).ok_or_else(|| format!("step {} picks no requests", step + 1))
    }

    /// Why it cannot take a pick as it is before a delivery, and what to do;
    /// none if it can.
    pub fn refusal(&self, raw: &Value, pick: &Pick) -> Option<(String, String)> {
        match (self.kind, shape::of(self.kind)) {
            (_, Some(shape)) => picking::refusal(&weighted::route(shape, self, raw), &self.title(), pick),
            (RouterKind::Ingress, _) => ingress::refusal(self, raw, pick),
            (_, None) => {
                Some((format!("{} picks no requests", self.title()), "deliver by weights".to_owned()))
            }
        }
    }

    /// Whether copies would be made of requests that may write.
    pub fn copies_writes(&self, raw: &Value) -> bool {
        shape::of(self.kind).is_none_or(|shape| picking::copies_writes(&weighted::route(shape, self, raw)))
    }

    /// The steps that write every value back. Where somebody has changed the
    /// rules meanwhile, the canary gets nothing and the rest is left alone.
    pub fn restore(&self, raw: &Value) -> Vec<JsonOp> {
        match (self.kind, shape::of(self.kind)) {
            (_, Some(shape)) => weighted::restore(shape, self, raw),
            (RouterKind::Ingress, _) => ingress::restore(self, raw),
            (_, None) => selector::restore(raw),
        }
    }
}

fn text<'a>(raw: &'a Value, path: &str) -> &'a str {
    raw.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
