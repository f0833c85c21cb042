//! The table. Adding a command is adding a row here and its handler in a screen.

use super::{Risk, Scope};

/// One command.
#[derive(Debug)]
pub struct Row {
    /// Which.
    pub command: Command,
    /// Its name in `keys.toml` and the palette.
    pub name: &'static str,
    /// Where it is valid.
    pub scopes: &'static [Scope],
    /// How much it may change.
    pub risk: Risk,
    /// Its keys unless the user says otherwise.
    pub keys: &'static [&'static str],
    /// The word in the footer; empty to leave it out.
    pub hint: &'static str,
    /// Arguments in the palette; empty for none.
    pub args: &'static str,
    /// The same thing on the command line; empty if there is none.
    pub cli: &'static str,
    /// One sentence.
    pub title: &'static str,
}

macro_rules! commands {
    ($($variant:ident $name:literal [$($scope:ident)*] $risk:ident [$($key:literal)*] $hint:literal $args:literal $cli:literal $title:literal;)*) => {
        /// Everything a person can ask of the console.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command {
            $(#[doc = $title] $variant,)*
        }

        /// Every command, in the order of footer, help and docs.
        pub const TABLE: &[Row] = &[
            $(Row {
                command: Command::$variant,
                name: $name,
                scopes: &[$(Scope::$scope),*],
                risk: Risk::$risk,
                keys: &[$($key),*],
                hint: $hint,
                args: $args,
                cli: $cli,
                title: $title,
            },)*
        ];
    };
}

