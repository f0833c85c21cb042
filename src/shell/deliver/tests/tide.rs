//! Virtual time: tasks that wait for nothing but the clock, polled one at a
//! time in the order of their timers. The clock jumps from timer to timer, so
//! a schedule is the same every time and costs no more than what happens in it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// No story takes longer: a task still not through waits for ever.
const LONGEST: Duration = Duration::from_hours(48);

/// The clock and its timers. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Clock(Arc<Mutex<Timers>>);

#[derive(Default)]
struct Timers {
    /// Milliseconds since the beginning.
    now: u64,
    /// The task being polled.
    polled: usize,
    /// When, in which order, whom. Timers of what was dropped stay: their
    /// task is polled once more for nothing.
    due: BinaryHeap<Reverse<(u64, u64, usize)>>,
    made: u64,
}

impl Timers {
    fn wake(&mut self, at: u64, task: usize) {
        self.made += 1;
        self.due.push(Reverse((at, self.made, task)));
    }
}

impl Clock {
    fn timers(&self) -> MutexGuard<'_, Timers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the beginning.
    pub(super) fn now(&self) -> u64 {
        self.timers().now
    }

    /// The task being polled, to be woken later.
    pub(super) fn polled(&self) -> usize {
        self.timers().polled
    }

    /// Has a task polled at this moment.
    pub(super) fn wake(&self, task: usize) {
        let mut timers = self.timers();
        let now = timers.now;
        timers.wake(now, task);
    }

    pub(super) fn sleep(&self, time: Duration) -> Sleep {
        let ms = u64::try_from(time.as_millis()).unwrap();
        self.sleep_until(self.now() + ms)
    }

    pub(super) fn sleep_until(&self, until: u64) -> Sleep {
        Sleep { clock: self.clone(), until, set: false }
    }
}

/// Waits for a moment.
pub(super) struct Sleep {
    clock: Clock,
    until: u64,
    set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let (until, set) = (self.until, self.set);
        let mut timers = self.clock.timers();
        if timers.now >= until {
            return Poll::Ready(());
        }
        if !set {
            let task = timers.polled;
            timers.wake(until, task);
            drop(timers);
            self.set = true;
        }
        Poll::Pending
    }
}

/// A task, and what it came to once it is through.
pub(super) struct Task<T> {
    number: usize,
    output: Arc<Mutex<Option<T>>>,
}

/// All tasks of one schedule.
#[derive(Default)]
pub(super) struct Tide {
    pub(super) clock: Clock,
    tasks: Vec<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
}

impl Tide {
    /// Begins a task; it is polled as soon as time passes.
    pub(super) fn spawn<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        let output = Arc::new(Mutex::new(None));
        let (number, result) = (self.tasks.len(), output.clone());
        let mut timers = self.clock.timers();
        let now = timers.now;
        timers.wake(now, number);
        drop(timers);
        self.tasks.push(Some(Box::pin(async move {
            let value = work.await;
            *result.lock().unwrap() = Some(value);
        })));
        Task { number, output }
    }

    /// Ends a task where it stands, as a killed process ends.
    pub(super) fn kill<T>(&mut self, task: &Task<T>) {
        self.tasks[task.number] = None;
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.clock.now() + u64::try_from(time.as_millis()).unwrap();
        while self.next(until) {}
        self.clock.timers().now = until;
    }

    /// Lets time pass until the task is through.
    pub(super) fn finish<T>(&mut self, task: &Task<T>) -> T {
        let until = self.clock.now() + u64::try_from(LONGEST.as_millis()).unwrap();
        loop {
            if let Some(value) = task.output.lock().unwrap().take() {
                return value;
            }
            assert!(self.next(until), "the task waits for ever");
        }
    }

    /// Begins a task and lets time pass until it is through.
    pub(super) fn run<T: Send + 'static>(&mut self, work: impl Future<Output = T> + Send + 'static) -> T {
        let task = self.spawn(work);
        self.finish(&task)
    }

    /// The next timer before `until`; whether there was one.
    fn next(&mut self, until: u64) -> bool {
        let task = {
            let mut timers = self.clock.timers();
            match timers.due.peek() {
                Some(Reverse((at, ..))) if *at <= until => {}
                Some(_) | None => return false,
            }
            let Some(Reverse((at, _, task))) = timers.due.pop() else { return false };
            (timers.now, timers.polled) = (at.max(timers.now), task);
            task
        };
        let through = match &mut self.tasks[task] {
            Some(work) => work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready(),
            None => false,
        };
        if through {
            self.tasks[task] = None;
        }
        true
    }
}
