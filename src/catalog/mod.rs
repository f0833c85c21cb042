//! The service catalogue: who owns what, what depends on what.
//!
//! [`read()`] takes Backstage `catalog-info.yaml` documents, [`Catalog::build`]
//! joins them: references resolved, relations on both ends, and a report of
//! everything that does not fit. A broken document costs one entity.
//!
//! Absent on purpose: walking directories and fetching `Location` targets over
//! the network; `store` hands files in, and remote targets are not followed.

mod api;
mod bind;
mod build;
mod cycle;
mod draft;
mod entity;
mod impact;
mod joined;
mod library;
mod memory;
mod read;
mod reference;
mod relation;
mod search;
#[cfg(test)]
mod tests;
mod values;

pub use api::Operation;
pub use bind::Binding;
pub use build::{Catalog, Missing};
pub use draft::Draft;
pub use entity::{Entity, Link};
pub use impact::Dependent;
pub use joined::{Joined, Neighbour, Way};
pub use library::{Library, Passage, Written};
pub use memory::Memory;
pub use read::{Definition, Read, read};
pub use reference::EntityRef;
pub use relation::Relation;
