#![allow(clippy::format_push_string, reason = "pages of tests are short")]

use super::*;

use std::collections::BTreeMap;

use proptest::prelude::*;

type Owned = (String, Vec<(String, String)>, f64, Option<i64>);

fn read(page: &str, format: Format) -> (Vec<Owned>, Summary) {
    let mut samples = Vec::new();
    let summary = parse(page.as_bytes(), format, &Caps::default(), &mut |item| {
        if let Item::Sample(s) = item {
            let labels = s.labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
            samples.push((s.name.to_string(), labels, s.value, s.time_ms));
        }
    });
    (samples, summary.unwrap())
}

fn one(line: &str) -> Owned {
    let (samples, summary) = read(line, Format::Prometheus);
    assert_eq!(summary.bad_count, 0, "{line}: {summary:?}");
    assert_eq!(samples.len(), 1, "{line}");
    samples.into_iter().next().unwrap()
}

fn label(sample: &Owned, name: &str) -> String {
    sample.1.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()).unwrap_or_default()
}

#[test]
fn any_label_value() {
    for (line, want) in [
        (r#"m{path="/users/{id}"} 5"#, "/users/{id}"),
        (r#"m{path="/a,b"} 5"#, "/a,b"),
        (r#"m{path="/q?a=b"} 5"#, "/q?a=b"),
        (r#"m{path="esc \"q\" \\ \n \t"} 5"#, "esc \"q\" \\ \n \\t"),
        (r#"m{path=""} 5"#, ""),
        (r##"m{path="# not a comment"} 5"##, "# not a comment"),
        (r#"m { path = "spaced" , } 5"#, "spaced"),
        ("m{path=\"日本\u{1f600}\"} 5", "日本\u{1f600}"),
    ] {
        let sample = one(line);
        assert_eq!(label(&sample, "path"), want, "{line}");
        assert!((sample.2 - 5.0).abs() < 1e-12);
    }
}

#[test]
fn names_of_every_kind() {
    assert_eq!(one("job:http_requests:rate5m{job=\"x\"} 1.5").0, "job:http_requests:rate5m");
    assert_eq!(one("up 1").0, "up");
    assert_eq!(one("up\t1").0, "up");
    let quoted = one(r#"{"http.server.duration","k8s.pod.name"="a b"} 1"#);
    assert_eq!(quoted.0, "http.server.duration");
    assert_eq!(label(&quoted, "k8s.pod.name"), "a b");
    assert_eq!(one(r#"{a="b","late name"} 1"#).0, "late name");
}

#[test]
fn values_and_times() {
    for (text, want) in
        [("0", 0.0), ("-1.5e3", -1500.0), ("+Inf", f64::INFINITY), ("999999999999999", 1e15 - 1.0)]
    {
        let got = one(&format!("m {text}")).2;
        assert!((got - want).abs() < 1e-9 || got.to_bits() == want.to_bits(), "{text}: {got}");
    }
    assert!(one("m NaN").2.is_nan());
    assert_eq!(one("m 1 1395066363000").3, Some(1_395_066_363_000));
    assert_eq!(one("m 1 -5  ").3, Some(-5));
    let (samples, _) = read("m 1 1395066363.25\n# EOF\n", Format::OpenMetrics);
    assert_eq!(samples[0].3, Some(1_395_066_363_250));
}

#[test]
fn exemplars_and_metadata() {
    let page = "# TYPE lat histogram\n# UNIT lat seconds\n# HELP lat How long.\n\
                lat_bucket{le=\"1\"} 3 # {trace_id=\"a\\\"b\"} 0.5 1.5\n# EOF\n";
    let mut seen = Vec::new();
    let summary = parse(page.as_bytes(), Format::OpenMetrics, &Caps::default(), &mut |item| {
        seen.push(match item {
            Item::Type(name, kind) => format!("type {name} {kind}"),
            Item::Unit(name, unit) => format!("unit {name} {unit}"),
            Item::Help(name, text) => format!("help {name} {text}"),
            Item::Sample(s) => {
                let exemplar = s.exemplar.as_ref().unwrap();
                format!("{} {:?} {:?}", s.series, exemplar.labels[0].1, exemplar.time_ms)
            }
        });
    });
    assert!(summary.unwrap().is_clean());
    let want = [
        "type lat histogram",
        "unit lat seconds",
        "help lat How long.",
        "lat_bucket{le=\"1\"} \"a\\\"b\" Some(1500)",
    ];
    assert_eq!(seen, want);
}

#[test]
fn bad_lines_are_named_and_the_rest_is_kept() {
    let page = "good 1\nbad{ 1\n9bad 1\nbad{a=b} 1\nbad x\nbad{a=\"1\",a=\"2\"} 1\nbad 1 2 3\n\
                {} 1\nbad{a=\"\nbad{a=\"1\" b=\"2\"} 1\r\n{\"x\",\"y\"} 1\nbad 1 99999999999999999\n\
                good{a=\"b\"} 2\r\n\r\n# just words\n#\n";
    let (samples, summary) = read(page, Format::Prometheus);
    assert_eq!(samples.len(), 2);
    assert_eq!(summary.bad_count, 11);
    assert_eq!(summary.bad_lines.len(), KEPT_BAD_LINES);
    let lines: Vec<usize> = summary.bad_lines.iter().map(|b| b.line).collect();
    assert_eq!(lines, (2..12).collect::<Vec<_>>());
    assert_eq!(summary.bad_lines[3].text, "bad x");
    assert_eq!(summary.bad_lines[3].reason, "bad value");
    assert!(!summary.is_clean());
}

#[test]
fn broken_bytes_spoil_only_their_line() {
    let page = b"a 1\nb{x=\"\xff\"} 2\nc 3\n";
    let mut names = Vec::new();
    let summary = parse(page, Format::Prometheus, &Caps::default(), &mut |item| {
        if let Item::Sample(s) = item {
            names.push(s.name.to_string());
        }
    });
    assert_eq!(names, ["a", "c"]);
    assert_eq!(summary.unwrap().bad_lines[0].reason, "not UTF-8");
}

#[test]
fn pages_that_are_no_metrics_are_refused() {
    let refused = |body: &[u8]| parse(body, Format::Prometheus, &Caps::default(), &mut |_| {}).unwrap_err();
    let html = refused(b"\n<html>\n<body>Login</body>");
    assert_eq!(html.to_string(), "the answer is a web page, not metrics: \"<html>\"");
    assert_eq!(refused(b"\x1f\x8b\x08rest"), Refused::Binary);
    assert_eq!(refused(b"ab\0cd"), Refused::Binary);
    let caps = Caps { body: 3, ..Caps::default() };
    let large = parse(b"a 1\n", Format::Prometheus, &caps, &mut |_| {}).unwrap_err();
    assert_eq!(large, Refused::TooLarge { size: 4, cap: 3 });
}

#[test]
fn caps_and_ends() {
    let caps = Caps { samples: 2, labels: 1, value_bytes: 3, ..Caps::default() };
    let page = b"a{x=\"1\",y=\"2\"} 1\nb{x=\"long\"} 1\nc 1\nd 1\ne 1\n";
    let mut count = 0;
    let summary = parse(page, Format::Prometheus, &caps, &mut |_| count += 1).unwrap();
    assert_eq!((count, summary.samples, summary.bad_count, summary.capped), (2, 2, 2, true));
    assert!(read("a 1\n", Format::OpenMetrics).1.truncated);
    let after = read("a 1\n# EOF\nb 1\n", Format::OpenMetrics).1;
    assert_eq!((after.samples, after.bad_lines[0].reason), (1, "after # EOF"));
    assert_eq!(Format::of_content_type("application/openmetrics-text; version=1.0.0"), Format::OpenMetrics);
    assert_eq!(Format::of_content_type("text/plain"), Format::Prometheus);
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

proptest! {
    /// What is written is read: any name, any labels, any value.
    #[test]
    fn round_trip(
        name in "[a-zA-Z_:][a-zA-Z0-9_:]{0,12}",
        labels in proptest::collection::btree_map("[a-zA-Z_][a-zA-Z0-9_]{0,8}", any::<String>(), 0..6),
        value in any::<f64>(),
        time in proptest::option::of(-1_000_000_000_000_i64..1_000_000_000_000),
    ) {
        let inside: Vec<String> =
            labels.iter().map(|(k, v)| format!("{k}=\"{}\"", escaped(v))).collect();
        let stamp = time.map(|t| format!(" {t}")).unwrap_or_default();
        let line = format!("{name}{{{}}} {value:e}{stamp}\n", inside.join(","));
        let (samples, summary) = read(&line.replace("inf", "Inf"), Format::Prometheus);
        prop_assert_eq!(summary.bad_count, 0, "{}: {:?}", line, summary);
        let (got_name, got_labels, got_value, got_time) = &samples[0];
        prop_assert_eq!(got_name, &name);
        let got: BTreeMap<String, String> = got_labels.iter().cloned().collect();
        prop_assert_eq!(got, labels);
        prop_assert!(got_value.to_bits() == value.to_bits() || (value.is_nan() && got_value.is_nan()));
        prop_assert_eq!(*got_time, time);
    }

    /// No page makes the parser panic, and the counts add up.
    #[test]
    fn any_bytes(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in [Format::Prometheus, Format::OpenMetrics] {
            let mut seen = 0;
            let result = parse(&body, format, &Caps::default(), &mut |item| {
                seen += usize::from(matches!(item, Item::Sample(_)));
            });
            if let Ok(summary) = result {
                prop_assert_eq!(summary.samples, seen);
            }
        }
    }

    /// Nearly valid pages: pieces in any order.
    #[test]
    fn any_pieces(pieces in proptest::collection::vec(proptest::sample::select(vec![
        "m", "{", "}", "a", "=", "\"", "\\", "\"v\"", ",", " ", "1", "NaN", "# ", "EOF", "\n",
        "\r\n", "TYPE", "é", "-", "e", "0x", "\"q.n\"",
    ]), 0..30)) {
        let page = pieces.concat();
        for format in [Format::Prometheus, Format::OpenMetrics] {
            let lines = page.lines().count();
            if let Ok(summary) = parse(page.as_bytes(), format, &Caps::default(), &mut |_| {}) {
                prop_assert!(summary.samples + summary.bad_count <= lines);
            }
        }
    }
}

/// `prometheus-parse` as a second opinion, on what it can read.
mod second_opinion {
    use super::*;
    use prometheus_parse::{Scrape, Value};

    fn theirs(page: &str) -> Vec<(String, BTreeMap<String, String>, f64)> {
        let scrape = Scrape::parse(page.lines().map(|l| Ok(l.to_owned()))).unwrap();
        let mut list = Vec::new();
        for sample in scrape.samples {
            let labels = sample.labels.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            if let Value::Counter(v) | Value::Gauge(v) | Value::Untyped(v) = sample.value {
                list.push((sample.metric, labels, v));
            }
        }
        list.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        list
    }

    fn ours(page: &str) -> Vec<(String, BTreeMap<String, String>, f64)> {
        let (samples, _) = read(page, Format::Prometheus);
        let mut list: Vec<_> =
            samples.into_iter().map(|(n, l, v, _)| (n, l.into_iter().collect(), v)).collect();
        list.sort_by(|a: &(String, BTreeMap<_, _>, f64), b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        list
    }

    proptest! {
        #[test]
        fn agrees_on_plain_pages(
            rows in proptest::collection::btree_map(
                ("[a-z_]{3,10}", proptest::collection::btree_map("[a-z_]{1,6}", "[a-zA-Z0-9 ./:_-]{1,12}", 1..4)),
                -1e9..1e9_f64,
                1..20,
            ),
        ) {
            let mut page = String::from("# HELP a text\n# TYPE a gauge\n");
            for ((name, labels), value) in &rows {
                let inside: Vec<String> =
                    labels.iter().map(|(k, v)| format!("{k}=\"{v}\"")).collect();
                page.push_str(&format!("{name}{{{}}} {value}\n", inside.join(",")));
            }
            prop_assert_eq!(ours(&page), theirs(&page));
        }
    }

    /// Where it is wrong, and we are not. If one of these begins to fail the
    /// crate was mended, and this list and the module's reason can shrink.
    #[test]
    fn it_is_wrong_on_ordinary_samples() {
        for line in [
            r#"http_requests_total{path="/users/{id}"} 5"#,
            r#"http_requests_total{path="/a,b"} 5"#,
            r#"http_requests_total{path="/q?a=b"} 5"#,
            r#"http_requests_total{path="esc \"q\" \\"} 5"#,
            r#"job:http_requests:rate5m{job="x"} 1.5"#,
            r#"m{a="b", c="d"} 1"#,
        ] {
            assert_ne!(ours(line), theirs(line), "{line}");
            assert_eq!(read(line, Format::Prometheus).1.bad_count, 0, "{line}");
        }
    }
}
