//! Deliveries, from the first pod of a canary to what is left of it.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;
use crate::program::{Person, Ran, ended};
use crate::shop::{self, GOOD, QUICK, ROLLING, over, release, watched, why};
use crate::until;

behaviours! { "deliver":
    healthy_canary_is_promoted,
    bad_canary_is_rolled_back_by_its_verdict,
    level_that_rose_rolls_the_canary_back,
    image_that_cannot_be_pulled_is_rolled_back,
    pods_that_a_quota_forbids_are_rolled_back,
    canary_too_large_for_the_quota_is_refused,
    object_of_another_tool_is_refused,
    canary_follows_an_autoscaled_stable,
    record_deleted_by_hand_takes_the_canary_with_it,
    plan_kept_is_carried_out_while_it_still_means_the_same,
    rolling_update_is_promoted,
    rolling_update_that_crashes_is_taken_back,
    rolling_update_leaves_what_is_called_like_a_canary_alone,
    rolling_update_is_watched_and_found_fine,
    rolling_update_that_fails_its_requests_is_taken_back,
}

const MANUAL: [&str; 3] = ["--manual", "--steps", "50"];

async fn healthy_canary_is_promoted(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.qd(&release(GOOD, &QUICK)).await.exits(0);
    let record = shop::record(&c).await;
    assert_eq!(record["run"]["phase"], json!({"phase": "over", "ending": "promoted"}));
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
    let told = ["CanaryScaling", "CanaryWatching", "CanaryPromoting", "CanaryCleaningUp", "CanaryPromoted"];
    assert_eq!(shop::events(&c).await, told);
    let rows = shop::replays(&admin, &record).await;
    let last = rows.last().expect("a verdict");
    assert_eq!(last["decision"], "PROMOTE", "{rows:?}");
    // By which rule, with its bound: in the log of its audit, too.
    let said = last["reason"].as_str().expect("a reason");
    assert!(said.contains("fine, E'=") && said.contains("(>=10"), "{said}");
    let log = admin.audit().await;
    let outcome = log.iter().find(|line| line["kind"] == "outcome" && line["operation"] == record["id"]);
    assert_eq!(outcome.expect("an outcome")["detail"], said);
    if let Some(history) = shop::history(&admin).await {
        assert!(history.contains("3.9 promoted by canary of"), "{history}");
    }
}

async fn bad_canary_is_rolled_back_by_its_verdict(c: Case) {
    let admin = shop::open(&c, 2).await;
    let before = c.read(&shop::path(&c)).await["metadata"]["generation"].clone();
    let end = admin.qd(&release(":errors", &QUICK)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).contains("err"), "{}", why(&record));
    assert!(end.out.contains(why(&record)), "{}", end.out);
    shop::is_whole(&c, make::IMAGE, 2).await;
    assert_eq!(c.read(&shop::path(&c)).await["metadata"]["generation"], before, "stable was not touched");
    shop::is_told(&c, &record, &[&admin]).await;
    assert_eq!(
        shop::events(&c).await,
        ["CanaryScaling", "CanaryWatching", "CanaryRollingBack", "CanaryRolledBack"]
    );
    let rows = shop::replays(&admin, &record).await;
    assert_eq!(rows.last().expect("a verdict")["decision"], "ROLL BACK", "{rows:?}");
}

/// Its requests are as good as stable's: only the level can condemn it, once,
/// at the end of the step, by fifty values of each side.
async fn level_that_rose_rolls_the_canary_back(c: Case) {
    let admin = shop::open(&c, 5).await;
    let how = ["--steps", "50", "--step-min", "40s", "--step-max", "70s"];
    let how = [&how[..], &["--level", "queue_length+20%:critical"]].concat();
    let end = admin.qd(&release(":queue", &how)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(
        why(&record).starts_with("queue_length: shifted by +200.0 % (98 %: +40 to +40): worse"),
        "{}",
        why(&record)
    );
    assert!(end.out.contains(why(&record)), "{}", end.out);
    shop::is_whole(&c, make::IMAGE, 5).await;
    shop::is_told(&c, &record, &[&admin]).await;
    let log = admin.audit().await;
    let outcome = log.iter().find(|line| line["kind"] == "outcome" && line["operation"] == record["id"]);
    let outcome = outcome.expect("how it ended is in the audit log");
    assert_eq!((&outcome["result"], outcome["detail"].as_str()), (&json!("rolled back"), Some(why(&record))));
    let verdict = &record["run"]["judged"]["verdict"];
    assert_eq!((&verdict["decision"], &verdict["cause"]), (&json!("rollback"), &json!("end_of_step")));
    let finding = |name: &str| {
        let all = verdict["metrics"].as_array().expect("metrics").iter();
        all.clone().find(|metric| metric["name"] == name).map(|metric| metric["finding"].clone())
    };
    assert_eq!(finding("queue_length"), Some(json!("worse_at_end")), "{verdict}");
    assert_ne!(finding("errors"), Some(json!("worse")), "{verdict}");
    let rows = shop::replays(&admin, &record).await;
    assert_eq!(rows.last().expect("a verdict")["decision"], "ROLL BACK", "{rows:?}");
}

async fn image_that_cannot_be_pulled_is_rolled_back(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.qd(&release(make::BROKEN, &QUICK)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).contains("ImagePull"), "{}", why(&record));
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
}

