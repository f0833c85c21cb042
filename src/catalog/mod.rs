//! The service catalogue: who owns what, what depends on what.
//!
//! [`read()`] takes Backstage `catalog-info.yaml` documents, [`Catalog::build`]
//! joins them: references resolved, relations on both ends, and a report of
//! everything that does not fit. A broken document costs one entity.
//!
//! Absent on purpose: walking directories and fetching `Location` targets over
//! the network; `store` hands files in, and remote targets are not followed.

mod bind;
mod build;
mod cycle;
mod entity;
mod impact;
mod joined;
mod read;
mod reference;
mod search;
#[cfg(test)]
mod tests;

pub use bind::Binding;
pub use build::{Catalog, Relation};
pub use entity::{Entity, Link};
pub use impact::Dependent;
pub use joined::{Joined, Neighbour, Way};
pub use read::{Read, read};
pub use reference::EntityRef;
