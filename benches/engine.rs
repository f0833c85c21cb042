//! What an engine costs that drives two hundred canaries at once: its own
//! processor time and memory, told from `/proc`, apart from the embedded
//! cluster it drives them on.
//!
//! `cargo bench --bench engine`; `QD_OPERATIONS` (200) canaries are watched for
//! `QD_MINUTES` (5), a line each half minute. Linux only.

#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "a bench tells what it measured")]
#![allow(clippy::disallowed_methods, reason = "a bench starts programs and reads what they use")]

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const QD: &str = env!("CARGO_BIN_EXE_qd");
/// Clock ticks of a second in `/proc/PID/stat`, on every Linux there is.
const TICKS: f64 = 100.0;
const EVERY: Duration = Duration::from_secs(30);

/// A program that ends with the bench.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Running {
    /// Processor seconds used so far.
    fn seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        // Behind the name in brackets, user and system time are the 12th and 13th.
        let rest = stat.rsplit(')').next().unwrap_or_default();
        let times = rest.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok());
        times.sum::<f64>() / TICKS
    }

    /// A line of `/proc/PID/status`, in MiB.
    fn mib(&self, name: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A company with as many more services, and room for them. The delivery that
/// never comes keeps the demo's own engine from driving.
fn scenario(count: u64) -> String {
    let mut text = "name = \"many\"\nsummary = \"many\"\nbase = \"company\"\n".to_owned();
    for n in 0..count {
        let _infallible = write!(
            text,
            "[[service]]\nname = \"load{n:03}\"\nteam = \"storefront\"\nsystem = \"shop\"\ntier = 3\n\
             description = \"one of many\"\nlanguage = \"go\"\nreplicas = {{ production = 4 }}\n\
             history = [\"v1.0.0\", \"v1.1.0\"]\nreleased = \"-20d\"\nrequests = 20\n\
             [[service.route]]\nmethod = \"GET\"\npath = \"/\"\nshare = 1.0\np50 = \"20ms\"\np99 = \"100ms\"\n"
        );
    }
    for n in 0..=count / 5 {
        let _infallible = write!(
            text,
            "[[node]]\nname = \"extra-{n}\"\nzone = \"eu-central-1a\"\ncpu = \"64\"\nmemory = \"256Gi\"\n"
        );
    }
    text + "[[delivery]]\nservice = \"load000\"\nversion = \"v9.0.0\"\nby = \"mia\"\ncause = \"never\"\n\
            at = \"9h\"\nsteps = [50]\nstep_min = \"1m\"\nstep_max = \"4m\"\n"
}

fn qd(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(QD);
    command.args(words).env("QD_STATE_DIR", folder.join("state")).env("QD_CONFIG_DIR", folder.join("config"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The embedded cluster, and the kubeconfig it prints once its past is played.
fn cluster(folder: &Path, count: u64) -> io::Result<(Running, String)> {
    let file = folder.join("many.toml");
    fs::write(&file, scenario(count))?;
    let words = ["demo", "--serve", "--scenario", &file.display().to_string()];
    let mut child = qd(folder, &words).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().ok_or_else(|| io::Error::other("no output"))?;
    let child = Running(child);
    let mut kubeconfig = String::new();
    for line in io::BufReader::new(out).lines() {
        kubeconfig += &(line? + "\n");
        // Each of the three contexts ends with its namespace.
        if kubeconfig.matches("    namespace:").count() == 3 {
            break;
        }
    }
    let path = folder.join("kubeconfig");
    fs::write(&path, kubeconfig)?;
    Ok((child, path.display().to_string()))
}

fn main() -> io::Result<()> {
    let folder = tempfile::TempDir::new()?;
    let (count, minutes) = (setting("QD_OPERATIONS", 200), setting("QD_MINUTES", 5));
    let (demo, kubeconfig) = cluster(folder.path(), count)?;
    for n in 0..count {
        let target = format!("load{n:03}");
        let words = ["--kubeconfig", &kubeconfig, "-n", "shop-production", "deploy", &target];
        let how = ["--image", ":v1.1.1", "--steps", "25", "--step-min", "50m", "--step-max", "60m"];
        let words = [&words[..], &how[..], &["--no-wait", "--yes"]].concat();
        if !qd(folder.path(), &words).status()?.success() {
            return Err(io::Error::other(format!("{target} was not delivered")));
        }
    }
    println!("{count} canaries begun, watched for {minutes} min");
    let engine = Running(qd(folder.path(), &["--kubeconfig", &kubeconfig, "engine"]).spawn()?);
    for round in 1..=minutes * 2 {
        let (began, ours, theirs) = (Instant::now(), engine.seconds(), demo.seconds());
        thread::sleep(EVERY);
        let share = |before: f64, now: f64| (now - before) / began.elapsed().as_secs_f64() * 100.0;
        println!(
            "{:>4} s  engine {:5.1} % of a core, {:5.1} MiB (most {:5.1})   cluster {:5.1} %, {:5.1} MiB",
            round * EVERY.as_secs(),
            share(ours, engine.seconds()),
            engine.mib("VmRSS:"),
            engine.mib("VmHWM:"),
            share(theirs, demo.seconds()),
            demo.mib("VmRSS:"),
        );
    }
    Ok(())
}
