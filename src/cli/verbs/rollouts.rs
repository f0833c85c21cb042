//! `qd rollouts`: what rolls out, what waits for a person, and what ended lately.

use crate::cli::deliveries::Rollouts;
use crate::cli::print::print;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::Fault;
use crate::shell::Tasks;

/// Prints it: what nobody drives first, then what waits for a person.
pub(in crate::cli) async fn run(setup: &Setup, tasks: &Tasks) -> Result<u8, Fault> {
    let session = Session::open(setup, tasks).await?;
    let (services, _) = session.services();
    let rollouts = Rollouts::read(&session, &services).await;
    let text = || match rollouts.table(&setup.out, "") {
        none if none.is_empty() => {
            let place = format!("{} of {}", session.scope(), session.link.place.context);
            format!("nothing rolls out in {place}, and nothing ended in the last 24 hours\n")
        }
        table => table,
    };
    print(setup, &rollouts.listed(), || rollouts.names(), text)?;
    Ok(0)
}
