//! `qd`: the console.

use crate::app::{App, Settings};
use crate::cli::farewell::farewell;
use crate::cli::setup::{Setup, views};
use crate::cluster::ConnectOptions;
use crate::domain::{Fault, Now, WriteMode};
use crate::engine::record::DriverMode;
use crate::msg::{Event, Level, Notice};
use crate::shell::catalogue::Source;
use crate::shell::console::{Ending, Fragile, Inlets, Ready, Standing};
use crate::shell::deliver::{self, Deliveries, Monitors, Pace};
use crate::shell::engine::Engine;
use crate::shell::slos::{History, SloSource};
use crate::shell::terminal::Screen;
use crate::shell::{Tasks, console, logging, panic};
use crate::store::{AuditLog, Folders, Running, Warning};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Runs waiting to be shown.
const RUNS: usize = 64;

/// What to run the console on.
pub(in crate::cli) struct Target {
    /// How to connect.
    pub(in crate::cli) options: ConnectOptions,
    /// Our files.
    pub(in crate::cli) folders: Folders,
    /// Whether it is the embedded cluster.
    pub(in crate::cli) demo: bool,
    /// Objectives unless others are configured, with their past.
    pub(in crate::cli) slos: Option<(SloSource, History)>,
    /// The catalogue unless another is configured.
    pub(in crate::cli) catalog: Option<Source>,
    /// Comes when it may be connected to; none for at once.
    pub(in crate::cli) ready: Option<Ready>,
    /// The cluster's time; none for the machine's.
    pub(in crate::cli) pace: Option<Pace>,
}

/// Runs the console on the configured context.
pub(in crate::cli) fn run(runtime: &Runtime, setup: &Setup) -> Result<u8, Fault> {
    let (options, folders) = (setup.connect_options(), setup.folders.clone());
    on(
        runtime,
        setup,
        Target { options, folders, demo: false, slos: None, catalog: None, ready: None, pace: None },
    )
}

/// Runs the console on `target`.
pub(in crate::cli) fn on(runtime: &Runtime, setup: &Setup, target: Target) -> Result<u8, Fault> {
    let logging = logging::start(&target.folders, setup.config.text("log-level").unwrap_or("info"))?;
    let (mut settings, mut warnings) = setup.settings();
    let (views, odd) = views(&target.folders);
    settings.views = views;
    warnings.extend(odd);
    let ask_background = setup.env.background.answers && !settings.no_color && !setup.config.flag("plain");
    warnings.splice(0..0, setup.warnings.iter().cloned());
    let plain = setup.config.flag("plain");
    let links = match setup.config.text("links") {
        Some("always") => true,
        Some("never") => false,
        Some(_) | None => setup.env.links,
    };
    let screen = Screen::take(setup.config.flag("mouse") && !plain, plain, links)?;
    panic::install(screen.restorer(), &logging.path);
    let (tasks, panics) = Tasks::new();
    let (news, runs) = mpsc::channel(RUNS);
    let pace = target.pace.unwrap_or_default();
    let (audit, folders) = (AuditLog::new(&target.folders), target.folders);
    let engine = Engine::new(audit.clone(), Running::new(&folders), tasks.clone(), news).on(pace.clone());
    let (told, deliveries) = mpsc::channel(RUNS);
    let me = deliver::driver(&setup.actor, DriverMode::Tui);
    let drives = Deliveries::new(audit.clone(), me, tasks.clone(), pace.clone(), told)
        .asking(Monitors::of(setup.layers.clone()));
    let standing = Standing {
        options: target.options,
        demo: target.demo,
        actor: setup.actor.clone(),
        folders,
        audit,
        engine,
        deliveries: drives,
        clock: pace.clone(),
        layers: setup.layers.clone(),
        slos: target.slos,
        catalog: target.catalog,
    };
    let preparing = target.ready.as_ref().map(|_| "starting the demo cluster".to_owned());
    let app = app(settings, &warnings, preparing, pace.seen());
    let ended = runtime.block_on(async {
        let inlets = Inlets { panics, runs, deliveries, ready: target.ready, ask_background };
        let ended = match setup.env.panic_after {
            None => Box::pin(console::run(app, screen, standing, tasks.clone(), inlets)).await,
            Some(frames) => {
                let front = Fragile { front: app, frames: frames.into() };
                Box::pin(console::run(front, screen, standing, tasks.clone(), inlets)).await
            }
        };
        farewell(&tasks).await;
        ended
    });
    ended.map(Ending::exit_code)
}

/// The app with what is to be told at the start.
fn app(settings: Settings, warnings: &[Warning], preparing: Option<String>, now: Now) -> App {
    let mut app = App::new(settings, now);
    let mut tell = |notice| drop(app.update(Event::Notice(notice), now));
    for warning in warnings {
        let mut notice = Notice::new(Level::Warning, warning.to_string());
        "`qd info` shows what holds".clone_into(&mut notice.hint);
        tell(notice);
    }
    if let Some(what) = preparing {
        let _shown = app.update(Event::Preparing(what), now);
    }
    let _read_only = app.update(Event::Mode(WriteMode::ReadOnly), now);
    app
}
