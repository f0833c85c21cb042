//! From arguments, variables and files to what holds for this run.

use super::args::{Cli, Verb};
use super::env::Env;
use super::options;
use super::out::Out;
use crate::app::Settings;
use crate::cluster::ConnectOptions;
use crate::domain::{Actor, Environment, Fault, FaultKind, Guardrails};
use crate::metrics::Access;
use crate::metrics::prometheus::ApiError;
use crate::msg::Views;
use crate::shell::gates::GateFiles;
use crate::store::{AuditLog, Config, Folders, Layers, Origin, Running, Setting, Value, Warning, read_text};
use clap::ArgMatches;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::time::Duration;

/// What holds for this run.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) folders: Folders,
    pub(super) config: Config,
    /// What holds in other contexts.
    pub(super) layers: Layers,
    /// What the files say that was not used.
    pub(super) warnings: Vec<Warning>,
    pub(super) env: Env,
    pub(super) out: Out,
    pub(super) actor: Actor,
}

impl Setup {
    /// Flags win over variables, variables over the context's file, that over
    /// `config.toml`, that over what is built in.
    pub(super) fn new(cli: &Cli, matches: &ArgMatches, env: Env) -> Result<Self, Fault> {
        let folders = Folders::find(cli.config_dir.as_deref(), cli.state_dir.as_deref());
        let mut typed = options::settings(matches).map_err(|why| Fault::new(FaultKind::Config, why))?;
        if cli.no_color
            && let Some(row) = crate::store::OptionRow::find("color")
        {
            let (value, origin) = (Value::Text("never".to_owned()), Origin::Flag("no-color".to_owned()));
            typed.push((row, Setting { value, origin }));
        }
        let embedded = matches!(cli.verb, Some(Verb::Demo(_)));
        let (layers, mut warnings) = Layers::load(&folders, typed, !embedded);
        let mut config = layers.anywhere();
        if !embedded && let Some(context) = current_context(&config, &env) {
            let (own, more) = layers.within(&context);
            config = own;
            warnings.extend(more);
        }
        let out = Out::new(config.text("color").unwrap_or("auto"), env.no_color || env.dumb);
        let actor = actor(&env);
        Ok(Self { folders, config, layers, warnings, env, out, actor })
    }

    /// Where freeze windows are written.
    pub(super) fn gate_files(&self) -> GateFiles {
        GateFiles::of_setting(self.config.text("gates").unwrap_or_default(), &self.folders)
    }

    /// How to connect.
    pub(super) fn connect_options(&self) -> ConnectOptions {
        connect_options(&self.config, &self.env)
    }

    /// The context verbs without a connection are about; empty if there is none.
    pub(super) fn context(&self) -> String {
        current_context(&self.config, &self.env).unwrap_or_default()
    }

    /// The audit log.
    pub(super) fn audit(&self) -> AuditLog {
        AuditLog::new(&self.folders)
    }

    /// Operations under way.
    pub(super) fn running(&self) -> Running {
        Running::new(&self.folders)
    }

    /// The environment of namespaces that declare none.
    pub(super) fn undeclared(&self) -> Environment {
        self.config.text("environment").and_then(Environment::parse).unwrap_or_default()
    }

    /// How Prometheus and Alertmanager are reached.
    pub(super) fn access(&self) -> Result<Access, Fault> {
        let wrong = |error: ApiError| Fault::new(FaultKind::Config, error.to_string());
        Access::new(|name| self.config.text(name).map(str::to_owned)).map_err(wrong)
    }

    /// The form of what is printed: `table`, `json`, `yaml` or `name`.
    pub(super) fn output(&self) -> &str {
        self.config.text("output").unwrap_or("table")
    }

    /// The same for a verb whose answer, as JSON, is kept and not printed.
    pub(super) fn for_programs(&self) -> Self {
        let mut config = self.config.clone();
        if let Some(row) = crate::store::OptionRow::find("output") {
            let value = Value::Text("json".to_owned());
            config.set(row, Setting { value, origin: Origin::Default });
        }
        Self { config, out: Out::keeping(), ..self.clone() }
    }

