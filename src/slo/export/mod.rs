//! Objectives as what others run: Prometheus rules under Sloth's and Pyrra's
//! names, and a Grafana dashboard.
//!
//! The same objectives give the same bytes: nothing depends on the clock or on
//! the order of maps. What a format cannot say is refused by name, and the rest
//! is written.

mod grafana;
mod pyrra;
mod sloth;
mod yaml;

pub use grafana::grafana;
pub use pyrra::pyrra;
pub use sloth::sloth;

/// A text, and the objectives that could not be put into it, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The file.
    pub text: String,
    /// `service/name` and why.
    pub left_out: Vec<(String, String)>,
}
