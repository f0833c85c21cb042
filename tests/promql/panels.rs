//! The numbers of the panels from a real Prometheus and from the console's own
//! scraper, both reading the pods of the embedded cluster, are the same.
//!
//! Two scrapers never read a page at the same moment, and counters move between
//! their readings (the simulated ones every five seconds): short rates of cart
//! differed by a sixth that way. So the pods stand still while both read, and
//! their pages carry the time of the reading.
//!
//! The story is always the same hour: Prometheus 2 extends the rate of a counter
//! that has just begun further to its zero than 3 and we do, and in some hours a
//! rare code or route begins in the midst of a chart.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use quarterdeck::demo::clock::SimClock;
use quarterdeck::demo::scenario::catalogue::slos;
use quarterdeck::demo::scenario::parse::embedded;
use quarterdeck::demo::scenario::simulation::{Pages, Simulation, beginning};
use quarterdeck::demo::store::{Object, Store as Objects};
use quarterdeck::domain::{SignalSource, Signals, Used};
use quarterdeck::metrics::prometheus::{Asking, Client, HttpTransport, Settings};
use quarterdeck::metrics::scrape::{Moment, Target, TargetState};
use quarterdeck::metrics::store::{Caps, Store};
use quarterdeck::metrics::text::{self, Format};
use quarterdeck::promql::{Answers, Labels, Limits, Local, Value};
use quarterdeck::shell::slos::{Definitions, Keeper};
use quarterdeck::signals;
use quarterdeck::signals::chart::{self, ChartAsk, ChartKind, RANGES};
use quarterdeck::slo::{Board, SloStatus};

use crate::real::{Real, find};
use crate::relay::Relay;

/// Where the pods that are read live.
pub(crate) const NAMESPACE: &str = "shop-production";
/// When the story begins: a slot's edge, seconds since the epoch.
const STORY: i64 = 1_795_298_400;
/// From one reading to the next, in the story.
const STEP: Duration = Duration::from_secs(15);
/// Readings: six minutes and a half, so that the longest window of the panels is
/// full and a slot is whole.
const ROUNDS: u32 = 27;
/// The services that are read; several have objectives.
const SERVICES: [&str; 6] = ["cart", "checkout", "catalog", "search", "frontend", "orders"];

/// The pods of the shop that answer, with the labels both give their samples.
fn targets(objects: &Objects, pages: &Pages) -> Vec<Target> {
    let (pods, _) = objects.list("pods", Some(NAMESPACE));
    let answering = pods.iter().filter(|pod| pages(NAMESPACE, pod.name(), "/metrics").is_some());
    let target = |pod: &Object| {
        let service = pod.label("app.kubernetes.io/name").unwrap_or_default();
        let labels = [
            ("job", service),
            ("instance", pod.name()),
            ("namespace", NAMESPACE),
            ("service", service),
            ("pod", pod.name()),
        ];
        Target { labels: Labels::from_pairs(labels), ..Target::new(pod.name(), pod.name(), "", "") }
    };
    answering.map(|pod| target(pod)).filter(|t| SERVICES.contains(&t.labels.get("service"))).collect()
}

fn config(targets: &[Target], port: u16) -> String {
    let mut text = String::from(
        "scrape_configs:\n- job_name: pods\n  scrape_interval: 300ms\n  scrape_timeout: 300ms\n  static_configs:\n",
    );
    for target in targets {
        let labels: Vec<String> =
            target.labels.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        writeln!(
            text,
            "  - targets: [\"127.0.0.1:{port}\"]\n    labels: {{__metrics_path__: \"/{}\", {}}}",
            target.url,
            labels.join(", ")
        )
        .unwrap();
    }
    text
}

/// Waits until the server holds every pod's page of `at_ms`. A reading that
/// timed out on a busy machine comes again: the story waits.
fn wait_for(real: &Real, at_ms: i64, pods: usize) {
    let deadline = Instant::now() + Duration::from_mins(2);
    let seconds = format!("{}.{:03}", at_ms / 1000, at_ms % 1000);
    let expr = format!("count(timestamp(app_build_info) == {seconds})");
    loop {
        let answer = real.call("query", &[("query", &expr), ("time", &seconds)]);
        let count = answer["data"]["result"][0]["value"][1].as_str().unwrap_or("0").to_owned();
        if count == pods.to_string() {
            return;
        }
        assert!(Instant::now() < deadline, "{count} of {pods} pods were read: {answer}");
        std::thread::yield_now();
    }
}

fn near(what: &str, ours: Option<f64>, theirs: Option<f64>) {
    let same = match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 1e-9 * ours.abs().max(theirs.abs()),
        (None, None) => true,
        _ => false,
    };
    assert!(same, "{what}: {ours:?} from the pods, {theirs:?} from Prometheus");
}

