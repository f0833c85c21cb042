//! What keeps a release from users: locks, freezes, missing approvals.

use serde_json::json;

use crate::behaviours;
use crate::case::Case;
use crate::program::Person;
use crate::shop::{self, GOOD, QUICK, ROLLING, over, release, why};

behaviours! { "gates":
    locked_service_is_not_delivered_to_and_says_why,
    lock_keeps_back_promotions_and_never_an_abort,
    frozen_service_is_delivered_to_only_for_an_incident_and_it_is_recorded,
    freeze_that_cannot_be_read_is_in_force,
    frozen_delivery_is_not_promoted_by_hand_and_can_be_aborted,
    promotion_is_frozen_by_the_tier_the_catalogue_says,
    plan_is_carried_out_when_another_person_has_approved_it_and_no_other_plan_is,
    approval_is_asked_for_in_the_cluster_and_given_by_the_hash,
    approval_is_given_by_whoever_the_catalogue_has_in_a_group,
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
    let glass = ["--break-glass", "INC-7", "--strategy=rolling", "--step-max=0s"];
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
    // No incident makes the shop of another cluster the right one; an abort asks nothing.
    admin.configure("config.toml", "expect-server = \"https://prod.example.com:6443\"\n");
    let refused = admin.qd(&glass).await.exits(3).err;
    assert!(refused.contains("it is to lead to https://prod.example.com:6443"), "{refused}");
    admin.qd(&["abort", "shop"]).await;
    shop::until(&c, "it is over", over).await;
    crate::program::ended(delivery).await;
}

/// The label of the Deployment says otherwise, as it does where the catalogue is newer.
async fn promotion_is_frozen_by_the_tier_the_catalogue_says(c: Case) {
    let mut shop = crate::make::serving("shop", 2, crate::make::IMAGE);
    shop["metadata"]["labels"]["tier"] = json!("3");
    c.create(&c.deployments(), &shop).await;
    c.until("the shop serves", &shop::path(&c), |d| d["status"]["availableReplicas"] == 2).await;
    let admin = Person::new(&c, "admin");
    admin.configure("config.toml", &format!("catalog = \"{}\"\n", admin.path("config/all.yaml")));
    admin.configure(
        "all.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: shop\n  annotations: \
         {quarterdeck.dev/tier: '1'}\nspec: {type: service, lifecycle: production, owner: a}\n",
    );
    let delivery = admin.start_qd(&release(GOOD, &["--manual", "--steps", "50"]));
    shop::until(&c, "the step is watched", shop::watched(0)).await;
    admin.configure("gates/freeze.yaml", &FREEZE.replace("[production]", "[production]\n  tiers: [1]"));
    let refused = admin.qd(&["promote", "shop"]).await.exits(3).err;
    assert!(refused.contains("Black Friday"), "{refused}");
    admin.configure("gates/freeze.yaml", &FREEZE.replace("[production]", "[production]\n  tiers: [3]"));
    admin.qd(&["promote", "shop"]).await.exits(0);
    admin.qd(&["abort", "shop"]).await;
    shop::until(&c, "it is over", over).await;
    crate::program::ended(delivery).await;
}

const RULE: &str = "apiVersion: quarterdeck/v1\nkind: Approval\nmetadata: {name: four-eyes}\nspec:\n  \
    environments: [production]\n  by: [ANA, BO]\n";

