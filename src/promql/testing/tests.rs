use super::*;

const SCRIPT: &str = r#"
# A counter and a gauge.
load 1m
  c_total{a="x"} 0+60x10
  g 1 2 _ stale 5
  h {{schema:0 sum:1 count:1}}

eval instant at 5m rate(c_total[5m])
  {a="x"} 1

eval instant at 5m rate(c_total[5m])
  {a="x"} 2

eval range from 0 to 4m step 1m g
  g 1 2 2 _ 5

eval instant at 1m h
  h {{schema:0 sum:1 count:1}}

eval instant at 1m 1 +
  expect fail

eval instant at 1m 1 + 1
  2
"#;

#[test]
fn passes_fails_and_skips_are_told_apart() {
    let report = run(SCRIPT, "inline.test");
    let verdicts: Vec<char> = report
        .outcomes
        .iter()
        .map(|o| match o.verdict {
            Verdict::Pass => 'p',
            Verdict::Fail(_) => 'f',
            Verdict::Skip(_) => 's',
        })
        .collect();
    assert_eq!(verdicts, ['p', 'f', 'p', 's', 'p', 'p'], "{report}");
    assert!(report.bad_lines.is_empty());
    assert!(!report.is_ok());
    assert_eq!(report.outcomes[0].line, 8);
    assert!(report.to_string().contains("inline.test:11: rate(c_total[5m])"), "{report}");
}

#[test]
fn bad_lines_are_named() {
    let report = run("load 1q\n  a 1\n\nnonsense\n\nload 1m\n  a{ 1\n  b 1xq\n", "x.test");
    let lines: Vec<usize> = report.bad_lines.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 4, 7]);
    assert!(!report.is_ok());
}

#[test]
fn sequences_unfold() {
    let line = series::parse(r#"m{a="b c"} 1 2+3x2 _x2 4x1 1-1x1 stale Inf 0x2"#).unwrap();
    let text: Vec<String> = line.points.iter().map(|p| p.map_or("_".into(), |v| v.to_string())).collect();
    assert_eq!(text.join(" "), "1 2 5 8 _ _ 4 4 1 0 NaN inf 0 0 0");
    assert_eq!(line.labels.to_string(), r#"m{a="b c"}"#);
}
