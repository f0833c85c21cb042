//! What is going to end: fields and versions the server warns of, a service its
//! catalogue entry calls deprecated.

use super::Case;
use crate::domain::Check;
use crate::domain::CheckOutcome::{Pass, Warn};

pub(super) fn check(case: &Case<'_>) -> Check {
    let said = case.evidence.vicinity.said.as_ref();
    noticed(&case.evidence.warnings, said.map(|said| said.lifecycle.as_str()).unwrap_or_default())
}

fn noticed(warnings: &[String], lifecycle: &str) -> Check {
    let (name, source) = ("notices", "warnings of the server's dry run; catalogue");
    let ends = lifecycle.eq_ignore_ascii_case("deprecated");
    let of_catalogue = ends.then(|| "the catalogue calls the service deprecated".to_owned());
    let all: Vec<String> = warnings.iter().cloned().chain(of_catalogue).collect();
    let remedy = match (warnings, ends) {
        ([], false) => return Check::new(name, Pass, "nobody warns of anything", source),
        ([], true) => "ask its owner whether it is to be released at all",
        (_, _) => "change the template before a later version of the server refuses it",
    };
    Check::new(name, Warn, all.join("; "), source).remedy(remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_and_the_catalogue_say_is_told_in_full() {
        let warned = ["spec.template.spec.nodeSelector: deprecated".to_owned(), "another".to_owned()];
        assert_eq!(noticed(&[], "production").outcome, Pass);
        let ends = noticed(&[], "Deprecated");
        assert!(ends.outcome == Warn && ends.remedy.contains("its owner"), "{ends:?}");
        let both = noticed(&warned, "deprecated");
        assert_eq!(
            both.observed,
            "spec.template.spec.nodeSelector: deprecated; another; the catalogue calls the service deprecated"
        );
        assert!(both.remedy.contains("the template"), "{both:?}");
    }
}
