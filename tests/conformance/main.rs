//! One list of behaviours of a Kubernetes API, held against two servers: the
//! embedded cluster, and the real one of `QD_E2E_KUBECONFIG` (any disposable
//! cluster; `tests/cluster/up` makes one). Where they differ the embedded
//! cluster is wrong.
//!
//! Every behaviour is a test of its own, `embedded::<area>::<name>` and
//! `real::<area>::<name>`. Without a real cluster its half is reported as
//! ignored, name by name, and so are the behaviours of `open.txt`, in which the
//! embedded cluster still differs. Each behaviour works in a namespace of its own.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::similar_names,
    clippy::needless_pass_by_value,
    reason = "a test program with its own harness, where a panic is a failed test"
)]

mod areas;
mod case;
mod embedded;
mod http;
mod make;
mod server;

use std::process::ExitCode;
use std::sync::Arc;

use futures::future::BoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};

use case::Case;
use server::Server;

/// One behaviour: what is asked of both servers.
#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    /// `area::name`.
    pub(crate) name: &'static str,
    pub(crate) run: fn(Case) -> BoxFuture<'static, ()>,
}

/// The table of an area: a function that is not in it is dead code.
macro_rules! behaviours {
    ($area:literal: $($name:ident,)+) => {
        pub(crate) const ALL: &[$crate::Behaviour] = &[$($crate::Behaviour {
            name: concat!($area, "::", stringify!($name)),
            run: |case| Box::pin($name(case)),
        }),+];
    };
}
pub(crate) use behaviours;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The behaviours mostly wait; more of them at once than there are cores.
    arguments.test_threads.get_or_insert(8);
    remember_panics();
    let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
    let mut trials = vec![Trial::test("suite::open_list_names_behaviours", open_list_is_true)];
    let real = match Server::real(runtime.handle()) {
        Ok(real) => real,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    for server in [Server::embedded(runtime.handle()), real] {
        let server = Arc::new(server);
        if let (Some(why), false) = (server.absent(), arguments.list) {
            eprintln!("{}::* are skipped: {why}", server.name());
        }
        trials.extend(areas::all().map(|behaviour| trial(&server, *behaviour)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(server: &Arc<Server>, behaviour: Behaviour) -> Trial {
    let name = format!("{}::{}", server.name(), behaviour.name);
    let skipped = server.absent().is_some() || (server.name() == "embedded" && is_open(behaviour.name));
    let server = Arc::clone(server);
    let run = move || server.run(behaviour).map_err(|panic| Failed::from(message(panic.as_ref())));
    Trial::test(name, run).with_ignored_flag(skipped)
}

/// The behaviours in which the embedded cluster is known to differ.
fn open() -> impl Iterator<Item = &'static str> {
    include_str!("open.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn is_open(name: &str) -> bool {
    open().any(|line| line == name)
}

/// A misspelt line would hide nothing and be believed.
fn open_list_is_true() -> Result<(), Failed> {
    let unknown: Vec<_> = open().filter(|line| areas::all().all(|one| one.name != *line)).collect();
    if unknown.is_empty() { Ok(()) } else { Err(format!("open.txt names no behaviour: {unknown:?}").into()) }
}

thread_local! {
    /// Where the panic of this thread's behaviour was.
    static PANICKED: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

/// A failure is reported once, at the end and by name; a backtrace through an
/// executor says nothing.
fn remember_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PANICKED.with(|last| last.replace(place));
    }));
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    format!("{}: {text}", PANICKED.take())
}
