//! `qd demo`: the console on an embedded cluster, reached through its
//! kubeconfig like any other.

use super::{console, demo_docs, demo_story};
use crate::cli::args::DemoArgs;
use crate::cli::out::aside;
use crate::cli::setup::Setup;
use crate::cluster::ConnectOptions;
use crate::demo::clock::SimClock;
use crate::demo::scenario::catalogue::{catalogue, slos};
use crate::demo::scenario::history::{self, Past};
use crate::demo::scenario::model::Scenario;
use crate::demo::scenario::parse;
use crate::demo::scenario::simulation::{Simulation, beginning};
use crate::demo::{Demo, DemoOptions, serve};
use crate::domain::{Fault, FaultKind, SLOT_S, Slot};
use crate::shell::catalogue::Source;
use crate::shell::deliver::Pace;
use crate::shell::slos::{History, SloSource};
use crate::shell::{Signals, Tasks, clock};
use crate::slo::Slo;
use crate::store::{AuditLog, Folders, Origin, read_text, write_private};
use jiff::Timestamp;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Days of objectives' past that are made up.
const PAST_DAYS: u32 = 30;
/// Connections still open at the end are given this long.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs it; with `--serve`, only the cluster, until a signal.
pub(in crate::cli) fn run(runtime: &Runtime, setup: &Setup, args: &DemoArgs) -> Result<u8, Fault> {
    let mut scenario = scenario(args)?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    let start = args.at.unwrap_or_else(|| clock::now().wall);
    let slos = Some(objectives(&scenario, start));
    let entries = catalogue(&scenario).into_iter().map(|document| (document.name, document.text));
    let documents = scenario.services.iter().flat_map(demo_docs::of);
    let catalog = Some(Source::Texts(entries.chain(documents).collect()));
    let folders = Folders { state: setup.folders.state.join("demo"), ..setup.folders.clone() };
    let cluster = runtime.block_on(Embedded::start(&folders, args, scenario, start))?;
    let ended = if args.serve {
        runtime.block_on(serve_only(setup, &cluster))
    } else {
        let typed = |name| {
            let setting = setup.config.get(name).filter(|setting| matches!(setting.origin, Origin::Flag(_)));
            setting.map(|setting| setting.value.to_string())
        };
        let options = ConnectOptions {
            kubeconfig: Some(cluster.kubeconfig.display().to_string()),
            context: typed("context"),
            namespace: typed("namespace"),
            login: None,
        };
        let ready = cluster.ready();
        console::on(
            runtime,
            setup,
            console::Target {
                options,
                folders,
                demo: true,
                slos,
                catalog,
                ready: Some(Box::pin(ready)),
                pace: Some(cluster.pace.clone()),
            },
        )
    };
    runtime.block_on(cluster.stop());
    ended
}

/// A bundled scenario, or a file.
fn scenario(args: &DemoArgs) -> Result<Scenario, Fault> {
    let name = args.scenario.as_deref().unwrap_or("default");
    let parsed = if Path::new(name).extension().is_some_and(|extension| extension == "toml") {
        let text = read_text(Path::new(name))?
            .ok_or_else(|| Fault::new(FaultKind::Config, format!("no scenario file '{name}'")))?;
        parse::parse(name, &text)
    } else {
        parse::embedded(name)
    };
    parsed.map_err(|error| Fault::new(FaultKind::Config, format!("--scenario: {error}")))
}

/// The scenario's objectives, and thirty days of slots for each, made up.
fn objectives(scenario: &Scenario, start: Timestamp) -> (SloSource, History) {
    let texts = slos(scenario).into_iter().map(|document| (document.name, document.text)).collect();
    let past = Past::new(scenario.clone());
    let history = move |slo: &Slo| {
        let slow = slo.name.ends_with("latency");
        let made_up = past.slots(&slo.service, slow, start, PAST_DAYS);
        let of = |slot: &history::Slot| Slot {
            index: Slot::index_at(slot.at.as_second()),
            bad: slot.bad as f32,
            total: slot.total as f32,
            covered: SLOT_S as u16,
            simulated: true,
        };
        made_up.iter().map(of).collect()
    };
    (SloSource::Texts(texts), Arc::new(history))
}

