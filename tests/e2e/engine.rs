//! `qd engine` as a process: its probes, and what `deploy/engine.yaml` lets it
//! do.

use kube::config::{AuthInfo, Kubeconfig};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;

use crate::behaviours;
use crate::case::Case;
use crate::cut::Line;
use crate::http::Http;
use crate::make;
use crate::program::{Person, ended, until_says};
use crate::shop::{self, GOOD, over, release, watched, why};
use crate::until::until;

behaviours! { "engine":
    probes_tell_whether_it_sees_the_records,
    lists_are_what_verbs_print,
    manifest_gives_what_it_needs_and_no_more,
}

/// A running `qd engine`.
pub(crate) struct Engine {
    pub(crate) person: Person,
    child: Child,
    address: std::net::SocketAddr,
}

impl Engine {
    /// One that looks after the case's namespace as its administrator.
    pub(crate) async fn start(c: &Case) -> Self {
        Self::of(Person::new(c, "admin"), &["--namespace", &c.ns]).await
    }

    /// One of that person; ready when this returns.
    async fn of(person: Person, scope: &[&str]) -> Self {
        let address = free_address().await;
        let listen = address.to_string();
        let mut child = person.start_qd_anywhere(&[&["engine", "--listen", &listen], scope].concat());
        until_says(&mut child, "driving deliveries in").await;
        let engine = Self { person, child, address };
        engine.until("/readyz", |(code, _)| *code == 200).await;
        engine
    }

    /// Status code and body.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: engine\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        (code, answer.split_once("\r\n\r\n").expect("a body").1.to_owned())
    }

    /// Asks until the answer is as wanted; its body.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&(u16, String)) -> bool) -> String {
        until(path, async || {
            let answer = self.get(path).await;
            if wanted(&answer) { Ok(answer.1) } else { Err(format!("{answer:?}")) }
        })
        .await
    }

    /// Sends SIGTERM, as the kubelet does: it hands over and ends with 0.
    pub(crate) async fn ends(self) -> Person {
        let pid = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())).expect("a running engine");
        kill_process(pid, Signal::TERM).expect("a signal");
        ended(self.child).await.exits(0);
        self.person
    }
}

/// A port nobody listens on.
async fn free_address() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    listener.local_addr().expect("an address")
}

async fn probes_tell_whether_it_sees_the_records(c: Case) {
    let kubeconfig = c.server.kubeconfig_of("admin");
    let line = Line::to(&kubeconfig).await;
    let person = Person::with(&c, &line.over(kubeconfig));
    let engine = Engine::of(person, &["--namespace", &c.ns]).await;
    assert_eq!(engine.get("/healthz").await, (200, "ok\n".to_owned()));
    for path in ["/nothing", "/lists", "/lists/services"] {
        assert_eq!(engine.get(path).await.0, 404, "{path}: nobody asked for lists");
    }
    line.cut();
    let why = engine.until("/readyz", |(code, _)| *code == 503).await;
    assert!(why.contains("cannot see the records"), "{why}");
    assert_eq!(engine.get("/healthz").await.0, 200, "a restart would not help");
    line.mend();
    engine.until("/readyz", |(code, _)| *code == 200).await;
    engine.ends().await;
}

