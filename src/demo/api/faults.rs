//! Misbehaviour on request: what a test or a scenario wants to go wrong.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::route::Route;
use crate::demo::status::ApiError;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes this much later (wall time).
    Latency(Duration),
    /// 429 with `Retry-After` in seconds.
    TooManyRequests(u32),
    /// The answer is this status code with a plain Status.
    Status(u16),
    /// The work is done, then the connection is cut instead of answered.
    CutAfter,
    /// The work is done, and no answer ever comes.
    SilenceAfter,
    /// The connection is cut before anything is done.
    Cut,
    /// A watch ends after this many events, in the middle of the next line.
    DropWatchAfter(u32),
}

/// Which requests a fault hits; empty parts match everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Verb, such as `patch`.
    pub verb: String,
    /// Plural resource.
    pub resource: String,
    /// Object name.
    pub name: String,
}

impl Scope {
    fn matches(&self, route: &Route) -> bool {
        let ok = |want: &str, is: &str| want.is_empty() || want == is;
        ok(&self.verb, &route.verb) && ok(&self.resource, &route.resource) && ok(&self.name, &route.name)
    }
}

#[derive(Debug)]
struct Planned {
    scope: Scope,
    fault: Fault,
    /// Hits left.
    times: u32,
}

/// Most planned faults; more are refused silently, a test that plans more is wrong anyway.
const MAX_PLANNED: usize = 1_024;

/// The planned faults, first planned first taken.
#[derive(Debug, Default)]
pub struct Faults {
    planned: Mutex<VecDeque<Planned>>,
}

impl Faults {
    /// Plans a fault for the next `times` matching requests.
    pub fn plan(&self, scope: Scope, fault: Fault, times: u32) {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if planned.len() < MAX_PLANNED && times > 0 {
            planned.push_back(Planned { scope, fault, times });
        }
    }

    /// Forgets all plans.
    pub fn clear(&self) {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The fault for this request, counted down.
    pub fn take(&self, route: &Route) -> Option<Fault> {
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        let at = planned.iter().position(|p| p.scope.matches(route))?;
        let plan = planned.get_mut(at)?;
        plan.times -= 1;
        let fault = plan.fault.clone();
        if plan.times == 0 {
            planned.remove(at);
        }
        Some(fault)
    }
}

/// The Status a fault answers with, for those that answer.
pub fn refusal(fault: &Fault) -> Option<ApiError> {
    match fault {
        Fault::TooManyRequests(seconds) => {
            Some(ApiError::too_many_requests("Too many requests, please try again later.", *seconds))
        }
        Fault::Status(code) => Some(plain(*code)),
        Fault::Latency(_) | Fault::Cut | Fault::CutAfter | Fault::SilenceAfter | Fault::DropWatchAfter(_) => {
            None
        }
    }
}

fn plain(code: u16) -> ApiError {
    let (reason, message) = match code {
        500 => ("InternalError", "Internal error occurred: injected fault"),
        503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
        504 => ("Timeout", "Timeout: request did not complete within the allotted duration"),
        _ => ("", "injected fault"),
    };
    ApiError::plain(code, reason, message)
}
