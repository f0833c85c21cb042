//! Tunnels: where they begin, where they lead, what becomes of them when the
//! pod at their end goes.

use super::App;
use super::prompt::{LineKind, Prompt};
use crate::domain::{Fault, FaultKind, ForwardPorts, ForwardTarget, Kind, Now, StreamState, World};
use crate::msg::{Effect, Forward, ForwardAsk, Level, Notice};
use crate::screens::Selected;
use crate::ui::TextInput;

impl App {
    /// `forward [TARGET] [LOCAL:REMOTE]`. What is left out is taken from what is
    /// selected and shown to be changed.
    pub(super) fn forward(&mut self, args: &str, now: Now) -> Vec<Effect> {
        let words: Vec<&str> = args.split_whitespace().collect();
        let text = match words.as_slice() {
            [] => self.aimed_forward(now).map(|target| format!("{} {}", target.typed(), target.ports())),
            [ports] if ports.parse::<ForwardPorts>().is_ok() => {
                self.aimed_forward(now).map(|target| format!("{} {ports}", target.typed()))
            }
            [name] => ForwardTarget::find(&self.session.seen.world, name)
                .map(|target| format!("{} {}", target.typed(), target.ports())),
            [..] => return self.open_forward(args, now),
        };
        match text {
            Ok(text) if words.len() == 1 => self.open_forward(&text, now),
            // The line names its target: what is selected may move meanwhile.
            Ok(text) => {
                self.prompt = Some(Prompt::Line(LineKind::Forward, TextInput::with(&text)));
                Vec::new()
            }
            Err(fault) => self.refuse_forward(&fault, now),
        }
    }

    fn aimed_forward(&self, now: Now) -> Result<ForwardTarget, Fault> {
        let ctx = self.session.ctx(now);
        let world = &self.session.seen.world;
        match self.router.screen().selected(&ctx) {
            Some(Selected::Pod(key)) => match world.pod(&key) {
                Some(pod) => Ok(ForwardTarget { pod: pod.clone(), service: None }),
                None => Err(Fault::new(FaultKind::NotFound, format!("the pod {} is gone", key.name))),
            },
            Some(Selected::Service(key)) => ForwardTarget::of_service(world, &key),
            Some(Selected::Workload(key)) => match world.workload(&key) {
                Some(workload) => ForwardTarget::of_service(world, &World::service_of(workload)),
                None => Err(Fault::new(FaultKind::NotFound, format!("{} is gone", key.name))),
            },
            None => Err(Fault::new(FaultKind::NotFound, "nothing is selected")
                .hint("name it: forward NAMESPACE/NAME 8080:80")),
        }
    }

    /// Opens what was typed: `TARGET LOCAL:REMOTE`.
    pub(super) fn open_forward(&mut self, text: &str, now: Now) -> Vec<Effect> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [name, ports] = words.as_slice() else {
            let fault = Fault::new(FaultKind::Invalid, format!("'{text}' is not TARGET LOCAL:REMOTE"));
            return self.refuse_forward(&fault.hint("such as shop/checkout 8080:80"), now);
        };
        let ports = ports.parse::<ForwardPorts>().map_err(|why| {
            Fault::new(FaultKind::Invalid, why).hint("8080:80, or :80 for any free port of this machine")
        });
        let found = ports.and_then(|ports| Ok((ForwardTarget::find(&self.session.seen.world, name)?, ports)));
        match found {
            Ok((ForwardTarget { pod, service }, ports)) => {
                vec![Effect::Forward(ForwardAsk { pod: pod.key.clone(), service, ports })]
            }
            Err(fault) => self.refuse_forward(&fault, now),
        }
    }

    fn refuse_forward(&mut self, fault: &Fault, now: Now) -> Vec<Effect> {
        self.notices.push(Notice { level: Level::Warning, ..Notice::from(fault) }, now);
        Vec::new()
    }

    /// Takes the list in, and tells of tunnels that began to fail.
    pub(super) fn forwarding(&mut self, list: Vec<Forward>, now: Now) -> Vec<Effect> {
        let known = std::mem::replace(&mut self.session.forwards, list);
        for forward in &self.session.forwards {
            let before = known.iter().find(|k| k.id == forward.id).and_then(|k| k.fault.as_ref());
            if let Some(fault) = forward.fault.as_ref().filter(|fault| Some(*fault) != before) {
                let mut notice = Notice::from(fault);
                notice.text = format!("{}: {}", forward.address(), notice.text);
                self.notices.push(notice, now);
            }
        }
        Vec::new()
    }

    /// Leads tunnels of services whose pod is gone to another one that is ready.
    pub(super) fn redirects(&mut self, now: Now) -> Vec<Effect> {
        let Some(place) = &self.session.place else { return Vec::new() };
        let world = &self.session.seen.world;
        if self.session.forwards.is_empty() || *world.stream(Kind::Pod) != StreamState::Live {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for forward in self.session.forwards.iter_mut().filter(|f| f.context == place.context) {
            let Some(service) = &forward.service else { continue };
            let Some(pod) = ForwardTarget::successor(world, service, &forward.pod) else { continue };
            let text =
                format!("{} leads to {} now: {} is gone", forward.address(), pod.key.name, forward.pod.name);
            self.notices.push(Notice::new(Level::Info, text), now);
            forward.pod = pod.key.clone();
            effects.push(Effect::Redirect { id: forward.id, pod: forward.pod.clone() });
            self.dirty = true;
        }
        effects
    }
}
