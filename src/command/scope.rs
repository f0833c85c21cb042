//! Where a command is valid, and how much it may change.

/// A place keys are resolved in. A screen has a chain of them, inner first;
/// no key may mean two things within one chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere, dialogs and text fields included.
    Always,
    /// Every screen, but no dialog.
    Screen,
    /// Wherever there is a list or a text to move in.
    List,
    /// Wherever a service, workload or pod is selected.
    Target,
    /// Wherever what is selected is a service.
    Service,
    /// Wherever what is selected is an object: a pod, a workload.
    Object,
    /// Wherever a list has columns to choose from and to sort by.
    Table,
    /// The list of services.
    Services,
    /// Services in every environment.
    Environments,
    /// One service.
    Cockpit,
    /// The signals of a service over time.
    Charts,
    /// One service, on one of its objects.
    CockpitObject,
    /// Rollouts.
    Rollouts,
    /// Wherever an operation of the delivery engine is looked at.
    Delivery,
    /// The same, on one of its objects.
    DeliveryObject,
    /// The same, in the list of rollouts.
    DeliveryRow,
    /// The objectives.
    Slos,
    /// Alerts and silences.
    Alerts,
    /// Plans that ask for approval.
    Approvals,
    /// Operations and the audit trail.
    Operations,
    /// A log.
    Logs,
    /// One object in detail.
    Describe,
    /// A page to read.
    Page,
    /// The list of contexts.
    Contexts,
    /// The list of tunnels.
    Forwards,
    /// A list under a line of text: palette and help.
    Menu,
    /// A one-line input.
    Line,
    /// An action being looked at, outside its text fields.
    Action,
    /// A request being confirmed.
    Confirm,
    /// A text field of an action.
    ActionText,
    /// A question answered with one key.
    Ask,
    /// Quitting while this console drives operations.
    Leave,
}

impl Scope {
    /// The heading it has in help and docs.
    pub fn title(self) -> &'static str {
        match self {
            Self::Always => "Everywhere",
            Self::Screen => "Every screen",
            Self::List => "Lists and texts",
            Self::Target => "On what is selected",
            Self::Service => "On a service",
            Self::Object => "On a pod or a workload",
            Self::Table => "Lists with columns",
            Self::Services => "Services",
            Self::Environments => "Environments",
            Self::Cockpit => "Cockpit",
            Self::Charts => "Charts",
            Self::CockpitObject => "Cockpit, on an object",
            Self::Rollouts => "Rollouts",
            Self::Delivery => "Canary under way",
            Self::DeliveryObject => "Canary under way, on an object",
            Self::DeliveryRow => "Canary under way, in the list",
            Self::Slos => "SLOs",
            Self::Alerts => "Alerts",
            Self::Approvals => "Approvals",
            Self::Operations => "Operations",
            Self::Logs => "Logs",
            Self::Describe => "Describe",
            Self::Page => "Pages",
            Self::Contexts => "Contexts",
            Self::Forwards => "Tunnels",
            Self::Menu => "Palette and help",
            Self::Line => "Filter and prompts",
            Self::Action => "Looking at an action",
            Self::Confirm => "Confirming a request",
            Self::ActionText => "Fields of an action",
            Self::Ask => "Questions",
            Self::Leave => "Quitting with a canary under way",
        }
    }

    /// Whether letters typed here are text, so that no plain key may be a command.
    pub fn takes_text(self) -> bool {
        matches!(self, Self::Menu | Self::Line | Self::ActionText)
    }
}

/// How much a command may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Nothing outside the console.
    Look,
    /// The write mode itself; recorded in the audit log.
    Mode,
    /// The cluster, in a way that is easily taken back.
    Reversible,
    /// The cluster: pods are replaced or stop serving.
    Disruptive,
}

impl Risk {
    /// Whether the cluster may change: such a command passes the gate.
    pub fn mutates(self) -> bool {
        self >= Self::Reversible
    }

    /// The word in help and docs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Mode => "mode",
            Self::Reversible => "reversible",
            Self::Disruptive => "disruptive",
        }
    }
}
