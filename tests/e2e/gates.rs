//! What keeps a release from users: locks.

use serde_json::json;

use crate::behaviours;
use crate::case::Case;
use crate::program::Person;
use crate::shop::{self, GOOD, QUICK, over, release, why};

behaviours! { "gates":
    locked_service_is_not_delivered_to_and_says_why,
    lock_keeps_back_promotions_and_never_an_abort,
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
