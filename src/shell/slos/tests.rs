use super::*;
use crate::domain::{SignalSource, Slot};
use crate::promql::{Answers, Error, Labels, Sample, Samples, Track, Value};
use crate::slo::{Board, Past, Standing};
use std::path::Path;
use std::sync::Arc;

/// A moment on a slot's edge.
const EDGE: i64 = 30_000 * 300;

/// Counts ten events a second, one of a hundred bad, from `from` on.
struct Steady {
    from: i64,
}

impl Answers for Steady {
    fn instant(&self, _expr: &str, _at_ms: i64) -> Result<Value, Error> {
        Ok(Value::Vector(Vec::new()))
    }

    fn range(&self, expr: &str, start_ms: i64, end_ms: i64, step_ms: i64) -> Result<Value, Error> {
        let (_, after) = expr.split_once('[').unwrap();
        let (window, _) = after.split_once(']').unwrap();
        let (digits, unit) = window.split_at(window.len() - 1);
        let seconds = digits.parse::<i64>().unwrap() * if unit == "m" { 60 } else { 1 };
        let per_second = if expr.contains("5..") { 0.1 } else { 10.0 };
        let mut points = Samples::default();
        let mut at = start_ms;
        while at <= end_ms {
            let seen = (at / 1000 - self.from).clamp(0, seconds);
            if seen >= 30 {
                points.push(at, seen as f64 * per_second);
            }
            at += step_ms;
        }
        Ok(Value::Matrix(vec![Track { labels: Labels::default(), points }]))
    }
}

/// Nobody answers.
struct Down;

impl Answers for Down {
    fn instant(&self, _expr: &str, _at_ms: i64) -> Result<Value, Error> {
        Err(Error::Source("502: Bad Gateway".to_owned()))
    }

    fn range(&self, _e: &str, _s: i64, _u: i64, _t: i64) -> Result<Value, Error> {
        Err(Error::Source("502: Bad Gateway".to_owned()))
    }
}

fn definitions() -> Definitions {
    let text = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: shop\n  budgetingMethod: Occurrences\n  timeWindow: [{duration: 1d, isRolling: true}]\n  indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: true, bad: {metricSource: {type: p, spec: {query: 'r{code=~\"5..\"}'}}}, total: {metricSource: {type: p, spec: {query: 'r'}}}}}}\n  objectives: [{target: 0.99}]\n";
    let mut definitions = Definitions::default();
    definitions.take("a.yaml", text);
    assert_eq!((definitions.slos.len(), definitions.findings.len()), (1, 0), "{definitions:?}");
    definitions
}

fn keeper(folder: &Path, now: i64) -> Keeper {
    let mut keeper = Keeper::new("here".to_owned(), Some(folder), None, false);
    keeper.define(definitions(), now);
    keeper
}

fn slots(keeper: &Keeper) -> &[Slot] {
    match keeper.history("shop/a") {
        Past::Slots(slots) => slots,
        Past::Parts(_) => &[],
    }
}

fn totals(board: &Board) -> (f64, f64) {
    (board.slos[0].budget.bad, board.slos[0].budget.total)
}

fn near(a: (f64, f64), b: (f64, f64)) {
    assert!((a.0 - b.0).abs() < 0.01 && (a.1 - b.1).abs() < 0.1, "{a:?} is not {b:?}");
}

#[test]
fn a_killed_process_loses_nothing_older_than_five_minutes() {
    let dir = tempfile::tempdir().unwrap();
    let begun = EDGE;
    // Killed after any round of forty minutes, and started again ten seconds later.
    for killed in (begun + 100..begun + 2_400).step_by(170) {
        let folder = dir.path().join(killed.to_string());
        let mut first = keeper(&folder, begun);
        let mut before = Board::default();
        for now in (begun..=killed).step_by(15) {
            before = first.round(&Steady { from: begun }, SignalSource::Scraper, now);
        }
        // No farewell: only what was written counts. The lock goes with the process.
        drop(first);
        let again = killed + 10;
        let mut second = keeper(&folder, again);
        let after = second.round(&Steady { from: again }, SignalSource::Scraper, again);
        let ((bad, total), (lost_bad, lost)) = (totals(&after), totals(&before));
        assert!(total <= lost + 0.1 && bad <= lost_bad + 0.01, "nothing is made up: {total} of {lost}");
        assert!(lost - total <= 10.0 * 300.0, "at {killed}: {total} of {lost} events are left");
        assert!(total < 1.0 || (bad / total - 0.01).abs() < 1e-4, "no wrong ratio: {bad} of {total}");
    }
}

