//! A terminal's line discipline: echo, backspace, ctrl-c, ctrl-d.

use crate::demo::kubelet::shell::MAX_LINE;

/// What typed bytes lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// To be shown.
    Echo(String),
    /// A whole line.
    Line(String),
    /// ctrl-c: the line is dropped.
    Interrupt,
    /// ctrl-d on an empty line.
    End,
}

/// A line being typed. Without `echo` it only splits lines, as a pipe does.
#[derive(Debug, Default)]
pub(super) struct Editor {
    line: Vec<u8>,
    pub(super) echo: bool,
}

impl Editor {
    pub(super) fn new(echo: bool) -> Self {
        Self { line: Vec::new(), echo }
    }

    /// Takes what was typed.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Typed> {
        let mut out = Vec::new();
        for &byte in bytes {
            match byte {
                b'\r' | b'\n' => {
                    if self.echo {
                        out.push(Typed::Echo("\r\n".to_owned()));
                    }
                    out.push(Typed::Line(self.take()));
                }
                3 if self.echo => {
                    self.line.clear();
                    out.push(Typed::Echo("^C\r\n".to_owned()));
                    out.push(Typed::Interrupt);
                }
                4 if self.echo && self.line.is_empty() => out.push(Typed::End),
                8 | 127 if self.echo => {
                    // One character, however many bytes it has.
                    let at = String::from_utf8_lossy(&self.line).char_indices().last().map(|(at, _)| at);
                    if let Some(at) = at {
                        self.line.truncate(at);
                        out.push(Typed::Echo("\u{8} \u{8}".to_owned()));
                    }
                }
                0..=31 if self.echo => {}
                byte if self.line.len() < MAX_LINE => {
                    self.line.push(byte);
                    if self.echo {
                        echo(&mut out, byte);
                    }
                }
                _ => {}
            }
        }
        out
    }

    /// What stands without a newline at the end of the input.
    pub(super) fn take(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned()
    }
}

/// Shows ASCII; the rest of a character would be shown byte by byte.
fn echo(out: &mut Vec<Typed>, byte: u8) {
    let c = if byte.is_ascii() { char::from(byte) } else { '?' };
    match out.last_mut() {
        Some(Typed::Echo(text)) if !text.ends_with('\n') => text.push(c),
        _ => out.push(Typed::Echo(c.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_as_in_a_terminal() {
        let mut tty = Editor::new(true);
        let echo = |t: &str| Typed::Echo(t.to_owned());
        assert_eq!(tty.feed(b"lx"), [echo("lx")]);
        assert_eq!(tty.feed(b"\x7fs\r"), [echo("\u{8} \u{8}s"), echo("\r\n"), Typed::Line("ls".into())]);
        assert_eq!(tty.feed(b"\x7f"), []);
        assert_eq!(tty.feed(b"no\x03"), [echo("no"), echo("^C\r\n"), Typed::Interrupt]);
        assert_eq!(tty.feed(b"\x04"), [Typed::End]);
        let mut pipe = Editor::new(false);
        assert_eq!(pipe.feed(b"a\nb"), [Typed::Line("a".into())]);
        assert_eq!(pipe.take(), "b");
        assert_eq!(tty.feed(&vec![b'x'; MAX_LINE * 2]).len(), 1, "a line is bounded");
        assert_eq!(tty.take().len(), MAX_LINE);
    }
}
