//! A harness for tests that run twice: on the embedded cluster, and on the
//! real one of `QD_E2E_KUBECONFIG` (any disposable cluster; `tests/cluster/up`
//! makes one).
//!
//! Every behaviour is a test of its own, `embedded::<area>::<name>` and
//! `real::<area>::<name>`, in a namespace of its own. Without a real cluster
//! its half is reported as ignored, name by name.
#![allow(dead_code, reason = "shared by test programs that use different parts of it")]

pub(crate) mod case;
mod embedded;
pub(crate) mod gateway;
pub(crate) mod http;
pub(crate) mod make;
pub(crate) mod mesh;
pub(crate) mod server;
#[path = "../until.rs"]
pub(crate) mod until;

use std::cell::RefCell;
use std::process::ExitCode;
use std::sync::Arc;

use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};

use case::Case;
use server::Server;

/// One behaviour: what is asked of both servers.
#[derive(Clone, Copy)]
pub(crate) struct Behaviour {
    /// `area::name`.
    pub(crate) name: &'static str,
    pub(crate) run: fn(Case) -> LocalBoxFuture<'static, ()>,
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

/// Runs the behaviours on both servers; `open` names the tests that are known
/// to fail, `more` are tests of the test program itself.
pub(crate) fn main(all: &[Behaviour], open: &[impl AsRef<str>], more: Vec<Trial>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // The behaviours mostly wait; more of them at once than there are cores.
    arguments.test_threads.get_or_insert(8);
    remember_panics();
    let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
    let real = match Server::real(runtime.handle()) {
        Ok(real) => real,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    let mut trials = more;
    for server in [Server::embedded(runtime.handle()), real] {
        let server = Arc::new(server);
        if let (Some(why), false) = (server.absent(), arguments.list) {
            eprintln!("{}::* are skipped: {why}", server.name());
        }
        trials.extend(all.iter().map(|behaviour| trial(&server, *behaviour, open)));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(server: &Arc<Server>, behaviour: Behaviour, open: &[impl AsRef<str>]) -> Trial {
    let name = format!("{}::{}", server.name(), behaviour.name);
    let skipped = server.absent().is_some() || open.iter().any(|known| known.as_ref() == name);
    let server = Arc::clone(server);
    let run = move || server.run(behaviour).map_err(|panic| Failed::from(message(panic.as_ref())));
    Trial::test(name, run).with_ignored_flag(skipped)
}

thread_local! {
    /// Where the panic of this thread's behaviour was.
    static PANICKED: RefCell<String> = const { RefCell::new(String::new()) };
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