/// The embedded cluster with its life.
struct Embedded {
    demo: Demo,
    pace: Pace,
    tasks: Tasks,
    kubeconfig: PathBuf,
    booted: watch::Receiver<bool>,
}

impl Embedded {
    /// Serves at once; the past of the story is played on a thread of its own,
    /// so that the first frame does not wait for it.
    async fn start(
        folders: &Folders,
        args: &DemoArgs,
        scenario: Scenario,
        start: Timestamp,
    ) -> Result<Self, Fault> {
        let time = SimClock::paused_at(beginning(start));
        let options = DemoOptions { clock: time.clone(), seed: scenario.seed, port: 0 };
        let demo = serve(options).await.map_err(|error| {
            Fault::new(FaultKind::Internal, format!("cannot serve the embedded cluster: {error}"))
        })?;
        let kubeconfig = folders.state.join(format!("kubeconfig-{}.yaml", std::process::id()));
        write_private(&kubeconfig, demo.kubeconfig().as_bytes())?;
        let (tell, booted) = watch::channel(false);
        let (tasks, _panics) = Tasks::new();
        let (store, stopping, paused) = (demo.store.clone(), demo.stopping(), args.paused);
        let unless = stopping.clone();
        // Nothing happens in a paused story: who follows it looks as seldom as it may.
        let speed = if paused { 0.0 } else { args.speed };
        let api = demo.api.clone();
        let pace = demo_story::pace(&time, start, speed);
        let (also, told, story_pace) = (tasks.clone(), scenario.clone(), pace.clone());
        let audit = AuditLog::new(folders);
        let options = ConnectOptions {
            kubeconfig: Some(kubeconfig.display().to_string()),
            ..ConnectOptions::default()
        };
        tasks.spawn("embedded cluster", async move {
            let booting = tokio::task::spawn_blocking(move || {
                let begun = std::time::Instant::now();
                let simulation = Simulation::boot_unless(&unless, &store, scenario, start);
                tracing::info!(took = ?begun.elapsed(), "the story's past is played");
                simulation
            });
            let Ok(simulation) = booting.await else { return };
            if stopping.is_cancelled() {
                return;
            }
            simulation.answer_on(&api);
            time.set_speed(speed);
            time.set_paused(paused);
            tell.send_replace(true);
            if !paused {
                also.spawn("story", demo_story::tell(told, options, audit, also.clone(), story_pace));
            }
            simulation.run(stopping).await;
        });
        Ok(Self { demo, pace, tasks, kubeconfig, booted })
    }

    /// Comes when the story has reached the present.
    fn ready(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut booted = self.booted.clone();
        async move {
            // The sender is gone only if the simulation failed; connecting then
            // shows what there is.
            let _failed = booted.wait_for(|booted| *booted).await;
        }
    }

    async fn stop(self) {
        let _gone = std::fs::remove_file(&self.kubeconfig);
        self.tasks.shut_down(FAREWELL).await;
        let _in_time = tokio::time::timeout(FAREWELL, self.demo.shutdown()).await;
    }
}

async fn serve_only(setup: &Setup, cluster: &Embedded) -> Result<u8, Fault> {
    let mut signals = Signals::listen()?;
    tokio::select! {
        () = cluster.ready() => {}
        signal = signals.next() => {
            tracing::info!(?signal, "serving ended before it began");
            cluster.demo.stopping().cancel();
            return Ok(0);
        }
    }
    setup.out.text(&cluster.demo.kubeconfig_for_kubectl())?;
    aside(&format!(
        "serving http://{} until ctrl-c; KUBECONFIG={} qd",
        cluster.demo.addr,
        cluster.kubeconfig.display()
    ));
    let signal = signals.next().await;
    tracing::info!(?signal, "serving ended");
    Ok(0)
}
