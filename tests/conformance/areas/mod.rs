//! The behaviours, by area.

mod apply;
mod create;
mod delete;
mod discovery;
mod patch;
mod reads;
mod update;
mod watch;

use crate::Behaviour;

pub(crate) fn all() -> impl Iterator<Item = &'static Behaviour> {
    [apply::ALL, create::ALL, delete::ALL, discovery::ALL, patch::ALL, reads::ALL, update::ALL, watch::ALL]
        .into_iter()
        .flatten()
}
