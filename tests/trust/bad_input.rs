//! Broken configuration and broken servers: what, where, and what to do.

use super::fixtures::{connected, kubeconfig, options, status};
use super::server::{Heard, Reply, Server};
use quarterdeck::cluster::{ConnectOptions, connect, contexts};
use quarterdeck::domain::{Fault, FaultKind, Kind, Name, Namespace, ObjectKey};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

const TWO: &str = "apiVersion: v1\nkind: Config\ncurrent-context: staging\n\
    contexts: [{name: staging, context: {cluster: s, user: bo, namespace: shop}}, {name: prod-eu, context: {cluster: p}}]\n\
    clusters: [{name: s, cluster: {server: 'https://s:6443'}}, {name: p, cluster: {server: 'https://p'}}]\n";
const OTHER: &str = "current-context: lab\n\
    contexts: [{name: lab, context: {cluster: l}}, {name: staging, context: {cluster: hijacked}}]\n\
    clusters: [{name: l, cluster: {server: 'http://l'}}, {name: s, cluster: {server: 'https://other'}}]\n";

fn files(folder: &TempDir, texts: &[&str]) -> ConnectOptions {
    let paths = texts.iter().enumerate().map(|(i, text)| {
        let path = folder.path().join(format!("config-{i}"));
        std::fs::write(&path, text).unwrap();
        path
    });
    let list = std::env::join_paths(paths).unwrap();
    options(list.to_str().unwrap())
}

async fn refused(options: &ConnectOptions) -> Fault {
    match connect(options).await {
        Ok(_) => panic!("connected with {options:?}"),
        Err(fault) => fault,
    }
}

#[test]
fn lists_of_kubeconfigs_merge_and_the_first_wins() {
    let folder = TempDir::new().unwrap();
    let mut options = files(&folder, &[TWO, OTHER]);
    // A missing file in a list is no error, as for kubectl.
    options.kubeconfig.as_mut().unwrap().push_str(":/nowhere/config");
    let found = contexts(&options).unwrap();
    let rows: Vec<_> = found.iter().map(|c| (c.name.as_str(), c.url.as_str(), c.current)).collect();
    assert_eq!(
        rows,
        [("staging", "https://s:6443", true), ("prod-eu", "https://p", false), ("lab", "http://l", false)]
    );
    assert_eq!((found[0].user.as_str(), found[0].namespace.clone()), ("bo", Some(Namespace::from("shop"))));
}

#[tokio::test]
async fn context_and_namespace_can_be_chosen() {
    let folder = TempDir::new().unwrap();
    let mut options = files(&folder, &[TWO]);
    let cluster = connect(&options).await.unwrap();
    assert_eq!((cluster.context().as_str(), cluster.url().as_str()), ("staging", "https://s:6443"));
    assert_eq!(cluster.namespace().map(Namespace::as_str), Some("shop"));
    options.context = Some("prod-eu".into());
    assert_eq!(connect(&options).await.unwrap().namespace(), None);
    options.namespace = Some("pay".into());
    assert_eq!(connect(&options).await.unwrap().namespace().map(Namespace::as_str), Some("pay"));
}

#[tokio::test]
async fn an_unknown_context_is_answered_with_the_known_ones() {
    let folder = TempDir::new().unwrap();
    let mut options = files(&folder, &[TWO]);
    options.context = Some("prod-ue".into());
    let fault = refused(&options).await;
    assert_eq!(fault.kind, FaultKind::Config);
    assert!(fault.text.contains("\"prod-ue\"") && fault.text.contains("config-0"), "{fault}");
    assert_eq!(fault.hints, ["did you mean \"prod-eu\"?", "contexts: staging, prod-eu"]);
}

#[tokio::test]
async fn broken_kubeconfigs_say_what_and_where() {
    let cases: [(&str, &[&str]); 5] = [
        ("contexts:\n  - name: [unclosed\n", &["config-0:", "malformed"]),
        ("apiVersion: v1\nclusters: 7\n", &["config-0:2:", "malformed"]),
        ("", &["names no current context"]),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: gone}}]\n",
            &["\"x\"", "\"gone\" is not there"],
        ),
        (
            "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: {}}]\n",
            &["\"x\"", "no server"],
        ),
    ];
    for (text, words) in cases {
        let folder = TempDir::new().unwrap();
        let fault = refused(&files(&folder, &[text])).await;
        assert_eq!(fault.kind, FaultKind::Config, "{text:?}");
        for word in words {
            assert!(fault.text.contains(word), "{word:?} is not in {fault}");
        }
    }
    let fault = refused(&options("/nowhere/config")).await;
    assert_eq!(fault.text, "no such kubeconfig: /nowhere/config");
}

#[test]
fn a_malformed_kubeconfig_is_not_quoted() {
    let folder = TempDir::new().unwrap();
    let text = "users:\n- name: u\n  user: {token: hunter2, token-x: [}\n";
    let fault = contexts(&files(&folder, &[text])).unwrap_err();
    assert!(fault.text.contains("config-0:3:") && !format!("{fault:?}").contains("hunter2"), "{fault:?}");
}

/// A port that speaks HTTP where TLS is expected.
async fn plain_http() -> std::net::SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    address
}

