//! Deployments: images that do not come, containers that do not stay, deadlines.

use serde_json::{Value, json};

use super::{condition, done, is, path, revision, roll_back, set_image, set_of_revision, settle};
use crate::behaviours;
use crate::case::Case;
use crate::make;

behaviours! { "rollout":
    bad_image_keeps_the_old_pods,
    deadline_is_exceeded,
    deadline_recovers_after_rollback,
    image_that_cannot_be_pulled_is_shown,
    crash_loop_is_shown,
}

/// `d` with two replicas, then an image that cannot be pulled.
async fn broken(c: &Case, deadline: u32) -> Value {
    let mut body = make::deployment("d", 2, make::IMAGE);
    body["spec"]["progressDeadlineSeconds"] = json!(deadline);
    body["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    c.create(&c.deployments(), &body).await;
    settle(c).await;
    set_image(c, make::BROKEN).await;
    c.until("one new pod is tried", &path(c), |d| d["status"]["updatedReplicas"] == 1).await
}

async fn bad_image_keeps_the_old_pods(c: Case) {
    let d = broken(&c, 600).await;
    let status = &d["status"];
    assert_eq!((&status["availableReplicas"], &status["replicas"]), (&json!(2), &json!(3)));
    assert_eq!(status["unavailableReplicas"], 1);
    let progressing = condition(&d, "Progressing");
    assert!(
        progressing.1 == "ReplicaSetUpdated" || progressing.1 == "NewReplicaSetCreated",
        "{progressing:?}"
    );
    assert_eq!(condition(&d, "Available").0, "True");
}

async fn deadline_is_exceeded(c: Case) {
    broken(&c, 2).await;
    let late = |d: &Value| condition(d, "Progressing") == is("False", "ProgressDeadlineExceeded");
    let d = c.until("the deadline is exceeded", &path(&c), late).await;
    let set = set_of_revision(&c, "2").await["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let told = d["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "Progressing");
    assert_eq!(
        told.expect("Progressing")["message"],
        format!("ReplicaSet \"{set}\" has timed out progressing.")
    );
    assert_eq!(d["status"]["availableReplicas"], 2, "nothing is rolled back by itself");
}

async fn deadline_recovers_after_rollback(c: Case) {
    broken(&c, 2).await;
    c.until("the deadline is exceeded", &path(&c), |d| {
        condition(d, "Progressing").1 == "ProgressDeadlineExceeded"
    })
    .await;
    roll_back(&c, "1").await;
    let d = c
        .until("revision 3 is out", &path(&c), |d| {
            revision(d) == "3" && done(d) && condition(d, "Progressing").0 == "True"
        })
        .await;
    assert_eq!(condition(&d, "Progressing"), is("True", "NewReplicaSetAvailable"));
}

async fn waiting(c: &Case, pod: Value, reason: &str) -> Value {
    c.create(&c.core("pods"), &pod).await;
    let wanted = |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == reason;
    c.until(reason, &c.core("pods/p"), wanted).await
}

async fn image_that_cannot_be_pulled_is_shown(c: Case) {
    let pod = waiting(&c, make::pod("p", make::BROKEN), "ImagePullBackOff").await;
    assert_eq!(pod["status"]["phase"], "Pending");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!((&status["ready"], &status["restartCount"]), (&json!(false), &json!(0)));
    let message = status["state"]["waiting"]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with(&format!("Back-off pulling image \"{}\"", make::BROKEN)), "{message}");
}

async fn crash_loop_is_shown(c: Case) {
    // The tag is for fake kubelets, the command for real ones.
    let mut pod = make::pod("p", "docker.io/library/busybox:crash");
    pod["spec"]["containers"][0]["command"] = json!(["false"]);
    let pod = waiting(&c, pod, "CrashLoopBackOff").await;
    assert_eq!(pod["status"]["phase"], "Running");
    let status = &pod["status"]["containerStatuses"][0];
    assert_eq!((&status["ready"], &status["started"]), (&json!(false), &json!(false)));
    assert!(status["restartCount"].as_u64().is_some_and(|count| count >= 1), "{status}");
    let last = &status["lastState"]["terminated"];
    assert_eq!((&last["exitCode"], &last["reason"]), (&json!(1), &json!("Error")));
}
