//! `qd login`: the context's exec plugin, where it can ask.

use crate::cli::setup::Setup;
use crate::cluster::{ConnectOptions, login};
use crate::domain::Fault;
use crate::shell::arrive;

/// Runs the plugin on this terminal and says who the server takes us for.
pub(in crate::cli) async fn run(setup: &Setup) -> Result<u8, Fault> {
    let options = setup.connect_options();
    let done = login(&options).await?;
    let options = ConnectOptions { login: Some(done), ..options };
    let (_, place, doubt) = arrive(&options, false).await?;
    if let Some(fault) = doubt {
        return Err(fault);
    }
    let who =
        if place.user.is_empty() { "logged in".to_owned() } else { format!("{} is logged in", place.user) };
    setup.out.line(&format!("{who} to {} at {}", place.context, place.cluster))?;
    Ok(0)
}
