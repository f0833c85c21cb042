//! Scenarios: who runs what, what their releases do wrong, and what happens
//! when. They are data (`src/demo/scenarios/*.toml`, and files users write).
//!
//! [`simulation::Simulation`] brings one to life in a store.

pub mod cast;
pub mod catalogue;
pub mod director;
pub mod history;
pub mod model;
pub mod objects;
pub mod parse;
pub mod simulation;
pub mod span;
#[cfg(test)]
mod tests;
pub mod voice;
