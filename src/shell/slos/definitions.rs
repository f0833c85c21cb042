//! Where objectives are written.

use crate::domain::Finding;
use crate::slo::{self, Policy, Slo, parse_rules};
use crate::store::{Folders, Places};

/// The option a policy is written in.
const POLICY: &str = "budget-policy";

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SloSource {
    /// Files, and folders with everything below them that looks like YAML.
    Paths(Places),
    /// Files that exist only in memory, by name.
    Texts(Vec<(String, String)>),
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Definitions {
    /// The objectives, none twice by name.
    pub slos: Vec<Slo>,
    /// What budgets allow.
    pub policies: Vec<Policy>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl SloSource {
    /// The paths of a setting: `~/slos, /srv/slos`; the folder beside
    /// `config.toml` if it is empty.
    pub fn of_setting(text: &str, folders: &Folders) -> Self {
        Self::Paths(Places::of_setting(text, folders.slos()))
    }

    /// For people: where files are looked for.
    pub fn place(&self) -> String {
        match self {
            Self::Paths(places) => places.to_string(),
            Self::Texts(_) => "the demo's own files".to_owned(),
        }
    }

    /// Reads everything. A path that is not there is a finding, except the
    /// folder nobody named: it need not exist.
    pub fn load(&self) -> Definitions {
        let (texts, findings) = match self {
            Self::Paths(places) => places.read(),
            Self::Texts(texts) => (texts.clone(), Vec::new()),
        };
        let mut found = Definitions { findings, ..Definitions::default() };
        for (name, text) in &texts {
            found.take(name, text);
        }
        found
    }
}

impl Definitions {
    /// Takes what others record in a Prometheus; what a file or resource defines
    /// comes before it.
    pub fn take_recorded(&mut self, found: Vec<Slo>) {
        for slo in found {
            let known = |held: &Slo| {
                held.id == slo.id || held.origin.format == slo.origin.format && held.name == slo.name
            };
            let whole = |held: &Slo| !held.group_by.is_empty() && slo.is_part_of(&held.id);
            if !self.slos.iter().any(|held| known(held) || whole(held)) {
                self.slos.push(slo);
            }
        }
    }

    /// Takes the policy of the settings in, after those of the files; empty for
    /// none.
    pub fn take_policy(&mut self, text: &str) {
        let origin = format!("option {POLICY}");
        match parse_rules(text) {
            Ok(rules) if rules.is_empty() => {}
            Ok(rules) => {
                let (name, services, wrong) = (POLICY.to_owned(), Vec::new(), Vec::new());
                self.policies.push(Policy { name, services, rules, wrong, origin });
            }
            Err(why) => {
                self.policies.push(Policy::unreadable(POLICY, origin.clone(), why.clone()));
                self.findings.push(Finding { file: origin, line: 1, fatal: true, text: why });
            }
        }
    }

    /// Takes one file's text in. An objective that stands already elsewhere is
    /// a finding: nobody could tell the two apart.
    pub fn take(&mut self, name: &str, text: &str) {
        let read = slo::read(name, text);
        self.findings.extend(read.findings);
        self.policies.extend(read.policies);
        for slo in read.slos {
            match self.slos.iter().find(|known| known.id == slo.id) {
                None => self.slos.push(slo),
                Some(known) => {
                    let text = format!("SLO '{}' stands already at {}", slo.id, known.origin);
                    let (file, line) = (slo.origin.file.clone(), slo.origin.line);
                    self.findings.push(Finding { file, line, fatal: true, text });
                }
            }
        }
    }
}
