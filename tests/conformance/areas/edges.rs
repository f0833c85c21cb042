//! Edges of the protocol: methods, paths and numbers that few clients send, and names that are
//! allowed but not good.

use http::Method;
use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{Answer, MERGE};
use crate::make;

behaviours! { "edges":
    head_is_405_where_the_api_answers,
    head_of_health_is_answered,
    path_with_an_empty_part_names_nothing,
    options_that_are_no_numbers_are_400,
    a_name_that_is_no_hostname_warns,
    what_is_about_to_end_in_a_template_warns,
    names_of_statefulsets_are_labels,
    name_of_a_job_fits_a_label,
    binding_is_no_new_generation,
}

async fn head(c: &Case, path: &str) -> Answer {
    c.admin.send(Method::HEAD, path, &[], Vec::new()).await
}

async fn head_is_405_where_the_api_answers(c: Case) {
    let own = format!("/api/v1/namespaces/{}", c.ns);
    let status = format!("{own}/status");
    let log = c.core("pods/nope/log");
    for path in ["/version", "/api", "/api/v1", "/apis/apps/v1", "/api/v1/namespaces", &own, &status, &log] {
        let answer = head(&c, path).await;
        assert_eq!((answer.status, answer.text.as_str()), (405, ""), "HEAD {path}");
    }
    assert_eq!(head(&c, "/api/v1/foos").await.status, 404);
}

async fn head_of_health_is_answered(c: Case) {
    for path in ["/healthz", "/livez", "/apis", "/apis/apps"] {
        let answer = head(&c, path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "HEAD {path}");
    }
}

async fn path_with_an_empty_part_names_nothing(c: Case) {
    let ns = &c.ns;
    for path in [
        format!("/api//v1/namespaces/{ns}"),
        format!("/api/v1//namespaces/{ns}"),
        format!("/api/v1/namespaces//{ns}"),
        format!("/api/v1/namespaces/{ns}//status"),
        format!("/apis/apps//v1/namespaces/{ns}/deployments"),
        format!("/apis/apps/v1/namespaces/{ns}//deployments"),
        "/api/v2//pods".to_owned(),
    ] {
        let wrong = c.admin.get(&path).await;
        wrong.says(404, "NotFound", "the server could not find the requested resource");
    }
    for path in ["/apis//apps/v1", "/apis/nope.example//v1"] {
        let wrong = c.admin.get(path).await;
        assert_eq!((wrong.status, wrong.text.as_str()), (404, "404 page not found\n"), "{path}");
    }
    c.admin.get(&format!("/api/v1/namespaces/{ns}/")).await.is(200);
    let posted = c.admin.post("/api/v1//namespaces", &json!({"metadata": {"name": "b_"}})).await;
    posted.fails(404, "NotFound");
}

async fn options_that_are_no_numbers_are_400(c: Case) {
    let path = c.core("configmaps");
    for (query, why) in [
        ("timeoutSeconds=x", "strconv.ParseInt: parsing \"x\": invalid syntax"),
        ("timeoutSeconds=1.5", "strconv.ParseInt: parsing \"1.5\": invalid syntax"),
        ("timeoutSeconds=", "strconv.ParseInt: parsing \"\": invalid syntax"),
        ("watch=1&timeoutSeconds=", "strconv.ParseInt: parsing \"\": invalid syntax"),
        ("limit=", "strconv.ParseInt: parsing \"\": invalid syntax"),
        (
            "limit=99999999999999999999",
            "strconv.ParseInt: parsing \"99999999999999999999\": value out of range",
        ),
    ] {
        c.admin.get(&format!("{path}?{query}")).await.says(400, "BadRequest", why);
    }
    c.read(&format!("{path}?timeoutSeconds=-1")).await;
}

fn named(mut object: Value, name: &str) -> Value {
    object["metadata"]["name"] = name.into();
    object
}

