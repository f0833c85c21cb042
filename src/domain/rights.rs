//! What the user may do in a namespace, as the server lists it.

use super::Right;

/// One rule: these verbs on these resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// `patch`, or `*`.
    pub verbs: Vec<String>,
    /// API groups, or `*`; empty text for the core group.
    pub groups: Vec<String>,
    /// `pods`, `pods/eviction`, `*`, `*/scale`.
    pub resources: Vec<String>,
    /// Only objects of these names; none for all.
    pub names: Vec<String>,
}

/// The rules of one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// What is allowed; everything else is not.
    pub rules: Vec<Rule>,
    /// The server could not list every rule: what is not listed may still be allowed.
    pub incomplete: bool,
}

impl Rights {
    /// Whether `right` is certainly missing. Where the server does not know, or
    /// only some names are allowed, it is not: the plan will ask about the object.
    pub fn lacks(&self, right: Right) -> bool {
        !self.incomplete && !self.rules.iter().any(|rule| rule.may_allow(right))
    }
}

impl Rule {
    fn may_allow(&self, right: Right) -> bool {
        let has = |words: &[String], word: &str| words.iter().any(|w| w == "*" || w == word);
        let resource = right.kind.plural();
        let sub = right.subresource;
        let resources = match sub {
            "" => has(&self.resources, resource),
            sub => {
                let (own, any) = (format!("{resource}/{sub}"), format!("*/{sub}"));
                self.resources.iter().any(|r| r == "*" || *r == own || *r == any)
            }
        };
        has(&self.verbs, right.verb) && has(&self.groups, right.kind.group()) && resources
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Kind;

    fn rule(verbs: &str, groups: &str, resources: &str) -> Rule {
        let words = |text: &str| text.split(',').map(str::to_owned).collect();
        Rule { verbs: words(verbs), groups: words(groups), resources: words(resources), names: Vec::new() }
    }

    #[test]
    fn rules_read_as_rbac_reads_them() {
        let cases = [
            (rule("*", "*", "*"), "restart", Kind::Deployment, false),
            (rule("get,list", "apps", "deployments"), "restart", Kind::Deployment, true),
            (rule("patch", "apps", "deployments"), "restart", Kind::Deployment, false),
            (rule("patch", "", "deployments"), "restart", Kind::Deployment, true),
            (rule("create", "", "pods"), "evict", Kind::Pod, true),
            (rule("create", "", "pods/eviction"), "evict", Kind::Pod, false),
            (rule("create", "", "*/eviction"), "evict", Kind::Pod, false),
        ];
        for (rule, verb, kind, lacks) in cases {
            let rights = Rights { rules: vec![rule.clone()], incomplete: false };
            assert_eq!(rights.lacks(Right::to(verb, kind).unwrap()), lacks, "{rule:?} {verb}");
        }
        let unsure = Rights { rules: Vec::new(), incomplete: true };
        assert!(!unsure.lacks(Right::to("delete", Kind::Pod).unwrap()), "unknown is not forbidden");
    }
}
