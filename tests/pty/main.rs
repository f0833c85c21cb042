//! The real program in a pseudo-terminal: what a person's terminal gets to see.

mod demo;
mod terminal;
mod unhappy;