#[test]
fn the_slot_under_way_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = keeper(dir.path(), EDGE);
    for now in (EDGE..=EDGE + 120).step_by(15) {
        first.round(&Steady { from: EDGE }, SignalSource::Scraper, now);
    }
    drop(first);
    // Seen: 120 s, then a break of 30 s, then 150 s to the end.
    let mut second = keeper(dir.path(), EDGE + 150);
    let mut board = Board::default();
    for now in (EDGE + 150..=EDGE + 345).step_by(15) {
        board = second.round(&Steady { from: EDGE + 150 }, SignalSource::Scraper, now);
    }
    let slot = slots(&second)[0];
    assert_eq!(slot.index, Slot::index_at(EDGE));
    assert!((f64::from(slot.total) - 2_700.0).abs() < 1.0, "{slot:?}");
    near(totals(&board), (27.0, 2_700.0));
}

#[test]
fn a_server_is_asked_for_what_nobody_saw() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new("here".to_owned(), Some(dir.path()), None, true);
    keeper.define(definitions(), EDGE);
    let from = SignalSource::Prometheus("http://p".to_owned());
    let board = keeper.round(&Steady { from: EDGE - 86_400 }, from, EDGE);
    near(totals(&board), (8_640.0, 864_000.0));
    assert!((board.slos[0].budget.coverage - 1.0).abs() < 0.01);
}

#[test]
fn a_source_that_fails_leaves_the_last_numbers_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = keeper(dir.path(), EDGE);
    for now in (EDGE..=EDGE + 330).step_by(15) {
        keeper.round(&Steady { from: EDGE }, SignalSource::Scraper, now);
    }
    let board = keeper.round(&Down, SignalSource::Scraper, EDGE + 375);
    assert_eq!(board.warnings, ["cannot read series: 502: Bad Gateway"]);
    assert_eq!(board.slos[0].standing, Standing::Counted);
    let late = keeper.round(&Down, SignalSource::Scraper, EDGE + 3_000);
    assert_eq!(late.slos[0].standing, Standing::Stale { since: EDGE + 300 });
    near(totals(&late), (30.0, 3_000.0));
}

#[test]
fn definitions_may_change_under_way() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = keeper(dir.path(), EDGE);
    for now in (EDGE..=EDGE + 330).step_by(15) {
        keeper.round(&Steady { from: EDGE }, SignalSource::Scraper, now);
    }
    let mut stricter = definitions();
    stricter.slos[0].objective = crate::slo::Objective::from_percent(99.9).unwrap();
    keeper.define(stricter, EDGE + 340);
    assert_eq!(slots(&keeper).len(), 1, "another objective counts the same events");
    let mut other = definitions();
    other.slos[0].sli = crate::slo::Sli::Raw { ratio: crate::slo::QueryTemplate::new("x"), success: true };
    keeper.define(other, EDGE + 350);
    assert_eq!(slots(&keeper).len(), 0, "another indicator does not");
}

#[test]
fn slots_from_elsewhere_are_marked() {
    let past: History =
        Arc::new(|_| vec![Slot { index: 29_990, bad: 1.0, total: 50.0, covered: 300, simulated: true }]);
    let mut keeper = Keeper::new("demo".to_owned(), None, Some(past), false);
    keeper.define(definitions(), EDGE);
    let board = keeper.round(&Steady { from: EDGE }, SignalSource::Scraper, EDGE + 1);
    assert!((board.slos[0].simulated - 1.0).abs() < 1e-9);
}

