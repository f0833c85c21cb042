//! Stories, and random schedules against a model of a cluster.

mod model;
mod schedules;
mod stories;