// variant  name  [scopes]  risk  [keys]  footer  arguments  command line  sentence
commands! {
    Open "open" [List] Look ["enter"] "open" "" "" "Open what is selected.";
    Back "back" [Screen] Look ["esc"] "back" "" "" "Go back; first clears a filter.";
    Down "down" [List] Look ["j" "down"] "" "" "" "Move down.";
    Up "up" [List] Look ["k" "up"] "" "" "" "Move up.";
    Top "top" [List] Look ["g" "home"] "" "" "" "Go to the first line.";
    Bottom "bottom" [List] Look ["G" "end"] "" "" "" "Go to the last line.";
    PageDown "page-down" [List] Look ["ctrl-f" "pgdn"] "" "" "" "Scroll one page down.";
    PageUp "page-up" [List] Look ["ctrl-b" "pgup"] "" "" "" "Scroll one page up.";
    HalfDown "half-page-down" [List] Look ["ctrl-d"] "" "" "" "Scroll half a page down; never deletes.";
    HalfUp "half-page-up" [List] Look ["ctrl-u"] "" "" "" "Scroll half a page up.";

    Promote "promote" [Delivery] Disruptive ["p"] "promote" "" "qd promote" "Go on to the canary's next step, whatever the verdict says.";
    PromoteFull "promote-full" [Delivery] Disruptive ["P"] "" "" "qd promote --full" "Skip the steps that are left: stable takes the new version.";
    Hold "hold" [Delivery] Reversible ["h"] "hold" "" "qd hold" "Hold the canary, or let it go on; a bad verdict still rolls back.";
    Abort "abort" [Delivery] Disruptive ["a"] "abort" "" "qd abort" "Take the canary's traffic away now; never waits for anything.";
    Adopt "adopt" [Delivery] Reversible ["A"] "" "" "" "Drive it from here: its driver is silent.";

    Silence "silence" [Alerts] Reversible ["m"] "silence" "" "qd silence" "Keep the selected alert quiet for a while, or end the selected silence.";

    Approve "approve" [Approvals] Reversible ["A"] "approve" "" "qd approve" "Agree to the selected plan of somebody else; nothing is delivered by that.";

    Rollback "rollback" [Target] Look ["R"] "roll back" "" "qd rollback" "Open the rollback page; opening it changes nothing.";
    Deploy "deploy" [Service] Look ["d"] "deploy" "" "qd deploy" "Open the page that delivers a new version; opening it changes nothing.";
    DeployService "deploy-service" [Object] Look ["V"] "deploy" "" "qd deploy" "The same for the service that what is selected belongs to.";
    Logs "logs" [Target] Look ["l"] "logs" "" "" "Follow the log of the selected pod, or of the worst pod.";
    AllLogs "service-logs" [Target] Look ["L"] "" "" "" "Follow the logs of all pods of the service, in one.";
    Describe "describe" [Object] Look ["d"] "describe" "[kind/name]" "qd describe" "Show everything known about what is selected, or about any object: `describe widgets/w1 -n shop`.";
    Restart "restart" [Target] Disruptive ["r"] "restart" "" "qd restart" "Replace all pods with the same template.";
    Scale "scale" [Target] Disruptive ["S"] "scale" "" "qd scale" "Change the number of pods.";
    Pause "pause" [Services Cockpit Rollouts Describe] Reversible ["P"] "pause" "" "qd pause" "Pause rolling out (of a CronJob: its schedule), or resume it if it is paused.";
    SetImage "set-image" [Target] Disruptive ["i"] "" "" "qd set-image" "Give a container another image.";
    RunNow "run-now" [Target] Disruptive ["t"] "" "" "qd run-now" "Start a Job from the CronJob now.";
    Lock "lock" [Target] Reversible [] "" "[message]" "qd lock" "Let nobody deliver to it until it is unlocked; the message says why. A rollback is never held up.";
    Unlock "unlock" [Target] Reversible [] "" "" "qd unlock" "Take the lock on deliveries away.";
    Delete "delete" [Target] Disruptive ["D"] "" "" "qd delete" "Delete the selected pod or Job; disruption budgets are not asked.";
    Evict "evict" [Target] Disruptive ["E"] "" "" "qd evict" "Delete the selected pod unless a disruption budget forbids it.";
    Edit "edit" [Target] Disruptive ["e"] "" "" "qd edit" "Edit in $EDITOR; what changed becomes a plan to be confirmed.";
    Shell "shell" [Target] Disruptive ["s"] "" "" "" "Open a shell in the selected pod, or in a pod of the workload; recorded.";
    K9s "k9s" [Target] Look ["K"] "" "" "" "Open the selection in k9s, in this context and namespace; read-only while this console is.";
    Docs "docs" [Target] Look ["B"] "" "" "qd service --docs" "Read its runbook, README and TechDocs here; enter follows a link, / finds text.";
    Owner "owner" [Target] Look ["O"] "" "" "qd catalog show" "Go to who owns it: the group, its people, who is on call, where they talk.";
    Forward "forward" [Target] Look ["f"] "" "[target] [local:remote]" "qd forward" "Open a port of the selected pod or service on 127.0.0.1, until it is closed or the console quits.";
    Unhealthy "explain-unhealthy" [Target] Look ["X"] "why" "" "" "Explain why it is not well: the root, its last event and last lines.";
    Timeline "timeline" [Target] Look ["T"] "timeline" "" "" "Show what happened to the service, newest first.";
    Graph "dependencies" [Target] Look ["v"] "" "" "qd catalog impact" "Show what the service needs and what needs it.";
    Config "config" [Target] Look ["H"] "" "" "qd config-diff" "Compare its ConfigMaps and Secrets by hash: with another environment, with what its pods started with.";
    Yaml "yaml" [Target] Look ["y"] "" "[kind/name]" "qd yaml" "Show the object, or any other of any kind, as YAML, as the server has it now.";
    Explain "explain" [Target] Look ["x"] "" "" "" "Explain the numbers: formula, values, PromQL, samples.";
    Copy "copy" [Target] Look ["c"] "" "" "" "Copy the name of what is selected to the clipboard.";

    Charts "charts" [Services Cockpit Rollouts Delivery Slos Describe] Look ["m"] "" "" "" "Show its metrics over time, as charts: requests, errors, latency, CPU, memory.";
    Closer "closer" [Charts] Look ["+" "="] "closer" "" "" "Show a shorter time.";
    Wider "wider" [Charts] Look ["-"] "wider" "" "" "Show a longer time: 15m, 1h, 6h, 24h, 7d, 30d.";
    Earlier "earlier" [Charts] Look ["left"] "read" "" "" "Read the values one column earlier, in all charts.";
    Later "later" [Charts] Look ["right"] "" "" "" "Read the values one column later; behind the newest, follow it again.";

    Mark "mark" [Services Cockpit] Look ["space"] "mark" "" "" "Mark or unmark the service or pod: restart, delete and evict then mean all that is marked.";
    NextEnvironment "next-environment" [Environments] Look ["right"] "environment" "" "" "Go to the environment at the right.";
    PrevEnvironment "previous-environment" [Environments] Look ["left"] "" "" "" "Go to the environment at the left.";
    Sort "sort" [Services Environments] Look ["o"] "order" "" "" "Next order: trouble, name, last change, and what else the list has.";
    Group "group" [Services] Look ["b"] "" "" "" "Next grouping: none, environment, owner, namespace.";

    Columns "columns" [Table] Look ["C"] "" "" "" "Choose which columns are shown, and which one sorts.";
    SortNext "sort-next" [Table] Look [">"] "" "" "" "Sort by the next column; behind the last comes the list's own order.";
    SortPrev "sort-previous" [Table] Look ["<"] "" "" "" "Sort by the column before.";
    SortReverse "sort-reverse" [Table] Look ["~"] "" "" "" "Turn the order round.";
    Filters "filters" [Table] Look ["'"] "" "" "" "Choose among the filters saved for this list.";
    SaveFilter "save-filter" [Table] Look ["M"] "" "[name]" "" "Save the filter in force under a name.";
    ForgetFilter "forget-filter" [Table] Look [] "" "[name]" "" "Forget a saved filter.";

    Follow "follow" [Logs] Look ["f" "space"] "follow" "" "" "Follow the end of the log, or pause there.";
    AllPods "all-pods" [Logs] Look ["a"] "all pods" "" "" "All pods of the service, or back to one.";
    Since "since" [Logs] Look ["s"] "since" "" "" "How far back: 1000 lines, 5 minutes, an hour, a day.";
    Previous "previous" [Logs] Look ["p"] "previous" "" "" "Show the run before the last restart.";
    Container "container" [Logs] Look ["c"] "container" "" "" "Next container of the pod.";
    Wrap "wrap" [Logs] Look ["w"] "wrap" "" "" "Wrap long lines, or cut them.";
    RawLines "raw-lines" [Logs] Look ["u"] "" "" "" "Structured lines as they were written, or unfolded.";
    SaveLog "save-log" [Logs] Look ["W"] "save" "" "" "Save the lines shown to a file.";
    Stamps "timestamps" [Logs] Look ["t"] "times" "" "" "Show or hide the time of each line.";

    CloseForward "close-forward" [Forwards] Look ["D"] "close" "" "" "Close the tunnel and its connections.";
    CopyAddress "copy-address" [Forwards] Look ["c"] "copy address" "" "" "Copy the tunnel's local address to the clipboard.";

    Fold "fold" [Page] Look ["space"] "fold" "" "" "Fold or unfold what stands below the line.";
    Managed "managed-fields" [Page] Look ["m"] "" "" "" "Show or hide who writes which field.";

    NextPanel "next-panel" [Cockpit Delivery Charts Operations] Look ["tab"] "panel" "" "" "Go to the next panel.";
    PrevPanel "previous-panel" [Cockpit Delivery Charts Operations] Look ["shift-tab"] "" "" "" "Go to the panel before.";
    Services "services" [Screen] Look ["1"] "" "" "qd services" "Go to the list of services.";
    Cockpit "cockpit" [Screen] Look ["2"] "" "" "qd service" "Go to the service looked at last.";
    Rollouts "rollouts" [Screen] Look ["3"] "" "" "qd rollouts" "Go to what is rolling out.";
    Slos "slos" [Screen] Look ["4"] "" "" "qd slo list" "Go to the objectives: budgets, burns, alerts.";
    Alerts "alerts" [Screen] Look ["8"] "" "" "qd alerts" "Go to the alerts of the monitoring, and to silences.";
    Away "away" [Screen] Look [] "" "" "" "Show again what happened while you were away.";
    Environments "environments" [Screen] Look ["9"] "" "" "qd environments" "Compare services over the environments: versions, health, what differs from production.";
    Approvals "approvals" [Screen] Look [] "" "" "qd approve" "List the plans that ask for approval, and who agreed.";
    Operations "operations" [Screen] Look ["6" "@"] "" "" "qd audit" "Go to operations and the audit trail.";
    Filter "filter" [Screen] Look ["/"] "filter" "" "" "Filter: text, ns:, env:, owner:, tier:, system:, health:, !term.";
    Palette "palette" [Screen] Look [":"] "palette" "" "" "Find a service, screen, command, context or namespace.";
    Help "help" [Screen] Look ["?"] "help" "" "qd --help" "Show, search and run the commands valid here.";
    NextMatch "next-match" [Screen] Look ["n"] "" "" "" "Go to the next match.";
    PrevMatch "previous-match" [Screen] Look ["N"] "" "" "" "Go to the match before.";
    HistoryBack "history-back" [Screen] Look ["["] "" "" "" "Go back in history.";
    HistoryForward "history-forward" [Screen] Look ["]"] "" "" "" "Go forward in history.";
    Freeze "freeze" [Screen] Look ["F"] "" "" "" "Freeze the picture, or go live again.";
    Undo "undo" [Screen] Disruptive ["z"] "" "" "qd undo" "Take the last action back, where it can be: another plan, with fresh values.";
    Note "note" [Screen] Look ["!"] "" "[text]" "" "Write a remark into the audit log.";

    Write "write" [Screen] Mode [] "" "[time]" "" "Allow writing in this context, for 15m unless a time is given.";
    ReadOnly "readonly" [Screen] Mode [] "" "" "" "Take writing back.";
    Context "ctx" [Screen] Look [] "" "[name|-]" "qd --context" "Choose another context; up to four stay open. `ctx -` is the one before.";
    LastContext "last-context" [Screen] Look ["`"] "" "" "" "Go back to the context in front before; it stayed open, as it was left.";
    Namespace "ns" [Screen] Look [] "" "[name|all]" "qd --namespace" "Look at one namespace, or at all.";
    Login "login" [Screen] Look [] "" "[context]" "qd login" "Log in again: runs the exec plugin of the context on the terminal, where it can ask.";
    Forwards "forwards" [Screen] Look [] "" "" "" "List the tunnels that are open, with what went through them.";
    Catalog "catalog" [Screen] Look [] "" "[reload]" "qd catalog" "Read the files of the service catalogue again.";
    Theme "theme" [Screen] Look [] "" "[name]" "qd --theme" "Choose another theme.";
    Quit "quit" [Screen] Look ["q"] "quit" "" "" "Quit; asks while an operation runs.";

    Accept "accept" [Menu Line] Look ["enter"] "choose" "" "" "Take what is selected or typed.";
    Cancel "cancel" [Menu Line Action Confirm ActionText Ask Leave] Look ["esc"] "leave" "" "" "Leave without doing anything.";
    Next "next" [Menu] Look ["down" "tab"] "" "" "" "Select the next line.";
    Prev "previous-line" [Menu] Look ["up" "shift-tab"] "" "" "" "Select the line before.";
    MenuPageDown "menu-page-down" [Menu] Look ["pgdn"] "" "" "" "Scroll one page down.";
    MenuPageUp "menu-page-up" [Menu] Look ["pgup"] "" "" "" "Scroll one page up.";

    Yes "yes" [Action Confirm] Disruptive ["y"] "" "" "--yes" "Carry the plan out, where one key is asked for.";
    Submit "submit" [ActionText] Disruptive ["enter"] "" "" "" "Carry the plan out if exactly the word asked for is typed; in other fields, go on.";
    AskApproval "ask-approval" [Action] Reversible ["A"] "" "" "qd plan --ask" "Keep the plan of a delivery in the cluster, for others to approve.";
    GoOn "go-on" [Action Confirm] Look ["enter"] "go on" "" "" "Go to the next field. Enter alone never means yes.";
    NextField "next-field" [Action Confirm ActionText] Look ["tab"] "field" "" "" "Go to the next field.";
    PrevField "previous-field" [Action Confirm ActionText] Look ["shift-tab"] "" "" "" "Go to the field before.";
    PickDown "pick-down" [Action] Look ["j" "down"] "" "" "" "Choose the revision, or the line of a delivery, below.";
    PickUp "pick-up" [Action] Look ["k" "up"] "" "" "" "Choose the revision, or the line of a delivery, above.";
    PickBelow "pick-below" [ActionText] Look ["down"] "" "" "" "Choose the version below the one chosen.";
    PickAbove "pick-above" [ActionText] Look ["up"] "" "" "" "Choose the version above the one chosen.";
    NextValue "next-value" [Action] Look ["right" "space"] "" "" "" "Take another value for the line of a delivery that is selected.";
    PrevValue "previous-value" [Action] Look ["left"] "" "" "" "Take the value before.";
    PlanDown "plan-down" [Action ActionText] Look ["ctrl-d" "pgdn" "ctrl-f"] "scroll" "" "" "Scroll the plan down.";
    PlanUp "plan-up" [Action ActionText] Look ["ctrl-u" "pgup" "ctrl-b"] "" "" "" "Scroll the plan up.";
    Reason "reason" [Action Confirm] Look ["e"] "reason" "" "--reason" "Say why; it goes into the audit log.";
    Override "override-owner" [Action] Look ["o"] "override owner" "" "--override-owner" "Write although another tool owns the object; needs a reason.";
    Allow "allow-writing" [Action Confirm] Mode ["w"] "allow writing" "" "" "Allow writing in this context for a while, as :write does; answering comes after.";
    Reread "read-again" [Action] Look ["u"] "read again" "" "" "Read the object again and check it again.";

    QuitYes "quit-yes" [Ask] Look ["y"] "quit" "" "" "Quit although an operation runs.";
    QuitHandOver "quit-hand-over" [Leave] Look ["o"] "hand over" "" "" "Quit; the next console or engine goes on with what is driven here.";
    QuitRollBack "quit-roll-back" [Leave] Disruptive ["b"] "roll back" "" "" "Roll back what is driven here, and quit when it is over.";
    QuitHold "quit-hold" [Leave] Reversible ["h"] "hold" "" "" "Hold what is driven here, and quit when it is held.";
    Interrupt "interrupt" [Always] Look ["ctrl-c"] "" "" "" "Quit; asks while an operation runs.";
    Suspend "suspend" [Always] Look ["ctrl-z"] "" "" "" "Give the terminal back to the shell; `fg` comes back.";
    Repaint "repaint" [Always] Look ["ctrl-l"] "" "" "" "Draw everything again.";
    SaveScreen "save-screen" [Always] Look ["ctrl-s"] "" "" "" "Save the screen as text and SVG.";
}
