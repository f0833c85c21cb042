//! The terminal: taken, drawn on, and given back whatever happens.

use super::hyperlinks::Hyperlinks;
use super::sparse::Sparse;
use crate::domain::{Fault, FaultKind};
use crate::ui::{Hyperlink, Linear};
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, queue};
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::{Frame, Terminal};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Holds a whole frame of a 300x100 terminal, so that it leaves in one write.
const FRAME_BYTES: usize = 256 * 1024;

/// Size of the picture lines are taken from.
const LINE: u16 = 160;
const ROWS: u16 = 60;

type Out = BufWriter<File>;

/// The taken terminal. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<Sparse<Out>>,
    restorer: Restorer,
    mouse: bool,
    /// For screen readers: lines instead of a picture.
    linear: Option<Linear>,
    /// None where the terminal is not known to open links.
    links: Option<Hyperlinks>,
}

/// Gives the terminal back, once, from wherever it is called: the guard's
/// drop, the panic hook, the way into an external program.
#[derive(Clone, Debug)]
pub struct Restorer {
    taken: Arc<AtomicBool>,
    plain: bool,
    tty: Arc<File>,
}

impl Restorer {
    /// Gives the terminal back if it is taken. Errors are of no use here: the
    /// terminal may be gone already.
    pub fn restore(&self) {
        if !self.taken.swap(false, Ordering::SeqCst) {
            return;
        }
        if self.plain {
            let _best_effort = disable_raw_mode();
            return;
        }
        let mut bytes = Vec::new();
        let _infallible = queue!(
            bytes,
            EndSynchronizedUpdate,
            PopKeyboardEnhancementFlags,
            DisableBracketedPaste,
            DisableFocusChange,
            DisableMouseCapture,
            LeaveAlternateScreen,
            cursor::Show
        );
        let _best_effort = (&*self.tty).write_all(&bytes);
        let _best_effort = disable_raw_mode();
    }
}

impl Screen {
    /// Takes the terminal: raw mode, alternate screen, bracketed paste, focus
    /// reports, the mouse if asked for. If `plain`, only raw mode: lines of
    /// words are printed as they change. With `links` text that leads to an
    /// address is a link of the terminal.
    ///
    /// Fails if standard output is not a terminal.
    pub fn take(mouse: bool, plain: bool, links: bool) -> Result<Self, Fault> {
        if !io::stdout().is_terminal() {
            return Err(Fault::new(FaultKind::Config, "the console needs a terminal, and this is a pipe")
                .hint("`qd status` and `qd services` print to a pipe, with -o json for programs"));
        }
        let open = || -> io::Result<Self> {
            // Not `Stdout`: it flushes at every line break, a frame must not.
            let tty = File::from(io::stdout().as_fd().try_clone_to_owned()?);
            let terminal = new_terminal(&tty)?;
            let restorer = Restorer { taken: Arc::default(), plain, tty: Arc::new(tty) };
            let linear = plain.then(Linear::default);
            let links = (links && !plain).then(Hyperlinks::default);
            Ok(Self { terminal, restorer, mouse, linear, links })
        };
        let mut screen = open().map_err(|error| no_terminal(&error))?;
        screen.resume()?;
        Ok(screen)
    }

    /// What gives the terminal back, for the panic hook.
    pub fn restorer(&self) -> Restorer {
        self.restorer.clone()
    }

    /// Takes the terminal again after [`suspend`](Self::suspend), and draws everything anew.
    pub fn resume(&mut self) -> Result<(), Fault> {
        let mut enter = || -> io::Result<()> {
            enable_raw_mode()?;
            self.restorer.taken.store(true, Ordering::SeqCst);
            if self.linear.is_some() {
                return Ok(());
            }
            let out = self.terminal.backend_mut();
            // Pushed without asking whether the terminal knows them: the question
            // costs 2 s where nobody answers, and unknown flags are ignored.
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
            queue!(
                out,
                EnterAlternateScreen,
                EnableBracketedPaste,
                EnableFocusChange,
                PushKeyboardEnhancementFlags(flags),
                cursor::Hide
            )?;
            if self.mouse {
                queue!(out, EnableMouseCapture)?;
            }
            Write::flush(out)
        };
        enter().map_err(|error| no_terminal(&error))?;
        self.clear()
    }

