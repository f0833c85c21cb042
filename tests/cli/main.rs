//! The verbs of the real program against the embedded cluster.

mod bench;
mod change;
mod look;
mod recovery;
