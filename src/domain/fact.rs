//! What a watch tells the world.

use super::{
    Autoscaler, ClusterEvent, Environment, Kind, LinkState, Namespace, ObjectKey, Pod, RecordText,
    ReplicaSet, StreamState, Workload,
};

/// One piece of news. Facts of one kind arrive in the order the server gave them.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a fact is moved once, into the world; a box would cost an allocation per watch event"
)]
pub enum Fact {
    /// A fresh list of this kind begins. What is shown stays until [`Fact::Listed`].
    Listing(Kind),
    /// The list is complete: whatever it did not name is gone.
    Listed(Kind),
    /// An object as it is now.
    Seen(Observed),
    /// An object is gone.
    Gone(ObjectKey),
    /// How a watch is doing.
    Stream(Kind, StreamState),
    /// How the connection is doing.
    Link(LinkState),
}

/// An object, slimmed.
#[derive(Clone, Debug, PartialEq)]
pub enum Observed {
    /// Deployment, StatefulSet, DaemonSet, CronJob or Job.
    Workload(Workload),
    /// A revision: a ReplicaSet or a ControllerRevision.
    ReplicaSet(ReplicaSet),
    /// A pod.
    Pod(Pod),
    /// An event.
    Event(ClusterEvent),
    /// An autoscaler.
    Autoscaler(Autoscaler),
    /// A namespace and the environment its labels declare.
    Namespace(Namespace, Environment),
    /// The record of a delivery, as text.
    Record(RecordText),
}
