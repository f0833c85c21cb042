//! Sets, pods, CronJobs and Jobs.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{MERGE, STRATEGIC};
use crate::make;
use crate::program::Person;

behaviours! { "kinds":
    stateful_set_is_restarted_scaled_and_rolled_back,
    daemon_set_is_rolled_back_and_cannot_be_scaled,
    pod_is_evicted_unless_its_budget_forbids_it,
    pod_is_deleted_and_comes_again,
    image_is_set_and_taken_back,
    edited_in_an_editor_and_refused_if_it_moved,
    cron_job_runs_now_and_is_suspended,
    several_are_restarted_with_one_answer,
    what_a_context_denies_is_not_done,
    viewer_is_told_each_missing_right,
}

const OTHER: &str = "registry.k8s.io/pause:3.9";

fn template(name: &str) -> Value {
    make::deployment(name, 1, make::IMAGE)["spec"]["template"].clone()
}

fn image(set: &Value) -> &str {
    set["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}

async fn release(c: &Case, path: &str) {
    let change = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": OTHER}]}}}});
    c.admin.patch(STRATEGIC, path, &change).await.is(200);
}

async fn stateful_set(c: &Case) -> String {
    let path = c.group("apps/v1", "statefulsets");
    let body = json!({"metadata": {"name": "db"}, "spec": {"replicas": 2, "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}}, "template": template("db")}});
    c.create(&path, &body).await;
    let path = format!("{path}/db");
    c.until("it runs", &path, |set| set["status"]["availableReplicas"] == 2).await;
    path
}

async fn stateful_set_is_restarted_scaled_and_rolled_back(c: Case) {
    let path = stateful_set(&c).await;
    let admin = Person::new(&c, "admin");
    admin.qd(&["restart", "sts/db", "--yes", "--reason", "leak"]).await.exits(0);
    let set = c.read(&path).await;
    assert_eq!(set["status"]["currentRevision"], set["status"]["updateRevision"], "it waited to the end");
    release(&c, &path).await;
    let done = |set: &Value| {
        set["status"]["observedGeneration"] == set["metadata"]["generation"]
            && set["status"]["currentRevision"] == set["status"]["updateRevision"]
    };
    c.until("the release is out", &path, done).await;
    let shown = admin.qd(&["rollback", "db", "--dry-run"]).await.exits(2).out;
    assert!(shown.contains(OTHER) && shown.contains(make::IMAGE), "{shown}");
    admin.qd(&["rollback", "db", "--yes", "--reason", "bad"]).await.exits(0);
    let set = c.read(&path).await;
    assert_eq!((image(&set), &set["status"]["availableReplicas"]), (make::IMAGE, &json!(2)));
    if let Some(history) = admin.kubectl(&["rollout", "history", "statefulset/db"]).await {
        let out = history.exits(0).out;
        let numbers = out.lines().filter_map(|line| line.split_whitespace().next()?.parse::<u32>().ok());
        assert_eq!(numbers.collect::<Vec<_>>(), [1, 3, 4], "what came back is the newest: {out}");
    }
    admin.qd(&["scale", "db", "--replicas", "3", "--yes", "--reason", "load"]).await.exits(0);
    assert_eq!(c.read(&path).await["status"]["availableReplicas"], 3);
    assert_eq!(admin.audit().await.len(), 9, "three lines each");
}

async fn daemon_set_is_rolled_back_and_cannot_be_scaled(c: Case) {
    let path = c.group("apps/v1", "daemonsets");
    let body = json!({"metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}});
    c.create(&path, &body).await;
    let path = format!("{path}/agent");
    let all = |set: &Value| {
        set["status"]["observedGeneration"] == set["metadata"]["generation"]
            && set["status"]["desiredNumberScheduled"].as_u64() > Some(0)
            && set["status"]["updatedNumberScheduled"] == set["status"]["desiredNumberScheduled"]
            && set["status"]["numberAvailable"] == set["status"]["desiredNumberScheduled"]
    };
    c.until("it runs", &path, all).await;
    release(&c, &path).await;
    c.until("the release is out", &path, |set| all(set) && image(set) == OTHER).await;
    let admin = Person::new(&c, "admin");
    admin.qd(&["rollback", "agent", "--yes", "--reason", "bad"]).await.exits(0);
    let set = c.read(&path).await;
    assert!(image(&set) == make::IMAGE && all(&set), "{set}");
    let refused = admin.qd(&["scale", "agent", "--replicas", "2", "--yes"]).await.exits(1);
    assert!(refused.err.contains("for Deployment, StatefulSet"), "{}", refused.err);
}

async fn running(c: &Case, replicas: u32) -> Vec<String> {
    c.create(&c.deployments(), &make::deployment("shop", replicas, make::IMAGE)).await;
    let path = format!("{}/shop", c.deployments());
    c.until("it runs", &path, |d| d["status"]["availableReplicas"] == replicas).await;
    pods(c).await
}

async fn pods(c: &Case) -> Vec<String> {
    let list = c.read(&c.core("pods?labelSelector=app%3Dshop")).await;
    let live = |pod: &&Value| pod["metadata"].get("deletionTimestamp").is_none();
    let items = list["items"].as_array().expect("items");
    items.iter().filter(live).filter_map(|pod| pod["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

async fn pod_is_evicted_unless_its_budget_forbids_it(c: Case) {
    let pods = running(&c, 2).await;
    let budgets = c.group("policy/v1", "poddisruptionbudgets");
    let body = json!({"metadata": {"name": "shop-budget"}, "spec": {
        "minAvailable": 2, "selector": {"matchLabels": {"app": "shop"}}}});
    c.create(&budgets, &body).await;
    let path = format!("{budgets}/shop-budget");
    c.until("the budget is counted", &path, |budget| budget["status"]["currentHealthy"] == 2).await;
    let admin = Person::new(&c, "admin");
    let pod = format!("po/{}", pods[0]);
    let refused = admin.qd(&["evict", &pod, "--yes", "--reason", "drain"]).await.exits(3);
    assert!(refused.err.contains("shop-budget"), "the budget is named: {}", refused.err);
    c.read(&c.core(&format!("pods/{}", pods[0]))).await;
    c.admin.patch(MERGE, &path, &json!({"spec": {"minAvailable": 1}})).await.is(200);
    c.until("one may go", &path, |budget| budget["status"]["disruptionsAllowed"] == 1).await;
    admin.qd(&["evict", &pod, "--yes", "--reason", "drain"]).await.exits(0);
    c.admin.get(&c.core(&format!("pods/{}", pods[0]))).await.is(404);
}

async fn pod_is_deleted_and_comes_again(c: Case) {
    let before = running(&c, 1).await;
    let admin = Person::new(&c, "admin");
    admin.qd(&["delete", &before[0], "--dry-run"]).await.exits(2);
    assert_eq!(pods(&c).await, before, "a dry run deletes nothing");
    admin.qd(&["delete", &before[0], "--yes", "--reason", "stuck"]).await.exits(0);
    let path = c.core("pods?labelSelector=app%3Dshop");
    let other = |list: &Value| {
        let names = list["items"].as_array().expect("items").iter();
        names.filter_map(|pod| pod["metadata"]["name"].as_str()).any(|name| name != before[0])
    };
    c.until("another one comes", &path, other).await;
    let log = json!(admin.audit().await).to_string();
    assert!(log.contains("stuck") && log.contains("succeeded"), "{log}");
    let missing = admin.qd(&["delete", "po/nothing", "--yes"]).await.exits(1);
    assert!(missing.err.contains("no pod 'nothing'"), "{}", missing.err);
}

async fn image_is_set_and_taken_back(c: Case) {
    running(&c, 1).await;
    let path = format!("{}/shop", c.deployments());
    let admin = Person::new(&c, "admin");
    let change = format!("app={OTHER}");
    admin.qd(&["set-image", "shop", &change, "--dry-run"]).await.exits(2);
    assert_eq!(image(&c.read(&path).await), make::IMAGE);
    admin.qd(&["set-image", "shop", &change, "--yes", "--reason", "patch"]).await.exits(0);
    assert_eq!(image(&c.read(&path).await), OTHER);
    admin.qd(&["set-image", "shop", &change, "--yes"]).await.exits(0);
    let odd = admin.qd(&["set-image", "shop", "web=x:1", "--yes"]).await.exits(1);
    assert!(odd.err.contains("containers: app"), "{}", odd.err);
    admin.qd(&["undo", "--yes", "--reason", "not that one"]).await.exits(0);
    assert_eq!(image(&c.read(&path).await), make::IMAGE);
    admin.qd(&["scale", "shop", "--replicas", "2", "--yes"]).await.exits(0);
    admin.qd(&["undo", "--yes"]).await.exits(0);
    assert_eq!(c.read(&path).await["spec"]["replicas"], 1);
}

/// An editor that runs `script` on the file. The shell reads it: a program
/// just written cannot be run while another test happens to be starting one,
/// which has inherited the open file ("text file busy").
fn editor(folder: &std::path::Path, script: &str) -> String {
    let path = folder.join("editor");
    std::fs::write(&path, script).expect("a file");
    format!("sh {}", path.display())
}

async fn edited_in_an_editor_and_refused_if_it_moved(c: Case) {
    running(&c, 1).await;
    let path = format!("{}/shop", c.deployments());
    let folder = tempfile::tempdir().expect("a folder");
    let admin = Person::new(&c, "admin");
    let edit = async |script: &str, words: &[&str]| {
        let editor = editor(folder.path(), script);
        admin.qd_with(&[("EDITOR", &editor), ("VISUAL", "")], &[&["edit", "shop"], words].concat()).await
    };
    let nothing = edit("exit 0", &["--yes"]).await.exits(0);
    assert!(nothing.err.contains("nothing was changed"), "{}", nothing.err);
    let change = "sed -i 's/replicas: 1/replicas: 2/' \"$1\"";
    let shown = edit(change, &["--dry-run"]).await.exits(2);
    assert!(shown.out.contains("spec.replicas") && !shown.out.contains("managedFields"), "{}", shown.out);
    assert_eq!(c.read(&path).await["spec"]["replicas"], 1);
    edit(change, &["--yes", "--reason", "load"]).await.exits(0);
    assert_eq!(c.read(&path).await["spec"]["replicas"], 2);
    let broken = edit("echo '  - [' >> \"$1\"", &["--yes"]).await.exits(1);
    assert!(broken.err.contains("not YAML") && broken.err.contains("your text is in"), "{}", broken.err);
    let failed = edit("exit 3", &["--yes"]).await.exits(1);
    assert!(failed.err.contains("sh ended with"), "{}", failed.err);
    let missing =
        admin.qd_with(&[("EDITOR", "no-such-editor"), ("VISUAL", "")], &["edit", "shop", "--yes"]).await;
    assert!(missing.exits(1).err.contains("is not installed"));
    let renamed = edit("sed -i 's/  name: shop$/  name: other/' \"$1\"", &["--yes"]).await.exits(1);
    assert!(renamed.err.contains("/metadata/name cannot be changed"), "{}", renamed.err);
}

async fn cron_job_runs_now_and_is_suspended(c: Case) {
    let path = c.group("batch/v1", "cronjobs");
    let body = json!({"metadata": {"name": "report"}, "spec": {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": {
        "template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "busybox:finish"}]}}}}}});
    let made = c.create(&path, &body).await;
    let path = format!("{path}/report");
    let admin = Person::new(&c, "admin");
    admin.qd(&["run-now", "report", "--dry-run"]).await.exits(2);
    let jobs = c.group("batch/v1", "jobs");
    assert_eq!(c.read(&jobs).await["items"], json!([]));
    admin.qd(&["run-now", "report", "--yes", "--reason", "month end"]).await.exits(0);
    let job = c.read(&jobs).await["items"][0].clone();
    assert_eq!(job["metadata"]["ownerReferences"][0]["uid"], made["metadata"]["uid"], "{job}");
    assert_eq!(job["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"], "manual");
    let name = job["metadata"]["name"].as_str().expect("a name");
    c.until("it ends", &format!("{jobs}/{name}"), |job| job["status"]["succeeded"] == 1).await;
    admin.qd(&["suspend", "cj/report", "--yes", "--reason", "quiet"]).await.exits(0);
    assert_eq!(c.read(&path).await["spec"]["suspend"], true);
    admin.qd(&["resume", "cj/report", "--yes", "--reason", "go"]).await.exits(0);
    assert_ne!(c.read(&path).await["spec"]["suspend"], true);
    let shown = admin.qd(&["services"]).await.exits(0);
    assert!(shown.out.contains("report"), "{}", shown.out);
    admin.qd(&["delete", &format!("job/{name}"), "--yes", "--reason", "tidy"]).await.exits(0);
    c.admin.get(&format!("{jobs}/{name}")).await.is(404);
}

async fn several_are_restarted_with_one_answer(c: Case) {
    running(&c, 1).await;
    c.create(&c.deployments(), &make::deployment("other", 1, make::IMAGE)).await;
    let other = format!("{}/other", c.deployments());
    c.until("it runs", &other, |d| d["status"]["availableReplicas"] == 1).await;
    let admin = Person::new(&c, "admin");
    admin.qd(&["restart", "shop", "other", "--yes", "--reason", "certificates"]).await.exits(0);
    for name in ["shop", "other"] {
        let d = c.read(&format!("{}/{name}", c.deployments())).await;
        let at = &d["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"];
        assert!(at.is_string(), "{name}: {d}");
    }
    assert_eq!(admin.audit().await.len(), 6);
    let many = admin.qd(&["restart", "shop", "other", "--max-bulk", "1", "--yes"]).await.exits(3);
    assert!(many.err.contains("max-bulk allows 1"), "{}", many.err);
}

async fn what_a_context_denies_is_not_done(c: Case) {
    running(&c, 1).await;
    let admin = Person::new(&c, "admin");
    let refused = admin.qd(&["restart", "shop", "--deny", "restart,delete", "--yes"]).await.exits(3);
    assert!(refused.err.contains("restart is denied"), "{}", refused.err);
    assert_eq!(admin.audit().await.len(), 0);
}

async fn viewer_is_told_each_missing_right(c: Case) {
    let pods = running(&c, 1).await;
    stateful_set(&c).await;
    let viewer = Person::new(&c, "viewer");
    let pod = format!("po/{}", pods[0]);
    let cases: [(&[&str], &str); 4] = [
        (&["restart", "sts/db"], "patch statefulsets"),
        (&["delete", &pod], "delete pods"),
        (&["evict", &pod], "create pods/eviction"),
        (&["set-image", "shop", "app=x:1"], "patch deployments"),
    ];
    for (words, right) in cases {
        let refused = viewer.qd(&[words, &["--yes", "--reason", "x"]].concat()).await.exits(3);
        assert!(refused.err.contains(&format!("{right} in {}", c.ns)), "{words:?}: {}", refused.err);
    }
}