/// Two people by the names the server has for them, who may do everything in the
/// namespace, each with the same rule.
async fn colleagues(c: &Case) -> (String, [Person; 2]) {
    let names = ["ana", "bo"].map(|name| format!("{name}-{}", c.ns));
    let rbac = |plural: &str| c.group("rbac.authorization.k8s.io/v1", plural);
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "all"},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    c.create(&rbac("roles"), &role).await;
    let subjects: Vec<_> = names
        .iter()
        .map(|name| json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": name}))
        .collect();
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "all"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "all"},
        "subjects": subjects,
    });
    c.create(&rbac("rolebindings"), &binding).await;
    for name in &names {
        let theirs = c.server.user(name);
        crate::until::until("the binding counts", async || {
            theirs.get(&c.deployments()).await.which(|answer| answer.status == 200)
        })
        .await;
    }
    let approval = RULE.replace("ANA", &names[0]).replace("BO", &names[1]);
    let people = [&names[0], &names[1]].map(|name| {
        let person = Person::with(c, &c.server.kubeconfig_of(name));
        person.configure("gates/approval.yaml", &approval);
        person
    });
    (approval, people)
}

async fn plan_is_carried_out_when_another_person_has_approved_it_and_no_other_plan_is(c: Case) {
    let admin = shop::open(&c, 2).await;
    let (rule, [ana, bo]) = colleagues(&c).await;
    admin.configure("gates/rule.yaml", &rule);
    let (kept, other) = (ana.path("plan.json"), ana.path("other.json"));
    let plan = |reason: &'static str, out: String| {
        let words = ["plan", "shop", "--image", GOOD, "--reason", reason, ROLLING[0], ROLLING[1], "--out"];
        words.map(str::to_owned).into_iter().chain([out]).collect::<Vec<_>>()
    };
    for (reason, out) in [("release", &kept), ("another", &other)] {
        let words = plan(reason, out.clone());
        ana.qd(&words.iter().map(String::as_str).collect::<Vec<_>>()).await.exits(2);
    }
    let carry_out = ["deploy", "--plan", kept.as_str(), "--yes"];
    let missing = ana.qd(&carry_out).await.exits(4).err;
    assert!(missing.contains("0 of 1 approvals") && missing.contains("qd approve"), "{missing}");
    let direct = ana.qd(&release(GOOD, &ROLLING)).await.exits(4).err;
    assert!(direct.contains("0 of 1 approvals"), "{direct}");
    let approve = ["approve", kept.as_str(), "--yes", "--reason", "looks right"];
    let own = ana.qd(&approve).await.exits(3).err;
    assert!(own.contains("made the plan") && own.contains("bo-"), "{own}");
    let stranger = admin.qd(&approve).await.exits(3).err;
    assert!(stranger.contains("may not approve") && stranger.contains("ana-"), "{stranger}");
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    bo.qd(&approve).await.exits(0);
    let intent = bo.audit().await.into_iter().find(|line| line["kind"] == "intent").expect("a line");
    assert!(intent["action"].as_str().is_some_and(|text| text.starts_with("approve plan ")), "{intent}");
    // Neither another plan, nor this one changed, nor this one carried out by who approved it.
    ana.qd(&["deploy", "--plan", &other, "--yes"]).await.exits(4);
    let text = std::fs::read_to_string(&kept).expect("a plan");
    std::fs::write(&other, text.replace("3.9", "3.8")).expect("a file");
    let changed = ana.qd(&["deploy", "--plan", &other, "--yes"]).await.exits(1).err;
    assert!(changed.contains("changed by hand"), "{changed}");
    let alone = bo.qd(&carry_out).await.exits(4).err;
    assert!(alone.contains("can never be met"), "{alone}");
    ana.qd(&carry_out).await.exits(0);
    let record = shop::record(&c).await;
    let first = record["log"][0]["text"].as_str().expect("a line");
    assert!(first.contains("approved by bo-"), "{first}");
    // Going back never asks.
    ana.qd(&["rollback", "shop", "--yes"]).await.exits(0);
}