fn same_signals(ours: &Signals, theirs: &Signals, service: &str) {
    assert_eq!((ours.window, &ours.family), (theirs.window, &theirs.family), "{service}");
    let readings = |s: &Signals| [s.rate, s.rate_hour_ago, s.errors, s.p50, s.p95, s.p99];
    for (n, (a, b)) in readings(ours).into_iter().zip(readings(theirs)).enumerate() {
        near(&format!("{service}, reading {n}"), a.value(), b.value());
        assert_eq!(a.why_not(), b.why_not(), "{service}, reading {n}");
    }
    let shares = |s: &Signals| s.codes.iter().chain(&s.routes).cloned().collect::<BTreeMap<_, _>>();
    let (a, b) = (shares(ours), shares(theirs));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{service}");
    for (name, share) in &a {
        near(&format!("{service} {name}"), Some(*share), b.get(name).copied());
    }
    assert_eq!(ours.usage.is_some(), theirs.usage.is_some(), "{service}");
    if let (Some(a), Some(b)) = (&ours.usage, &theirs.usage) {
        for (what, a, b) in [("cpu", &a.cpu, &b.cpu), ("memory", &a.memory, &b.memory)] {
            let worst = |used: &Option<Used>| used.as_ref().map(|used| used.worst);
            near(&format!("{service}, {what}"), worst(a), worst(b));
        }
    }
    for (a, b) in [
        (&ours.rate_history, &theirs.rate_history),
        (&ours.error_history, &theirs.error_history),
        (&ours.p95_history, &theirs.p95_history),
    ] {
        a.iter().zip(b).for_each(|(a, b)| near(&format!("{service}, history"), *a, *b));
    }
}

/// Both hold the same samples: what differs after this, the evaluation did.
fn same_samples(ours: &dyn Answers, theirs: &dyn Answers, selector: &str, at: Timestamp) {
    let question = format!("http_requests_total{{{selector}}}[15m]");
    let held = |from: &dyn Answers| {
        let Value::Matrix(series) = from.instant(&question, at.as_millisecond()).unwrap() else {
            panic!("{question} is no range vector");
        };
        series.into_iter().map(|s| (s.labels.to_string(), s)).collect::<BTreeMap<_, _>>()
    };
    let (ours, theirs) = (held(ours), held(theirs));
    for (labels, a) in &ours {
        assert_eq!(Some(a), theirs.get(labels), "{labels}: here, and in Prometheus");
    }
    assert_eq!(ours.len(), theirs.len(), "{question}");
}

/// The same questions, put to both; how many points have a value.
fn same_charts(
    (ours, theirs): (&dyn Answers, &dyn Answers),
    signals: &Signals,
    at: Timestamp,
    service: &str,
) -> usize {
    let mut points = 0;
    for kind in ChartKind::ALL {
        let Some(ask) = ChartAsk::new(kind, signals, RANGES[0], at.as_millisecond()) else { continue };
        let (a, b) = (chart::read(ours, &ask).unwrap(), chart::read(theirs, &ask).unwrap());
        assert_eq!(a.seen, b.seen, "{service} {kind:?}: where there are samples");
        for (a, b) in a.lines.iter().zip(&b.lines) {
            for (x, y) in a.values.iter().zip(&b.values) {
                near(&format!("{service} {kind:?} {}", a.name), *x, *y);
            }
            points += a.values.iter().flatten().count();
        }
    }
    points
}

fn same_budgets(ours: &Board, theirs: &Board) {
    let by_id = |board: &Board| -> BTreeMap<String, Arc<SloStatus>> {
        board.slos.iter().map(|status| (status.slo.id.clone(), status.clone())).collect()
    };
    assert_eq!(theirs.warnings, Vec::<String>::new());
    let theirs = by_id(theirs);
    let mut budgets = 0;
    for (id, a) in by_id(ours) {
        let b = &theirs[&id];
        assert_eq!(a.standing, b.standing, "{id}");
        near(&format!("{id}: left"), a.left(), b.left());
        near(&format!("{id}: events"), Some(a.budget.total), Some(b.budget.total));
        for (n, (a, b)) in a.rows.iter().zip(&b.rows).enumerate() {
            near(&format!("{id}: long burn {n}"), a.long.burn, b.long.burn);
            near(&format!("{id}: short burn {n}"), a.short.burn, b.short.burn);
        }
        budgets += usize::from(a.left().is_some() && a.budget.bad > 0.0);
    }
    assert!(budgets >= 2, "{budgets} budgets with something spent were compared");
}

fn definitions(scenario: &quarterdeck::demo::scenario::model::Scenario) -> Definitions {
    let mut definitions = Definitions::default();
    for document in slos(scenario) {
        definitions.take(&document.name, &document.text);
    }
    definitions.slos.retain(|slo| format!("{:?}", slo.sli).contains(NAMESPACE));
    definitions
}

