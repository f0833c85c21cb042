//! The real driver on a simulated cluster, under virtual time.

mod schedules;
mod sea;
mod stories;
