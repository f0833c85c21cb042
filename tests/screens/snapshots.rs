//! Every screen and dialog at three sizes.

use crate::fixture::{self, planned, planned_with};
use crate::harness::Desk;
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event, LogLine, LogUpdate};

pub(crate) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

pub(crate) fn snap(name: &str, desk: &mut Desk) {
    for (width, height) in SIZES {
        let screen = desk.at(width, height);
        in_ascii(name, desk.buffer(width, height));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
        });
    }
}

/// Whatever is on a screen, a terminal that cannot do more than ASCII gets no more.
fn in_ascii(name: &str, mut drawn: ratatui::buffer::Buffer) {
    quarterdeck::ui::fold(&mut drawn);
    // Letters are the names and texts of others; what is no letter is ours.
    let ours = |c: char| !c.is_ascii() && !c.is_alphanumeric();
    let odd = drawn.content.iter().find(|cell| {
        let mut chars = cell.symbol().chars();
        chars.next().is_some_and(ours) && chars.next().is_none()
    });
    assert!(odd.is_none(), "{name}: {odd:?}");
}

pub(crate) fn demo() -> Desk {
    Desk::connected("demo", fixture::shop())
}

/// The console standing on a service in its cockpit.
pub(crate) fn cockpit(name: &str) -> Desk {
    let mut desk = demo();
    desk.press("/").type_text(name).press("enter enter");
    desk
}

/// Opens the rollback page of a service and answers its question.
pub(crate) fn rollback(context: &str, name: &str) -> Desk {
    let mut desk = Desk::connected(context, fixture::shop());
    desk.press("/").type_text(name).press("enter");
    desk.take();
    desk.press("R");
    answer_plan(&mut desk);
    desk
}

/// Answers the newest question for a plan as the shell would.
pub(crate) fn answer_plan(desk: &mut Desk) {
    let asked = desk.take().into_iter().find_map(|effect| {
        if let Effect::Plan { ticket, ask } = effect { Some((ticket, ask)) } else { None }
    });
    let (ticket, ask) = asked.expect("a plan is asked for");
    let plan = planned(&ask, desk.now);
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(plan)) });
}

#[test]
fn services() {
    snap("services", &mut demo());
}

#[test]
fn services_in_production_with_write_mode() {
    let mut desk = Desk::connected("prod-eu", fixture::shop());
    desk.press(":").type_text("write 30m").press("enter");
    snap("services_prod_write", &mut desk);
}

#[test]
fn services_grouped_filtered_marked() {
    let mut desk = demo();
    desk.press("b b space space /").type_text("!health:healthy env:prod").press("enter");
    snap("services_filtered", &mut desk);
}

#[test]
fn services_nothing_there() {
    snap("services_empty", &mut Desk::connected("demo", fixture::live()));
    let mut desk = Desk::connected("demo", Vec::new());
    snap("services_loading", &mut desk);
    let fault = Fault::new(FaultKind::Forbidden, "alice may not list deployments at the cluster scope")
        .hint("ask for the role `view`, or choose one namespace: `:ns NAME`");
    let facts =
        Kind::all().map(|kind| Fact::Stream(kind, StreamState::Forbidden { fault: fault.clone() })).collect();
    snap("services_forbidden", &mut Desk::connected("demo", facts));
    let mut desk = demo();
    desk.press("/").type_text("nosuch");
    snap("services_no_match", &mut desk);
}

#[test]
fn services_lost_link() {
    let mut desk = demo();
    desk.send(Event::Facts(fixture::lost()));
    desk.wait(std::time::Duration::from_secs(185));
    snap("services_lost", &mut desk);
}

#[test]
fn cockpits() {
    snap("cockpit_crashing", &mut cockpit("check"));
    snap("cockpit_healthy", &mut cockpit("orders"));
    let mut desk = cockpit("pricing");
    desk.press("tab tab");
    snap("cockpit_paused_revisions", &mut desk);
}

