//! Deployments: revisions, their ReplicaSets, and the way back.

use serde_json::{Value, json};

use super::{OTHER, deployed, done, path, revision, roll_back, set_image, set_of_revision, sets, settle};
use crate::behaviours;
use crate::case::Case;
use crate::http::MERGE;
use crate::make;

behaviours! { "rollout":
    replica_set_is_named_by_the_template_hash,
    pods_belong_to_the_replica_set,
    new_template_is_a_new_revision,
    label_change_is_no_revision,
    rollback_by_json_patch_gives_the_next_revision,
    rollback_remembers_the_old_number,
    history_is_pruned_to_the_limit,
    two_deployments_do_not_mix,
    same_template_twice_adopts_the_replica_set,
}

async fn replica_set_is_named_by_the_template_hash(c: Case) {
    let d = deployed(&c, 1).await;
    let set = &sets(&c).await[0];
    let hash = set["metadata"]["labels"]["pod-template-hash"].as_str().expect("a hash");
    assert_eq!(set["metadata"]["name"], format!("d-{hash}"));
    assert_eq!(set["spec"]["selector"]["matchLabels"], json!({"app": "d", "pod-template-hash": hash}));
    let owner = &set["metadata"]["ownerReferences"][0];
    let wanted = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "uid": d["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true});
    assert_eq!(*owner, wanted);
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"], "1");
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"], "2");
}

async fn pods_belong_to_the_replica_set(c: Case) {
    deployed(&c, 1).await;
    let set = &sets(&c).await[0];
    let pod = &c.read(&c.core("pods")).await["items"][0];
    let name = set["metadata"]["name"].as_str().expect("a name");
    assert_eq!(pod["metadata"]["generateName"], format!("{name}-"));
    assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], set["metadata"]["uid"]);
    assert_eq!(
        pod["metadata"]["labels"]["pod-template-hash"],
        set["metadata"]["labels"]["pod-template-hash"]
    );
}

async fn new_template_is_a_new_revision(c: Case) {
    deployed(&c, 2).await;
    set_image(&c, OTHER).await;
    let d = settle(&c).await;
    assert_eq!(revision(&d), "2");
    let old = c
        .until("the old set is empty", &c.group("apps/v1", "replicasets"), |list| {
            list["items"].as_array().is_some_and(|all| {
                all.iter().any(|set| revision(set) == "1" && set["status"]["replicas"] == 0)
            })
        })
        .await;
    assert_eq!(old["items"].as_array().map(Vec::len), Some(2));
    let new = set_of_revision(&c, "2").await;
    assert_eq!(
        (&new["spec"]["replicas"], &new["spec"]["template"]["spec"]["containers"][0]["image"]),
        (&json!(2), &json!(OTHER))
    );
}

async fn label_change_is_no_revision(c: Case) {
    deployed(&c, 1).await;
    c.admin
        .patch(MERGE, &path(&c), &json!({"metadata": {"labels": {"x": "1"}}, "spec": {"minReadySeconds": 1}}))
        .await
        .is(200);
    let d = settle(&c).await;
    assert_eq!((revision(&d), sets(&c).await.len()), ("1", 1));
}

async fn rollback_by_json_patch_gives_the_next_revision(c: Case) {
    deployed(&c, 1).await;
    let first = sets(&c).await[0]["metadata"]["uid"].clone();
    set_image(&c, OTHER).await;
    settle(&c).await;
    roll_back(&c, "1").await;
    let d = c.until("it is revision 3", &path(&c), |d| revision(d) == "3" && done(d)).await;
    assert_eq!(d["spec"]["template"]["spec"]["containers"][0]["image"], make::IMAGE);
    let all = sets(&c).await;
    assert_eq!(all.len(), 2, "the old ReplicaSet is used again");
    assert_eq!(set_of_revision(&c, "3").await["metadata"]["uid"], first);
}

async fn rollback_remembers_the_old_number(c: Case) {
    deployed(&c, 1).await;
    set_image(&c, OTHER).await;
    settle(&c).await;
    roll_back(&c, "1").await;
    c.until("it is revision 3", &path(&c), |d| revision(d) == "3").await;
    let set = set_of_revision(&c, "3").await;
    assert_eq!(set["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"], "1");
}

async fn history_is_pruned_to_the_limit(c: Case) {
    let mut body = make::deployment("d", 1, make::IMAGE);
    body["spec"]["revisionHistoryLimit"] = json!(1);
    c.create(&c.deployments(), &body).await;
    settle(&c).await;
    for image in ["registry.k8s.io/pause:3.8", OTHER] {
        set_image(&c, image).await;
        settle(&c).await;
    }
    let pruned = |list: &Value| {
        let all = list["items"].as_array().expect("items");
        let mut left: Vec<_> = all.iter().map(revision).collect();
        left.sort_unstable();
        left == ["2", "3"]
    };
    c.until("one old revision is left", &c.group("apps/v1", "replicasets"), pruned).await;
}

async fn two_deployments_do_not_mix(c: Case) {
    deployed(&c, 1).await;
    c.create(&c.deployments(), &make::deployment("e", 2, make::IMAGE)).await;
    c.until("the other is done", &format!("{}/e", c.deployments()), done).await;
    let pods = c.read(&format!("{}?labelSelector=app%3De", c.core("pods"))).await;
    assert_eq!(pods["items"].as_array().map(Vec::len), Some(2));
}

async fn same_template_twice_adopts_the_replica_set(c: Case) {
    deployed(&c, 1).await;
    let set = sets(&c).await[0]["metadata"]["uid"].clone();
    c.until_collector_knows(&c.group("apps/v1", "replicasets"), make::replica_set("last", 0)).await;
    c.admin.delete(&format!("{}?propagationPolicy=Orphan", path(&c))).await.is(200);
    c.until_gone(&path(&c)).await;
    let d = deployed(&c, 1).await;
    let all = sets(&c).await;
    assert_eq!((all.len(), &all[0]["metadata"]["uid"]), (1, &set));
    assert_eq!(all[0]["metadata"]["ownerReferences"][0]["uid"], d["metadata"]["uid"]);
}
