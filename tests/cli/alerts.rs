//! Alerts and silences with a real Prometheus and a real Alertmanager, by the
//! real binary; the cluster is the embedded one.

use crate::bench::{Person, Said, at, shared};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server that ends with the test.
struct Server {
    child: Child,
    url: String,
    _home: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let all = names.iter().flat_map(|name| std::env::split_paths(&path).map(move |dir| dir.join(name)));
    all.into_iter().find(|file| file.is_file())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn eventually<T>(what: &str, found: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn started(mut command: Command, port: u16, home: TempDir) -> Server {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let server = Server { child, url: format!("http://127.0.0.1:{port}"), _home: home };
    eventually("the server is ready", || get(port, "/-/ready").filter(|text| text.contains(" 200 ")));
    server
}

fn alertmanager(binary: &PathBuf) -> (Server, u16) {
    let (home, port) = (tempfile::tempdir().unwrap(), free_port());
    let config = home.path().join("am.yml");
    std::fs::write(&config, "route: {receiver: none}\nreceivers: [{name: none}]\n").unwrap();
    let mut command = Command::new(binary);
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", home.path().join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--cluster.listen-address=");
    (started(command, port, home), port)
}

const RULES: &str = "groups:
- name: shop
  interval: 1s
  rules:
  - alert: HighErrorRate
    expr: vector(1)
    labels: {severity: page, namespace: shop-production, service: cart}
    annotations: {summary: 'one of ten requests to cart fails'}
  - alert: SlowAnswers
    expr: vector(1)
    for: 1h
    labels: {severity: ticket, namespace: shop-production, service: search}
";

fn prometheus(binary: &PathBuf, alertmanager: u16) -> Server {
    let (home, port) = (tempfile::tempdir().unwrap(), free_port());
    let path = |name: &str| home.path().join(name);
    let config = format!(
        "global: {{evaluation_interval: 1s}}\nrule_files: [{}]\nalerting:\n  alertmanagers:\n  - static_configs: [{{targets: ['127.0.0.1:{alertmanager}']}}]\n",
        path("rules.yml").display()
    );
    std::fs::write(path("prometheus.yml"), config).unwrap();
    std::fs::write(path("rules.yml"), RULES).unwrap();
    let mut command = Command::new(binary);
    command
        .arg(format!("--config.file={}", path("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", path("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    started(command, port, home)
}

/// Both servers, or none where one is not installed.
fn servers() -> Option<(Server, Server)> {
    let both = program(&["prometheus"]).zip(program(&["prometheus-alertmanager", "alertmanager"]));
    let Some((prometheus_binary, alertmanager_binary)) = both else {
        println!(
            "skipped: prometheus and prometheus-alertmanager are not installed (Debian: apt-get install)"
        );
        return None;
    };
    let (am, port) = alertmanager(&alertmanager_binary);
    Some((prometheus(&prometheus_binary, port), am))
}

fn asks(person: &Person, servers: &(Server, Server), args: &[&str]) -> Said {
    let mut all = vec!["--prometheus", &servers.0.url, "--alertmanager", &servers.1.url];
    all.extend(args);
    person.qd(&all)
}

/// The state of an alert, by its service.
fn state(person: &Person, servers: &(Server, Server), service: &str) -> Option<String> {
    let said = asks(person, servers, &["alerts", service, "-o", "json"]);
    let json = said.ended(0).json();
    json["alerts"][0]["state"].as_str().map(str::to_owned)
}

#[test]
fn a_real_alertmanager_is_silenced_and_heard_again_and_all_of_it_is_audited() {
    let Some(servers) = servers() else { return };
    let person = at(shared());
    eventually("the alert reaches Alertmanager", || {
        let said = asks(&person, &servers, &["alerts", "-o", "json"]).json();
        let from_am = said["alerts"].as_array()?.iter().any(|a| a["labels"]["service"] == "cart");
        get_alerts(&servers.1).filter(|_| from_am)
    });
    assert_eq!(state(&person, &servers, "shop-production/cart").as_deref(), Some("firing"));
    assert_eq!(state(&person, &servers, "search").as_deref(), Some("pending"), "Prometheus alone knows it");
    let text = asks(&person, &servers, &["alerts"]).ended(0).out;
    assert!(text.find("HighErrorRate") < text.find("SlowAnswers"), "{text}");

    let add = ["silence", "add", "service=cart", "--for", "1h"];
    let preview = asks(&person, &servers, &[&add[..], &["--dry-run"]].concat()).ended(2);
    assert!(
        preview.out.contains("keeps 1 alert quiet") && preview.out.contains("wakes somebody"),
        "{preview:?}"
    );
    assert!(preview.out.contains("typing cart"), "production asks for the name: {preview:?}");
    let unsaid = asks(&person, &servers, &[&add[..], &["--yes"]].concat()).ended(3);
    assert!(unsaid.err.contains("needs a reason"), "{unsaid:?}");
    let nobody = asks(&person, &servers, &[&add[..], &["--reason", "known"]].concat()).ended(3);
    assert!(nobody.err.contains("nobody to ask"), "{nobody:?}");
    let locked =
        asks(&person, &servers, &[&["--read-only=true"], &add[..], &["--yes", "--reason", "x"]].concat());
    assert!(locked.ended(3).err.contains("writing is off"));
    let all = asks(&person, &servers, &["silence", "add", "service=~.*", "--yes", "--reason", "x"]).ended(3);
    assert!(all.err.contains("would silence everything"), "{all:?}");
    assert_eq!(state(&person, &servers, "cart").as_deref(), Some("firing"), "nothing was sent so far");

    let made = asks(&person, &servers, &[&add[..], &["--yes", "--reason", "known", "-o", "json"]].concat());
    let id = made.ended(0).json()["id"].as_str().unwrap().to_owned();
    eventually("it is silenced", || state(&person, &servers, "cart").filter(|state| state == "silenced"));
    let list = asks(&person, &servers, &["silence", "list"]).ended(0).out;
    assert!(list.contains(&id) && list.contains("service=\"cart\"") && list.contains("known"), "{list}");
    let expire = ["silence", "expire", id.get(..8).expect("an id"), "--yes", "--reason", "mended"];
    asks(&person, &servers, &expire).ended(0);
    eventually("it is heard again", || state(&person, &servers, "cart").filter(|state| state == "firing"));
    let gone = asks(&person, &servers, &expire).ended(1);
    assert!(gone.err.contains("no silence") && gone.err.contains("silence list"), "{gone:?}");

    person.qd(&["audit", "verify"]).ended(0);
    let audit = person.qd(&["audit", "-o", "json"]).ended(0).json();
    let lines: Vec<String> = audit
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            format!(
                "{} {} {}",
                line["kind"].as_str().unwrap(),
                line["result"].as_str().unwrap(),
                line["reason"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        lines,
        ["intent  known", "outcome succeeded known", "intent  mended", "outcome succeeded mended"]
    );
}

fn get_alerts(alertmanager: &Server) -> Option<String> {
    let port = alertmanager.url.rsplit(':').next()?.parse().ok()?;
    get(port, "/api/v2/alerts").filter(|text| text.contains("HighErrorRate"))
}

#[test]
fn what_is_not_there_is_said() {
    let person = at(shared());
    let none = person.qd(&["alerts"]).ended(1);
    assert!(
        none.err.contains("neither a Prometheus nor an Alertmanager") && none.err.contains("--alertmanager"),
        "{none:?}"
    );
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let down = person.qd(&["--alertmanager", &nobody, "alerts"]).ended(5);
    assert!(down.err.contains(&nobody), "{down:?}");
    let half = person.qd(&["--alertmanager", &nobody, "--monitoring-user", "ann", "alerts"]).ended(1);
    assert!(half.err.contains("needs monitoring-password-file"), "{half:?}");
    let wrong = person.qd(&["--alertmanager", &nobody, "silence", "add", "cart"]);
    assert!(wrong.err.contains("label=value"), "{wrong:?}");
}
