//! What the settings of a context forbid or make harder, whatever RBAC allows.

use super::{Check, CheckOutcome, ClusterUrl, Verb};

/// The guardrails of one context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardrails {
    /// Verbs never carried out here, by name; `all` for every one.
    pub deny: Vec<String>,
    /// Verbs confirmed by typing the name, wherever; `all` for every one.
    pub type_name: Vec<String>,
    /// Most objects one action may touch.
    pub max_bulk: usize,
    /// Whether a release to production needs its images to have run in a lower
    /// environment; else that is a warning.
    pub rehearsal: bool,
    /// Whether a check that could not be looked at holds a release of tier 1 or
    /// 2 to production up; else it is only told.
    pub unknown_blocks: bool,
    /// The API server the context must lead to; empty for any.
    pub server: String,
    /// Where the settings stand, for the person who wants to change them.
    pub origin: String,
}

impl Default for Guardrails {
    fn default() -> Self {
        Self {
            deny: Vec::new(),
            type_name: Vec::new(),
            max_bulk: 5,
            rehearsal: false,
            unknown_blocks: true,
            server: String::new(),
            origin: String::new(),
        }
    }
}

impl Guardrails {
    /// The verbs in `text`, separated by commas or spaces.
    pub fn words(text: &str) -> Vec<String> {
        let words = text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_ascii_lowercase).collect()
    }

    /// Whether what is called `name` is never done here.
    pub fn denies(&self, name: &str) -> bool {
        self.deny.iter().any(|word| word == "all" || word == name)
    }

    /// Whether `verb` is confirmed by typing the name.
    pub fn asks_for_the_name(&self, verb: &Verb) -> bool {
        self.asks_for_the_name_of(verb.name())
    }

    /// The same of what is called `name`.
    pub fn asks_for_the_name_of(&self, name: &str) -> bool {
        self.type_name.iter().any(|word| word == "all" || word == name)
    }

    /// The check of `verb` on `count` objects at once.
    pub fn check(&self, verb: &Verb, count: usize) -> Check {
        self.check_of(verb.name(), count)
    }

    /// The check that fails if the context leads to another server than it is to.
    pub fn wrong_server(&self, url: &ClusterUrl) -> Option<Check> {
        let bare = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
        if self.server.is_empty() || bare(&self.server) == bare(url.as_str()) {
            return None;
        }
        let text = format!("the context leads to {url}, and it is to lead to {}", self.server);
        let check = Check::new("cluster", CheckOutcome::Fail, text, "expect-server");
        Some(check.remedy("look into the kubeconfig: this is another cluster, or the setting is old"))
    }

    /// The same of what is called `name`.
    pub fn check_of(&self, name: &str, count: usize) -> Check {
        let source = if self.origin.is_empty() { "settings of this context" } else { &self.origin };
        let made = |outcome, text| Check::new("guardrails", outcome, text, source);
        if self.denies(name) {
            return made(CheckOutcome::Fail, format!("{name} is denied in this context"))
                .remedy("take it out of `deny` in the context's file, if it is meant to be possible");
        }
        if count > self.max_bulk {
            let text = format!("{count} at once; max-bulk allows {}", self.max_bulk);
            return made(CheckOutcome::Fail, text).remedy("mark fewer");
        }
        made(CheckOutcome::Pass, "nothing here forbids it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_or_too_much_fails() {
        let rails = Guardrails { deny: Guardrails::words("delete, Evict"), ..Guardrails::default() };
        assert_eq!(rails.check(&Verb::Delete, 1).outcome, CheckOutcome::Fail);
        assert_eq!(rails.check(&Verb::Evict, 1).outcome, CheckOutcome::Fail);
        assert_eq!(rails.check(&Verb::Restart, 5).outcome, CheckOutcome::Pass);
        assert_eq!(rails.check(&Verb::Restart, 6).outcome, CheckOutcome::Fail);
        let nothing = Guardrails { deny: Guardrails::words("all"), ..Guardrails::default() };
        assert_eq!(nothing.check_of("deploy", 1).outcome, CheckOutcome::Fail);
        assert_eq!(rails.check_of("deploy", 1).outcome, CheckOutcome::Pass);
        let all = Guardrails { type_name: Guardrails::words("all"), ..Guardrails::default() };
        assert!(all.asks_for_the_name(&Verb::Pause) && !rails.asks_for_the_name(&Verb::Pause));
    }
}
