//! Prometheus and Alertmanager: where they are, how they are reached, what
//! they say of alerts, and silences.
//!
//! ```text
//! settings ──Access──▶ Reach ─┐
//! labels of Services ──find──▶ Reach (service proxy) ─┴─▶ Client, Alertmanager ──alarms──▶ Alarms
//! ```
//!
//! Absent on purpose: what is asked about signals and objectives
//! (`collector`), and any rule about what may be silenced (`domain::silence`).

mod alarms;
mod find;
mod pause;
mod reach;
mod silence;

pub use alarms::{gather, read};
pub use find::{Found, find};
pub use pause::pause;
pub use reach::Reach;
pub use silence::carry_out;

use crate::metrics::Access;
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::prometheus::{ApiError, Client};
use std::time::Duration;

/// A client of the Prometheus at `url`.
///
/// # Errors
/// The address is none, a file of the settings cannot be used, or no HTTP
/// client can be made.
pub fn open_server(access: &Access, url: &str, patience: Duration) -> Result<Client<Reach>, ApiError> {
    Ok(Client::new(Reach::Direct(access.transport(url, patience)?), patience))
}

/// A client of the Alertmanager at `url`.
///
/// # Errors
/// The same.
pub fn open_alertmanager(
    access: &Access,
    url: &str,
    patience: Duration,
) -> Result<Alertmanager<Reach>, ApiError> {
    Ok(Alertmanager::new(Reach::Direct(access.transport(url, patience)?), shown(url)))
}

/// An address without a password in it.
pub fn shown(url: &str) -> String {
    let Ok(mut parsed) = reqwest::Url::parse(url) else { return url.to_owned() };
    if parsed.password().is_some() {
        let _cannot_have_one = parsed.set_password(Some("…"));
    }
    parsed.to_string().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn passwords_stay_out_of_what_is_printed() {
        assert_eq!(shown("http://ann:secret@prom:9090/x/"), "http://ann:%E2%80%A6@prom:9090/x");
        assert_eq!(shown("http://prom:9090"), "http://prom:9090");
    }
}
