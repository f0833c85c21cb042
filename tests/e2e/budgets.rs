//! What an error budget says of a release, and never of going back.

use std::path::PathBuf;

use quarterdeck::domain::Slot;
use quarterdeck::shell::slos::digest;
use quarterdeck::slo::Slo;
use quarterdeck::store::SlotStore;
use serde_json::json;

use crate::behaviours;
use crate::case::Case;
use crate::make;
use crate::program::Person;
use crate::shop::{self, GOOD, QUICK, over, release, watched};

behaviours! { "budgets":
    spent_budget_holds_releases_up_but_not_their_exceptions,
    policy_that_cannot_be_read_holds_releases_up,
    abort_asks_no_budget,
    promotion_of_tier_1_waits_for_a_budget_nobody_can_tell,
}

const OBJECTIVE: &str = "version: prometheus/v1
service: shop
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~\"5..\"}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
";

const FREEZE: &str = "apiVersion: quarterdeck/v1
kind: ErrorBudgetPolicy
metadata: {name: strict}
spec:
  services: [shop]
  rules:
    - {when: \"remaining <= 0%\", action: freeze, exceptions: [security]}
";

fn write(admin: &Person, name: &str, text: &str) -> PathBuf {
    let folder = admin.folders().slos();
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// An objective of the shop, and a month counted by a console of this person in
/// which one request of `one_bad_in` failed.
fn counted(c: &Case, admin: &Person, one_bad_in: f32) {
    write(admin, "shop.yaml", OBJECTIVE);
    let slo: Slo = quarterdeck::slo::read("shop.yaml", OBJECTIVE).slos.remove(0);
    let context = c.server.kubeconfig_of("admin").current_context.expect("a context");
    let store = SlotStore::open(&admin.folders().slots(&context)).expect("a folder");
    let end = Slot::index_at(jiff::Timestamp::now().as_second());
    let slot = |age: u32| Slot {
        index: end - 1 - age,
        bad: 1000.0 / one_bad_in,
        total: 1000.0,
        covered: 300,
        simulated: false,
    };
    let slots: Vec<Slot> = (0..8_640).rev().map(slot).collect();
    store.append(&slo.id, digest(&slo), &slots, true).expect("a file");
}

async fn spent_budget_holds_releases_up_but_not_their_exceptions(c: Case) {
    let admin = shop::open(&c, 2).await;
    counted(&c, &admin, 500.0);
    let before = admin.qd(&release(GOOD, &["--dry-run"])).await.exits(2);
    assert!(before.out.contains("-100.0% of its budget left"), "{}", before.out);
    write(&admin, "policy.yaml", FREEZE);
    let refused = admin.qd(&release(GOOD, &QUICK)).await.exits(3);
    for words in ["-100.0% of its budget left", "freeze at remaining <= 0%", "names one of: security"] {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    let excepted = ["deploy", "shop", "--image", GOOD, "--reason", "security fix", "--dry-run"];
    let shown = admin.qd(&excepted).await.exits(2).out;
    assert!(shown.contains("the reason names 'security'"), "{shown}");
    counted(&c, &admin, 100_000.0);
    let free = admin.qd(&release(GOOD, &["--dry-run"])).await.exits(2).out;
    assert!(free.contains("99.0% of its budget left"), "{free}");
}

async fn policy_that_cannot_be_read_holds_releases_up(c: Case) {
    let admin = shop::open(&c, 2).await;
    counted(&c, &admin, 100_000.0);
    let path = write(&admin, "policy.yaml", &FREEZE.replace("freeze", "freez"));
    let refused = admin.qd(&release(GOOD, &QUICK)).await.exits(3);
    let place = format!("correct {}:3", path.display());
    for words in ["'freez' is not one of warn, freeze", place.as_str()] {
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    write(&admin, "policy.yaml", FREEZE);
    let option = [("QD_BUDGET_POLICY", "remaning <= 0% freeze")];
    let refused = admin.qd_with(&option, &release(GOOD, &QUICK)).await.exits(3);
    assert!(refused.err.contains("'remaning' is not one of"), "{}", refused.err);
    admin.qd(&release(GOOD, &["--dry-run"])).await.exits(2);
}

async fn abort_asks_no_budget(c: Case) {
    let admin = shop::open(&c, 2).await;
    let child = admin.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the canary is watched", watched(0)).await;
    counted(&c, &admin, 500.0);
    write(&admin, "policy.yaml", FREEZE);
    let refused = admin.qd(&["promote", "shop", "--reason", "soon"]).await.exits(3);
    assert!(refused.err.contains("freeze at remaining <= 0%"), "{}", refused.err);
    admin.qd(&["abort", "shop", "--reason", "back"]).await.exits(0);
    shop::until(&c, "it is rolled back", over).await;
    crate::program::ended(child).await.exits(1);
    shop::is_whole(&c, make::IMAGE, 2).await;
}

/// As a deployment does: the objective is there, and nobody has counted it.
async fn promotion_of_tier_1_waits_for_a_budget_nobody_can_tell(c: Case) {
    let mut shop = make::serving("shop", 2, make::IMAGE);
    shop["metadata"]["labels"]["tier"] = json!("1");
    c.create(&c.deployments(), &shop).await;
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 2).await;
    let admin = Person::new(&c, "admin");
    let child = admin.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the canary is watched", watched(0)).await;
    write(&admin, "shop.yaml", OBJECTIVE);
    let refused = admin.qd(&["promote", "shop", "--reason", "looks good"]).await.exits(3).err;
    for words in
        ["budget", "no console has counted", "tier 1 is not released to production blindly", "--break-glass"]
    {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let requests = shop::record(&c).await["requests"].clone();
    assert_eq!(requests, json!([]), "nothing was asked");
    let glass = ["promote", "shop", "--break-glass", "INC-7", "--reason", "the fix"];
    admin.qd(&glass).await.exits(0);
    let record = shop::record(&c).await;
    let reason = record["requests"][0]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("the fix; budget broken for incident INC-7: unknown"), "{reason}");
    shop::until(&c, "it is promoted", over).await;
    crate::program::ended(child).await.exits(0);
}
