//! Other representations: Tables, and metadata alone.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::make;

behaviours! { "views":
    table_of_pods,
    table_of_pods_wide,
    table_of_deployments,
    table_of_replica_sets,
    table_of_config_maps,
    table_of_services,
    table_of_events,
    table_of_namespaces_and_nodes,
    table_of_one_object,
    table_rows_carry_metadata,
    table_without_objects,
    table_with_whole_objects,
    table_pages,
    table_of_nothing_has_columns,
    table_falls_back_to_json,
    metadata_of_one_object,
    metadata_of_a_list,
    yaml_answer,
    pretty_answer,
}

const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";
const META: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
const META_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

async fn table(c: &Case, path: &str) -> Value {
    let table = c.admin.get_as(TABLE, path).await.is(200);
    assert_eq!((&table["kind"], &table["apiVersion"]), (&json!("Table"), &json!("meta.k8s.io/v1")));
    table
}

/// The names of the columns of a priority.
fn columns(table: &Value, priority: u32) -> Vec<&str> {
    let all = table["columnDefinitions"].as_array().expect("columns");
    all.iter()
        .filter(|column| column["priority"] == priority)
        .filter_map(|column| column["name"].as_str())
        .collect()
}

fn row<'a>(table: &'a Value, name: &str) -> &'a Vec<Value> {
    let rows = table["rows"].as_array().expect("rows");
    let cells = rows.iter().filter_map(|row| row["cells"].as_array());
    cells.into_iter().find(|cells| cells[0] == name).unwrap_or_else(|| panic!("no row {name} in {table}"))
}

async fn ready_pod(c: &Case) -> Value {
    c.create(&c.core("pods"), &make::pod("p", make::IMAGE)).await;
    let ready = |pod: &Value| pod["status"]["containerStatuses"][0]["ready"] == true;
    c.until("the pod is ready", &c.core("pods/p"), ready).await
}

async fn table_of_pods(c: Case) {
    ready_pod(&c).await;
    let table = table(&c, &c.core("pods")).await;
    assert_eq!(columns(&table, 0), ["Name", "Ready", "Status", "Restarts", "Age"]);
    let cells = row(&table, "p");
    assert_eq!(cells[..4], [json!("p"), json!("1/1"), json!("Running"), json!("0")]);
    let age = cells[4].as_str().unwrap_or_default();
    assert!(age.ends_with('s'), "{age}");
}

async fn table_of_pods_wide(c: Case) {
    let pod = ready_pod(&c).await;
    let table = table(&c, &c.core("pods")).await;
    assert_eq!(columns(&table, 1), ["IP", "Node", "Nominated Node", "Readiness Gates"]);
    let wide = &row(&table, "p")[5..];
    assert_eq!(
        wide,
        [pod["status"]["podIP"].clone(), pod["spec"]["nodeName"].clone(), json!("<none>"), json!("<none>")]
    );
}

async fn table_of_deployments(c: Case) {
    c.create(&c.deployments(), &make::deployment("d", 0, make::IMAGE)).await;
    let table = table(&c, &c.deployments()).await;
    assert_eq!(columns(&table, 0), ["Name", "Ready", "Up-to-date", "Available", "Age"]);
    assert_eq!(columns(&table, 1), ["Containers", "Images", "Selector"]);
    let cells = row(&table, "d");
    assert_eq!(cells[..4], [json!("d"), json!("0/0"), json!(0), json!(0)]);
    assert_eq!(cells[5..], [json!("app"), json!(make::IMAGE), json!("app=d")]);
}

async fn table_of_replica_sets(c: Case) {
    c.create(&c.deployments(), &make::deployment("d", 1, make::IMAGE)).await;
    let sets = c.group("apps/v1", "replicasets");
    c.until("it is ready", &sets, |list| list["items"][0]["status"]["readyReplicas"] == 1).await;
    let table = table(&c, &sets).await;
    assert_eq!(columns(&table, 0), ["Name", "Desired", "Current", "Ready", "Age"]);
    assert_eq!(table["rows"][0]["cells"].as_array().expect("cells")[1..4], [json!(1), json!(1), json!(1)]);
}

async fn table_of_config_maps(c: Case) {
    c.config_map("a").await;
    let table = table(&c, &c.core("configmaps")).await;
    assert_eq!(columns(&table, 0), ["Name", "Data", "Age"]);
    assert_eq!(row(&table, "a")[1], 1);
}