async fn pods_that_a_quota_forbids_are_rolled_back(c: Case) {
    let admin = shop::open(&c, 2).await;
    // Not a count of pods, which the preflight would see: stable's were there before.
    let quota = json!({"metadata": {"name": "cpu"}, "spec": {"hard": {"requests.cpu": "1"}}});
    c.create(&c.core("resourcequotas"), &quota).await;
    let counted = c.core("resourcequotas/cpu");
    c.until("the quota counts", &counted, |quota| quota["status"]["hard"]["requests.cpu"] == "1").await;
    admin.qd(&release(GOOD, &QUICK)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(why(&record).contains("cpu"), "the server's words: {}", why(&record));
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
}

async fn canary_too_large_for_the_quota_is_refused(c: Case) {
    let admin = shop::open(&c, 2).await;
    let quota = json!({"metadata": {"name": "pods"}, "spec": {"hard": {"pods": "3"}}});
    c.create(&c.core("resourcequotas"), &quota).await;
    let counted = c.core("resourcequotas/pods");
    c.until("the quota counts", &counted, |quota| quota["status"]["used"]["pods"] == "2").await;
    let refused = admin.qd(&release(GOOD, &QUICK)).await.exits(3);
    assert!(refused.err.contains("quota") && refused.err.contains("smaller steps"), "{}", refused.err);
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
}

async fn object_of_another_tool_is_refused(c: Case) {
    let admin = shop::open(&c, 2).await;
    let owned = json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "apps",
        "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}});
    let before = c.admin.patch(MERGE, &shop::path(&c), &owned).await.is(200);
    let refused = admin.qd(&release(GOOD, &QUICK)).await.exits(3);
    assert!(refused.err.contains("Flux") && refused.err.contains("--override-owner"), "{}", refused.err);
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    let now = c.read(&shop::path(&c)).await;
    assert_eq!(now["spec"], before["spec"]);
    let shown = admin.qd(&release(GOOD, &["--override-owner", "--dry-run"])).await.exits(2).out;
    assert!(shown.contains("delivered anyway"), "{shown}");
}

async fn canary_follows_an_autoscaled_stable(c: Case) {
    let admin = shop::open(&c, 2).await;
    let scaler = json!({"metadata": {"name": "shop"}, "spec": {"minReplicas": 2, "maxReplicas": 6,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu",
            "target": {"type": "Utilization", "averageUtilization": 80}}}]}});
    let scalers = c.group("autoscaling/v2", "horizontalpodautoscalers");
    c.create(&scalers, &scaler).await;
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the step is watched", watched(0)).await;
    let more = json!({"spec": {"minReplicas": 4}});
    c.admin.patch(MERGE, &format!("{scalers}/shop"), &more).await.is(200);
    let whole = |side: &Value| side["desired"] == 4 && side["available"] == 4;
    let seen = |r: &Value| whole(&r["seen"]["stable"]) && whole(&r["seen"]["canary"]);
    shop::until(&c, "the canary keeps its share", seen).await;
    admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(0);
    ended(delivery).await.exits(0);
    shop::is_whole(&c, GOOD, 4).await;
    shop::is_told(&c, &shop::record(&c).await, &[&admin]).await;
}

async fn record_deleted_by_hand_takes_the_canary_with_it(c: Case) {
    let admin = shop::open(&c, 2).await;
    let delivery = admin.start_qd(&release(GOOD, &MANUAL));
    shop::until(&c, "the step is watched", watched(0)).await;
    c.admin.delete(&c.core("configmaps/quarterdeck-op-deployment-shop-1")).await.is(200);
    let end = ended(delivery).await.exits(1);
    assert!(end.err.contains("quarterdeck-op-deployment-shop-1"), "{}", end.err);
    shop::is_whole(&c, make::IMAGE, 2).await;
    // The next delivery is not in the way of what is left.
    admin.qd(&release(GOOD, &["--dry-run"])).await.exits(2);
}

