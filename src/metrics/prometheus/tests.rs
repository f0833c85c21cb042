use super::*;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{any, get};

use crate::promql::{Answers as _, Value};

/// A server of canned answers on a free port.
async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    at
}

fn client(at: SocketAddr, settings: Settings) -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base = format!("http://{at}/prometheus/");
    let timeout = Duration::from_secs(20);
    let settings = Settings { base, ..settings };
    let transport = HttpTransport::new(reqwest::Client::new(), settings, timeout).unwrap();
    Client::new(transport, timeout)
}

async fn with(status: u16, body: &'static str) -> Client {
    let status = StatusCode::from_u16(status).unwrap();
    let at = serve(Router::new().fallback(any(move || async move { (status, body) }))).await;
    client(at, Settings::default())
}

#[tokio::test]
async fn query_results_of_every_type() {
    let vector = with(
        200,
        r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"__name__":"up","job":"a"},"value":[1.5,"1"]},
            {"metric":{},"value":[1.5,"NaN"]},
            {"metric":{"h":"1"},"histogram":[1.5,{"count":"1"}]}]},
            "warnings":["partial response"],"infos":["a counter?"]}"#,
    )
    .await;
    let answer = vector.query("up", 1_500).await.unwrap();
    let Value::Vector(list) = answer.data else { panic!() };
    assert_eq!(list[0].labels.to_string(), "up{job=\"a\"}");
    assert!(list[1].value.is_nan() && list.len() == 2);
    assert_eq!(answer.warnings[0], "partial response");
    assert!(answer.warnings[1].contains("native histogram (1 series"), "{:?}", answer.warnings);
    assert_eq!(answer.infos, ["a counter?"]);
    let matrix = with(
        200,
        r#"{"data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.001,"+Inf"],[16.001,"-2.5"]]}]}}"#,
    )
    .await;
    let plan = RangePlan { start_ms: 1001, end_ms: 16_001, step_ms: 15_000 };
    let Value::Matrix(rows) = matrix.query_range("x", plan).await.unwrap().data else { panic!() };
    assert_eq!(rows[0].points.times, [1_001, 16_001]);
    let scalar = with(200, r#"{"data":{"resultType":"scalar","result":[1,"42"]}}"#).await;
    assert_eq!(scalar.query("42", 0).await.unwrap().data, Value::Scalar(42.0));
    let text = with(200, r#"{"data":{"resultType":"string","result":[1,"x"]}}"#).await;
    assert_eq!(text.query("\"x\"", 0).await.unwrap().data, Value::Text("x".into()));
}

#[tokio::test]
async fn every_failure_has_its_own_message() {
    let cases = [
        (
            400,
            r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error"}"#,
            "Prometheus answered bad_data: 1:3: parse error",
            false,
        ),
        (
            422,
            r#"{"status":"error","errorType":"execution","error":"many-to-many"}"#,
            "Prometheus answered execution: many-to-many",
            false,
        ),
        (
            503,
            r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#,
            "Prometheus answered timeout: query timed out",
            true,
        ),
        (
            502,
            "<html><head>\n<title>502 Bad Gateway</title></head>",
            "502 from the server or a proxy before it: 502 Bad Gateway",
            true,
        ),
        (
            200,
            "<!doctype html><body>Please log in</body>",
            "200 from the server or a proxy before it: Please log in",
            false,
        ),
        (401, "", "401 from the server or a proxy before it: (empty body)", false),
        (429, "slow down\nplease", "429 from the server or a proxy before it: slow down", true),
        (404, "404 page not found", "this server has no query endpoint", false),
        (
            200,
            r#"{"data":{"resultType":"vector","result":[{"value":[1,"x"]}]}}"#,
            "unexpected answer from query: \"x\" is not a number",
            false,
        ),
    ];
    for (status, body, message, temporary) in cases {
        let error = with(status, body).await.query("up", 0).await.unwrap_err();
        assert_eq!((error.to_string().as_str(), error.is_temporary()), (message, temporary));
    }
    let shape = with(200, r#"{"data":[]}"#).await.query("up", 0).await.unwrap_err();
    assert!(shape.to_string().starts_with("unexpected answer from query"), "{shape}");
    let gone = client(SocketAddr::from(([127, 0, 0, 1], 1)), Settings::default());
    let error = gone.query("up", 0).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot reach Prometheus"), "{error}");
    assert!(error.is_temporary());
}

#[tokio::test]
async fn credentials_and_headers_are_sent_and_never_shown() {
    let echo = |headers: HeaderMap| async move {
        let find = |name: &str| headers.get(name).map(|v| v.to_str().unwrap().to_owned());
        let seen = (find("authorization").unwrap_or_default(), find("x-scope-orgid"));
        format!(r#"{{"data":{{"version":"{}","goVersion":"{:?}"}}}}"#, seen.0, seen.1.is_some())
    };
    let at = serve(Router::new().route("/prometheus/api/v1/status/buildinfo", get(echo))).await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    let basic = Auth::Basic { user: "u".into(), password: "secret".into() };
    let headers = vec![("X-Scope-OrgID".to_owned(), "tenant-secret".to_owned())];
    for (auth, want) in [
        (Auth::None, ""),
        (basic.clone(), "Basic dTpzZWNyZXQ="),
        (Auth::Bearer("secret".into()), "Bearer secret"),
        (Auth::BearerFile(file), "Bearer from-file"),
    ] {
        let settings = Settings { auth, headers: headers.clone(), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("secret"), "{settings:?}");
        let info = client(at, settings).build_info().await.unwrap().data;
        assert_eq!((info.version.as_str(), info.go_version.as_str()), (want, "true"));
    }
    let missing = Auth::BearerFile(dir.path().join("none"));
    let error = client(at, Settings { auth: missing, ..Settings::default() });
    let error = error.build_info().await.unwrap_err().to_string();
    assert!(error.starts_with("cannot read the file"), "{error}");
    let bad = Settings {
        base: "http://x".into(),
        headers: vec![("a b".into(), "c".into())],
        ..Settings::default()
    };
    let error = HttpTransport::new(reqwest::Client::new(), bad, Duration::ZERO).unwrap_err();
    assert_eq!(error.to_string(), "bad header in the Prometheus settings: \"a b\"");
}

/// A transport of queued answers, which counts what is in flight.
struct Queue {
    replies: Mutex<VecDeque<Reply>>,
    flying: AtomicUsize,
    most: AtomicUsize,
    asked: Mutex<Vec<Request>>,
}

impl Queue {
    fn of(replies: impl IntoIterator<Item = (u16, &'static str)>) -> Arc<Self> {
        let reply = |(status, body): (u16, &'static str)| Reply { status, body: body.into() };
        Arc::new(Self {
            replies: Mutex::new(replies.into_iter().map(reply).collect()),
            flying: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            asked: Mutex::default(),
        })
    }
}

impl Transport for Arc<Queue> {
    async fn send(&self, request: Request) -> Result<Reply, ApiError> {
        let now = self.flying.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        self.flying.fetch_sub(1, Ordering::SeqCst);
        self.asked.lock().unwrap().push(request);
        Ok(self.replies.lock().unwrap().pop_front().unwrap())
    }
}

const ONE: (u16, &str) = (200, r#"{"data":{"resultType":"scalar","result":[1,"1"]}}"#);

#[tokio::test]
async fn at_most_four_requests_at_once() {
    let queue = Queue::of([ONE; 20]);
    let client = Client::new(queue.clone(), Duration::from_secs(1));
    let all = (0..20).map(|_| client.query("1", 0));
    assert!(futures::future::join_all(all).await.iter().all(Result::is_ok));
    assert_eq!(queue.most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn missing_endpoints_are_asked_once_and_post_falls_back_to_get() {
    let queue = Queue::of([(404, "not here"), (405, "GET only"), ONE]);
    let client = Client::new(queue.clone(), Duration::from_secs(1));
    for _ in 0..3 {
        assert_eq!(client.targets().await.unwrap_err(), ApiError::Missing { endpoint: "targets" });
    }
    assert_eq!(client.missing(), ["targets"]);
    assert!(client.query("1", 0).await.is_ok());
    let posts: Vec<bool> = queue.asked.lock().unwrap().iter().map(|r| r.how == How::Form).collect();
    assert_eq!(posts, [false, true, false]);
    let form = queue.asked.lock().unwrap()[2].form.clone();
    assert!(form.contains(&("timeout".into(), "1000ms".into())), "{form:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Accepts, and never answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (timeout, settings) = (Duration::from_millis(50), Settings { base, ..Settings::default() });
    let transport = HttpTransport::new(reqwest::Client::new(), settings, timeout).unwrap();
    let error = Client::new(transport, timeout).query("up", 0).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer from Prometheus within 50ms");
    assert!(error.is_temporary());
}

#[test]
fn questions_end_when_nobody_waits_for_them() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let settings = Settings { base, ..Settings::default() };
    let long = Duration::from_hours(1);
    let client = Client::new(HttpTransport::new(reqwest::Client::new(), settings, long).unwrap(), long);
    let stop = tokio_util::sync::CancellationToken::new();
    let asking = Asking::new(&client, runtime.handle().clone()).until(stop.clone());
    let ended = std::thread::scope(|scope| {
        let asked = scope.spawn(|| asking.instant("up", 0));
        // Only once it has connected is it under way.
        let _connection = runtime.block_on(listener.accept()).unwrap();
        stop.cancel();
        asked.join().unwrap()
    });
    assert!(ended.is_err(), "{ended:?}");
    assert!(asking.instant("up", 0).is_err(), "and none is begun");
}
