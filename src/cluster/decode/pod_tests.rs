//! What a pod's status is called: kubectl's words.

use super::decode_pod;
use crate::domain::{Pod, World};
use serde_json::{Value, json};

fn pod(spec: &Value, status: &Value) -> Pod {
    decode_pod(&json!({"metadata": {"name": "p"}, "spec": spec, "status": status})).unwrap()
}

fn one(status: &Value) -> Pod {
    pod(&json!({"containers": [{"name": "app"}]}), status)
}

fn waiting(reason: &str) -> Value {
    json!({"name": "app", "restartCount": 3, "state": {"waiting": {"reason": reason}}})
}

fn ended(code: i32, reason: &str) -> Value {
    json!({"name": "app", "state": {"terminated": {"exitCode": code, "reason": reason}}})
}

fn running(ready: bool) -> Value {
    json!({"name": "app", "ready": ready, "started": true, "state": {"running": {}}})
}

fn condition(kind: &str, status: &str) -> Value {
    json!([{"type": kind, "status": status}])
}

/// After the cases of `printers_test.go`.
#[test]
fn the_status_word_is_that_of_kubectl() {
    let main = |phase: &str, states: &[Value]| json!({"phase": phase, "containerStatuses": states});
    let cases = [
        (main("Running", &[running(true)]), "Running", (1, 1)),
        (main("Running", &[running(false)]), "Running", (0, 1)),
        (main("Pending", &[]), "Pending", (0, 1)),
        (main("Pending", &[waiting("ContainerCreating")]), "ContainerCreating", (0, 1)),
        (main("Pending", &[waiting("ImagePullBackOff")]), "ImagePullBackOff", (0, 1)),
        (main("Running", &[waiting("CrashLoopBackOff")]), "CrashLoopBackOff", (0, 1)),
        (main("Running", &[ended(137, "OOMKilled")]), "OOMKilled", (0, 1)),
        (main("Running", &[ended(1, "Error")]), "Error", (0, 1)),
        (main("Running", &[ended(3, "")]), "ExitCode:3", (0, 1)),
        (main("Succeeded", &[ended(0, "Completed")]), "Completed", (0, 1)),
        (main("", &[]), "Unknown", (0, 1)),
        (json!({"phase": "Failed", "reason": "Evicted"}), "Evicted", (0, 1)),
        (
            json!({"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}),
            "SchedulingGated",
            (0, 1),
        ),
        (
            json!({"phase": "Running", "containerStatuses": [
                {"state": {"terminated": {"signal": 9, "exitCode": 0}}}]}),
            "Signal:9",
            (0, 1),
        ),
    ];
    for (status, word, ready) in cases {
        let pod = one(&status);
        assert_eq!((&*pod.status, pod.ready), (word, ready), "{status}");
    }
}

#[test]
fn one_completed_container_beside_a_running_one() {
    let spec = json!({"containers": [{"name": "a"}, {"name": "b"}]});
    let both = json!([ended(0, "Completed"), running(true)]);
    for (ready, word) in [("True", "Running"), ("False", "NotReady")] {
        let status =
            json!({"phase": "Running", "containerStatuses": both, "conditions": condition("Ready", ready)});
        let pod = pod(&spec, &status);
        assert_eq!((&*pod.status, pod.ready), (word, (1, 2)));
    }
}

#[test]
fn init_containers_come_first() {
    let spec = json!({"containers": [{"name": "app"}], "initContainers": [{"name": "i1"}, {"name": "i2"}]});
    let done = || json!({"name": "i1", "restartCount": 1, "state": {"terminated": {"exitCode": 0}}});
    let cases = [
        (json!([waiting("PodInitializing")]), "Init:0/2"),
        (json!([done(), {"name": "i2", "state": {"running": {}}}]), "Init:1/2"),
        (json!([done(), waiting("CrashLoopBackOff")]), "Init:CrashLoopBackOff"),
        (json!([ended(1, "Error")]), "Init:Error"),
        (json!([ended(7, "")]), "Init:ExitCode:7"),
        (json!([{"name": "i1", "state": {"terminated": {"signal": 2, "exitCode": 1}}}]), "Init:Signal:2"),
    ];
    for (states, word) in cases {
        let status = json!({"phase": "Pending", "initContainerStatuses": states});
        assert_eq!(&*pod(&spec, &status).status, word, "{states}");
    }
    let restarts =
        pod(&spec, &json!({"initContainerStatuses": [done(), waiting("CrashLoopBackOff")]})).restarts;
    assert_eq!(restarts, 4, "of the init containers while they run");
    let status = json!({
        "phase": "Running", "initContainerStatuses": [done(), done()], "containerStatuses": [running(true)],
        "conditions": condition("Initialized", "True"),
    });
    let pod = pod(&spec, &status);
    assert_eq!((&*pod.status, pod.restarts, pod.ready), ("Running", 0, (1, 1)));
}

#[test]
fn sidecars_count_as_containers() {
    let spec = json!({
        "containers": [{"name": "app"}],
        "initContainers": [{"name": "proxy", "restartPolicy": "Always"}, {"name": "init"}],
    });
    let proxy = |started: bool| json!({"name": "proxy", "ready": started, "started": started, "restartCount": 2, "state": {"running": {}}});
    let status = json!({"phase": "Pending", "initContainerStatuses": [proxy(false)]});
    let starting = pod(&spec, &status);
    assert_eq!((&*starting.status, starting.ready), ("Init:0/2", (0, 2)));
    let status = json!({
        "phase": "Running",
        "initContainerStatuses": [proxy(true), {"name": "init", "state": {"terminated": {"exitCode": 0}}}],
        "containerStatuses": [running(true)],
    });
    let up = pod(&spec, &status);
    assert_eq!((&*up.status, up.ready, up.restarts), ("Running", (2, 2), 2));
}

#[test]
fn a_pod_that_goes_away_is_terminating_unless_it_had_ended() {
    let word = |phase: &str, reason: &str| {
        let value = json!({
            "metadata": {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"},
            "status": {"phase": phase, "reason": reason},
        });
        let pod = decode_pod(&value).unwrap();
        assert!(pod.terminating);
        pod.status.to_string()
    };
    assert_eq!(word("Running", ""), "Terminating");
    assert_eq!(word("Running", "NodeLost"), "Unknown");
    assert_eq!(word("Succeeded", ""), "Succeeded");
}

#[test]
fn problems_carry_who_said_what() {
    let crash = one(&json!({"phase": "Running", "containerStatuses": [{
        "name": "app", "restartCount": 4,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no DATABASE_URL"}},
    }]}));
    let problem = crash.problem.unwrap();
    assert_eq!((problem.reason.as_str(), problem.message.as_str()), ("CrashLoopBackOff", "no DATABASE_URL"));
    assert_eq!((problem.container.as_deref(), problem.last_exit.as_str()), (Some("app"), "exit 1 (Error)"));

    let nowhere = one(&json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]}));
    let problem = nowhere.problem.unwrap();
    assert_eq!((problem.reason.as_str(), problem.message.as_str()), ("Unschedulable", "0/3 nodes"));

    let evicted = one(&json!({"phase": "Failed", "reason": "Evicted", "message": "disk"}));
    assert_eq!(evicted.problem.unwrap().message, "disk");
    let unready = one(&json!({"phase": "Running", "containerStatuses": [running(false)]}));
    assert_eq!(unready.problem.unwrap().reason, "NotReady");
    for fine in
        [json!([waiting("ContainerCreating")]), json!([running(true)]), json!([ended(0, "Completed")])]
    {
        assert_eq!(one(&json!({"phase": "Pending", "containerStatuses": fine})).problem, None, "{fine}");
    }
}

