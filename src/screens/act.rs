//! What a screen asks of the console.

use super::logs::LogOf;
use super::pages::Page;
use crate::command::Command;
use crate::domain::{ContextName, ObjectKey, ServiceKey};
use crate::msg::{Effect, Notice};

/// Where one can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The list of services.
    Services,
    /// Services in every environment.
    Environments,
    /// One service.
    Cockpit(ServiceKey),
    /// Its signals over time.
    Charts(ServiceKey),
    /// What is rolling out.
    Rollouts,
    /// One operation of the delivery engine, by its id.
    Rollout(String),
    /// The objectives.
    Slos,
    /// One objective, by its id.
    Slo(String),
    /// Alerts and silences.
    Alerts,
    /// Plans that ask for approval.
    Approvals,
    /// Operations and the audit trail.
    Operations,
    /// The log of a pod, or of all pods of a service.
    Logs(LogOf),
    /// One object in detail.
    Describe(ObjectKey),
    /// A page to read.
    Page(Page),
    /// The contexts of the kubeconfig.
    Contexts,
    /// The tunnels that are open.
    Forwards,
}

/// What is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    /// A service; actions go to its main workload.
    Service(ServiceKey),
    /// A workload.
    Workload(ObjectKey),
    /// A pod.
    Pod(ObjectKey),
}

/// Something a screen cannot do itself.
#[derive(Debug)]
pub enum Act {
    /// Go somewhere.
    Go(Route),
    /// Have something done outside.
    Do(Effect),
    /// Tell the person.
    Tell(Notice),
    /// Run a command as if its key had been pressed.
    Run(Command),
    /// Connect to another context.
    Connect(ContextName),
    /// Ask for a log; the ticket is filled in by the app.
    Follow(crate::msg::LogQuery),
}
