//! One slot of traffic: who asks whom, what comes back, how long it takes.

use fastrand::Rng;
use jiff::Timestamp;

use super::graph::NORMAL_LOAD;
use super::outcome::Outcome;
use super::sample::{Times, binomial, poisson, share};
use super::split::Spread;
use super::{PodState, Traffic};
use crate::demo::controllers::key::Key;
use crate::demo::controllers::stamp::seconds_between;
use crate::demo::scenario::model::{Call, Route};

/// Seconds over which CPU use is averaged: long enough that the chance in
/// small request rates does not move an autoscaler.
const CPU_WINDOW_S: f64 = 120.0;
/// How full a pod can get before it refuses work.
const FULL: f64 = 0.95;
/// Depth of the day's wave: at the peak a quarter more than on average.
const WAVE: f64 = 0.25;

/// How a place answers in this slot, on average over its pods.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply {
    /// Share of requests that fail.
    fail: f64,
    /// Times of its answers.
    times: Times,
}

impl Traffic {
    /// Counts one slot of `length` seconds.
    pub(super) fn run_slot(&mut self, length: f64, rng: &mut Rng) {
        let spreads = self.spreads();
        let replies = self.replies(&spreads);
        let mut incoming = vec![0_u64; self.places.len()];
        for index in 0..self.places.len() {
            let entry =
                self.graph.places[index].entry * self.places[index].traffic * wave(self.done, self.start);
            let outside = poisson(rng, entry * length);
            self.places[index].entered += outside;
            self.places[index].called += incoming[index];
            let n = outside + incoming[index];
            self.places[index].demand = n as f64 / length;
            let refused = binomial(rng, n, spreads[index].lost);
            self.places[index].refused += refused;
            let pods = &spreads[index].pods;
            let weights: Vec<f64> = pods.iter().map(|(_, weight)| *weight).collect();
            for (pod, part) in pods.iter().zip(share(rng, n - refused, &weights)) {
                self.serve(index, pod, part, length, &replies, &mut incoming, rng);
            }
            // Nobody waits for what copies are answered, but they are work like any other.
            for copy in &spreads[index].copies {
                let n = binomial(rng, n, copy.1);
                self.places[index].copied += n;
                self.serve(index, copy, n, length, &replies, &mut incoming, rng);
            }
        }
    }

    /// The called come before their callers, so that failure and slowness
    /// spread upwards within the slot.
    fn replies(&self, spreads: &[Spread]) -> Vec<Reply> {
        let refused = Reply { fail: 1.0, times: Times::new(0.001, 0.002) };
        let mut replies = vec![refused; self.places.len()];
        for index in (0..self.places.len()).rev() {
            let Spread { pods, lost: unserved, .. } = &spreads[index];
            let states: Vec<(&PodState, f64)> =
                pods.iter().filter_map(|(key, part)| Some((self.pods.get(key)?, *part))).collect();
            let served: f64 = states.iter().map(|(_, part)| part).sum();
            if served <= 0.0 {
                continue;
            }
            let mean = |f: &dyn Fn(&PodState) -> f64| {
                states.iter().map(|(s, part)| f(s) * part).sum::<f64>() / served
            };
            let own = mean(&|s| s.release.as_ref().map_or(0.0, |r| r.error_rate));
            let slow = mean(&|s| s.release.as_ref().map_or(1.0, |r| r.latency));
            let busiest = states.iter().map(|(_, part)| *part).fold(0.0, f64::max);
            let load = self.load(index, busiest);
            let calls = || self.calls(index);
            let broken: f64 = calls().filter(|(_, c)| !c.optional).map(|(to, c)| lost(c, replies[to])).sum();
            let waiting: f64 = calls().map(|(to, c)| wait(c, replies[to])).sum();
            let routes = &self.graph.service(index).routes;
            let base = average(routes);
            let factor = slow * self.places[index].slow * stretch(load);
            replies[index] = Reply {
                fail: (own
                    + self.graph.places[index].quiet
                    + self.places[index].fail
                    + overload(load)
                    + broken
                    + unserved)
                    .min(1.0),
                times: base.slowed(factor, waiting),
            };
        }
        replies
    }

    fn calls(&self, index: usize) -> impl Iterator<Item = (usize, &Call)> {
        self.graph.places[index].calls.iter().copied().zip(&self.graph.service(index).calls)
    }

    /// How full a pod is that gets this part of the requests; 1 is all it can do.
    fn load(&self, index: usize, part: f64) -> f64 {
        self.places[index].demand * part / self.graph.places[index].capacity
    }

