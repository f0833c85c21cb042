//! The commands about files.

use std::fmt::Write as _;

use super::{Output, Shell};

impl Shell {
    fn path(&self, given: &str) -> String {
        let mut parts: Vec<&str> = Vec::new();
        let whole = if given.starts_with('/') { given.to_owned() } else { format!("{}/{given}", self.place) };
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    pub(super) fn cat(&self, files: &[String]) -> Output {
        let mut all = Output::default();
        for file in files {
            let path = self.path(file);
            if let Some(text) = self.machine.files.get(&path) {
                all.out.push_str(text);
                continue;
            }
            let why =
                if self.entries(&path).is_empty() { "No such file or directory" } else { "Is a directory" };
            // Writing to a String cannot fail.
            let _ = writeln!(all.err, "cat: {file}: {why}");
            all.code = 1;
        }
        all
    }

    /// Names directly below a folder.
    fn entries(&self, folder: &str) -> Vec<String> {
        let below = format!("{}/", folder.trim_end_matches('/'));
        let mut names: Vec<String> = self
            .machine
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(&below)?.split('/').next().map(str::to_owned))
            .collect();
        names.dedup();
        names
    }

    pub(super) fn list(&self, given: Option<&str>) -> Output {
        let given = given.unwrap_or(".");
        let path = self.path(given);
        if self.machine.files.contains_key(&path) {
            return Output::said(format!("{given}\n"));
        }
        let names = self.entries(&path);
        if names.is_empty() {
            return Output::failed(1, format!("ls: {given}: No such file or directory\n"));
        }
        Output::said(names.join("\n") + "\n")
    }

    pub(super) fn change_place(&mut self, given: &str) -> Output {
        let path = self.path(given);
        if self.entries(&path).is_empty() {
            return Output::failed(2, format!("sh: cd: can't cd to {given}: No such file or directory\n"));
        }
        self.place = path;
        Output::default()
    }
}
