//! The kubeconfig: found, merged, and wrong in ways that are said exactly.

use super::login::Login;
use super::plugin;
use crate::domain::{
    ALIKE, ClusterUrl, ContextName, Fault, FaultKind, Namespace, clean, nearest, yaml_words,
};
use kube::config::{Kubeconfig, KubeconfigError, NamedContext};
use std::io;
use std::path::{Path, PathBuf};

/// Which cluster, out of which files.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// The value of `KUBECONFIG`: a list of paths, the first to name a thing
    /// wins. None: `~/.kube/config`, and without it the cluster we run in.
    pub kubeconfig: Option<String>,
    /// The context; none: the current one.
    pub context: Option<String>,
    /// The namespace to look at; none: that of the context.
    pub namespace: Option<String>,
    /// What somebody logged in with by hand, for its context.
    pub login: Option<Login>,
}

/// A context one can switch to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextInfo {
    /// Its name.
    pub name: ContextName,
    /// The API server behind it; empty if the file does not say.
    pub url: ClusterUrl,
    /// Its namespace, if it names one.
    pub namespace: Option<Namespace>,
    /// The user entry it uses; empty if none.
    pub user: String,
    /// Whether it is the current one of the files.
    pub current: bool,
}

/// What was found, and where.
pub(super) struct Loaded {
    pub(super) config: Kubeconfig,
    /// The files that were read.
    pub(super) files: Vec<PathBuf>,
}

/// Names shown in an error before it says "and 20 more".
const MOST_NAMES: usize = 12;

/// The contexts in the order of the files.
///
/// # Errors
/// No file, or one that cannot be read: which, and where in it.
pub fn contexts(options: &ConnectOptions) -> Result<Vec<ContextInfo>, Fault> {
    let loaded = load(options)?.ok_or_else(nothing_found)?;
    let current = loaded.config.current_context.as_deref();
    Ok(loaded.config.contexts.iter().map(|named| info(named, current, &loaded.config)).collect())
}

fn info(named: &NamedContext, current: Option<&str>, config: &Kubeconfig) -> ContextInfo {
    let context = named.context.clone().unwrap_or_default();
    let cluster = config.clusters.iter().find(|cluster| cluster.name == context.cluster);
    let url = cluster.and_then(|named| named.cluster.as_ref()).and_then(|cluster| cluster.server.clone());
    ContextInfo {
        name: ContextName::from(clean(&named.name)),
        url: ClusterUrl::from(clean(&url.unwrap_or_default())),
        namespace: context.namespace.filter(|ns| !ns.is_empty()).map(|ns| Namespace::from(clean(&ns))),
        user: clean(&context.user.unwrap_or_default()),
        current: current == Some(named.name.as_str()),
    }
}

/// Reads and merges the files; none if nobody named a file and there is no
/// default one. Exec plugins come out non-interactive.
pub(super) fn load(options: &ConnectOptions) -> Result<Option<Loaded>, Fault> {
    let named = options.kubeconfig.as_deref().filter(|list| !list.trim().is_empty());
    let paths: Vec<PathBuf> = match named {
        Some(list) => std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => default_path().into_iter().collect(),
    };
    let mut loaded = Loaded { config: Kubeconfig::default(), files: Vec::new() };
    for path in &paths {
        let Some(next) = read(path)? else { continue };
        let merged = std::mem::take(&mut loaded.config).merge(next);
        loaded.config = merged.map_err(|error| {
            Fault::new(FaultKind::Config, format!("cannot merge kubeconfig {}: {error}", path.display()))
        })?;
        loaded.files.push(path.clone());
    }
    if loaded.files.is_empty() {
        return if named.is_some() { Err(missing(&paths)) } else { Ok(None) };
    }
    plugin::silence(&mut loaded.config);
    Ok(Some(loaded))
}

fn default_path() -> Option<PathBuf> {
    directories::BaseDirs::new().map(|dirs| dirs.home_dir().join(".kube").join("config"))
}

/// One file; none if it does not exist, which in a list is no error.
fn read(path: &Path) -> Result<Option<Kubeconfig>, Fault> {
    match Kubeconfig::read_from(path) {
        Ok(config) => Ok(Some(config)),
        Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(KubeconfigError::ReadConfig(error, _)) => {
            Err(Fault::new(FaultKind::Config, format!("cannot read kubeconfig {}: {error}", path.display()))
                .hint("check the file's permissions, or name another one with --kubeconfig"))
        }
        Err(KubeconfigError::Parse(error)) => Err(malformed(path, &error)),
        Err(error) => Err(Fault::new(
            FaultKind::Config,
            format!("kubeconfig {} is not usable: {error}", path.display()),
        )),
    }
}

fn malformed(path: &Path, error: &serde_saphyr::Error) -> Fault {
    let place = error.location().map(|at| format!(":{}:{}", at.line(), at.column())).unwrap_or_default();
    // The first line says what; the rest is a picture of the file, which may
    // hold credentials.
    let why = yaml_words(&error.without_snippet().to_string());
    let text = format!("kubeconfig {}{place} is malformed: {why}", path.display());
    Fault::new(FaultKind::Config, text).hint("correct that place, or name another file with --kubeconfig")
}

fn missing(paths: &[PathBuf]) -> Fault {
    let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    Fault::new(FaultKind::Config, format!("no such kubeconfig: {}", names.join(", ")))
        .hint("correct KUBECONFIG or --kubeconfig")
        .hint("`qd demo` needs no cluster at all")
}

/// Neither file nor surrounding cluster.
pub(super) fn nothing_found() -> Fault {
    let place = default_path().map_or_else(|| "~/.kube/config".to_owned(), |path| path.display().to_string());
    Fault::new(FaultKind::Config, format!("no kubeconfig: there is no {place}, and KUBECONFIG is not set"))
        .hint("name a file with --kubeconfig or KUBECONFIG")
        .hint("`qd demo` needs no cluster at all")
}

impl Loaded {
    /// The context to use: the one asked for, else the current one.
    pub(super) fn context(&self, asked: Option<&str>) -> Result<&NamedContext, Fault> {
        let contexts = &self.config.contexts;
        let current = self.config.current_context.as_deref().filter(|name| !name.is_empty());
        let Some(name) = asked.or(current) else {
            let text = format!("{} names no current context", self.places());
            return Err(Fault::new(FaultKind::Config, text).hint(self.choices()));
        };
        contexts.iter().find(|context| context.name == name).ok_or_else(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> Fault {
        let text = format!("no context {:?} in {}", clean(name), self.places());
        let names = self.config.contexts.iter().map(|context| context.name.as_str());
        let fault = Fault::new(FaultKind::Config, text);
        let fault = match nearest(name, names, |known| known, ALIKE) {
            Some(known) => fault.hint(format!("did you mean {:?}?", clean(known))),
            None => fault,
        };
        fault.hint(self.choices())
    }

    fn choices(&self) -> String {
        let names: Vec<_> = self.config.contexts.iter().map(|context| clean(&context.name)).collect();
        if names.is_empty() {
            return "there is no context in it at all".to_owned();
        }
        let more = names.len().saturating_sub(MOST_NAMES);
        let shown = names.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("contexts: {shown}{rest}")
    }

    /// The files, for messages.
    pub(super) fn places(&self) -> String {
        self.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
    }
}