#[test]
fn rollouts() {
    let mut desk = demo();
    desk.press("3");
    snap("rollouts", &mut desk);
}

#[test]
fn operations() {
    let mut desk = demo();
    for run in fixture::runs() {
        desk.send(Event::Run(Box::new(run)));
    }
    desk.press("6");
    desk.send(Event::Audit(Ok(fixture::audit())));
    desk.wait(std::time::Duration::from_mins(1));
    snap("operations", &mut desk);
    desk.send(Event::Audit(Err(Fault::new(
        FaultKind::Internal,
        "audit.log line 3: content was changed after it was written",
    )
    .hint("keep the file as it is and find out who changed it"))));
    snap("operations_tampered", &mut desk);
}

#[test]
fn dialogs() {
    let mut desk = demo();
    desk.press(":").type_text("che");
    snap("palette", &mut desk);
    let mut desk = demo();
    desk.press("?");
    snap("help", &mut desk);
    let mut desk = demo();
    desk.send(Event::Run(Box::new(fixture::runs().remove(0))));
    desk.press("q");
    snap("quit", &mut desk);
}

#[test]
fn rollback_pages() {
    snap("rollback_read_only", &mut rollback("demo", "checkout ns:shop-prod"));
    let mut desk = rollback("prod-eu", "checkout ns:shop-prod");
    desk.press("esc :").type_text("write").press("enter R");
    answer_plan(&mut desk);
    desk.press("e").type_text("crash loops since 03:05").press("enter");
    desk.wait(std::time::Duration::from_secs(1));
    answer_plan(&mut desk);
    desk.type_text("check");
    snap("rollback_typing", &mut desk);
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press("/").type_text("identity").press("enter R");
    let (ticket, ask) = desk
        .take()
        .into_iter()
        .find_map(|e| if let Effect::Plan { ticket, ask } = e { Some((ticket, ask)) } else { None })
        .unwrap();
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(planned_with(&ask, desk.now, true))) });
    snap("rollback_owned_by_helm", &mut desk);
    let mut desk = demo();
    desk.press("R");
    snap("rollback_waiting", &mut desk);
    let ticket = desk
        .take()
        .into_iter()
        .find_map(|e| if let Effect::Plan { ticket, .. } = e { Some(ticket) } else { None })
        .unwrap();
    let fault =
        Fault::new(FaultKind::Unreachable, "https://127.0.0.1:6443 does not answer: connection refused")
            .hint("check the VPN, then u reads again");
    desk.send(Event::Planned { ticket, plan: Err(fault) });
    snap("rollback_failed", &mut desk);
}

#[test]
fn simple_actions() {
    let mut desk = demo();
    desk.press(":").type_text("write").press("enter /").type_text("frontend env:staging").press("enter r");
    answer_plan(&mut desk);
    snap("restart", &mut desk);
    desk.press("esc S").type_text("5");
    desk.press("enter");
    answer_plan(&mut desk);
    snap("scale", &mut desk);
}

#[test]
fn logs() {
    let mut desk = cockpit("check");
    desk.take();
    desk.press("l");
    let ticket = desk
        .take()
        .into_iter()
        .find_map(|e| if let Effect::FollowLogs(query) = e { Some(query.ticket) } else { None })
        .unwrap();
    let lines = (0..60)
        .map(|i| LogLine { at: Some(fixture::now().wall), source: 0, text: fixture::log_line(i) })
        .collect();
    desk.send(Event::Logs(LogUpdate { ticket, lines, ended: None }));
    desk.press("t /").type_text("db").press("enter");
    snap("logs", &mut desk);
}

#[test]
fn describe() {
    let mut desk = cockpit("check");
    desk.press("enter");
    snap("describe_pod", &mut desk);
    let mut desk = demo();
    desk.press("/").type_text("identity").press("enter enter tab enter");
    snap("describe_workload", &mut desk);
}