    /// Gives the terminal back for a while, to an editor for instance.
    pub fn suspend(&self) {
        self.restorer.restore();
    }

    /// Draws one frame as one synchronized update, or nothing if nothing changed.
    pub fn draw(
        &mut self,
        paint: impl FnOnce(&mut Frame<'_>),
        links: impl FnOnce() -> Vec<Hyperlink>,
    ) -> Result<(), Fault> {
        let draw = || {
            let buffer = self.frame(paint)?;
            let Some(drawn) = &mut self.links else { return Ok(()) };
            drawn.draw(self.terminal.backend_mut(), &buffer, links())
        };
        draw().map_err(|error| no_terminal(&error))
    }

    /// Draws one frame and returns what is on the screen now.
    pub fn capture(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> Result<Buffer, Fault> {
        self.frame(paint).map_err(|error| no_terminal(&error))
    }

    fn frame(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<Buffer> {
        if let Some(linear) = &mut self.linear {
            // Wide, whatever the terminal is: nothing is cut that could be said.
            let mut picture = match Terminal::new(TestBackend::new(LINE, ROWS)) {
                Ok(picture) => picture,
                Err(never) => match never {},
            };
            let buffer = match picture.draw(paint) {
                Ok(frame) => frame.buffer.clone(),
                Err(never) => match never {},
            };
            let mut out = &*self.restorer.tty;
            for line in linear.news(&buffer) {
                out.write_all(format!("{line}\r\n").as_bytes())?;
            }
            out.flush()?;
            return Ok(buffer);
        }
        Ok(self.terminal.draw(paint)?.buffer.clone())
    }

    /// Forgets what the terminal shows: the next frame draws every cell.
    ///
    /// Not `Terminal::clear`: that asks the terminal for the cursor's position,
    /// waits 2 s for an answer and takes the keys typed meanwhile.
    pub fn clear(&mut self) -> Result<(), Fault> {
        if let Some(linear) = &mut self.linear {
            linear.forget();
            return Ok(());
        }
        let mut clear = || -> io::Result<()> {
            queue!(self.terminal.backend_mut(), Clear(ClearType::All))?;
            Write::flush(self.terminal.backend_mut())?;
            self.terminal = new_terminal(&self.restorer.tty)?;
            self.links.iter_mut().for_each(Hyperlinks::forget);
            Ok(())
        };
        clear().map_err(|error| no_terminal(&error))
    }

    /// Rings the bell, and sends a desktop notification (OSC 9) to terminals that
    /// know them; the others ignore it.
    pub fn ring(&mut self, text: &str) -> Result<(), Fault> {
        let text = crate::domain::clean(text);
        let bytes =
            if self.linear.is_some() { "\x07".to_owned() } else { format!("\x1b]9;{text}\x1b\\\x07") };
        let mut tty = &*self.restorer.tty;
        tty.write_all(bytes.as_bytes()).map_err(|error| no_terminal(&error))
    }

    /// Asks the terminal something. Its answer comes among the keys, if at all.
    pub fn ask(&mut self, question: &str) -> Result<(), Fault> {
        let mut tty = &*self.restorer.tty;
        tty.write_all(question.as_bytes()).map_err(|error| no_terminal(&error))
    }

    /// Puts text on the terminal's clipboard (OSC 52); works over SSH where
    /// the terminal allows it.
    pub fn copy(&mut self, text: &str) -> Result<(), Fault> {
        let mut copy = || -> io::Result<()> {
            queue!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))?;
            Write::flush(self.terminal.backend_mut())
        };
        copy().map_err(|error| no_terminal(&error))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.restorer.restore();
    }
}

fn new_terminal(tty: &File) -> io::Result<Terminal<Sparse<Out>>> {
    Terminal::new(Sparse::new(BufWriter::with_capacity(FRAME_BYTES, tty.try_clone()?)))
}

fn no_terminal(error: &io::Error) -> Fault {
    Fault::new(FaultKind::Internal, format!("the terminal cannot be used: {error}"))
        .hint("`qd status` works without a terminal")
}
