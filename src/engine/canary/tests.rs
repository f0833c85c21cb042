//! Plans, and random schedules against a model of a cluster. Stories are files:
//! `tests/stories/`.

mod model;
mod plans;
mod route;
mod schedules;
