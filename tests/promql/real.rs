//! A real Prometheus on samples of our choosing: blocks are made with
//! `promtool`, the server runs on a free loopback port and ends with the test.
//!
//! `QD_PROMETHEUS` names the binary; otherwise it is looked for in `PATH`
//! (Debian: `apt-get install prometheus`). `promtool` must stand beside it.
#![allow(dead_code, reason = "shared by the tests and the bench, each uses a part")]

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use quarterdeck::promql::{Labels, Samples};

/// A running server.
pub(crate) struct Real {
    child: Child,
    pub(crate) port: u16,
    /// Major version.
    pub(crate) major: u32,
    _dir: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary, if there is one.
pub(crate) fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("QD_PROMETHEUS") {
        return Some(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join("prometheus")).find(|file| file.is_file())
}

fn version(binary: &Path) -> u32 {
    let out = Command::new(binary).arg("--version").output().expect("prometheus --version");
    let text = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
    // Builds from the Go module say nothing useful; they are of today.
    let number = text.split("version ").nth(1).and_then(|v| v.split('.').next()?.parse().ok());
    number.unwrap_or(3)
}

/// Writes series as one OpenMetrics page.
fn page(series: &[(Labels, Samples)]) -> String {
    let mut text = String::new();
    for (labels, samples) in series {
        let rest: Vec<String> = labels
            .iter()
            .filter(|(name, _)| *name != "__name__")
            .map(|(name, value)| format!("{name}=\"{value}\""))
            .collect();
        for (at, value) in samples.times.iter().zip(&samples.values) {
            let value = match *value {
                v if v.is_nan() => "NaN".to_owned(),
                f64::INFINITY => "+Inf".to_owned(),
                f64::NEG_INFINITY => "-Inf".to_owned(),
                v => format!("{v:e}"),
            };
            let seconds = format!("{}.{:03}", at / 1000, at % 1000);
            writeln!(text, "{}{{{}}} {value} {seconds}", labels.name(), rest.join(",")).unwrap();
        }
    }
    text.push_str("# EOF\n");
    text
}

impl Real {
    /// Starts a server that holds these series.
    pub(crate) fn start(binary: &Path, series: &[(Labels, Samples)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (om, data) = (dir.path().join("page.om"), dir.path().join("data"));
        std::fs::write(&om, page(series)).unwrap();
        let promtool = binary.with_file_name("promtool");
        let made = Command::new(promtool)
            .args(["tsdb", "create-blocks-from", "openmetrics"])
            .args([&om, &data])
            .output()
            .expect("promtool");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::run(binary, dir, "global: {}\n")
    }

    /// Starts an empty server that lets in whom this file says (TLS, users);
    /// ready when its port answers, whoever may ask.
    pub(crate) fn guarded(binary: &Path, web: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let web = format!("--web.config.file={}", web.display());
        let mut real = Self::spawn(binary, dir, "global: {}\n", &[&web]);
        real.until("answers", |real| TcpStream::connect(("127.0.0.1", real.port)).is_ok());
        real
    }

    /// Starts an empty server with this configuration, in which `PORT` is its own.
    pub(crate) fn configured(binary: &Path, config: &str) -> Self {
        Self::run(binary, tempfile::tempdir().unwrap(), config)
    }

    /// Runs a server on the blocks in `dir/data`.
    fn run(binary: &Path, dir: tempfile::TempDir, config: &str) -> Self {
        let mut real = Self::spawn(binary, dir, config, &[]);
        real.until("is ready", |real| real.get("/-/ready").is_some_and(|(status, _)| status == 200));
        real
    }

    fn spawn(binary: &Path, dir: tempfile::TempDir, config: &str, more: &[&str]) -> Self {
        let data = dir.path().join("data");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = config.replace("PORT", &port.to_string());
        std::fs::write(dir.path().join("prometheus.yml"), config).unwrap();
        let child = Command::new(binary)
            .arg(format!("--config.file={}", dir.path().join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", data.display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=100y", "--log.level=error"])
            .args(["--enable-feature=promql-experimental-functions"])
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus");
        Self { child, port, major: version(binary), _dir: dir }
    }

    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !holds(self) {
            assert!(Instant::now() < deadline, "not within 60 s: prometheus {what}");
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("prometheus ended: {status}");
            }
            std::thread::yield_now();
        }
    }

    fn get(&self, path: &str) -> Option<(u16, Vec<u8>)> {
        self.exchange(&format!("GET {path} HTTP/1.0\r\n\r\n"))
    }

    /// HTTP/1.0: the answer ends where the connection does.
    fn exchange(&self, request: &str) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, answer.split_off(end + 4)))
    }

    /// Calls an endpoint with form parameters; the whole JSON answer.
    pub(crate) fn call(&self, endpoint: &str, form: &[(&str, &str)]) -> serde_json::Value {
        let pairs: Vec<String> = form.iter().map(|(k, v)| format!("{k}={}", encode(v))).collect();
        let body = pairs.join("&");
        let request = format!(
            "POST /api/v1/{endpoint} HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (_, answer) = self.exchange(&request).expect("an answer");
        serde_json::from_slice(&answer).expect("JSON")
    }
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap();
        }
        out
    })
}