async fn lists_are_what_verbs_print(c: Case) {
    let admin = shop::open(&c, 2).await;
    let engine = Engine::of(Person::new(&c, "admin"), &["--namespace", &c.ns, "--lists"]).await;
    admin.qd(&release(GOOD, &["--manual", "--steps", "50", "--no-wait"])).await.exits(0);
    shop::until(&c, "the step is watched", watched(0)).await;
    let get = async |path: &str| {
        let (code, body) = engine.get(path).await;
        (code, serde_json::from_str::<Value>(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}")))
    };
    let (_, lists) = get("/lists").await;
    for path in lists.as_array().expect("lists").iter().filter_map(Value::as_str) {
        let (code, list) = get(path).await;
        // Nobody configured a monitoring or a catalogue.
        assert!(
            code == 200 || matches!(code, 404 | 501) && list["error"].is_string(),
            "{path}: {code} {list}"
        );
    }
    let (_, services) = get("/lists/services").await;
    assert_eq!(services, admin.qd(&["services", "-o", "json"]).await.exits(0).json());
    let same = |rollout: &Value| {
        let fields =
            ["namespace", "name", "operation", "record", "strategy", "phase", "from", "to", "step", "steps"];
        fields.map(|field| rollout[field].clone())
    };
    let (_, listed) = get("/lists/rollouts").await;
    let printed = admin.qd(&["rollouts", "-o", "json"]).await.exits(0).json();
    assert_eq!(same(&listed[0]), same(&printed[0]), "{listed} {printed}");
    let rollout = &printed[0];
    let told = (&rollout["phase"], &rollout["step"], &rollout["steps"], &rollout["asked_percent"]);
    assert_eq!(told, (&json!("watching"), &json!(1), &json!(2), &json!(50)), "{rollout}");
    assert!(rollout["driver"].as_str().expect("a driver").ends_with("engine"), "{rollout}");
    let (_, service) = get(&format!("/lists/services/{}/shop", c.ns)).await;
    assert_eq!(service["deliveries"][0]["operation"], rollout["operation"], "{service}");
    assert_eq!(get("/lists/secrets").await.0, 404);
    admin.qd(&["abort", "shop", "--reason", "seen"]).await.exits(0);
    shop::until(&c, "it is over", over).await;
    engine.ends().await;
}

const MANIFEST: &str = include_str!("../../deploy/engine.yaml");
const HOME: &str = "/api/v1/namespaces/quarterdeck";

/// Everything the account may do, by the cluster role; what every account may
/// do (asking who it is) is left out.
const RIGHTS: [(&str, &str, &[&str]); 10] = [
    ("", "configmaps", &["get", "list", "patch", "watch"]),
    ("", "events", &["create"]),
    ("", "pods", &["list"]),
    ("", "pods/proxy", &["get"]),
    ("", "services", &["get", "patch"]),
    ("apps", "deployments", &["create", "delete", "get", "patch"]),
    ("coordination.k8s.io", "leases", &["create", "delete", "get", "update"]),
    ("gateway.networking.k8s.io", "httproutes", &["get", "patch"]),
    ("networking.istio.io", "virtualservices", &["get", "patch"]),
    ("networking.k8s.io", "ingresses", &["get", "patch"]),
];

/// What it must never do, wherever.
const NEVER: [(&str, &str); 8] = [
    ("GET", "/api/v1/namespaces/kube-system/secrets"),
    ("GET", "/api/v1/secrets"),
    ("DELETE", "/api/v1/namespaces/kube-system"),
    ("DELETE", "/api/v1/namespaces/default/configmaps/kube-root-ca.crt"),
    ("DELETE", "/api/v1/namespaces/default/pods/any"),
    ("POST", "/api/v1/namespaces/kube-system/serviceaccounts/default/token"),
    ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
    ("GET", "/apis/apps/v1/namespaces/kube-system/daemonsets"),
];

/// Applies the manifest as `kubectl apply --server-side` does.
async fn apply(admin: &Http) {
    for document in MANIFEST.split("\n---\n") {
        let object: Value = serde_saphyr::from_str(document).expect("YAML");
        let (kind, name) = (object["kind"].as_str().expect("a kind"), object["metadata"]["name"].as_str());
        let collection = match kind {
            "Namespace" => "/api/v1/namespaces".to_owned(),
            "ServiceAccount" => format!("{HOME}/serviceaccounts"),
            "ClusterRole" => "/apis/rbac.authorization.k8s.io/v1/clusterroles".to_owned(),
            "ClusterRoleBinding" => "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings".to_owned(),
            "Deployment" => "/apis/apps/v1/namespaces/quarterdeck/deployments".to_owned(),
            "PodDisruptionBudget" => "/apis/policy/v1/namespaces/quarterdeck/poddisruptionbudgets".to_owned(),
            other => panic!("a {other} in the manifest"),
        };
        let path = format!(
            "{collection}/{}?fieldManager=kubectl&force=true&fieldValidation=Strict",
            name.expect("a name")
        );
        let answer = admin.patch(crate::http::APPLY, &path, &object).await;
        assert!(matches!(answer.status, 200 | 201), "{kind}: {}", answer.text);
    }
}

/// A kubeconfig with nothing but the account's token.
async fn account(c: &Case) -> (Kubeconfig, Http) {
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
        "spec": {"expirationSeconds": 3600}});
    let path = format!("{HOME}/serviceaccounts/quarterdeck-engine/token");
    let token = c.admin.post(&path, &request).await.is(201)["status"]["token"].clone();
    let token = token.as_str().expect("a token").to_owned();
    let credentials = AuthInfo { token: Some(token.into()), ..AuthInfo::default() };
    let mut file = c.server.kubeconfig_of("admin");
    for named in &mut file.auth_infos {
        named.auth_info = Some(credentials.clone());
    }
    // As in a pod: its own namespace is where it lives, not where it works.
    for context in file.contexts.iter_mut().filter_map(|named| named.context.as_mut()) {
        context.namespace = Some("quarterdeck".to_owned());
    }
    (file, c.server.stranger(&credentials))
}

