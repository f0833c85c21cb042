//! What can be done to which kinds, and the right each takes.

use super::{Kind, Verb};
use serde::Serialize;
use std::fmt;

/// A right as RBAC names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Right {
    /// `patch`, `create`, `delete`.
    pub verb: &'static str,
    /// On what.
    pub kind: Kind,
    /// `eviction`, `exec`; empty for the object itself.
    pub subresource: &'static str,
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.subresource.is_empty() { "" } else { "/" };
        write!(f, "{} {}{slash}{}", self.verb, self.kind.plural(), self.subresource)
    }
}

/// Where a right is asked for.
#[derive(Clone, Copy)]
enum On {
    /// The object acted on.
    Itself(&'static str, &'static str),
    /// Another kind: the one that is created or taken away.
    Other(&'static str, Kind),
}

struct Ability {
    verb: &'static str,
    kinds: &'static [Kind],
    right: On,
}

const KEPT: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];
const TEMPLATED: &[Kind] = &[Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::CronJob];
const PATCH: On = On::Itself("patch", "");

const ABILITIES: [Ability; 15] = [
    ability("deploy", &[Kind::Deployment], PATCH),
    ability("rollback", KEPT, PATCH),
    ability("restart", KEPT, PATCH),
    ability("scale", &[Kind::Deployment, Kind::StatefulSet], PATCH),
    ability("pause", &[Kind::Deployment, Kind::CronJob], PATCH),
    ability("resume", &[Kind::Deployment, Kind::CronJob], PATCH),
    ability("set-image", TEMPLATED, PATCH),
    ability("edit", TEMPLATED, PATCH),
    ability("delete", &[Kind::Pod, Kind::Job], On::Itself("delete", "")),
    ability("evict", &[Kind::Pod], On::Itself("create", "eviction")),
    ability("run-now", &[Kind::CronJob], On::Other("create", Kind::Job)),
    ability("lock", &[Kind::Deployment], On::Other("create", Kind::ConfigMap)),
    ability("unlock", &[Kind::Deployment], On::Other("delete", Kind::ConfigMap)),
    ability("shell", &[Kind::Pod], On::Itself("create", "exec")),
    ability("forward", &[Kind::Pod], On::Itself("create", "portforward")),
];

const fn ability(verb: &'static str, kinds: &'static [Kind], right: On) -> Ability {
    Ability { verb, kinds, right }
}

impl Right {
    /// The right that `verb` (by its name) on `kind` takes; `Err` with the kinds
    /// it is for if it makes no sense on this one.
    ///
    /// # Errors
    /// `for Deployment, StatefulSet`
    pub fn to(verb: &str, kind: Kind) -> Result<Self, String> {
        let ability = ABILITIES.iter().find(|ability| ability.verb == verb);
        let Some(ability) = ability.filter(|ability| ability.kinds.contains(&kind)) else {
            let kinds = ability.map(|ability| ability.kinds).unwrap_or_default();
            let kinds: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
            return Err(format!("for {}", kinds.join(", ")));
        };
        Ok(match ability.right {
            On::Itself(verb, subresource) => Self { verb, kind, subresource },
            On::Other(verb, kind) => Self { verb, kind, subresource: "" },
        })
    }

    /// Every right any action may take, once.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = ABILITIES
            .iter()
            .flat_map(|ability| ability.kinds.iter().filter_map(|kind| Self::to(ability.verb, *kind).ok()))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Verb {
    /// The right it takes on `kind`; `Err` with the kinds it is for.
    ///
    /// # Errors
    /// As [`Right::to`].
    pub fn right(&self, kind: Kind) -> Result<Right, String> {
        Right::to(self.name(), kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_named_as_rbac_names_them() {
        let cases = [
            ("restart", Kind::StatefulSet, "patch statefulsets"),
            ("evict", Kind::Pod, "create pods/eviction"),
            ("run-now", Kind::CronJob, "create jobs"),
            ("delete", Kind::Job, "delete jobs"),
        ];
        for (verb, kind, expected) in cases {
            assert_eq!(Right::to(verb, kind).unwrap().to_string(), expected);
        }
        assert_eq!(Right::to("scale", Kind::DaemonSet).unwrap_err(), "for Deployment, StatefulSet");
    }

    #[test]
    fn every_right_is_asked_once() {
        let all = Right::all();
        assert!(all.iter().any(|right| right.to_string() == "create pods/exec"));
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
