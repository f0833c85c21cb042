//! Tunnels: opened from what is selected, listed, closed, and led to another pod.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, demo, snap};
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event, Forward, ForwardAsk};

fn forward(id: u64, pod: &str, service: Option<&str>) -> Forward {
    Forward {
        id,
        context: "demo".into(),
        pod: ObjectKey::new(Kind::Pod, "shop-prod", pod),
        service: service.map(|name| ServiceKey { namespace: "shop-prod".into(), name: name.into() }),
        ports: ForwardPorts { local: 8079 + u16::try_from(id).unwrap(), remote: 8080 },
        fault: None,
        open: 0,
        sent: 0,
        received: 0,
        since: fixture::now().wall,
    }
}

fn asked(desk: &mut Desk) -> Option<ForwardAsk> {
    desk.take().into_iter().find_map(|e| if let Effect::Forward(ask) = e { Some(ask) } else { None })
}

/// Names of the pods of a service that are ready.
fn ready(desk: &Desk, name: &str) -> Vec<String> {
    let key = ServiceKey { namespace: "shop-prod".into(), name: name.into() };
    let world = desk.app.world();
    let pods = world.workloads_of(&key).into_iter().flat_map(|w| world.pods_of_workload(&w));
    pods.filter(|pod| pod.is_ready()).map(|pod| pod.key.name.to_string()).collect()
}

#[test]
fn f_on_a_pod_names_it_and_enter_opens_it() {
    let mut desk = cockpit("orders");
    desk.take();
    desk.press("f");
    let screen = desk.screen();
    assert!(screen.contains("forward: shop-prod/orders-") && screen.contains("8080:8080"), "{screen}");
    assert!(asked(&mut desk).is_none(), "nothing is open before it is confirmed");
    desk.press("enter");
    let ask = asked(&mut desk).expect("a tunnel");
    assert_eq!((ask.service, ask.ports), (None, ForwardPorts { local: 8080, remote: 8080 }));
    assert!(ask.pod.name.as_str().starts_with("orders-"));
}

#[test]
fn f_on_a_service_leads_to_a_pod_that_is_ready() {
    let mut desk = demo();
    desk.press("/").type_text("name:orders env:prod").press("enter");
    desk.take();
    desk.press("f enter");
    let ask = asked(&mut desk).expect("a tunnel");
    assert_eq!(ask.service.unwrap().to_string(), "shop-prod/orders");
    assert!(ready(&desk, "orders").contains(&ask.pod.name.to_string()));
}

#[test]
fn the_word_takes_a_target_and_ports() {
    let cases = [
        ("forward shop-prod/cart 9000:80", Some((9000, 80)), ""),
        ("forward shop-prod/cart", Some((8080, 8080)), ""),
        ("forward shop-prod/cart :80", Some((0, 80)), ""),
        ("forward nosuch 80:80", None, "no pod or service 'nosuch'"),
        ("forward shop-prod/cart 80:http", None, "'80:http' is not LOCAL:REMOTE"),
        ("forward a b c", None, "'a b c' is not TARGET LOCAL:REMOTE"),
        ("forward cart 1:1", None, "'cart' means 2 services"),
    ];
    for (text, ports, why) in cases {
        let mut desk = demo();
        desk.press(":").type_text(text).press("enter");
        let asked = asked(&mut desk).map(|ask| (ask.ports.local, ask.ports.remote));
        assert_eq!(asked, ports, "{text}: {}", desk.screen());
        assert!(desk.screen().contains(why), "{text} says why:\n{}", desk.screen());
    }
}

#[test]
fn the_list_shows_state_bytes_and_closes() {
    let mut desk = demo();
    desk.press(":").type_text("forwards").press("enter");
    assert!(desk.screen().contains("No tunnel is open"), "{}", desk.screen());
    let orders = ready(&desk, "orders")[0].clone();
    let mut busy = forward(1, &orders, Some("orders"));
    (busy.open, busy.sent, busy.received) = (2, 4_300, 52_428_800);
    let mut failing = forward(2, &ready(&desk, "cart")[0], None);
    failing.fault = Some(
        Fault::new(FaultKind::Server, "port 8080 of the pod: connection refused")
            .hint("nothing listens there: `y` on the pod shows its ports"),
    );
    let gone = forward(3, "cart-gone", None);
    desk.send(Event::Forwards(vec![busy, failing, gone]));
    snap("forwards", &mut desk);
    desk.press("G D");
    assert!(desk.take().iter().any(|effect| matches!(effect, Effect::StopForward(3))));
    desk.press("g c");
    assert!(
        desk.take().iter().any(|effect| matches!(effect, Effect::Copy(text) if text == "127.0.0.1:8080"))
    );
}

#[test]
fn a_tunnel_to_a_service_outlives_its_pod() {
    let mut desk = demo();
    let first = ready(&desk, "orders")[0].clone();
    desk.send(Event::Forwards(vec![forward(1, &first, Some("orders")), forward(2, &first, None)]));
    assert!(!desk.take().iter().any(|effect| matches!(effect, Effect::Redirect { .. })), "it is there");
    let key = ObjectKey::new(Kind::Pod, "shop-prod", first.as_str());
    desk.send(Event::Facts(vec![Fact::Gone(key)]));
    let led: Vec<_> = desk.take().into_iter().filter(|e| matches!(e, Effect::Redirect { .. })).collect();
    let [Effect::Redirect { id: 1, pod }] = led.as_slice() else { panic!("{led:?}") };
    assert!(ready(&desk, "orders").contains(&pod.name.to_string()));
    desk.send(Event::Wake);
    assert!(desk.take().is_empty(), "it is led once");
    assert!(desk.screen().contains("is gone"), "{}", desk.screen());
}