#[tokio::test]
async fn unreachable_servers_are_told_apart() {
    let folder = TempDir::new().unwrap();
    let plain = plain_http().await;
    let cases = [
        ("http://127.0.0.1:1".to_owned(), "refused"),
        ("http://no-such-host.invalid".to_owned(), "does not resolve"),
        (format!("https://{plain}"), "TLS"),
    ];
    for (url, word) in cases {
        let cluster = connect(&options(&kubeconfig(&folder, &url, "{}"))).await.unwrap();
        let fault = cluster.ping().await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable, "{fault:?}");
        assert!(fault.text.contains(word) && fault.text.contains(&url), "{fault}");
        assert!(!fault.hints.is_empty(), "{fault}");
    }
}

#[tokio::test]
async fn every_refusal_has_its_kind_and_its_words() {
    let cases = [
        (400, FaultKind::Invalid),
        (401, FaultKind::Unauthorized),
        (403, FaultKind::Forbidden),
        (404, FaultKind::NotFound),
        (405, FaultKind::Invalid),
        (409, FaultKind::Conflict),
        (410, FaultKind::Conflict),
        (415, FaultKind::Invalid),
        (422, FaultKind::Invalid),
        (429, FaultKind::Throttled),
        (500, FaultKind::Server),
        (503, FaultKind::Server),
        (504, FaultKind::Timeout),
        (302, FaultKind::Server),
    ];
    for (code, kind) in cases {
        let script = move |_: &Heard| Reply::json(code, &status(code, "X", "the server's own words"));
        let server = Server::start(script).await;
        let fault = connected(&server).await.ping().await.unwrap_err();
        assert_eq!(fault.kind, kind, "{code}");
        assert!(fault.text.contains("the server's own words"), "{code}: {fault}");
    }
}

#[tokio::test]
async fn a_web_page_is_recognised_with_any_code() {
    for code in [200, 302, 403, 502] {
        let page = "<!DOCTYPE html><html><head><title>Sign in to Corp</title></head><body>x</body></html>";
        let server =
            Server::start(move |_: &Heard| Reply::Full(code, "Location: https://sso\r\n", page.to_owned()))
                .await;
        let fault = connected(&server).await.ping().await.unwrap_err();
        let all = format!("{fault:?}");
        assert!(
            all.contains("Sign in to Corp") && all.contains("proxy") && !all.contains("<html"),
            "{code}: {all}"
        );
    }
}

#[tokio::test]
async fn a_refused_content_names_its_causes() {
    let mut body = status(422, "Invalid", "Deployment.apps \"x\" is invalid");
    body["details"] = json!({"causes": [{"field": "spec.replicas", "message": "must be greater than 0"}]});
    let server = Server::start(move |_: &Heard| Reply::json(422, &body)).await;
    let fault = connected(&server).await.ping().await.unwrap_err();
    assert!(fault.hints.contains(&"spec.replicas: must be greater than 0".to_owned()), "{fault:?}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let server = Server::start(|_: &Heard| {
        let (sender, chunks) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut drip = tokio::time::interval(std::time::Duration::from_millis(100));
            while sender.send(" ".to_owned()).is_ok() {
                drip.tick().await;
            }
        });
        Reply::Stream(chunks)
    })
    .await;
    let cluster = connected(&server).await;
    let key = ObjectKey::new(Kind::Pod, "shop", "a");
    let reading = tokio::spawn(async move { cluster.read(&key).await });
    while server.heard().is_empty() {
        tokio::task::yield_now().await;
    }
    // From here on time passes as fast as the program can take it.
    tokio::time::pause();
    let fault = reading.await.unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout);
    assert!(fault.text.contains("15 s"), "{fault}");
}

#[tokio::test]
async fn a_body_without_end_is_not_kept() {
    let server = Server::start(|_: &Heard| Reply::Full(200, "", " ".repeat(17 << 20))).await;
    let cluster = connected(&server).await;
    let fault = cluster.read(&ObjectKey::new(Kind::Pod, "shop", "a")).await.unwrap_err();
    assert!(fault.text.contains("larger than 16 MiB"), "{fault}");
    let scrape = cluster.pod_get(&Namespace::from("shop"), &Name::from("a"), 8080, "/metrics").await;
    assert!(scrape.unwrap_err().text.contains("larger than 8 MiB"));
    assert_eq!(server.heard()[1].target, "/api/v1/namespaces/shop/pods/a:8080/proxy/metrics");
}

/// `size` bytes of nothing as gzip packs them: a thousandth of that.
fn bomb(size: usize) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    packed.extend(miniz_oxide::deflate::compress_to_vec(&vec![b' '; size], 1));
    packed
}

/// What counts is what it becomes, not what came over the line.
#[tokio::test]
async fn a_gzip_bomb_is_cut_off_where_a_large_page_is() {
    let packed = bomb(64 << 20);
    assert!(packed.len() < 1 << 20, "{} bytes on the line", packed.len());
    let server = Server::start(move |_: &Heard| Reply::Packed(packed.clone())).await;
    let cluster = connected(&server).await;
    let scrape = cluster.pod_get(&Namespace::from("shop"), &Name::from("a"), 8080, "/metrics").await;
    let fault = scrape.unwrap_err();
    assert!(fault.text.contains("larger than 8 MiB"), "{fault}");
}
