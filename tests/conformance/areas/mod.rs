//! The behaviours, by area.

mod access;
mod apply;
mod coordination;
mod create;
mod custom;
mod defaults;
mod delete;
mod discovery;
mod edges;
mod gateway;
mod limits;
mod parts;
mod patch;
mod protobuf;
mod reads;
mod rollout;
mod shapes;
mod update;
mod views;
mod watch;
mod workloads;

use crate::Behaviour;

pub(crate) fn all() -> impl Iterator<Item = &'static Behaviour> {
    [
        access::ALL,
        apply::ALL,
        coordination::ALL,
        create::ALL,
        custom::ALL,
        defaults::ALL,
        delete::ALL,
        discovery::ALL,
        edges::ALL,
        gateway::ALL,
        limits::ALL,
        parts::ALL,
        patch::ALL,
        protobuf::ALL,
        reads::ALL,
        rollout::pace::ALL,
        rollout::revisions::ALL,
        rollout::trouble::ALL,
        shapes::objects::ALL,
        shapes::patches::ALL,
        update::ALL,
        views::ALL,
        watch::ALL,
        workloads::ALL,
    ]
    .into_iter()
    .flatten()
}
