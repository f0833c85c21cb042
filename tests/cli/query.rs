//! `qd query`, on the pods of the embedded cluster and on a server that
//! answers like a Prometheus.

use crate::bench::{Said, at, shared};
use crate::served::qd_at;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;

/// Answers one request on loopback with `body`; the address.
fn prometheus(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut form = vec![0; length];
        reader.read_exact(&mut form).unwrap();
        let answer =
            format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

fn ask(url: &str, args: &[&str]) -> Said {
    let home = tempfile::tempdir().unwrap();
    Said::from(qd_at(&home).env("QD_PROMETHEUS", url).arg("query").args(args).output().unwrap())
}

#[test]
fn a_vector_of_a_prometheus_is_a_table_and_warnings_stand_beside() {
    const BODY: &str = r#"{"status":"success","warnings":["a store is down"],"data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[1,"0.5"]}]}}"#;
    let said = ask(&prometheus("200 OK", BODY), &["up"]).ended(0);
    assert_eq!(said.out, "NAME  LABELS   VALUE\nup    job=\"a\"  0.5\n");
    assert_eq!(said.err, "qd: warning: a store is down\n");
    let json = ask(&prometheus("200 OK", BODY), &["up", "-o", "json"]).ended(0).json();
    assert_eq!((&json["type"], &json["result"][0]["value"]), (&"vector".into(), &0.5.into()));
    assert_eq!(json["result"][0]["labels"]["job"], "a");
}

#[test]
fn a_range_is_drawn_with_its_ends() {
    const BODY: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[3600,"1"],[7200,"2"]]}]}}"#;
    let args = ["x", "--time", "1970-01-01T02:00:00Z", "--range", "1h", "--step", "30m"];
    let said = ask(&prometheus("200 OK", BODY), &args).ended(0);
    assert_eq!(said.out, "NAME  LABELS  GRAPH  FIRST  LAST\n—             ▄ █    1      2\n");
}

#[test]
fn refusals_show_the_place_and_unreachable_is_exit_5() {
    const BODY: &str = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unexpected right parenthesis ')'"}"#;
    let said = ask(&prometheus("400 Bad Request", BODY), &["1 + )"]).ended(1);
    assert!(said.err.ends_with("\n  1 + )\n      ^\n"), "{said:?}");
    ask("http://127.0.0.1:1", &["up"]).ended(5);
    let said = ask(&prometheus("502 Bad Gateway", "<html>gone</html>"), &["up"]).ended(1);
    assert!(said.err.contains("502"), "{said:?}");
}

#[test]
fn without_a_prometheus_the_pods_are_read_twice() {
    let person = at(shared());
    let said = person.qd(&["query", "count(up == 1)", "--gap", "1s", "-o", "json"]).ended(0);
    assert!(said.err.contains(" twice, 1 s apart, through http://127.0.0.1:"), "{said:?}");
    let json = said.json();
    let read = json["pods"][0].as_f64().unwrap();
    assert!(read > 0.0);
    assert_eq!(json["result"][0]["value"].as_f64(), Some(read));
    let said = person.qd(&["query", "sum(rate(x[5m])"]).ended(1);
    assert!(said.err.contains("\n  sum(rate(x[5m])\n"), "{said:?}");
    let said = person.qd(&["query", "up", "--range", "1h"]).ended(1);
    assert!(said.err.contains("--prometheus URL"), "{said:?}");
}