async fn a_name_that_is_no_hostname_warns(c: Case) {
    let job = json!({"metadata": {}, "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": make::IMAGE}]}}}});
    let in_names = "Pod names and hostnames";
    for (collection, object, whose) in [
        (c.core("pods"), make::pod("x", make::IMAGE), "the Pod's hostname"),
        (c.deployments(), make::deployment("x", 0, make::IMAGE), in_names),
        (c.group("apps/v1", "replicasets"), make::replica_set("x", 0), in_names),
        (c.group("batch/v1", "jobs"), job, in_names),
    ] {
        let path = format!("{collection}?dryRun=All");
        let warned = c.admin.post(&path, &named(object.clone(), "a.b")).await;
        let wanted = format!(
            "299 - \"metadata.name: this is used in {whose}, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]\""
        );
        assert_eq!((warned.status, warned.header("warning")), (201, &*wanted), "{collection}");
        let silent = c.admin.post(&path, &named(object, "a-b")).await;
        assert_eq!((silent.status, silent.header("warning")), (201, ""), "{collection}");
    }
    let long = named(make::deployment("x", 0, make::IMAGE), &format!("{}b", "a.".repeat(40)));
    let warned = c.admin.post(&format!("{}?dryRun=All", c.deployments()), &long).await;
    let both = "a DNS label is recommended: [must be no more than 63 characters must not contain dots]\"";
    assert!(warned.header("warning").ends_with(both), "{}", warned.header("warning"));
}

async fn what_is_about_to_end_in_a_template_warns(c: Case) {
    let path = c.deployments();
    let mut ending = make::deployment("ending", 0, make::IMAGE);
    ending["spec"]["template"]["spec"]["nodeSelector"] =
        json!({"beta.kubernetes.io/os": "linux", "disk": "fast"});
    let told = "299 - \"spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\\"kubernetes.io/os\\\" instead\"";
    let made = c.admin.post(&path, &ending).await;
    assert_eq!((made.status, made.header("warning")), (201, told));
    let object = format!("{path}/ending");
    let merge = async |body: &Value| c.admin.patch(MERGE, &object, body).await;
    let labelled = merge(&json!({"metadata": {"labels": {"a": "b"}}})).await;
    assert_eq!((labelled.status, labelled.header("warning")), (200, ""), "no other template");
    let paused = merge(&json!({"spec": {"paused": true}})).await;
    assert_eq!((paused.status, paused.header("warning")), (200, told), "a new generation of it");

    let mut hidden = make::deployment("hidden", 0, make::IMAGE);
    let twice = |second: Value| json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, second]);
    let env = "/spec/template/spec/containers/0";
    for (second, warns) in [
        (json!({"name": "A", "value": "3"}), true),
        (json!({"name": "A", "value": "$(A)"}), true),
        (json!({"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}), true),
        (json!({"name": "A", "value": "$(A),3"}), false),
    ] {
        hidden.pointer_mut(env).expect("a container")["env"] = twice(second.clone());
        let answer = c.admin.post(&format!("{path}?dryRun=All"), &hidden).await;
        let told = "299 - \"spec.template.spec.containers[0].env[2]: hides previous definition of \\\"A\\\", which may be dropped when using apply\"";
        assert_eq!(
            (answer.status, answer.header("warning")),
            (201, if warns { told } else { "" }),
            "{second}"
        );
    }
}

async fn names_of_statefulsets_are_labels(c: Case) {
    let mut set = make::replica_set("a.b", 0);
    set["kind"] = "StatefulSet".into();
    set["spec"]["serviceName"] = "x".into();
    let path = format!("{}?dryRun=All", c.group("apps/v1", "statefulsets"));
    let refused = c.admin.post(&path, &set).await;
    let why =
        "StatefulSet.apps \"a.b\" is invalid: metadata.name: Invalid value: \"a.b\": must not contain dots";
    refused.says(422, "Invalid", why);
    let long = "a".repeat(64);
    let refused = c.admin.post(&path, &named(set, &long)).await;
    let why = format!(
        "StatefulSet.apps \"{long}\" is invalid: metadata.name: Invalid value: \"{long}\": must be no more than 63 characters"
    );
    refused.says(422, "Invalid", &why);
}

async fn name_of_a_job_fits_a_label(c: Case) {
    let long = "a".repeat(64);
    let job = json!({"metadata": {"name": long}, "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": make::IMAGE}]}}}});
    let refused = c.admin.post(&format!("{}?dryRun=All", c.group("batch/v1", "jobs")), &job).await;
    let why = format!(
        "Job.batch \"{long}\" is invalid: spec.template.labels: Invalid value: \"{long}\": must be no more than 63 bytes"
    );
    let status = refused.says(422, "Invalid", &why);
    assert_eq!(status["details"]["causes"].as_array().map(Vec::len), Some(2), "{status}");
}

async fn binding_is_no_new_generation(c: Case) {
    c.create(&c.core("pods"), &make::pod("p", make::IMAGE)).await;
    let path = c.core("pods/p");
    let bound = c.until("it is bound", &path, |pod| pod["spec"]["nodeName"].is_string()).await;
    assert_eq!(bound["metadata"]["generation"], 1, "{bound}");
}
