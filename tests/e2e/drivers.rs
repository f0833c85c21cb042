//! Several drivers, askers and engines of one delivery, and what becomes of it
//! when one of them dies or the API server is away.

use serde_json::Value;

use crate::behaviours;
use crate::case::Case;
use crate::cut::Line;
use crate::engine::Engine;
use crate::make;
use crate::program::{Person, ended, until_says};
use crate::shop::{self, GOOD, over, release, watched, why};

behaviours! { "drivers":
    driver_killed_at_half_is_followed_by_an_engine,
    two_who_press_promote_at_once_promote_once,
    abort_while_the_server_is_away_is_carried_out,
    abort_of_a_killed_driver_does_not_wait_for_its_lease,
    delivery_left_is_driven_by_one_engine_and_handed_over,
}

const TWO_STEPS: [&str; 6] = ["--steps", "25,50", "--step-min", "40s", "--step-max", "60s"];

async fn driver_killed_at_half_is_followed_by_an_engine(c: Case) {
    let admin = shop::open(&c, 3).await;
    let engine = Engine::start(&c).await;
    let mut driver = admin.start_qd(&release(GOOD, &TWO_STEPS));
    shop::until(&c, "the first step is watched", watched(0)).await;
    admin.qd(&["promote", "shop", "--reason", "first"]).await.exits(0);
    let before = shop::until(&c, "half the pods are canaries", watched(1)).await;
    driver.kill().await.expect("a running driver");
    let after = shop::until(&c, "the engine drives", |r| r["driver"]["mode"] == "engine").await;
    assert_eq!(after["driver"]["epoch"], 2);
    let taken = after["log"].to_string();
    assert!(taken.contains(before["driver"]["identity"].as_str().expect("an identity")), "{taken}");
    let record = shop::until(&c, "it is over", over).await;
    assert_eq!(record["run"]["phase"]["ending"], "promoted", "{}", record["log"]);
    shop::is_whole(&c, GOOD, 3).await;
    shop::is_told(&c, &record, &[&admin, &engine.person]).await;
    shop::replays(&admin, &record).await;
    let status = admin.qd(&["status"]).await.exits(0).out;
    assert!(status.contains("3/3 pods available"), "{status}");
    engine.ends().await;
}

async fn two_who_press_promote_at_once_promote_once(c: Case) {
    let admin = shop::open(&c, 4).await;
    let driver = admin.start_qd(&release(GOOD, &["--manual", "--steps", "25,50,75"]));
    shop::until(&c, "the first step is watched", watched(0)).await;
    let (ada, bo) = (Person::new(&c, "admin"), Person::new(&c, "admin"));
    let promote = ["promote", "shop", "--reason", "go"];
    let (one, other) = tokio::join!(ada.qd(&promote), bo.qd(&promote));
    let answered =
        |r: &Value| r["requests"].as_array().is_some_and(|all| all.iter().all(|it| !it["ack"].is_null()));
    let on = |r: &Value| watched(1)(r) || watched(2)(r);
    let record = shop::until(&c, "a later step is watched", |r| on(r) && answered(r)).await;
    // On a busy machine one may begin when the other is through, and then sees the step after.
    let all = record["requests"].as_array().expect("requests");
    let promoted: Vec<&Value> =
        all.iter().filter(|it| it["ack"]["done"] == true).map(|it| &it["step"]).collect();
    let steps: Vec<Value> = (0..promoted.len()).map(Value::from).collect();
    assert!(!promoted.is_empty() && promoted.iter().copied().eq(&steps), "each step once: {all:?}");
    // One may also have given up waiting for its answer; nobody is told a wrong one.
    let told = [&one, &other].iter().filter(|ran| ran.code == 0).count();
    assert!(told <= promoted.len(), "{}{}\n{}{}", one.out, one.err, other.out, other.err);
    ada.qd(&["abort", "shop", "--reason", "enough"]).await.exits(0);
    ended(driver).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).contains("enough"), "{}", why(&record));
    shop::is_whole(&c, make::IMAGE, 4).await;
    shop::is_told(&c, &record, &[&admin, &ada, &bo]).await;
}

async fn abort_while_the_server_is_away_is_carried_out(c: Case) {
    shop::open(&c, 2).await;
    let kubeconfig = c.server.kubeconfig_of("admin");
    let line = Line::to(&kubeconfig).await;
    let (cy, dee) =
        (Person::with(&c, &line.over(kubeconfig.clone())), Person::with(&c, &line.over(kubeconfig)));
    let driver = cy.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the step is watched", watched(0)).await;
    line.cut();
    let mut abort = dee.start_qd(&["abort", "shop", "--reason", "it burns"]);
    until_says(&mut abort, "trying again").await;
    line.mend();
    ended(abort).await.exits(0);
    let record = shop::until(&c, "it is over", over).await;
    assert!(why(&record).contains("it burns"), "{}", why(&record));
    ended(driver).await.exits(1);
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&cy, &dee]).await;
}

async fn abort_of_a_killed_driver_does_not_wait_for_its_lease(c: Case) {
    let admin = shop::open(&c, 2).await;
    let mut driver = admin.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the step is watched", watched(0)).await;
    driver.kill().await.expect("a running driver");
    let other = Person::new(&c, "admin");
    other.qd(&["abort", "shop", "--reason", "nobody there"]).await.exits(0);
    let record = shop::record(&c).await;
    assert!(over(&record) && why(&record).contains("nobody there"), "{}", record["run"]);
    assert!(record["log"].to_string().contains("broke the glass"), "{}", record["log"]);
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin, &other]).await;
}

async fn delivery_left_is_driven_by_one_engine_and_handed_over(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.qd(&release(GOOD, &["--manual", "--steps", "50", "--no-wait"])).await.exits(0);
    let (one, two) = tokio::join!(Engine::start(&c), Engine::start(&c));
    let record = shop::until(&c, "the step is watched", watched(0)).await;
    let first = record["driver"]["identity"].clone();
    let driving =
        async |engine: &Engine| engine.get("/metrics").await.1.contains("quarterdeck_deliveries_driving 1");
    let (drives, waits) = if driving(&one).await { (one, two) } else { (two, one) };
    assert!(driving(&drives).await && !driving(&waits).await, "one of the two drives it");
    drives.ends().await;
    let handed = |r: &Value| r["driver"]["identity"] != first && r["driver"]["identity"] != "";
    let record = shop::until(&c, "the other one goes on", handed).await;
    let log = record["log"].to_string();
    assert!(log.contains("handed over by") && !log.contains("taken over from"), "nobody was lost: {log}");
    waits.until("/metrics", |(_, page)| page.contains("quarterdeck_deliveries_driving 1")).await;
    admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(0);
    let record = shop::until(&c, "it is over", over).await;
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &record, &[&admin, &waits.person]).await;
    waits.until("/metrics", |(_, page)| page.contains("quarterdeck_left_total{how=\"promoted\"} 1")).await;
    waits.ends().await;
}
