//! Asking a person on the terminal.

use crate::cli::out::aside;
use crate::domain::{Confirmation, Fault, FaultKind, Plan};
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

/// The answer the gate will judge: what the person typed, or with `yes` what
/// they would have had to type.
///
/// Refused where nobody can be asked.
pub(in crate::cli) async fn answer(plan: &Plan, yes: bool) -> Result<String, Fault> {
    answer_to(&plan.order.verb.phrase(), &plan.confirmation, yes).await
}

/// The same for any question: `roll back to revision 3`.
///
/// Refused where nobody can be asked.
pub(in crate::cli) async fn answer_to(
    what: &str,
    confirmation: &Confirmation,
    yes: bool,
) -> Result<String, Fault> {
    let wanted = match confirmation {
        Confirmation::Key => "y".to_owned(),
        Confirmation::Type(word) => word.clone(),
    };
    if yes {
        return Ok(wanted);
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(Fault::new(
            FaultKind::Refused,
            "nobody to ask: this is not a terminal, nothing was written",
        )
        .hint("say --yes to confirm, or --dry-run to look"));
    }
    let question = match confirmation {
        Confirmation::Key => format!("{what}? type y: "),
        Confirmation::Type(word) => format!("{what}? type {word}: "),
    };
    let typed = tokio::task::spawn_blocking(move || ask(&question)).await;
    typed.map_err(|error| Fault::new(FaultKind::Internal, error.to_string()))?
}

fn ask(question: &str) -> Result<String, Fault> {
    let _nobody_listens = write!(io::stderr().lock(), "{question}").and_then(|()| io::stderr().flush());
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => {
            aside("");
            Ok(String::new())
        }
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(Fault::new(FaultKind::Refused, format!("cannot read the answer: {error}"))),
    }
}
