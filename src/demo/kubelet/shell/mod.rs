//! The shell inside a simulated container: a handful of commands over a
//! handful of files, enough to look around in.
//!
//! Pure: what the container has is a [`Machine`], what a command says is an
//! [`Output`]. Absent on purpose: pipes, redirections, scripts, processes.

mod files;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What `GET localhost:<port><path>` answers inside the pod: status code and body.
pub type Page<'a> = dyn Fn(&str) -> Option<(u16, String)> + Send + Sync + 'a;

/// What there is in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Its host name, which is the pod's.
    pub hostname: String,
    /// Its environment, in order.
    pub env: Vec<(String, String)>,
    /// Its files by absolute path.
    pub files: BTreeMap<String, String>,
}

/// What a command said, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// Exit code.
    pub code: u8,
    /// The shell itself is to end.
    pub leave: bool,
}

impl Output {
    fn said(out: impl Into<String>) -> Self {
        Self { out: out.into(), ..Self::default() }
    }

    fn failed(code: u8, err: impl Into<String>) -> Self {
        Self { err: err.into(), code, ..Self::default() }
    }
}

/// One shell: the machine, and where in it one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shell {
    machine: Machine,
    place: String,
    last: u8,
}

/// Longest line taken, in bytes.
pub const MAX_LINE: usize = 4_096;
const COMMANDS: &str = "cat cd curl echo env exit help hostname id ls printenv pwd true false uname whoami";

impl Shell {
    /// A shell that has just started.
    pub fn new(machine: Machine) -> Self {
        Self { machine, place: "/app".to_owned(), last: 0 }
    }

    /// What stands in front of the next line.
    pub fn prompt(&self) -> String {
        format!("{} $ ", self.place)
    }

    /// Runs one line: commands one after the other, between `;`.
    pub fn line(&mut self, line: &str, page: &Page<'_>) -> Output {
        let mut all = Output { code: self.last, ..Output::default() };
        if let Some(sign) = line.chars().find(|c| matches!(c, '|' | '>' | '<' | '&')) {
            self.last = 2;
            return Output::failed(
                2,
                format!("sh: '{sign}': pipes, redirections and jobs are not simulated\n"),
            );
        }
        for part in line.split(';') {
            let words = self.words(part);
            if words.is_empty() {
                continue;
            }
            let one = self.run(&words, page);
            all.out.push_str(&one.out);
            all.err.push_str(&one.err);
            (all.code, all.leave) = (one.code, one.leave);
            self.last = one.code;
            if one.leave {
                break;
            }
        }
        all
    }

    /// Runs one command as the container's runtime would, without a shell in between; `None` when
    /// there is no such program.
    pub fn exec(&mut self, words: &[String], page: &Page<'_>) -> Option<Output> {
        let program = words.first()?.rsplit('/').next()?;
        match (program, words.get(1..)?) {
            ("sh" | "ash" | "bash", [flag, script, ..]) if flag == "-c" => Some(self.line(script, page)),
            (name, rest)
                if COMMANDS.split(' ').any(|known| known == name)
                    && !matches!(name, "cd" | "exit" | "help") =>
            {
                let mut all = vec![name.to_owned()];
                all.extend_from_slice(rest);
                Some(self.run(&all, page))
            }
            _ => None,
        }
    }

    /// Words of a command: quotes hold together, `$NAME` is replaced outside single ones.
    fn words(&self, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        let (mut word, mut open, mut quote) = (String::new(), false, None);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (quote, c) {
                (Some(q), c) if c == q => quote = None,
                (None, '\'' | '"') => (quote, open) = (Some(c), true),
                (None | Some('"'), '$') => {
                    open = true;
                    let mut name = String::new();
                    while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '?'))
                    {
                        name.push(c);
                    }
                    word.push_str(&self.variable(&name));
                }
                (None, c) if c.is_whitespace() => {
                    if std::mem::take(&mut open) {
                        words.push(std::mem::take(&mut word));
                    }
                }
                (_, c) => {
                    word.push(c);
                    open = true;
                }
            }
        }
        if open {
            words.push(word);
        }
        words
    }

    fn variable(&self, name: &str) -> String {
        match name {
            "?" => self.last.to_string(),
            "" => "$".to_owned(),
            _ => self.machine.env.iter().find(|(k, _)| k == name).map(|(_, v)| v.clone()).unwrap_or_default(),
        }
    }

    fn run(&mut self, words: &[String], page: &Page<'_>) -> Output {
        let Some((name, rest)) = words.split_first() else { return Output::default() };
        let first = rest.first().map(String::as_str);
        match name.as_str() {
            "cat" => self.cat(rest),
            "cd" => self.change_place(first.unwrap_or("/app")),
            "curl" => curl(rest, page),
            "echo" => Output::said(format!("{}\n", rest.join(" "))),
            "env" | "printenv" => self.printenv(first),
            "exit" => {
                let code = first.and_then(|c| c.parse().ok()).unwrap_or(self.last);
                Output { code, leave: true, ..Output::default() }
            }
            "help" => Output::said(format!("A simulated container. It knows: {COMMANDS}\n")),
            "hostname" => Output::said(format!("{}\n", self.machine.hostname)),
            "id" => Output::said("uid=10001(app) gid=10001(app) groups=10001(app)\n"),
            "ls" => self.list(rest.iter().find(|w| !w.starts_with('-')).map(String::as_str)),
            "pwd" => Output::said(format!("{}\n", self.place)),
            "true" => Output::default(),
            "false" => Output::failed(1, ""),
            "uname" => Output::said("Linux\n"),
            "whoami" => Output::said("app\n"),
            other => Output::failed(127, format!("sh: {other}: not found\n")),
        }
    }

    fn printenv(&self, name: Option<&str>) -> Output {
        if let Some(name) = name {
            match self.machine.env.iter().find(|(k, _)| k == name) {
                Some((_, value)) => Output::said(format!("{value}\n")),
                None => Output::failed(1, ""),
            }
        } else {
            let mut out = String::new();
            for (key, value) in &self.machine.env {
                // Writing to a String cannot fail.
                let _ = writeln!(out, "{key}={value}");
            }
            Output::said(out)
        }
    }
}

/// `curl [flags] [http://]localhost[:port]/path`: the pod's own page.
fn curl(words: &[String], page: &Page<'_>) -> Output {
    let Some(url) = words.iter().find(|w| !w.starts_with('-')) else {
        return Output::failed(2, "curl: (2) no URL specified\n");
    };
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let name = host.split(':').next().unwrap_or_default();
    if !matches!(name, "localhost" | "127.0.0.1") {
        return Output::failed(6, format!("curl: (6) Could not resolve host: {name}\n"));
    }
    match page(&format!("/{path}")) {
        Some((_, body)) => Output::said(body),
        None => Output::failed(7, format!("curl: (7) Failed to connect to {host}: Connection refused\n")),
    }
}
