//! The behaviours, by area.

mod access;
mod apply;
mod coordination;
mod create;
mod defaults;
mod delete;
mod discovery;
mod parts;
mod patch;
mod reads;
mod rollout;
mod update;
mod views;
mod watch;

use crate::Behaviour;

pub(crate) fn all() -> impl Iterator<Item = &'static Behaviour> {
    [
        access::ALL,
        apply::ALL,
        coordination::ALL,
        create::ALL,
        defaults::ALL,
        delete::ALL,
        discovery::ALL,
        parts::ALL,
        patch::ALL,
        reads::ALL,
        rollout::ALL,
        update::ALL,
        views::ALL,
        watch::ALL,
    ]
    .into_iter()
    .flatten()
}