    /// One pod serves `n` requests.
    #[expect(clippy::too_many_arguments, reason = "the inner loop of one slot; all of it is the slot")]
    fn serve(
        &mut self,
        index: usize,
        (key, part): &(Key, f64),
        n: u64,
        length: f64,
        replies: &[Reply],
        incoming: &mut [u64],
        rng: &mut Rng,
    ) {
        let load = self.load(index, *part);
        let place = &self.graph.places[index];
        let service = self.graph.service(index);
        let Some(state) = self.pods.get_mut(key) else { return };
        let mut broken = 0;
        let mut waiting = 0.0;
        for (i, (callee, call)) in place.calls.iter().zip(&service.calls).enumerate() {
            let (attempts, failed) = attempts(rng, n, call, replies[*callee]);
            incoming[*callee] += attempts;
            state.meter.calls[i].0 += attempts - failed.attempts;
            state.meter.calls[i].1 += failed.attempts;
            waiting += wait(call, replies[*callee]);
            if !call.optional {
                broken += failed.requests;
            }
        }
        let place_state = &self.places[index];
        let outcome = Outcome {
            broken: broken.min(n),
            fail: place.quiet + place_state.fail + overload(load),
            own: state.release.as_ref().map_or((0.0, 500), |r| (r.error_rate, r.error_code)),
            factor: state.release.as_ref().map_or(1.0, |r| r.latency) * place_state.slow * stretch(load),
            waiting,
            late: place.late,
        };
        let ends = outcome.count(rng, n, &service.routes, state);
        let cpu = n as f64 * place.cpu_per_request + 0.004 * length;
        state.meter.work(cpu, length, CPU_WINDOW_S);
        self.talk(index, key, &ends, length);
    }

    /// What pods counted before slots began, as if all had been well.
    pub(super) fn prefill(&mut self) {
        let mut rng = self.generator();
        let done = self.done;
        for state in self.pods.values_mut().filter(|s| s.ready && !s.services.is_empty()) {
            let age = seconds_between(state.meter.started, done).max(0.0);
            let place = &self.graph.places[state.place];
            let service = &self.graph.scenario.services[place.service];
            let n = poisson(&mut rng, place.per_pod * age);
            let outcome = Outcome {
                broken: 0,
                fail: place.quiet,
                own: state.release.as_ref().map_or((0.0, 500), |r| (r.error_rate, r.error_code)),
                factor: state.release.as_ref().map_or(1.0, |r| r.latency),
                waiting: 0.01,
                late: place.late,
            };
            outcome.count(&mut rng, n, &service.routes, state);
            state.meter.cpu_s += n as f64 * place.cpu_per_request + 0.004 * age;
            (state.meter.cores, state.meter.known) = (place.per_pod * place.cpu_per_request, 1.0);
            for (calls, call) in state.meter.calls.iter_mut().zip(&service.calls) {
                calls.0 += poisson(&mut rng, n as f64 * call.per_request);
            }
        }
    }
}

struct Failed {
    attempts: u64,
    requests: u64,
}

/// Calls made for `n` requests, retries included, and how many failed.
fn attempts(rng: &mut Rng, n: u64, call: &Call, reply: Reply) -> (u64, Failed) {
    let calls = if call.per_request <= 1.0 {
        binomial(rng, n, call.per_request)
    } else {
        poisson(rng, n as f64 * call.per_request)
    };
    let p = fails(call, reply);
    let (mut total, mut failed_attempts, mut open) = (0, 0, calls);
    for _ in 0..=call.retries.min(5) {
        total += open;
        open = binomial(rng, open, p);
        failed_attempts += open;
        if open == 0 {
            break;
        }
    }
    (total, Failed { attempts: failed_attempts, requests: open.min(n) })
}

/// Chance that one attempt fails or is not waited for.
fn fails(call: &Call, reply: Reply) -> f64 {
    let late = 1.0 - reply.times.cdf(call.timeout.seconds());
    (reply.fail + (1.0 - reply.fail) * late).min(1.0)
}

/// Share of requests lost to a dependency after all retries.
fn lost(call: &Call, reply: Reply) -> f64 {
    fails(call, reply).powi(i32::try_from(call.retries.min(5)).unwrap_or(0) + 1) * call.per_request.min(1.0)
}

/// Seconds a request waits for a dependency, on average.
fn wait(call: &Call, reply: Reply) -> f64 {
    let retries = 1.0 + fails(call, reply) * f64::from(call.retries.min(5));
    reply.times.mean().min(call.timeout.seconds()) * call.per_request * retries
}

/// A queue in front of a busy pod: twice as slow at three quarters full.
fn stretch(load: f64) -> f64 {
    (1.0 - NORMAL_LOAD) / (1.0 - load.min(FULL)).max(0.05)
}

/// What exceeds a pod's capacity is refused.
fn overload(load: f64) -> f64 {
    if load > 1.0 { 1.0 - 1.0 / load } else { 0.0 }
}

/// The routes together: medians averaged by share.
fn average(routes: &[Route]) -> Times {
    let total: f64 = routes.iter().map(|r| r.share).sum::<f64>().max(f64::MIN_POSITIVE);
    let mean = |f: &dyn Fn(&Route) -> f64| routes.iter().map(|r| f(r) * r.share).sum::<f64>() / total;
    if routes.is_empty() {
        return Times::new(0.01, 0.05);
    }
    Times::new(mean(&|r| r.p50.seconds()), mean(&|r| r.p99.seconds()))
}

/// More in the evening, less at night; 1 at the start of the story.
fn wave(now: Timestamp, start: Timestamp) -> f64 {
    let at = |t: Timestamp| {
        let hour = t.as_second().rem_euclid(86_400) as f64 / 3600.0;
        1.0 + WAVE * ((hour - 13.0) / 24.0 * std::f64::consts::TAU).sin()
    };
    at(now) / at(start)
}