async fn plan_kept_is_carried_out_while_it_still_means_the_same(c: Case) {
    let admin = shop::open(&c, 2).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("plan.json").to_str().expect("a path").to_owned();
    let plan =
        [&["plan", "shop", "--image", GOOD, "--reason", "release", "--out", &file][..], &ROLLING].concat();
    admin.qd(&plan).await.exits(2);
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    let other = Person::new(&c, "admin");
    other.qd(&["deploy", "--plan", &file, "--yes"]).await.exits(0);
    shop::is_whole(&c, GOOD, 2).await;
    let late = other.qd(&["deploy", "--plan", &file, "--yes"]).await;
    assert!(late.code != 0 && late.err.contains("nothing would change"), "{}", late.err);
    admin.qd(&["plan", "shop", "--image", make::IMAGE, "--out", &file]).await.exits(2);
    admin.qd(&release(make::BROKEN.replace("nopull", "3.8").as_str(), &ROLLING)).await.exits(0);
    let late = other.qd(&["deploy", "--plan", &file, "--yes"]).await;
    assert!(late.code != 0 && late.err.contains("runs something else now"), "{}", late.err);
    let text = std::fs::read_to_string(&file).expect("a plan").replace("3.10", "3.7");
    std::fs::write(&file, text).expect("a file");
    let forged = other.qd(&["deploy", "--plan", &file, "--yes"]).await;
    assert!(forged.code != 0 && forged.err.contains("changed by hand"), "{}", forged.err);
}

async fn rolling_update_is_promoted(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.qd(&release(GOOD, &ROLLING)).await.exits(0);
    let record = shop::record(&c).await;
    assert_eq!(record["run"]["phase"]["ending"], "promoted");
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
}

async fn rolling_update_that_crashes_is_taken_back(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.qd(&release(":crash", &ROLLING)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(over(&record) && why(&record).contains("crash"), "{}", why(&record));
    c.until("the old pods are back", &shop::path(&c), |d| d["status"]["updatedReplicas"] == 2).await;
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
    if let Some(history) = shop::history(&admin).await {
        assert!(history.contains("crash rolled back to 3.10 by quarterdeck"), "{history}");
    }
}

/// A Deployment `shop-canary` that somebody else keeps there.
async fn rolling_update_leaves_what_is_called_like_a_canary_alone(c: Case) {
    let admin = shop::open(&c, 2).await;
    let theirs = format!("{}/shop-canary", c.deployments());
    c.create(&c.deployments(), &make::serving("shop-canary", 1, make::IMAGE)).await;
    c.until("theirs serves", &theirs, |d| d["status"]["availableReplicas"] == 1).await;
    let before = c.read(&theirs).await["metadata"]["labels"].clone();
    admin.qd(&release(GOOD, &ROLLING)).await.exits(0);
    let record = shop::record(&c).await;
    assert_eq!(record["run"]["phase"]["ending"], "promoted", "{}", why(&record));
    shop::is_whole(&c, GOOD, 2).await;
    let after = c.read(&theirs).await;
    assert_eq!((&after["metadata"]["labels"], &after["status"]["availableReplicas"]), (&before, &json!(1)));
}

/// As short as a verdict allows, and time for one that is late.
const WATCHED: [&str; 6] = ["--strategy", "rolling", "--step-min", "40s", "--step-max", "3m"];

/// Waits until so many of the old pods' requests were counted that they are
/// something to be held against (one in fifty fails). The plan then.
async fn with_a_past(admin: &Person) -> Ran {
    let dry = release(GOOD, &[&WATCHED[..], &["--dry-run"]].concat());
    until::until("a past to be held against", async || {
        let planned = admin.qd(&dry).await.exits(2);
        let failed = planned.out.split_once(" requests failed until now").and_then(|(before, _)| {
            let mut words = before.rsplit(' ');
            words.nth(2)?.parse::<u32>().ok()
        });
        if failed >= Some(40) { Ok(planned) } else { Err(planned.out) }
    })
    .await
}

async fn rolling_update_is_watched_and_found_fine(c: Case) {
    let admin = shop::open(&c, 2).await;
    let planned = with_a_past(&admin).await;
    assert!(planned.out.contains("watched for 40s to 3m"), "{}", planned.out);
    admin.qd(&release(GOOD, &WATCHED)).await.exits(0);
    let record = shop::record(&c).await;
    assert_eq!(record["run"]["phase"]["ending"], "promoted");
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
    let rows = shop::replays(&admin, &record).await;
    assert_eq!(rows.last().expect("a verdict")["decision"], "PROMOTE", "{rows:?}");
    assert_eq!(
        shop::events(&c).await,
        ["CanaryPromoting", "CanaryWatching", "CanaryCleaningUp", "CanaryPromoted"]
    );
}

async fn rolling_update_that_fails_its_requests_is_taken_back(c: Case) {
    let admin = shop::open(&c, 2).await;
    with_a_past(&admin).await;
    admin.qd(&release(":errors", &WATCHED)).await.exits(1);
    let record = shop::record(&c).await;
    assert!(over(&record) && why(&record).contains("err"), "{}", why(&record));
    assert!(record["run"]["plan"]["before"]["n"].as_u64() > Some(0), "{}", record["run"]["plan"]);
    c.until("the old pods are back", &shop::path(&c), |d| d["status"]["updatedReplicas"] == 2).await;
    shop::is_whole(&c, make::IMAGE, 2).await;
    shop::is_told(&c, &record, &[&admin]).await;
    shop::replays(&admin, &record).await;
}
