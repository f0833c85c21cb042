//! Stories, and random schedules against a model of a cluster.

mod model;
mod picks;
mod route;
mod schedules;
mod stories;
