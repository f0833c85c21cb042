//! Every screen and dialog there is has its pictures, at every size.
//!
//! The matches below have no wildcard: whoever adds a place, a page or a scope
//! is asked by the compiler which snapshots show it.

use crate::acting::filtered;
use crate::snapshots::{SIZES, answer_plan, cockpit, demo, snap};
use quarterdeck::command::Scope;
use quarterdeck::domain::*;
use quarterdeck::screens::Route;
use quarterdeck::screens::logs::LogOf;
use quarterdeck::screens::pages::{Page, Subject};
use std::collections::BTreeSet;
use std::path::Path;

/// Snapshots of what is drawn where these keys hold; none for scopes that are
/// no place of their own.
fn of_scope(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::Always
        | Scope::Screen
        | Scope::List
        | Scope::Target
        | Scope::Service
        | Scope::Object
        | Scope::Table => &[],
        Scope::Services => &["services", "services_loading", "services_empty", "services_forbidden"],
        Scope::Environments => &["environments"],
        Scope::Cockpit | Scope::CockpitObject => &["cockpit_healthy", "cockpit_crashing"],
        Scope::Charts => &["charts", "charts_cursor", "charts_stale", "charts_waiting"],
        Scope::Rollouts => &["rollouts", "rollouts_operations"],
        Scope::Delivery | Scope::DeliveryObject | Scope::DeliveryRow => &["rollout_cart", "cockpit_canary"],
        Scope::Slos => &["slos", "slos_empty", "slos_before"],
        Scope::Alerts => &["alerts"],
        Scope::Approvals => &["approvals", "approvals_empty"],
        Scope::Operations => &["operations", "operations_tampered"],
        Scope::Logs => &["logs", "logs_service"],
        Scope::Describe => &["describe_pod", "describe_workload"],
        Scope::Page => &["page_explain"],
        Scope::Contexts => &["contexts", "contexts_open"],
        Scope::Forwards => &["forwards"],
        Scope::Menu => &["palette", "help", "columns", "filters"],
        Scope::Line => &["line_filter", "line_note", "line_forward", "line_filter_name"],
        Scope::Action => &["rollback_read_only", "rollback_waiting", "rollback_failed", "restart", "pause"],
        Scope::Confirm => &["request_abort"],
        Scope::ActionText => &[
            "rollback_typing",
            "scale",
            "set_image",
            "deploy",
            "delete_pod",
            "bulk",
            "silence",
            "approving",
            "request_promote_prod",
        ],
        Scope::Ask => &["quit"],
        Scope::Leave => &["leaving"],
    }
}

const SCOPES: [Scope; 32] = [
    Scope::Always,
    Scope::Screen,
    Scope::List,
    Scope::Target,
    Scope::Service,
    Scope::Object,
    Scope::Table,
    Scope::Services,
    Scope::Environments,
    Scope::Cockpit,
    Scope::CockpitObject,
    Scope::Charts,
    Scope::Rollouts,
    Scope::Delivery,
    Scope::DeliveryObject,
    Scope::DeliveryRow,
    Scope::Slos,
    Scope::Alerts,
    Scope::Approvals,
    Scope::Operations,
    Scope::Logs,
    Scope::Describe,
    Scope::Page,
    Scope::Contexts,
    Scope::Forwards,
    Scope::Menu,
    Scope::Line,
    Scope::Action,
    Scope::Confirm,
    Scope::ActionText,
    Scope::Ask,
    Scope::Leave,
];

fn of_route(route: &Route) -> &'static str {
    match route {
        Route::Services => "services",
        Route::Environments => "environments",
        Route::Cockpit(_) => "cockpit_healthy",
        Route::Charts(_) => "charts",
        Route::Rollouts => "rollouts",
        Route::Rollout(_) => "rollout_cart",
        Route::Slos => "slos",
        Route::Slo(_) => "slo_checkout",
        Route::Alerts => "alerts",
        Route::Approvals => "approvals",
        Route::Operations => "operations",
        Route::Logs(LogOf::Pod(_)) => "logs",
        Route::Logs(LogOf::Service(_)) => "logs_service",
        Route::Describe(_) => "describe_pod",
        Route::Page(page) => match page {
            Page::Explain(..) => "page_explain",
            Page::Unhealthy(_) => "page_why_crash",
            Page::Timeline(_) => "page_timeline",
            Page::Graph(_) => "page_graph",
            Page::Away => "page_away",
            Page::Config(..) => "page_config",
            Page::Yaml(_) => "page_yaml",
            Page::Thing(_, true) => "page_thing_yaml",
            Page::Thing(_, false) => "page_thing",
            Page::Docs(..) => "page_docs",
            Page::Entity(_) => "page_entity",
        },
        Route::Contexts => "contexts",
        Route::Forwards => "forwards",
    }
}

