//! What keeps a release from users: locks, freezes.

use serde_json::json;

use crate::behaviours;
use crate::case::Case;
use crate::program::Person;
use crate::shop::{self, GOOD, QUICK, over, release, why};

behaviours! { "gates":
    locked_service_is_not_delivered_to_and_says_why,
    lock_keeps_back_promotions_and_never_an_abort,
    frozen_service_is_delivered_to_only_for_an_incident_and_it_is_recorded,
    freeze_that_cannot_be_read_is_in_force,
    frozen_delivery_is_not_promoted_by_hand_and_can_be_aborted,
}

async fn locked_service_is_not_delivered_to_and_says_why(c: Case) {
    let admin = shop::open(&c, 2).await;
    let bo = Person::new(&c, "admin");
    let said = bo.qd(&["lock", "shop", "--message", "migration until 15:00", "--yes"]).await.exits(0).out;
    assert!(said.contains("lock: migration until 15:00"), "{said}");
    let refused = admin.qd(&release(GOOD, &["--steps", "50"])).await.exits(3).err;
    for words in ["locked by", "migration until 15:00", "qd unlock", "a rollback is never held up"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    let twice = admin.qd(&["lock", "shop", "-m", "mine", "--yes"]).await.exits(3).err;
    assert!(twice.contains("migration until 15:00"), "one lock, not two: {twice}");
    let empty = admin.qd(&["lock", "shop", "-m", " ", "--yes"]).await.exits(1).err;
    assert!(empty.contains("tells nobody why"), "{empty}");
    let elsewhere = admin.qd(&["lock", "shop", "-m", "x", "--env", "production", "--yes"]).await.exits(1).err;
    assert!(elsewhere.contains("does not run in prod"), "{elsewhere}");
    // Its record says who opened it.
    admin.qd(&["unlock", "shop", "--reason", "they said so", "--yes"]).await.exits(0);
    let log = admin.audit().await;
    let line =
        log.iter().find(|line| line["kind"] == "outcome" && line["action"] == "unlock").expect("a line");
    assert_eq!((&line["result"], &line["reason"]), (&json!("succeeded"), &json!("they said so")));
    admin.qd(&["unlock", "shop", "--yes"]).await.exits(0);
    admin.qd(&release(GOOD, &QUICK)).await.exits(0);
    bo.qd(&["lock", "shop", "-m", "nobody moves", "--yes"]).await.exits(0);
    admin.qd(&["rollback", "shop", "--yes"]).await.exits(0);
}

async fn lock_keeps_back_promotions_and_never_an_abort(c: Case) {
    let admin = shop::open(&c, 2).await;
    let delivery = admin.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the step is watched", shop::watched(0)).await;
    admin.qd(&["lock", "shop", "-m", "an incident", "--yes"]).await.exits(0);
    let refused = admin.qd(&["promote", "shop"]).await.exits(3).err;
    assert!(refused.contains("an incident") && refused.contains("qd unlock"), "{refused}");
    admin.qd(&["abort", "shop", "--reason", "not today"]).await.exits(0);
    shop::until(&c, "it is over", over).await;
    crate::program::ended(delivery).await;
    assert!(why(&shop::record(&c).await).contains("abort"), "{}", why(&shop::record(&c).await));
}

/// A freeze of everything but the namespace's own kind would not hold: those of
/// tests declare no environment, so they count as production.
const FREEZE: &str = "apiVersion: quarterdeck/v1\nkind: Freeze\nmetadata: {name: holiday}\nspec:\n  \
    days: [mon, tue, wed, thu, fri, sat, sun]\n  from: \"00:00\"\n  until: \"24:00\"\n  timeZone: UTC\n  \
    environments: [production]\n  reason: Black Friday\n";

async fn frozen_service_is_delivered_to_only_for_an_incident_and_it_is_recorded(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.configure("gates/freeze.yaml", FREEZE);
    let refused = admin.qd(&release(GOOD, &QUICK)).await.exits(3).err;
    for words in ["frozen by 'holiday' (Black Friday)", "--break-glass", "a rollback is never held up"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let no_incident = admin.qd(&release(GOOD, &["--break-glass", "please"])).await.exits(1).err;
    assert!(no_incident.contains("INC-412"), "{no_incident}");
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    let glass = ["--break-glass", "INC-7", "--strategy", "rolling"];
    admin.qd(&release(GOOD, &glass)).await.exits(0);
    let record = shop::record(&c).await;
    let first = record["log"][0]["text"].as_str().expect("a line");
    assert!(first.contains("freeze broken for incident INC-7") && first.contains("Black Friday"), "{first}");
    let log = admin.audit().await;
    let intent = log.iter().find(|line| line["kind"] == "intent" && line["operation"] == record["id"]);
    let intent = intent.expect("a line");
    assert_eq!((&intent["action"], &intent["reason"]), (&json!(first), &json!("release")));
    // Going back never asks.
    admin.qd(&["rollback", "shop", "--yes"]).await.exits(0);
}

async fn freeze_that_cannot_be_read_is_in_force(c: Case) {
    let admin = shop::open(&c, 2).await;
    admin.configure("gates/freeze.yaml", &FREEZE.replace("UTC", "Mars/Base"));
    let refused = admin.qd(&release(GOOD, &QUICK)).await.exits(3).err;
    assert!(refused.contains("freeze.yaml:6") && refused.contains("'Mars/Base'"), "{refused}");
    admin.configure("gates/freeze.yaml", &FREEZE.replace("production", "staging"));
    let shown = admin.qd(&release(GOOD, &["--dry-run"])).await.exits(2).out;
    assert!(shown.contains("none is configured for it"), "{shown}");
}

async fn frozen_delivery_is_not_promoted_by_hand_and_can_be_aborted(c: Case) {
    let admin = shop::open(&c, 2).await;
    let delivery = admin.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the step is watched", shop::watched(0)).await;
    admin.configure("gates/freeze.yaml", FREEZE);
    let refused = admin.qd(&["promote", "shop"]).await.exits(3).err;
    assert!(refused.contains("Black Friday"), "{refused}");
    let glass = ["promote", "shop", "--break-glass", "INC-7", "--reason", "the fix"];
    admin.qd(&glass).await.exits(0);
    let record = shop::record(&c).await;
    let asked = record["requests"].as_array().and_then(|asked| asked.last()).expect("a request");
    assert!(asked["reason"].as_str().is_some_and(|text| text.contains("INC-7")), "{asked}");
    admin.qd(&["abort", "shop"]).await;
    shop::until(&c, "it is over", over).await;
    crate::program::ended(delivery).await;
}