async fn rights(user: &Http, namespace: &str) -> Vec<(String, String, Vec<String>)> {
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": namespace}});
    let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let answer = user.post(path, &review).await.is(201);
    let list = |value: &Value| -> Vec<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let mut rights = Vec::new();
    for rule in answer["status"]["resourceRules"].as_array().expect("rules") {
        let mut verbs = list(&rule["verbs"]);
        verbs.sort();
        for group in list(&rule["apiGroups"]).iter().filter(|group| !group.starts_with("auth")) {
            for resource in list(&rule["resources"]) {
                rights.push((group.clone(), resource, verbs.clone()));
            }
        }
    }
    rights.sort();
    rights
}

async fn manifest_gives_what_it_needs_and_no_more(c: Case) {
    apply(&c.admin).await;
    c.until("the account is there", &format!("{HOME}/serviceaccounts/quarterdeck-engine"), |_| true).await;
    let (kubeconfig, user) = account(&c).await;
    let expected = RIGHTS.map(|(group, resource, verbs)| {
        (
            group.to_owned(),
            resource.to_owned(),
            verbs.iter().map(|verb| (*verb).to_owned()).collect::<Vec<_>>(),
        )
    });
    assert_eq!(rights(&user, "kube-system").await, expected);
    for (method, path) in NEVER {
        let answer = user.send(method.parse().expect("a method"), path, &[], Vec::new()).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text);
    }

    // Every right is needed: a release that goes all the way, and one that is taken back.
    let admin = shop::open(&c, 2).await;
    let engine = Engine::of(Person::with(&c, &kubeconfig), &[]).await;
    let by_hand = ["--manual", "--steps", "50", "--step-min", "5s", "--step-max", "60s", "--no-wait"];
    admin.qd(&release(":errors", &by_hand)).await.exits(0);
    let counted = |r: &Value| {
        let metrics = &r["run"]["judged"]["inputs"]["metrics"];
        metrics[0]["intervals"][0]["canary"]["n"].as_u64() > Some(0)
    };
    let record = shop::until(&c, "its metrics were read", counted).await;
    assert_eq!(record["driver"]["user"], "system:serviceaccount:quarterdeck:quarterdeck-engine");
    admin.qd(&["abort", "shop", "--reason", "no"]).await.exits(0);
    let record = shop::until(&c, "it is taken back", over).await;
    assert!(why(&record).contains("aborted"), "{}", why(&record));
    shop::is_whole(&c, make::IMAGE, 2).await;
    admin.qd(&release(GOOD, &by_hand)).await.exits(0);
    shop::until(&c, "the step is watched", watched(0)).await;
    admin.qd(&["promote", "shop", "--reason", "yes"]).await.exits(0);
    let record = shop::until(&c, "it is promoted", over).await;
    shop::is_whole(&c, GOOD, 2).await;
    shop::is_told(&c, &record, &[&admin, &engine.person]).await;
    assert_eq!(shop::events(&c).await.iter().filter(|reason| *reason == "CanaryPromoted").count(), 1);
    engine.ends().await;
    c.admin.delete("/api/v1/namespaces/quarterdeck").await;
}
