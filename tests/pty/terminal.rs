//! A pseudo-terminal with `qd` in it and a screen to look at.

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

use crate::until::wait;

/// What the terminal gets before each frame.
const FRAME: &[u8] = b"\x1b[?2026h";
const RESTORED: [&str; 5] = ["\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l", "\x1b[?1004l", "\x1b[?1006l"];

pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    /// Nobody looks any more.
    closed: Arc<AtomicBool>,
    reader: JoinHandle<()>,
    /// Its folders live as long as this.
    pub(crate) home: Arc<TempDir>,
}

struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
}

pub(crate) struct Run {
    command: CommandBuilder,
    home: Arc<TempDir>,
    size: (u16, u16),
}

/// `qd` with folders of its own and nothing of this machine's.
pub(crate) fn qd(args: &[&str]) -> Run {
    qd_of(Arc::new(tempfile::tempdir().unwrap()), args)
}

/// `qd` with the folders of an earlier run.
pub(crate) fn qd_of(home: Arc<TempDir>, args: &[&str]) -> Run {
    program(home, env!("CARGO_BIN_EXE_qd"), args)
}

/// Any program in the same surroundings.
pub(crate) fn program(home: Arc<TempDir>, name: &str, args: &[&str]) -> Run {
    let mut command = CommandBuilder::new(name);
    command.args(args);
    command.env_clear();
    command.env("TERM", "xterm-256color");
    command.env("HOME", home.path());
    command.env("USER", "alice");
    command.env("QD_CONFIG_DIR", home.path().join("config"));
    command.env("QD_STATE_DIR", home.path().join("state"));
    Run { command, home, size: (120, 36) }
}

impl Run {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    pub(crate) fn start(self) -> Terminal {
        let (cols, rows) = self.size;
        let pair =
            native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        drop(pair.slave);
        let size = |n: u16| std::num::NonZero::new(n).unwrap();
        let seen = Seen { parser: vt100::Parser::new(size(rows), size(cols), 0), raw: Vec::new() };
        let seen = Arc::new(Mutex::new(seen));
        let (mut output, into) = (pair.master.try_clone_reader().unwrap(), seen.clone());
        let closed = Arc::new(AtomicBool::new(false));
        let shut = closed.clone();
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(n @ 1..) = output.read(&mut buffer)
                && !shut.load(Ordering::SeqCst)
            {
                let mut seen = into.lock().unwrap();
                seen.parser.process(&buffer[..n]);
                seen.raw.extend_from_slice(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Terminal { child, master: pair.master, keys, seen, closed, reader, home: self.home }
    }
}

impl Terminal {
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().unwrap().parser.screen().contents()
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the screen shows `text`.
    pub(crate) fn shows(&self, text: &str) {
        self.until(&format!("the screen to show {text:?}"), |screen| screen.contains(text));
    }

    pub(crate) fn until(&self, what: &str, holds: impl Fn(&str) -> bool) {
        wait(what, || if holds(&self.screen()) { Ok(()) } else { Err(self.described()) });
    }

    /// Waits until nothing has been written for so long.
    pub(crate) fn rests(&self, long: Duration, when: &str) {
        let mut still = (self.bytes(), Instant::now());
        wait(&format!("nothing is written for {long:?} {when}"), || {
            if self.bytes() != still.0 {
                still = (self.bytes(), Instant::now());
            }
            if still.1.elapsed() < long { Err(self.described()) } else { Ok(()) }
        });
    }

    fn described(&self) -> String {
        format!("the screen is:\n{}", self.screen())
    }

    /// How it ended, if it did.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Resident memory, KiB; none where `/proc` does not say.
    pub(crate) fn resident_kib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.seen.lock().unwrap().raw.len()
    }

    pub(crate) fn frames(&self) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.raw.windows(FRAME.len()).filter(|window| *window == FRAME).count()
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill").args(["-s", name, &self.pid().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        self.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        let size = |n: u16| std::num::NonZero::new(n).unwrap();
        self.seen.lock().unwrap().parser.screen_mut().set_size(size(rows), size(cols));
    }

    /// Waits for the end; how it ended.
    pub(crate) fn ends(&mut self) -> ExitStatus {
        wait("it ends", || self.ended().ok_or_else(|| self.described()))
    }

    /// The window is closed, with everything that held it open. How it ended.
    pub(crate) fn hangs_up(mut self) -> ExitStatus {
        self.closed.store(true, Ordering::SeqCst);
        // Something to read, so that the reader notices: the help comes. Awaited, for the
        // writer's drop types an enter, and help that comes and goes between two frames
        // is no byte: the reader would keep the terminal open for ever.
        self.press("?");
        wait(
            "nobody reads any more",
            || {
                if self.reader.is_finished() { Ok(()) } else { Err(self.described()) }
            },
        );
        let nothing: Box<dyn Write + Send> = Box::new(std::io::sink());
        drop(std::mem::replace(&mut self.keys, nothing));
        let (other, _held) = {
            let size = PtySize { rows: 1, cols: 1, pixel_width: 0, pixel_height: 0 };
            let pair = native_pty_system().openpty(size).unwrap();
            (pair.master, pair.slave)
        };
        drop(std::mem::replace(&mut self.master, other));
        self.ends()
    }

    /// The terminal has everything back that was taken from it.
    pub(crate) fn is_given_back(&self) {
        wait("everything is given back", || {
            let raw = String::from_utf8_lossy(&self.seen.lock().unwrap().raw).into_owned();
            let missing: Vec<_> = RESTORED.iter().filter(|code| !raw.contains(**code)).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("never sent {missing:?}")) }
        });
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Still alive only if the test failed.
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