async fn approval_is_asked_for_in_the_cluster_and_given_by_the_hash(c: Case) {
    let _admin = shop::open(&c, 2).await;
    let (rule, [ana, bo]) = colleagues(&c).await;
    let kept = ana.path("plan.json");
    let plan =
        [&["plan", "shop", "--image", GOOD, "--reason", "r", "--ask", "--out", &kept][..], &ROLLING].concat();
    let told = ana.qd(&plan).await.exits(2).err;
    let hash =
        told.lines().find_map(|line| line.split("qd approve ").nth(1)).expect("a hash").trim().to_owned();
    let shown = bo.qd(&["approve", &hash, "--dry-run"]).await.exits(2).out;
    assert!(shown.contains(&hash) && shown.contains("ana-"), "{shown}");
    let nobody = bo.qd(&["approve", "0123456789ab", "--yes"]).await.exits(1).err;
    assert!(nobody.contains("asks for approval"), "{nobody}");
    bo.qd(&["approve", &hash, "--yes"]).await.exits(0);
    // A rule that cannot be met is refused where it is written, by name.
    ana.configure("gates/rule.yaml", &format!("{rule}  min: 3\n"));
    let never = ana.qd(&["deploy", "--plan", &kept, "--yes"]).await.exits(3).err;
    assert!(never.contains("needs 3") && never.contains("rule.yaml:6") && never.contains("ana-"), "{never}");
    // An approval does not last.
    ana.configure("gates/rule.yaml", &format!("{rule}  expires: 1ms\n"));
    let expired = ana.qd(&["deploy", "--plan", &kept, "--yes"]).await.exits(4).err;
    assert!(expired.contains("1 expired"), "{expired}");
    ana.configure("gates/rule.yaml", &rule);
    ana.qd(&["deploy", "--plan", &kept, "--yes"]).await.exits(0);
}

/// The catalogue says who is in the group; what it does not know lets nobody through.
async fn approval_is_given_by_whoever_the_catalogue_has_in_a_group(c: Case) {
    let admin = shop::open(&c, 2).await;
    let (_, [ana, bo]) = colleagues(&c).await;
    let catalogue = format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: payments}}\nspec: {{type: team}}\n---\n\
         apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata:\n  name: bo\n  annotations: \
         {{quarterdeck.dev/user: bo-{}}}\nspec: {{memberOf: [payments]}}\n",
        c.ns
    );
    let rule = |group: &str| RULE.replace("[ANA, BO]", &format!("[\"group:default/{group}\"]"));
    for person in [&ana, &bo, &admin] {
        person.configure("all.yaml", &catalogue);
        person.configure("config.toml", &format!("catalog = \"{}\"\n", person.path("config/all.yaml")));
        person.configure("gates/approval.yaml", &rule("payments"));
    }
    let kept = ana.path("plan.json");
    let plan = [&["plan", "shop", "--image", GOOD, "--reason", "r", "--out", &kept][..], &ROLLING].concat();
    ana.qd(&plan).await.exits(2);
    let carry_out = ["deploy", "--plan", kept.as_str(), "--yes"];
    let missing = ana.qd(&carry_out).await.exits(4).err;
    assert!(missing.contains("0 of 1 approvals") && missing.contains(&format!("bo-{}", c.ns)), "{missing}");
    // Whoever is in no such group may not, whatever rights they have.
    let stranger = admin.qd(&["approve", &kept, "--yes"]).await.exits(3).err;
    assert!(stranger.contains("may not approve") && stranger.contains(&format!("bo-{}", c.ns)), "{stranger}");
    // The rule of a group the catalogue does not know can never be met, and says why when it is asked.
    ana.configure("gates/approval.yaml", &rule("sre"));
    let never = ana.qd(&carry_out).await.exits(4).err;
    assert!(never.contains("can never be met") && never.contains("knows no group:sre"), "{never}");
    assert_eq!(c.read(&shop::records(&c)).await["items"], json!([]), "nothing was written");
    ana.configure("gates/approval.yaml", &rule("payments"));
    bo.qd(&["approve", &kept, "--yes", "--reason", "looks right"]).await.exits(0);
    ana.qd(&carry_out).await.exits(0);
    let first = shop::record(&c).await["log"][0]["text"].as_str().expect("a line").to_owned();
    assert!(first.contains(&format!("approved by bo-{}", c.ns)), "{first}");
}
