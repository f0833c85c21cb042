//! kill -9 of the console while it writes slots down: what it wrote is kept,
//! what it had not written is missing, and no number is wrong.
//!
//! A Prometheus made up here knows a day of ten requests a second, one of four
//! hundred bad: however much of it survives, a quarter of the budget is gone.

use crate::embedded;
use crate::terminal::{Terminal, qd, qd_of};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const OBJECTIVES: usize = 12;
const SLOT: f64 = 300.0;
const DAY: f64 = 86_400.0;
const PER_SECOND: f64 = 10.0;
const BAD: f64 = 0.0025;

fn definitions() -> String {
    let one = |n: usize| {
        format!(
            "---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: s{n:02}}}\nspec:\n  service: shop\n  budgetingMethod: Occurrences\n  timeWindow: [{{duration: 1d, isRolling: true}}]\n  indicator: {{metadata: {{name: i}}, spec: {{ratioMetric: {{counter: true, bad: {{metricSource: {{type: p, spec: {{query: 'r{{n=\"{n}\",code=~\"5..\"}}'}}}}}}, total: {{metricSource: {{type: p, spec: {{query: 'r{{n=\"{n}\"}}'}}}}}}}}}}}}\n  objectives: [{{target: 0.99}}]\n"
        )
    };
    (0..OBJECTIVES).map(one).collect()
}

/// Serves until the test program ends.
fn prometheus() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer(stream));
        }
    });
    url
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    let form = loop {
        let n = stream.read(&mut piece).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_ascii_lowercase();
        let length =
            length.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break body.to_owned();
        }
    };
    let field = |name: &str| {
        let value = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_default().to_owned()
    };
    let result = if field("step").is_empty() {
        json!({"resultType": "vector", "result": []})
    } else {
        let number = |name| field(name).parse::<f64>().unwrap();
        let (mut at, end, step) = (number("start"), number("end"), number("step"));
        // `increase(r…[300s])`, percent-encoded.
        let query = field("query");
        let window = query.split("%5B").nth(1)?.split("%5D").next()?.to_owned();
        let (digits, unit) = window.split_at(window.len() - 1);
        let seconds = digits.parse::<f64>().unwrap() * if unit == "m" { 60.0 } else { 1.0 };
        let share = if query.contains("5..") { BAD } else { 1.0 };
        let mut values = Vec::new();
        while at <= end {
            values.push(json!([at, (seconds * PER_SECOND * share).to_string()]));
            at += step;
        }
        json!({"resultType": "matrix", "result": [{"metric": {}, "values": values}]})
    };
    let body = json!({"status": "success", "data": result}).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).ok()
}

/// Files of slots with something in them.
fn written(state: &Path) -> usize {
    let Ok(contexts) = std::fs::read_dir(state.join("slots")) else { return 0 };
    let files =
        contexts.flatten().flat_map(|context| std::fs::read_dir(context.path()).into_iter().flatten());
    let files = files.flatten().filter(|file| file.path().extension().is_some_and(|end| end == "slots"));
    files.filter(|file| file.metadata().is_ok_and(|data| data.len() > 0)).count()
}

fn killed_after(mut terminal: Terminal, files: usize) {
    let state = terminal.home.path().join("state");
    let deadline = Instant::now() + Duration::from_mins(2);
    while written(&state) < files {
        assert!(Instant::now() < deadline, "no slots are written:\n{}", terminal.screen());
        std::thread::yield_now();
    }
    terminal.signal("KILL");
    assert!(!terminal.ends().success());
}

/// What the command line makes of the files; no server is asked.
fn numbers(home: &Path, kubeconfig: &str) -> Vec<Value> {
    let said = Command::new(env!("CARGO_BIN_EXE_qd"))
        .env_clear()
        .env("HOME", home)
        .env("KUBECONFIG", kubeconfig)
        .env("QD_CONFIG_DIR", home.join("config"))
        .env("QD_STATE_DIR", home.join("state"))
        .args(["slo", "list", "-o", "json"])
        .arg(home.join("config/slos"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    let list: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {said:?}"));
    list.as_array().unwrap().clone()
}

/// Every number there is is right: whole slots, and a quarter of the budget gone.
fn sound(list: &[Value]) -> Vec<f64> {
    assert_eq!(list.len(), OBJECTIVES);
    let counted = list.iter().filter(|slo| slo["now"]["total"].as_f64().is_some_and(|total| total > 0.0));
    counted
        .map(|slo| {
            let (total, left) =
                (slo["now"]["total"].as_f64().unwrap(), slo["now"]["budget_left"].as_f64().unwrap());
            assert!((left - (1.0 - BAD / 0.01)).abs() < 1e-4, "{slo}");
            assert!(total <= DAY * PER_SECOND * 1.001, "{slo}");
            total
        })
        .collect()
}

#[test]
fn a_console_killed_while_it_writes_slots_loses_five_minutes_at_most_and_lies_never() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (cluster, _file) = embedded::start(runtime.handle());
    let server = prometheus();
    let first = qd(&["--prometheus", &server])
        .file("kubeconfig", &cluster.kubeconfig())
        .file("config/slos/all.yaml", &definitions());
    let path = first.path("kubeconfig");
    let terminal = first.env("KUBECONFIG", &path).start();
    let home = terminal.home.clone();
    // Killed in the first file, in the middle, and when the last one is begun.
    killed_after(terminal, 1);
    let mut before = sound(&numbers(home.path(), &path)).len();
    for files in [OBJECTIVES / 2, OBJECTIVES] {
        killed_after(qd_of(home.clone(), &["--prometheus", &server]).env("KUBECONFIG", &path).start(), files);
        let kept = sound(&numbers(home.path(), &path));
        assert!(kept.len() >= before, "{} objectives have numbers, {before} had before", kept.len());
        before = kept.len();
    }
    // Once more, to the end of a round: nothing older than five minutes is missing.
    let mut last = qd_of(home.clone(), &["--prometheus", &server]).env("KUBECONFIG", &path).start();
    // A quarter of a day's budget in a day is above the six hours' mark of 0.2.
    last.shows(&format!("{OBJECTIVES} burning"));
    last.signal("KILL");
    assert!(!last.ends().success());
    let kept = sound(&numbers(home.path(), &path));
    assert_eq!(kept.len(), OBJECTIVES);
    let most_lost = 2.0 * SLOT * PER_SECOND;
    assert!(kept.iter().all(|total| DAY * PER_SECOND - total <= most_lost), "{kept:?}");
    runtime.block_on(cluster.shutdown());
}