#[test]
fn contexts() {
    let mut desk = demo();
    desk.press(":").type_text("ctx").press("enter");
    desk.send(Event::Contexts(Ok(fixture::contexts())));
    snap("contexts", &mut desk);
}

#[test]
fn before_the_first_connection() {
    let mut desk = Desk::blank(quarterdeck::app::Settings::default());
    let fault = Fault::new(
        FaultKind::Config,
        "no kubeconfig: $KUBECONFIG is not set and ~/.kube/config does not exist",
    )
    .hint("`qd demo` needs none");
    desk.send(Event::ConnectFailed("default".into(), fault));
    snap("not_connected", &mut desk);
}

#[test]
fn ascii_and_no_colour() {
    let mut desk =
        Desk::blank(quarterdeck::app::Settings { ascii: true, no_color: true, ..Default::default() });
    desk.send(Event::Connected(fixture::place("prod-eu")));
    desk.send(Event::Facts(fixture::shop()));
    snap("services_ascii", &mut desk);
}

/// A console in which six operations are under way or over.
pub(crate) fn delivering(context: &str) -> Desk {
    use crate::deliveries::*;
    // Played once: playing an hour of a canary takes longer than drawing it.
    static SHOP: std::sync::LazyLock<Vec<Fact>> =
        std::sync::LazyLock::new(|| shop_with(&[WATCHING, BAD, HELD, STARTING, HANDED_OVER, PROMOTED]));
    Desk::connected(context, SHOP.clone())
}

/// The page of the operation on a service.
pub(crate) fn rollout(context: &str, service: &str) -> Desk {
    let mut desk = delivering(context);
    desk.press("3 /").type_text(service).press("enter enter");
    desk
}

#[test]
fn rollouts_with_operations() {
    let mut desk = delivering("demo");
    desk.press("3");
    snap("rollouts_operations", &mut desk);
}

#[test]
fn rollout_pages() {
    for service in ["cart", "catalog", "orders", "shipping", "frontend", "tax"] {
        snap(&format!("rollout_{service}"), &mut rollout("demo", service));
    }
}

#[test]
fn a_rolling_update_that_is_watched() {
    use crate::deliveries::*;
    let facts =
        shop_with(&[WATCHED, Play { service: "cart", failing: (0.03, 0.0031), for_s: 120, ..WATCHED }]);
    let mut desk = Desk::connected("demo", facts.clone());
    desk.press("3");
    snap("rollouts_rolling", &mut desk);
    for service in ["catalog", "cart"] {
        let mut desk = Desk::connected("demo", facts.clone());
        desk.press("3 /").type_text(service).press("enter enter");
        snap(&format!("rollout_rolling_{service}"), &mut desk);
    }
}

#[test]
fn rollouts_with_conditions() {
    use crate::deliveries::*;
    let facts = shop_with(&[CONDITIONED, BROKEN]);
    let mut desk = Desk::connected("demo", facts.clone());
    desk.press("3");
    snap("rollouts_conditions", &mut desk);
    for service in ["cart", "orders"] {
        let mut desk = Desk::connected("demo", facts.clone());
        desk.press("3 /").type_text(service).press("enter enter");
        snap(&format!("rollout_conditions_{service}"), &mut desk);
    }
}

#[test]
fn requests() {
    let mut desk = rollout("prod-eu", "cart");
    desk.press(":").type_text("write").press("enter p").type_text("ca");
    snap("request_promote_prod", &mut desk);
    let mut desk = rollout("demo", "cart");
    desk.press(":").type_text("write").press("enter a");
    snap("request_abort", &mut desk);
}

#[test]
fn cockpits_with_operations() {
    snap("cockpit_canary", &mut crate::cockpits::flying("cart ns:shop-prod"));
    snap("cockpit_orphaned", &mut crate::cockpits::flying("frontend ns:shop-prod"));
}

#[test]
fn leaving() {
    let mut desk = crate::leaving::driving(true);
    desk.press("q");
    snap("leaving", &mut desk);
}
