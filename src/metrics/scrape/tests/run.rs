//! The loop, under virtual time.

use super::*;

use crate::domain::Now;
use futures::future::BoxFuture;
use std::sync::{Arc, Mutex, RwLock};

/// A page per target, in memory; the clock is tokio's paused one.
struct Pages(Mutex<u64>);

impl Fetch for Pages {
    fn fetch<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Page, FetchError>> {
        Box::pin(async move {
            if target.key == "hangs" {
                std::future::pending::<()>().await;
            }
            let count = {
                let mut count = self.0.lock().unwrap();
                *count += 1;
                *count
            };
            let body = format!("c_total {count}\n").into();
            Ok(Page { body, format: Format::Prometheus })
        })
    }
}

#[tokio::test(start_paused = true)]
async fn the_loop_scrapes_times_out_and_ends() {
    let store: SharedStore = Arc::new(RwLock::new(Store::new(store::Caps::default())));
    let started = tokio::time::Instant::now();
    let clock = move || Now::at(1_000_000).plus(started.elapsed());
    let pages = Arc::new(Pages(Mutex::new(0)));
    let scraper = Scraper::new(store.clone(), pages, Box::new(clock), Caps::default());
    let (news, inbox) = tokio::sync::mpsc::channel(1);
    let targets: Vec<Target> =
        ["a", "b", "hangs"].iter().map(|key| Target::new(key, "http://x", "web", key)).collect();
    let log = Arc::new(Mutex::new(Vec::new()));
    let heard = log.clone();
    let run = scraper.run(inbox, move |target, outcome| {
        heard.lock().unwrap().push((target.key.clone(), outcome.up, outcome.error.clone()));
    });
    let drive = async {
        news.send(targets.clone()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(61)).await;
        news.send(targets[..1].to_vec()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(news);
    };
    tokio::join!(run, drive);
    let log = log.lock().unwrap();
    let ups = |key: &str| log.iter().filter(|(k, up, _)| k == key && *up).count();
    // Every five seconds at first, from the first two seconds on.
    assert!((12..=13).contains(&ups("a")) && (12..=13).contains(&ups("b")), "{log:?}");
    assert_eq!(ups("hangs"), 0, "{log:?}");
    let late = log.iter().find(|(key, _, _)| key == "hangs").unwrap();
    assert_eq!(late.2.as_deref(), Some("no answer within 10s"));
    let at_ms = 1_000_062_000;
    let store = store.read().unwrap();
    let count = |expr: &str| {
        let (value, _) = parse(expr).unwrap().instant(&*store, at_ms, &Limits::default()).unwrap();
        let Value::Vector(list) = value else { panic!("{value:?}") };
        list.len()
    };
    assert_eq!((count("c_total"), count("up"), count("c_total{instance=\"b\"}")), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn quick_scrapes_leave_no_samples_between_the_usual_ones() {
    let store: SharedStore = Arc::new(RwLock::new(Store::new(store::Caps::default())));
    let started = tokio::time::Instant::now();
    let clock = move || Now::at(1_000_000).plus(started.elapsed());
    let scraper =
        Scraper::new(store.clone(), Arc::new(Pages(Mutex::new(0))), Box::new(clock), Caps::default());
    let (news, inbox) = tokio::sync::mpsc::channel(1);
    let counted = |after_s: i64| {
        let at_ms = (1_000_000 + after_s) * 1000;
        ["c_total", "up"].map(|name| {
            let all = parse(&format!("sum(count_over_time({name}[5m]))")).unwrap();
            let (value, _) = all.instant(&*store.read().unwrap(), at_ms, &Limits::default()).unwrap();
            let Value::Vector(list) = value else { panic!("{value:?}") };
            list[0].value.to_string()
        })
    };
    let drive = async {
        news.send(vec![Target::new("a", "http://x", "web", "a")]).await.unwrap();
        tokio::time::sleep(Duration::from_secs(74)).await;
        assert!(counted(74) == ["15", "15"], "quick ones count while they last");
        tokio::time::sleep(Duration::from_secs(4)).await;
        assert_eq!(counted(78), ["6", "6"], "0, 15, 30, 45, 60 and 75 s");
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(counted(138), ["10", "10"]);
        drop(news);
    };
    tokio::join!(scraper.run(inbox, |_, _| {}), drive);
}
