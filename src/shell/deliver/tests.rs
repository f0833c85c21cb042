//! The real driver on a simulated cluster, under virtual time; and what needs
//! an API server, on the embedded one.

mod conditions;
mod harbour;
mod hearing;
mod moments;
mod schedules;
mod sea;
mod silence;
mod stories;
mod tide;