    /// What the console needs to know of it.
    pub(super) fn settings(&self) -> (Settings, Vec<Warning>) {
        let mut warnings = Vec::new();
        let color = self.config.text("color");
        let unwanted = self.env.no_color && color != Some("always");
        let (themes, more) = themes(&self.folders);
        warnings.extend(more);
        let keys = read_text(&self.folders.keys_file()).unwrap_or_else(|fault| {
            warnings.push(Warning { path: self.folders.keys_file(), at: None, text: fault.text });
            None
        });
        let minutes = u64::try_from(self.config.number("write-minutes").unwrap_or(15)).unwrap_or(15);
        let settings = Settings {
            theme: self.config.text("theme").unwrap_or("auto").to_owned(),
            light: self.env.background.light,
            themes,
            keys: keys.unwrap_or_default(),
            production: self
                .config
                .text("production")
                .unwrap_or_default()
                .split(',')
                .map(|pattern| pattern.trim().to_owned())
                .filter(|pattern| !pattern.is_empty())
                .collect(),
            no_color: unwanted || color == Some("never"),
            ascii: self.config.flag("ascii"),
            linear: self.config.flag("plain"),
            write_for: Duration::from_mins(minutes),
            notify: Guardrails::words(self.config.text("notify").unwrap_or_default()),
            max_bulk: self.config.guardrails().max_bulk,
            views: Views::default(),
            timezone: self.timezone(),
        };
        (settings, warnings)
    }

    /// The zone of times shown; UTC if the machine does not know its own.
    pub(super) fn timezone(&self) -> TimeZone {
        match self.config.text("timezone") {
            None | Some("local") => TimeZone::try_system().unwrap_or(TimeZone::UTC),
            Some(name) => TimeZone::get(name).unwrap_or(TimeZone::UTC),
        }
    }
}

/// How lists look, as remembered in a state folder: the demo has its own.
pub(super) fn views(folders: &Folders) -> (Views, Option<Warning>) {
    let path = folders.views_file();
    let text = read_text(&path).map_err(|fault| fault.text);
    match text.and_then(|text| Views::parse(text.as_deref().unwrap_or_default())) {
        Ok(views) => (views, None),
        Err(text) => (Views::default(), Some(Warning { path, at: None, text })),
    }
}

fn connect_options(config: &Config, env: &Env) -> ConnectOptions {
    let text = |name| config.text(name).map(str::to_owned);
    ConnectOptions {
        kubeconfig: text("kubeconfig").or_else(|| env.kubeconfig.clone()),
        context: text("context"),
        namespace: text("namespace"),
        login: None,
    }
}

/// The context that will be used, for its file. A kubeconfig that cannot be
/// read is reported when connecting, not here.
fn current_context(config: &Config, env: &Env) -> Option<String> {
    if let Some(context) = config.text("context") {
        return Some(context.to_owned());
    }
    let contexts = crate::cluster::contexts(&connect_options(config, env)).ok()?;
    contexts.into_iter().find(|context| context.current).map(|context| context.name.as_str().to_owned())
}

fn actor(env: &Env) -> Actor {
    let uname = rustix::system::uname();
    let uid = || format!("uid {}", rustix::process::getuid().as_raw());
    Actor {
        os_user: if env.user.is_empty() { uid() } else { env.user.clone() },
        host: uname.nodename().to_string_lossy().into_owned(),
        cluster_user: String::new(),
    }
}

/// The user's themes by name.
fn themes(folders: &Folders) -> (BTreeMap<String, String>, Vec<Warning>) {
    let (mut themes, mut warnings) = (BTreeMap::new(), Vec::new());
    let Ok(entries) = std::fs::read_dir(folders.config.join("themes")) else { return (themes, warnings) };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let (Some(name), true) = (name, path.extension().is_some_and(|e| e == "toml")) else { continue };
        match read_text(&path) {
            Ok(Some(text)) => drop(themes.insert(name, text)),
            Ok(None) => {}
            Err(fault) => warnings.push(Warning { path, at: None, text: fault.text }),
        }
    }
    (themes, warnings)
}
