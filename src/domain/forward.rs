//! A tunnel from this machine to a pod, as people type it.

use super::{Fault, FaultKind, Kind, Namespace, ObjectKey, Pod, ServiceKey, World};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// `LOCAL:REMOTE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardPorts {
    /// The port of this machine; 0 for any that is free.
    pub local: u16,
    /// The port of the pod; never 0.
    pub remote: u16,
}

impl FromStr for ForwardPorts {
    type Err = String;

    /// `8080:80`; `80` for the same on both sides; `:80` for any free port here.
    ///
    /// # Errors
    /// A sentence that quotes what was typed.
    fn from_str(text: &str) -> Result<Self, String> {
        let (local, remote) = text.split_once(':').unwrap_or((text, text));
        let local = if local.is_empty() { Ok(0) } else { local.parse::<u16>() };
        let remote = remote.parse::<u16>().ok().filter(|port| *port > 0);
        match (local, remote) {
            (Ok(local), Some(remote)) => Ok(Self { local, remote }),
            (Err(_), _) | (_, None) => {
                Err(format!("'{text}' is not LOCAL:REMOTE with ports between 1 and 65535"))
            }
        }
    }
}

impl fmt::Display for ForwardPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.local {
            0 => write!(f, ":{}", self.remote),
            local => write!(f, "{local}:{}", self.remote),
        }
    }
}

/// What a tunnel leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardTarget {
    /// The pod at its end.
    pub pod: Arc<Pod>,
    /// Whose pod it is to be; none for exactly this one.
    pub service: Option<ServiceKey>,
}

impl ForwardTarget {
    /// The pod or service called `typed`: `name`, `namespace/name`, `po/name`.
    ///
    /// # Errors
    /// There is none, there are several, or the service has no pod that is ready.
    pub fn find(world: &World, typed: &str) -> Result<Self, Fault> {
        let (before, name) = typed.split_once('/').map_or((None, typed), |(ns, name)| (Some(ns), name));
        let kind = before.and_then(Kind::parse);
        let place = before.filter(|_| kind.is_none());
        let here = |namespace: &Namespace| place.is_none_or(|place| namespace.as_str() == place);
        let mut pods = world.pods().filter(|pod| pod.key.name.as_str() == name && here(&pod.key.namespace));
        if let Some(pod) = pods.next().filter(|_| kind.is_none_or(|kind| kind == Kind::Pod)) {
            return Ok(Self { pod: pod.clone(), service: None });
        }
        let mut keys: Vec<_> = world
            .workloads()
            .filter(|w| kind.is_none_or(|kind| w.key.kind == kind))
            .map(|w| (w, World::service_of(w)))
            .filter(|(w, key)| {
                (key.name.as_str() == name || w.key.name.as_str() == name) && here(&key.namespace)
            })
            .map(|(_, key)| key)
            .collect();
        keys.sort();
        keys.dedup();
        match keys.as_slice() {
            [only] => Self::of_service(world, only),
            [] => Err(Fault::new(FaultKind::NotFound, format!("no pod or service '{typed}'"))
                .hint("write it as NAMESPACE/NAME, or po/NAME")),
            [first, ..] => {
                let text = format!("'{typed}' means {} services", keys.len());
                Err(Fault::new(FaultKind::Invalid, text).hint(format!("say which, such as {first}")))
            }
        }
    }

    /// A pod of `service` that is ready, the oldest one.
    ///
    /// # Errors
    /// None is ready.
    pub fn of_service(world: &World, service: &ServiceKey) -> Result<Self, Fault> {
        let all = world.workloads_of(service);
        let mut ready: Vec<_> = all.iter().flat_map(|workload| world.pods_of_workload(workload)).collect();
        ready.retain(|pod| pod.is_ready());
        let oldest = ready.into_iter().min_by(|a, b| (a.created, &a.key).cmp(&(b.created, &b.key)));
        oldest.map(|pod| Self { pod, service: Some(service.clone()) }).ok_or_else(|| {
            Fault::new(FaultKind::NotFound, format!("no pod of {service} is ready"))
                .hint("`X` on it explains why; `f` on a pod that runs leads there")
        })
    }

    /// Where a tunnel to `service` is to lead when `pod` is gone: another pod that
    /// is ready; none as long as this one is there, or no other is.
    pub fn successor(world: &World, service: &ServiceKey, pod: &ObjectKey) -> Option<Arc<Pod>> {
        let gone = world.pod(pod).is_none_or(|pod| pod.terminating);
        gone.then(|| Self::of_service(world, service).ok()).flatten().map(|target| target.pod)
    }

    /// `shop/checkout`: as it is typed.
    pub fn typed(&self) -> String {
        match &self.service {
            Some(service) => service.to_string(),
            None => format!("{}/{}", self.pod.key.namespace, self.pod.key.name),
        }
    }

    /// The first port the pod declares, the same here unless that takes an
    /// administrator; 8080 if it declares none.
    pub fn ports(&self) -> ForwardPorts {
        let declared = self.pod.containers.iter().find_map(|container| container.ports.first().copied());
        let remote = declared.unwrap_or(8080);
        ForwardPorts { local: if remote < 1024 { 8000 + remote % 1000 } else { remote }, remote }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ports_are_typed_as_for_kubectl() {
        let cases = [
            ("8080:80", Some((8080, 80))),
            ("80", Some((80, 80))),
            (":80", Some((0, 80))),
            ("0:80", Some((0, 80))),
            ("", None),
            (":", None),
            ("80:", None),
            ("80:0", None),
            ("65536:80", None),
            ("1:2:3", None),
            ("http", None),
            ("-1", None),
        ];
        for (text, expected) in cases {
            let parsed = text.parse::<ForwardPorts>().ok().map(|ports| (ports.local, ports.remote));
            assert_eq!(parsed, expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed(local: u16, remote in 1u16..) {
            let ports = ForwardPorts { local, remote };
            prop_assert_eq!(ports.to_string().parse(), Ok(ports));
        }
    }
}
