//! A bad release seen and rolled back.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::STRATEGIC;
use crate::make;
use crate::program::{Person, until_says};

behaviours! { "rollback":
    bad_image_is_rolled_back_and_recorded,
    kubectl_agrees,
    dry_run_shows_the_difference_and_changes_nothing,
    viewer_is_refused_with_the_exact_right,
    nobody_is_told_what_is_forbidden,
    nobody_to_ask_writes_nothing,
    revision_that_does_not_exist,
    first_revision_has_nothing_to_go_back_to,
    killed_while_waiting_leaves_log_and_cluster_whole,
    killed_operation_locks_nobody_out,
}

fn path(c: &Case) -> String {
    format!("{}/shop", c.deployments())
}

fn image(d: &Value) -> &str {
    d["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}

fn revision(d: &Value) -> &str {
    d["metadata"]["annotations"]["deployment.kubernetes.io/revision"].as_str().unwrap_or_default()
}

/// Deployment `shop`: revision 1 runs, revision 2 cannot be pulled.
async fn bad_release(c: &Case) -> Value {
    c.create(&c.deployments(), &make::deployment("shop", 2, make::IMAGE)).await;
    c.until("revision 1 runs", &path(c), |d| d["status"]["availableReplicas"] == 2).await;
    let bad =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": make::BROKEN}]}}}});
    c.admin.patch(STRATEGIC, &path(c), &bad).await.is(200);
    let tried = |d: &Value| revision(d) == "2" && d["status"]["updatedReplicas"] == 1;
    let pods = c.core("pods?labelSelector=app%3Dshop");
    c.until("its pod says why not", &pods, |list| list.to_string().contains("ImagePull")).await;
    c.until("revision 2 is tried", &path(c), tried).await
}

async fn bad_image_is_rolled_back_and_recorded(c: Case) {
    bad_release(&c).await;
    let admin = Person::new(&c, "admin");
    let listed = admin.qd(&["services"]).await.exits(0);
    assert!(listed.out.contains("shop") && listed.out.contains("degraded"), "{}", listed.out);
    admin.qd(&["rollback", "shop", "--yes", "--reason", "cannot be pulled"]).await.exits(0);
    let d = c.read(&path(&c)).await;
    assert_eq!((image(&d), revision(&d)), (make::IMAGE, "3"));
    assert_eq!((&d["status"]["updatedReplicas"], &d["status"]["availableReplicas"]), (&json!(2), &json!(2)));
    let log = admin.audit().await;
    let text = json!(log).to_string();
    assert_eq!(log.len(), 3, "before, written, done: {text}");
    for word in ["shop", "cannot be pulled", d["metadata"]["uid"].as_str().expect("a uid")] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

async fn kubectl_agrees(c: Case) {
    bad_release(&c).await;
    let admin = Person::new(&c, "admin");
    admin.qd(&["rollback", "shop", "--yes", "--reason", "bad"]).await.exits(0);
    let Some(history) = admin.kubectl(&["rollout", "history", "deployment/shop"]).await else {
        eprintln!("kubectl is not installed: its view was not compared");
        return;
    };
    let history = history.exits(0).out;
    let numbers: Vec<_> =
        history.lines().filter_map(|line| line.split_whitespace().next()?.parse::<u32>().ok()).collect();
    assert_eq!(numbers, [2, 3], "{history}");
    let status =
        admin.kubectl(&["rollout", "status", "deployment/shop", "--timeout=60s"]).await.expect("kubectl");
    assert!(status.exits(0).out.contains("successfully rolled out"));
}

async fn dry_run_shows_the_difference_and_changes_nothing(c: Case) {
    let before = bad_release(&c).await;
    let admin = Person::new(&c, "admin");
    let shown = admin.qd(&["rollback", "shop", "--dry-run"]).await.exits(2).out;
    assert!(shown.contains(make::BROKEN) && shown.contains(make::IMAGE), "{shown}");
    let after = c.read(&path(&c)).await;
    assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"]);
    assert_eq!(image(&after), make::BROKEN);
}

async fn viewer_is_refused_with_the_exact_right(c: Case) {
    let before = bad_release(&c).await;
    let viewer = Person::new(&c, "viewer");
    let refused = viewer.qd(&["rollback", "shop", "--yes", "--reason", "x"]).await.exits(3);
    assert!(refused.err.contains(&format!("patch deployments in {}", c.ns)), "{}", refused.err);
    let after = c.read(&path(&c)).await;
    assert_eq!(after["metadata"]["generation"], before["metadata"]["generation"]);
}

async fn nobody_is_told_what_is_forbidden(c: Case) {
    bad_release(&c).await;
    let refused =
        Person::new(&c, "nobody").qd(&["rollback", "shop", "--yes", "--reason", "x"]).await.exits(3);
    assert!(refused.err.contains("cannot list resource \"deployments\""), "{}", refused.err);
}

async fn nobody_to_ask_writes_nothing(c: Case) {
    let before = bad_release(&c).await;
    let admin = Person::new(&c, "admin");
    let refused = admin.qd(&["rollback", "shop", "--reason", "x"]).await.exits(3);
    assert!(refused.err.contains("--yes"), "{}", refused.err);
    assert_eq!(c.read(&path(&c)).await["metadata"]["generation"], before["metadata"]["generation"]);
}

async fn revision_that_does_not_exist(c: Case) {
    let before = bad_release(&c).await;
    let refused =
        Person::new(&c, "admin").qd(&["rollback", "shop", "--to", "77", "--yes", "--reason", "x"]).await;
    assert!(refused.code != 0 && refused.err.contains("77"), "{}: {}", refused.code, refused.err);
    assert_eq!(c.read(&path(&c)).await["metadata"]["generation"], before["metadata"]["generation"]);
}

async fn first_revision_has_nothing_to_go_back_to(c: Case) {
    c.create(&c.deployments(), &make::deployment("shop", 1, make::IMAGE)).await;
    c.until("revision 1 runs", &path(&c), |d| d["status"]["availableReplicas"] == 1).await;
    let refused = Person::new(&c, "admin").qd(&["rollback", "shop", "--yes", "--reason", "x"]).await.exits(1);
    assert!(refused.err.contains("no earlier revision"), "{}", refused.err);
}

/// A rollback to an image that cannot be pulled, killed while it waits.
async fn killed_halfway(c: &Case) -> Person {
    bad_release(c).await;
    let good =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": make::IMAGE}]}}}});
    c.admin.patch(STRATEGIC, &path(c), &good).await.is(200);
    c.until("revision 3 runs", &path(c), |d| revision(d) == "3" && d["status"]["updatedReplicas"] == 2).await;
    let admin = Person::new(c, "admin");
    let mut child = admin.start_qd(&["rollback", "shop", "--to", "2", "--yes", "--reason", "on purpose"]);
    until_says(&mut child, "waiting").await;
    child.kill().await.expect("a running program");
    admin
}

async fn killed_while_waiting_leaves_log_and_cluster_whole(c: Case) {
    let admin = killed_halfway(&c).await;
    let d = c.until("the change is there", &path(&c), |d| image(d) == make::BROKEN).await;
    let text = json!(admin.audit().await).to_string();
    assert!(
        text.contains("on purpose") && text.contains(d["metadata"]["uid"].as_str().expect("a uid")),
        "{text}"
    );
}

async fn killed_operation_locks_nobody_out(c: Case) {
    let admin = killed_halfway(&c).await;
    admin.qd(&["rollback", "shop", "--yes", "--reason", "mend"]).await.exits(0);
    assert_eq!(image(&c.read(&path(&c)).await), make::IMAGE);
    admin.audit().await;
}