fn routes() -> Vec<Route> {
    let service = ServiceKey { namespace: "shop".into(), name: "cart".into() };
    let object = ObjectKey::new(Kind::Pod, "shop", "cart-1");
    let asked = Asked::parse(&["widgets/w1"]).unwrap();
    let pages = [
        Page::Explain(service.clone(), ""),
        Page::Unhealthy(service.clone()),
        Page::Timeline(service.clone()),
        Page::Graph(service.clone()),
        Page::Away,
        Page::Config(service.clone(), None),
        Page::Yaml(object.clone()),
        Page::Thing(asked.clone(), true),
        Page::Thing(asked, false),
        Page::Docs(Subject::Service(service.clone()), String::new()),
        Page::Entity(String::new()),
    ];
    let mut routes = vec![
        Route::Services,
        Route::Environments,
        Route::Cockpit(service.clone()),
        Route::Charts(service.clone()),
        Route::Rollouts,
        Route::Rollout(String::new()),
        Route::Slos,
        Route::Slo(String::new()),
        Route::Alerts,
        Route::Approvals,
        Route::Operations,
        Route::Logs(LogOf::Pod(object.clone())),
        Route::Logs(LogOf::Service(service)),
        Route::Describe(object),
        Route::Contexts,
        Route::Forwards,
    ];
    routes.extend(pages.map(Route::Page));
    routes
}

/// The names of the snapshots there are, with their sizes.
fn files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens/snapshots");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.filter_map(|name| name.to_str()?.strip_suffix(".snap").map(str::to_owned));
    names.collect()
}

#[test]
fn every_screen_and_dialog_has_a_snapshot_of_every_size() {
    let files = files();
    let of_scopes = SCOPES.into_iter().flat_map(of_scope).copied();
    let of_routes = routes().iter().map(of_route).collect::<Vec<_>>();
    for name in of_scopes.chain(of_routes) {
        for (width, height) in SIZES {
            let file = format!("{name}_{width}x{height}");
            assert!(files.contains(&file), "there is no snapshot {file}");
        }
    }
    // And none that was taken at some sizes only.
    for file in &files {
        let (name, _) = file.rsplit_once('_').expect("a name and a size");
        for (width, height) in SIZES {
            assert!(files.contains(&format!("{name}_{width}x{height}")), "{name} lacks {width}x{height}");
        }
    }
}

#[test]
fn lines_that_are_typed() {
    let mut desk = demo();
    desk.press("/").type_text("che");
    snap("line_filter", &mut desk);
    desk.press("enter M").type_text("my che");
    snap("line_filter_name", &mut desk);
    desk.press("enter '");
    snap("filters", &mut desk);
    let mut desk = demo();
    desk.press("!").type_text("called bo, he looks");
    snap("line_note", &mut desk);
    let mut desk = cockpit("orders");
    desk.press("f").type_text("80");
    snap("line_forward", &mut desk);
}

#[test]
fn actions_that_have_a_form_or_a_crowd() {
    let mut desk = filtered("env:staging");
    desk.press("space space r");
    snap("bulk", &mut desk);
    let mut desk = filtered("frontend env:staging");
    desk.press("i");
    snap("set_image", &mut desk);
    let mut desk = filtered("frontend env:staging");
    desk.press("enter D");
    answer_plan(&mut desk);
    snap("delete_pod", &mut desk);
    let mut desk = filtered("frontend env:staging");
    desk.press("P");
    answer_plan(&mut desk);
    snap("pause", &mut desk);
}