/// Answers with routes, each with ten events a second, and counts by them.
struct Routes(Vec<&'static str>);

impl Answers for Routes {
    fn instant(&self, _expr: &str, _at_ms: i64) -> Result<Value, Error> {
        let sample = |route: &&str| Sample { labels: Labels::from_pairs([("route", *route)]), value: 1.0 };
        Ok(Value::Vector(self.0.iter().map(sample).collect()))
    }

    fn range(&self, expr: &str, start_ms: i64, end_ms: i64, step_ms: i64) -> Result<Value, Error> {
        let selected = self.0.iter().any(|route| expr.contains(&format!("route=\"{route}\"")));
        assert!(selected, "each objective asks for its own route only: {expr}");
        Steady { from: 0 }.range(expr, start_ms, end_ms, step_ms)
    }
}

#[test]
fn a_split_objective_is_counted_by_label_set_and_known_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let text = "version: prometheus/v1\nservice: shop\nslos:\n  - name: routes\n    objective: 99\n    sli:\n      events:\n        error_query: sum by (route) (rate(r{code=~\"5..\"}[{{.window}}]))\n        total_query: sum by (route) (rate(r[{{.window}}]))\n";
    let mut definitions = Definitions::default();
    definitions.take("a.yaml", text);
    let mut keeper = Keeper::new("here".to_owned(), Some(dir.path()), None, false);
    keeper.define(definitions.clone(), EDGE);
    assert_eq!(keeper.board(None, EDGE).slos.len(), 1, "nothing is known yet: the whole stands there");
    let board = keeper.round(&Routes(vec!["/a", "/b"]), SignalSource::Scraper, EDGE + 60);
    let ids = |board: &Board| board.slos.iter().map(|status| status.slo.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&board), ["shop/routes{route=\"/a\"}", "shop/routes{route=\"/b\"}"]);
    assert!(board.slos.iter().all(|status| status.budget.total > 0.0));
    drop(keeper);
    let mut reader = Keeper::reading("there".to_owned(), crate::store::SlotStore::reader(dir.path()));
    reader.define(definitions, EDGE + 70);
    assert_eq!(ids(&reader.board(None, EDGE + 70)).len(), 2);
}

#[test]
fn too_many_label_sets_are_said_to_be_too_many() {
    let text = "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec:\n  target: \"99\"\n  window: 4w\n  indicator: {ratio: {errors: {metric: 'r{code=~\"5..\"}'}, total: {metric: r}, grouping: [route]}}\n";
    let mut definitions = Definitions::default();
    definitions.take("a.yaml", text);
    let mut keeper = Keeper::new("here".to_owned(), None, None, false);
    keeper.define(definitions, EDGE);
    let routes: Vec<&'static str> = (0..30).map(|n| &*Box::leak(format!("/{n}").into_boxed_str())).collect();
    let board = keeper.round(&Routes(routes), SignalSource::Scraper, EDGE + 60);
    assert_eq!(board.slos.len(), crate::slo::MOST_GROUPS);
    assert!(
        board.warnings.iter().any(|text| text.contains("30 label sets: 24 of them")),
        "{:?}",
        board.warnings
    );
}

#[test]
fn a_composite_stands_on_what_its_parts_counted() {
    let indicator = |bad: &str| {
        format!(
            "{{metadata: {{name: i}}, spec: {{ratioMetric: {{counter: true, bad: {{metricSource: {{spec: {{query: '{bad}'}}}}}}, total: {{metricSource: {{spec: {{query: r}}}}}}}}}}}}"
        )
    };
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: buy}}\nspec:\n  service: shop\n  budgetingMethod: Occurrences\n  timeWindow: [{{duration: 1d, isRolling: true}}]\n  objectives:\n    - {{target: 0.9, indicator: {}}}\n    - {{target: 0.99, indicator: {}}}\n",
        indicator("r{code=~\"5..\"}"),
        indicator("r{code=~\"5..\",x=\"y\"}")
    );
    let mut definitions = Definitions::default();
    definitions.take("a.yaml", &text);
    assert_eq!((definitions.slos.len(), definitions.findings.len()), (3, 0), "{definitions:?}");
    let mut keeper = Keeper::new("here".to_owned(), None, None, false);
    keeper.define(definitions, EDGE);
    let board = keeper.round(&Steady { from: EDGE }, SignalSource::Scraper, EDGE + 240);
    let of = |id: &str| board.slos.iter().find(|status| status.slo.id == id).unwrap();
    // One of a hundred is bad: a burn of 0.1 and one of 1.
    assert!((of("shop/buy").burn().unwrap() - 1.1).abs() < 1e-4, "{:?}", of("shop/buy").burn());
    assert!(of("shop/buy").backtest.is_some());
}