async fn table_of_services(c: Case) {
    let body = json!({"metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}, "ports": [{"port": 80}, {"name": "m", "port": 9090}]}});
    let status = c.admin.post(&c.core("services"), &body).await;
    assert_eq!(status.status, 422, "ports need names when there are several");
    let body =
        json!({"metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}, "ports": [{"port": 80}]}});
    let made = c.create(&c.core("services"), &body).await;
    let table = table(&c, &c.core("services")).await;
    assert_eq!(columns(&table, 0), ["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age"]);
    let cells = &row(&table, "s")[..5];
    assert_eq!(
        cells,
        [json!("s"), json!("ClusterIP"), made["spec"]["clusterIP"].clone(), json!("<none>"), json!("80/TCP")]
    );
}

async fn table_of_events(c: Case) {
    let event = json!({"metadata": {"name": "e"}, "reason": "Started", "type": "Normal", "message": "hello",
        "lastTimestamp": "2026-01-01T00:00:00Z", "involvedObject": {"kind": "Pod", "namespace": c.ns, "name": "p"}});
    c.create(&c.core("events"), &event).await;
    let table = table(&c, &c.core("events")).await;
    assert_eq!(columns(&table, 1), ["Subobject", "Source", "First Seen", "Count", "Name"]);
    assert_eq!(columns(&table, 0), ["Last Seen", "Type", "Reason", "Object", "Message"]);
    let cells = table["rows"][0]["cells"].as_array().expect("cells");
    assert_eq!(cells[1..4], [json!("Normal"), json!("Started"), json!("pod/p")]);
    assert_eq!(cells[6], "hello");
}

async fn table_of_namespaces_and_nodes(c: Case) {
    let namespaces = table(&c, "/api/v1/namespaces").await;
    assert_eq!(columns(&namespaces, 0), ["Name", "Status", "Age"]);
    assert_eq!(row(&namespaces, &c.ns)[1], "Active");
    let nodes = table(&c, "/api/v1/nodes").await;
    assert_eq!(columns(&nodes, 0), ["Name", "Status", "Roles", "Age", "Version"]);
}

async fn table_of_one_object(c: Case) {
    c.config_map("a").await;
    let table = table(&c, &c.core("configmaps/a")).await;
    assert_eq!((table["rows"].as_array().map(Vec::len), &row(&table, "a")[1]), (Some(1), &json!(1)));
}

async fn table_rows_carry_metadata(c: Case) {
    let made = c.config_map("a").await;
    let table = table(&c, &c.core("configmaps/a")).await;
    let object = &table["rows"][0]["object"];
    assert_eq!(
        (&object["kind"], &object["apiVersion"]),
        (&json!("PartialObjectMetadata"), &json!("meta.k8s.io/v1"))
    );
    assert_eq!(object["metadata"]["uid"], made["metadata"]["uid"]);
    assert!(object.get("data").is_none());
}

async fn table_without_objects(c: Case) {
    c.config_map("a").await;
    let table = table(&c, &c.core("configmaps/a?includeObject=None")).await;
    assert!(table["rows"][0]["object"].is_null(), "{}", table["rows"][0]);
}

async fn table_with_whole_objects(c: Case) {
    c.config_map("a").await;
    let table = table(&c, &c.core("configmaps/a?includeObject=Object")).await;
    assert_eq!(table["rows"][0]["object"]["data"], json!({"k": "v"}));
}

async fn table_pages(c: Case) {
    for name in ["a", "b", "c"] {
        c.create(&c.core("secrets"), &json!({"metadata": {"name": name}})).await;
    }
    let first = table(&c, &c.core("secrets?limit=2")).await;
    assert_eq!(first["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(first["metadata"]["remainingItemCount"], 1);
    let token = first["metadata"]["continue"].as_str().expect("a token");
    let second = table(&c, &c.core(&format!("secrets?limit=2&continue={token}"))).await;
    assert_eq!(row(&second, "c")[1], "Opaque");
}

async fn table_of_nothing_has_columns(c: Case) {
    let table = table(&c, &c.core("pods")).await;
    assert_eq!(table["rows"], json!([]));
    assert_eq!(columns(&table, 0)[0], "Name");
}

async fn table_falls_back_to_json(c: Case) {
    let list = c.admin.get_as("application/json", &c.core("configmaps")).await.is(200);
    assert_eq!(list["kind"], "ConfigMapList");
    let strict = c.admin.get_as("application/json;as=Table;g=meta.k8s.io;v=v9", &c.core("configmaps")).await;
    assert_eq!(strict.status, 406, "{}", strict.text);
}

async fn metadata_of_one_object(c: Case) {
    let made = c.config_map("a").await;
    let partial = c.admin.get_as(META, &c.core("configmaps/a")).await.is(200);
    assert_eq!(
        (&partial["kind"], &partial["apiVersion"]),
        (&json!("PartialObjectMetadata"), &json!("meta.k8s.io/v1"))
    );
    assert_eq!(partial["metadata"], made["metadata"]);
    assert!(partial.get("data").is_none());
}

async fn metadata_of_a_list(c: Case) {
    c.create(&c.core("secrets"), &json!({"metadata": {"name": "a"}, "stringData": {"k": "v"}})).await;
    let list = c.admin.get_as(META_LIST, &c.core("secrets")).await.is(200);
    assert_eq!(
        (&list["kind"], &list["apiVersion"]),
        (&json!("PartialObjectMetadataList"), &json!("meta.k8s.io/v1"))
    );
    let item = &list["items"][0];
    assert_eq!((&item["kind"], &item["metadata"]["name"]), (&json!("PartialObjectMetadata"), &json!("a")));
    assert!(item.get("data").is_none(), "{item}");
    let none = c.admin.get_as(META_LIST, &c.core("secrets?labelSelector=is=nowhere")).await.is(200);
    assert_eq!(none.get("items"), Some(&json!(null)), "{none}");
}

async fn yaml_answer(c: Case) {
    c.config_map("a").await;
    let answer = c.admin.get_as("application/yaml", &c.core("configmaps/a")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/yaml"));
    assert!(
        answer.text.starts_with("apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n"),
        "{}",
        answer.text
    );
}

async fn pretty_answer(c: Case) {
    c.config_map("a").await;
    let answer = c.admin.get(&c.core("configmaps/a?pretty=true")).await;
    assert!(
        answer.text.starts_with("{\n  \"kind\": \"ConfigMap\",\n  \"apiVersion\": \"v1\",\n"),
        "{}",
        answer.text
    );
    let answer = c.admin.get(&c.core("configmaps/a")).await;
    assert!(answer.text.starts_with("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\","), "{}", answer.text);
}
