//! A monkey at the keyboard. Whatever it presses, clicks, pastes and resizes:
//! the console lives, changes nothing it may not change, and does not grow.
//!
//! Twenty seconds in an ordinary run, always the same things.
//! `QD_MONKEY_SECONDS=1800 cargo test --test pty monkey` is the whole half
//! hour; `QD_MONKEY_SEED` makes it another monkey, and is printed.

use crate::served::{Served, serve};
use crate::terminal::{Terminal, qd_of};
use crate::until::wait;
use crate::wire::Wire;
use fastrand::Rng;
use quarterdeck::command::TABLE;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::MissedTickBehavior;

/// Twenty-five acts a second: faster than hands, slower than a paste.
const ACT: Duration = Duration::from_millis(40);
/// Between two looks at the console's health.
const LOOK: Duration = Duration::from_secs(1);
/// How much more the console may hold at most in the second half of its life
/// than in the first, KiB. It has buffers to fill (samples, events, lines of
/// logs, history), each of them bounded.
const GROWTH_KIB: u64 = 48 << 10;

/// What no printable character is: editing, motion, function keys, focus.
const SPECIAL: [&str; 30] = [
    "\r",
    "\x1b",
    "\t",
    "\x1b[Z",
    "\x7f",
    "\x1b[A",
    "\x1b[B",
    "\x1b[C",
    "\x1b[D",
    "\x1b[H",
    "\x1b[F",
    "\x1b[5~",
    "\x1b[6~",
    "\x1b[2~",
    "\x1b[3~",
    "\x1bOP",
    "\x1b[15~",
    "\x01",
    "\x02",
    "\x04",
    "\x05",
    "\x06",
    "\x0b",
    "\x0c",
    "\x15",
    "\x17",
    "\x1b[I",
    "\x1b[O",
    "\x1b[200~\x1b[201~",
    "\x1b[999~",
];
/// What it pastes: lines, escapes, wide and combining characters, nothing useful.
const PASTES: [&str; 5] = [
    "ns:shop health:bad",
    "two\nlines",
    "\x1b]0;title\x07\x1b[31mred",
    "日本語 e\u{301}\u{200d}🏴",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
];

enum Act {
    Press(String),
    Resize(u16, u16),
}

/// What it does next. The quit key and its like are left out; where it finds
/// another way to leave, another console is opened.
fn act(rng: &mut Rng) -> Act {
    let text = |rng: &mut Rng| (0..rng.usize(1..6)).map(|_| printable(rng)).collect::<String>();
    Act::Press(match rng.u8(0..100) {
        0..40 => printable(rng).to_string(),
        40..70 => rng.choice(SPECIAL).unwrap().to_owned(),
        70..85 => mouse(rng),
        85..88 => format!("\x1b[200~{}\x1b[201~", rng.choice(PASTES).unwrap()),
        88..90 => format!("/{}\r", text(rng)),
        // What a plan may wait for.
        90..93 => (*rng.choice(&["y", "y", "w", "\r"]).unwrap()).to_owned(),
        93..97 => format!("\x1b:{}\r", command(rng)),
        _ => return Act::Resize(rng.u16(1..200), rng.u16(1..60)),
    })
}

fn printable(rng: &mut Rng) -> char {
    let any = char::from(rng.u8(b' '..=b'~'));
    if any == 'q' { 'j' } else { any }
}

/// A command of the table, as it is typed.
fn command(rng: &mut Rng) -> String {
    let row = rng.choice(TABLE).unwrap();
    let args = match row.name {
        "quit" | "interrupt" | "suspend" => return "help".to_owned(),
        "ctx" => rng.choice(["demo", "demo-viewer", "demo-nobody"]).unwrap(),
        "ns" => rng.choice(["all", "default", "nowhere"]).unwrap(),
        "theme" => rng.choice(["nord", "dark", "plaid"]).unwrap(),
        "write" => rng.choice(["", "5m", "-1"]).unwrap(),
        _ => "",
    };
    format!("{} {args}", row.name).trim_end().to_owned()
}

/// A click, a drag or the wheel, on the screen or beside it.
fn mouse(rng: &mut Rng) -> String {
    let button = rng.choice([0, 0, 0, 1, 2, 32, 35, 64, 65, 4, 16]).unwrap();
    let (x, y) = (rng.u16(1..220), rng.u16(1..70));
    let end = if rng.bool() { 'M' } else { 'm' };
    let click = format!("\x1b[<{button};{x};{y}{end}");
    if rng.bool() { format!("{click}\x1b[<{button};{x};{y}m") } else { click }
}

/// The console at a cluster in another process, with the monkey before it.
struct Cage {
    runtime: Runtime,
    wire: Wire,
    home: Arc<TempDir>,
    kubeconfig: String,
    variables: &'static [(&'static str, &'static str)],
    _cluster: Served,
}

