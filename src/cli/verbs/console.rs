//! `qd`: the console.

use crate::app::{App, Settings};
use crate::cli::setup::Setup;
use crate::cluster::ConnectOptions;
use crate::domain::{Fault, WriteMode};
use crate::msg::{Event, Level, Notice};
use crate::shell::console::{Ending, Standing};
use crate::shell::engine::Engine;
use crate::shell::terminal::Screen;
use crate::shell::{Tasks, clock, console, logging, panic};
use crate::store::Warning;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Runs waiting to be shown.
const RUNS: usize = 64;
/// Tasks are given this long to end; an operation under way needs no longer to
/// come to a point where its record says everything.
const FAREWELL: Duration = Duration::from_secs(3);

/// Runs the console on the configured context.
pub(in crate::cli) fn run(runtime: &Runtime, setup: &Setup) -> Result<u8, Fault> {
    on(runtime, setup, setup.connect_options(), false)
}

/// Runs the console on `options`.
pub(in crate::cli) fn on(
    runtime: &Runtime,
    setup: &Setup,
    options: ConnectOptions,
    demo: bool,
) -> Result<u8, Fault> {
    let logging = logging::start(&setup.folders, setup.config.text("log-level").unwrap_or("info"))?;
    let (settings, mut warnings) = setup.settings();
    warnings.splice(0..0, setup.warnings.iter().cloned());
    let screen = Screen::take(setup.config.flag("mouse"))?;
    panic::install(screen.restorer(), &logging.path);
    let (tasks, panics) = Tasks::new();
    let (news, runs) = mpsc::channel(RUNS);
    let engine = Engine::new(setup.audit(), setup.running(), tasks.clone(), news);
    let standing = Standing {
        options,
        demo,
        actor: setup.actor.clone(),
        folders: setup.folders.clone(),
        audit: setup.audit(),
        engine,
        undeclared: setup.undeclared(),
        read_only: setup.config.flag("read-only"),
    };
    let app = app(settings, &warnings);
    let ended = runtime.block_on(async {
        let ended = console::run(app, screen, standing, tasks.clone(), panics, runs).await;
        let stubborn = tasks.shut_down(FAREWELL).await;
        if !stubborn.is_empty() {
            tracing::warn!("tasks that did not end in time: {}", stubborn.join(", "));
        }
        ended
    });
    ended.map(Ending::exit_code)
}

/// The app with what is to be told at the start.
fn app(settings: Settings, warnings: &[Warning]) -> App {
    let now = clock::now();
    let mut app = App::new(settings, now);
    let mut tell = |notice| drop(app.update(Event::Notice(notice), now));
    for warning in warnings {
        let mut notice = Notice::new(Level::Warning, warning.to_string());
        "`qd info` shows what holds".clone_into(&mut notice.hint);
        tell(notice);
    }
    let _read_only = app.update(Event::Mode(WriteMode::ReadOnly), now);
    app
}
