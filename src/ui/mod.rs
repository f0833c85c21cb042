//! Pure: see the map in the crate documentation.

pub mod export;
