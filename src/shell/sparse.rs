//! A backend that says nothing when there is nothing to say.
//!
//! ratatui draws only the cells that differ, but each frame resets colours
//! and hides the cursor all the same: some forty bytes for a picture that is
//! already there. Over SSH that wakes a sleeping line. Here a frame that
//! changes no cell and does not move the cursor writes no byte; any other one
//! leaves as one synchronized update.

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use std::io::{self, Write};

/// Wraps crossterm's backend. What is written past it, as a [`Write`], is not
/// part of a frame.
#[derive(Debug)]
pub(super) struct Sparse<W: Write> {
    inner: CrosstermBackend<W>,
    /// Something of this frame is written already.
    begun: bool,
    cursor: Cursor,
}

/// The cursor as the terminal has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    Shown(Option<Position>),
}

impl<W: Write> Sparse<W> {
    pub(super) fn new(out: W) -> Self {
        Self { inner: CrosstermBackend::new(out), begun: false, cursor: Cursor::Unknown }
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            queue!(self.inner, BeginSynchronizedUpdate)?;
            self.begun = true;
        }
        Ok(())
    }
}

impl<W: Write> Sparse<W> {
    /// Draws cells as a link to `url`, which is printable ASCII.
    pub(super) fn draw_linked<'a>(
        &mut self,
        url: &str,
        content: impl Iterator<Item = (u16, u16, &'a Cell)>,
    ) -> io::Result<()> {
        self.begin()?;
        write!(self.inner, "\x1b]8;;{url}\x1b\\")?;
        Backend::draw(self, content)?;
        write!(self.inner, "\x1b]8;;\x1b\\")
    }
}

impl<W: Write> Write for Sparse<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}

impl<W: Write> Backend for Sparse<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.begin()?;
        // Drawing takes the cursor along.
        if let Cursor::Shown(at) = &mut self.cursor {
            *at = None;
        }
        self.inner.draw(content)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor == Cursor::Hidden {
            return Ok(());
        }
        self.begin()?;
        self.cursor = Cursor::Hidden;
        self.inner.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if matches!(self.cursor, Cursor::Shown(_)) {
            return Ok(());
        }
        // Of a terminal that is gone the next flush tells. Told from here, ratatui's
        // drop would print it, to the terminal that is gone: a panic in a drop.
        let _told_later = self.begin().and_then(|()| self.inner.show_cursor());
        self.cursor = Cursor::Shown(None);
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor == Cursor::Shown(Some(position)) {
            return Ok(());
        }
        self.begin()?;
        if let Cursor::Shown(at) = &mut self.cursor {
            *at = Some(position);
        }
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.begin()?;
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.begin()?;
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.begun) {
            return Ok(());
        }
        queue!(self.inner, EndSynchronizedUpdate)?;
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Wire(Arc<Mutex<Vec<u8>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// One frame of a cell and a cursor; what went over the wire.
    fn frame(
        backend: &mut Sparse<Wire>,
        wire: &Wire,
        cell: Option<&str>,
        cursor: Option<(u16, u16)>,
    ) -> String {
        let cell = cell.map(|symbol| {
            let mut cell = Cell::default();
            cell.set_symbol(symbol);
            cell
        });
        backend.draw(cell.iter().map(|cell| (1, 1, cell))).unwrap();
        match cursor {
            None => backend.hide_cursor().unwrap(),
            Some(at) => {
                backend.show_cursor().unwrap();
                backend.set_cursor_position(at).unwrap();
            }
        }
        Backend::flush(backend).unwrap();
        String::from_utf8(std::mem::take(&mut *wire.0.lock().unwrap())).unwrap()
    }

    #[test]
    fn what_is_there_already_is_not_said_again() {
        let wire = Wire::default();
        let mut backend = Sparse::new(wire.clone());
        let first = frame(&mut backend, &wire, Some("a"), None);
        assert!(first.starts_with("\x1b[?2026h") && first.contains('a') && first.ends_with("\x1b[?2026l"));
        assert_eq!(frame(&mut backend, &wire, None, None), "");
        assert!(frame(&mut backend, &wire, None, Some((3, 3))).contains("\x1b[4;4H"));
        assert_eq!(frame(&mut backend, &wire, None, Some((3, 3))), "");
        let moved = frame(&mut backend, &wire, Some("b"), Some((3, 3)));
        assert!(moved.contains('b') && moved.contains("\x1b[4;4H"), "drawing moved the cursor: {moved:?}");
        assert!(frame(&mut backend, &wire, None, None).contains("\x1b[?25l"));
    }
}