/// Reads every page as the scraper does; how many pods answered.
fn take_pages(
    relay: &Relay,
    followed: &mut [(&Target, TargetState)],
    now: Timestamp,
    store: &mut Store,
) -> usize {
    let moment = Moment { start_ms: now.as_millisecond(), took_ms: 1 };
    let mut answering = 0;
    for (target, state) in followed {
        let page = relay.page(&target.url);
        answering += usize::from(page.is_some());
        let body = page.as_deref().map(|page| (page.as_bytes(), Format::Prometheus)).ok_or("gone");
        let outcome = state.commit(target, body, moment, &text::Caps::default(), store);
        assert!(page.is_none() || (outcome.up && outcome.page.bad_count == 0), "{outcome:?}");
    }
    answering
}

#[test]
fn panels_show_the_same_from_prometheus_and_from_the_pods() {
    let Some(binary) = find() else {
        println!("skipped: no prometheus in PATH and QD_PROMETHEUS is not set");
        return;
    };
    let _already = rustls::crypto::ring::default_provider().install_default();
    // Begins just after a slot's edge, and reads at moments that are no window's edge.
    let start = Timestamp::from_millisecond(STORY * 1000 + 4_321).unwrap();
    // Beside its own samples of now, Prometheus takes those of the last hour only.
    let edge = (Timestamp::now().as_second() - 1_500).div_euclid(300) * 300;
    let shift = SignedDuration::from_secs(edge - STORY);
    let scenario = embedded("default").unwrap();
    let objects = Objects::new(SimClock::paused_at(beginning(start)), 7);
    let mut story = Simulation::boot(&objects, scenario.clone(), start);
    let pages = story.pages();
    let targets = targets(&objects, &pages);
    assert!(targets.len() >= 10, "{}", targets.len());
    let relay = Relay::listen(pages);
    let real = Real::configured(&binary, &config(&targets, relay.port));

    let mut samples = Store::new(Caps { bytes: 64 << 20, age_ms: 3_600_000, series: 100_000 });
    let mut followed: Vec<_> = targets.iter().map(|target| (target, TargetState::default())).collect();
    let mut keeper = Keeper::new("here".to_owned(), None, None, false);
    keeper.define(definitions(&scenario), edge);
    let (limits, mut ours, mut now) = (Limits::default(), Board::default(), start + shift);
    for round in 0..ROUNDS {
        let told = start.checked_add(SignedDuration::try_from(STEP * round).unwrap()).unwrap();
        now = told + shift;
        relay.play(&mut story, told, now);
        let answering = take_pages(&relay, &mut followed, now, &mut samples);
        wait_for(&real, now.as_millisecond(), answering);
        if round % 4 == 0 || round + 1 == ROUNDS {
            let local = Local { series: &samples, limits: &limits };
            ours = keeper.round(&local, SignalSource::Scraper, now.as_second() + 3);
        }
    }

    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let patience = Duration::from_mins(1);
    let base = format!("http://127.0.0.1:{}", real.port);
    let settings = Settings { base: base.clone(), ..Settings::default() };
    let client =
        Client::new(HttpTransport::new(reqwest::Client::new(), settings, patience).unwrap(), patience);
    let asking = Asking::new(&client, runtime.handle().clone());
    let at = now.checked_add(SignedDuration::from_millis(3_007)).unwrap();
    let local = Local { series: &samples, limits: &limits };
    let mut services = targets.iter().map(|target| target.labels.get("service")).collect::<Vec<_>>();
    services.dedup();
    let (mut compared, mut charts) = (0, 0);
    for service in services {
        let selector = format!("namespace=\"{NAMESPACE}\",service=\"{service}\"");
        let ours = signals::read(&local, &selector, at, SignalSource::Scraper).unwrap();
        let theirs = signals::read(&asking, &selector, at, SignalSource::Prometheus(base.clone())).unwrap();
        let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
        assert_eq!(ours.window, "5 min", "{service}");
        same_samples(&local, &asking, &selector, at);
        compared += usize::from(ours.rate.value().is_some_and(|rate| rate > 0.0));
        same_signals(&ours, &theirs, service);
        charts += same_charts((&local, &asking), &ours, at, service);
    }
    assert!(compared >= 4, "{compared} services with traffic were compared");
    assert!(charts >= 500, "{charts} points of charts were compared");

    let mut keeper = Keeper::new("there".to_owned(), None, None, true);
    keeper.define(definitions(&scenario), now.as_second());
    same_budgets(&ours, &keeper.round(&asking, SignalSource::Prometheus(base), now.as_second() + 3));
}