#[test]
fn a_pod_without_a_controller_is_a_workload_of_one() {
    let bare = |meta: &Value, phase: &str| {
        let mut value = json!({
            "metadata": {"name": "probe", "namespace": "shop", "labels": {"app": "db", "team": "pay", "other": "x"}},
            "spec": {"restartPolicy": "Always", "containers": [{"name": "app", "image": "r/probe:v3"}]},
            "status": {"phase": phase, "containerStatuses": [running(true)]},
        });
        for (key, more) in meta.as_object().unwrap() {
            value["metadata"][key] = more.clone();
        }
        if let Some(policy) = meta.get("restartPolicy") {
            value["spec"]["restartPolicy"] = policy.clone();
        }
        decode_pod(&value).unwrap().bare
    };
    let owner = |controller: bool| {
        json!({"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": "u", "controller": controller}]})
    };
    let found = bare(&owner(false), "Running").unwrap();
    assert_eq!((found.template.version(), found.replicas.available), ("v3".to_owned(), 1));
    assert_eq!(found.labels.keys().collect::<Vec<_>>(), ["app", "team"], "those that are used");
    assert!(bare(&json!({}), "Failed").is_some(), "what failed stays in sight");
    assert!(bare(&owner(true), "Running").is_none());
    assert!(bare(&json!({}), "Succeeded").is_none(), "it has done its work");
    let mirror = json!({"annotations": {"kubernetes.io/config.mirror": "abc"}});
    assert!(bare(&mirror, "Running").is_none(), "the node keeps it");
    let kept = |api: &str, kind: &str| {
        json!({"labels": {}, "ownerReferences": [
            {"apiVersion": api, "kind": kind, "name": "pg", "uid": "u", "controller": true}]})
    };
    let database = bare(&kept("postgresql.cnpg.io/v1", "Cluster"), "Running").unwrap();
    assert_eq!(
        (database.keeper(), database.ownership.to_string().as_str()),
        (Some("Cluster/pg"), "Cluster/pg")
    );
    assert_eq!(World::service_of(&database).name.as_str(), "pg", "its pods are one service");
    assert!(bare(&kept("apps.kruise.io/v1", "StatefulSet"), "Pending").is_some(), "another group's kind");
    assert!(bare(&kept("batch/v1", "Job"), "Running").is_none());
    assert!(bare(&kept("postgresql.cnpg.io/v1", "Cluster"), "Failed").is_none(), "its keeper makes another");
    let mut build = kept("tekton.dev/v1", "TaskRun");
    build["restartPolicy"] = json!("Never");
    assert!(bare(&build, "Running").is_none(), "its keeper tells of it");
    let helm = json!({"annotations": {"meta.helm.sh/release-name": "tools"}});
    assert_eq!(bare(&helm, "Running").unwrap().ownership.to_string(), "Helm release tools");
}

#[test]
fn a_pod_says_which_revision_of_its_set_it_is() {
    let value = json!({"metadata": {"name": "db-0", "labels": {"controller-revision-hash": "db-6b9f"}}});
    assert_eq!(decode_pod(&value).unwrap().revision.as_deref(), Some("db-6b9f"));
    assert_eq!(decode_pod(&json!({"metadata": {"name": "p"}})).unwrap().revision, None);
}