impl Cage {
    fn new(variables: &'static [(&'static str, &'static str)]) -> Self {
        let cluster = serve("default");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let text = std::fs::read_to_string(&cluster.kubeconfig).unwrap();
        let address = text.split("http://").nth(1).and_then(|rest| rest.split(['/', '\n']).next()).unwrap();
        let wire = Wire::to(&runtime, address);
        let home = Arc::new(tempfile::tempdir().unwrap());
        let path = home.path().join("kubeconfig");
        std::fs::write(&path, text.replace(address, &wire.address.to_string())).unwrap();
        let kubeconfig = path.display().to_string();
        Self { runtime, wire, home, kubeconfig, variables, _cluster: cluster }
    }

    fn open(&self) -> Terminal {
        // An editor that leaves everything as it is, and no other program to be found.
        let run =
            qd_of(self.home.clone(), &[]).env("KUBECONFIG", &self.kubeconfig).env("EDITOR", "/bin/true");
        let run = self.variables.iter().fold(run, |run, (name, value)| run.env(name, value));
        let terminal = run.start();
        terminal.shows("live");
        terminal
    }

    /// Lets the monkey loose; `first` is typed each time a console has started.
    fn let_loose(&self, first: &str) {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let long = Duration::from_secs(number("QD_MONKEY_SECONDS").unwrap_or(20));
        let seed = number("QD_MONKEY_SEED").unwrap_or(1);
        println!("QD_MONKEY_SEED={seed}");
        let mut rng = Rng::with_seed(seed);
        let begun = Instant::now();
        let (mut acts, mut lives) = (0_u64, 0_u32);
        while begun.elapsed() < long {
            let mut terminal = self.open();
            terminal.press(first);
            let (left, done) =
                self.runtime.block_on(life(&mut terminal, &mut rng, long.saturating_sub(begun.elapsed())));
            (acts, lives) = (acts + done, lives + 1);
            if !left {
                answers(&mut terminal);
            }
        }
        println!("{acts} acts, {lives} consoles, {} requests in {:?}", self.wire.count(), begun.elapsed());
        let told = std::fs::read_to_string(self.home.path().join("state/log/qd.log")).unwrap();
        assert!(!told.contains("panic"), "{told}");
    }

    fn audit(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.home.path().join("state/audit.jsonl")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// One console, until it is left or the time is over: whether it was left, and how many acts that took.
async fn life(terminal: &mut Terminal, rng: &mut Rng, long: Duration) -> (bool, u64) {
    let begun = Instant::now();
    let (mut held, mut acts, mut left) = (Vec::new(), 0, false);
    let mut pace = tokio::time::interval(ACT);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while begun.elapsed() < long && !left {
        pace.tick().await;
        acts += 1;
        if begun.elapsed() >= LOOK * u32::try_from(held.len()).unwrap() {
            held.extend(terminal.resident_kib());
            leave_the_shell(terminal);
        }
        match act(rng) {
            Act::Press(keys) => terminal.press(&keys),
            Act::Resize(columns, rows) => terminal.resize(columns, rows),
        }
        if let Some(status) = terminal.ended() {
            assert_eq!(status.exit_code(), 0, "after {acts} acts:\n{}", terminal.screen());
            left = true;
        }
    }
    let (early, late) = held.split_at(held.len() / 2);
    let most = |half: &[u64]| half.iter().max().copied().unwrap_or_default();
    println!("at most {} KiB in the first half, {} KiB in the second", most(early), most(late));
    assert!(most(late) <= most(early) + GROWTH_KIB, "it grows: {held:?}");
    (left, acts)
}

/// In the shell of a container it would stay for the rest of its life.
fn leave_the_shell(terminal: &mut Terminal) {
    if terminal.screen().trim_end().lines().last().is_some_and(|line| line.starts_with("/app $")) {
        terminal.press("\rexit\r");
    }
}

/// After all that it still does what it is told, and gives the terminal back.
fn answers(terminal: &mut Terminal) {
    terminal.resize(120, 36);
    let mut looks = 0;
    wait("it shows its help", || {
        // Out of whatever is open, then the key; apart, for together they are another one.
        match looks % 40 {
            0 => terminal.press("\x1b"),
            10 => leave_the_shell(terminal),
            20 => terminal.press("?"),
            _ => {}
        }
        looks += 1;
        let screen = terminal.screen();
        if screen.contains("Help") { Ok(()) } else { Err(screen) }
    });
    terminal.signal("TERM");
    assert_eq!(terminal.ends().exit_code(), 143);
    terminal.is_given_back();
}

#[test]
fn a_monkey_that_may_only_look_changes_nothing() {
    let cage = Cage::new(&[("QD_READ_ONLY", "true")]);
    cage.let_loose("");
    assert_eq!(cage.wire.changes(), Vec::<String>::new());
    let audit = cage.audit();
    assert!(audit.iter().all(|entry| entry["kind"] == "note"), "{audit:?}");
}

#[test]
fn a_monkey_that_may_write_leaves_a_whole_log() {
    let cage = Cage::new(&[]);
    cage.let_loose("\x1b:write\r");
    // Each line is an entry, and each change was announced in it before.
    let audit = cage.audit();
    let intents = audit.iter().filter(|entry| entry["kind"] == "intent").count();
    println!("{intents} changes, {} requests for them", cage.wire.changes().len());
    assert!(audit.iter().any(|entry| entry["kind"] == "mode"), "writing was never allowed: {audit:?}");
}
