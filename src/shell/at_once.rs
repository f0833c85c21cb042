//! Work that waits, shared by a few threads.

use std::sync::{Mutex, PoisonError};

/// Calls `act` with every item, at most `most` at a time; returns when all are
/// done. For threads that may block, never for tasks.
pub(super) fn at_once<T: Send>(items: impl Iterator<Item = T> + Send, most: usize, act: impl Fn(T) + Sync) {
    let items = Mutex::new(items);
    // The lock is let go of before the work begins.
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..most.max(1) {
            scope.spawn(|| {
                while let Some(item) = next() {
                    act(item);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn as_many_at_once_as_allowed_and_every_item_once() {
        // Nobody passes the barrier unless four are at work together.
        let (barrier, working, most) = (Barrier::new(4), AtomicUsize::new(0), AtomicUsize::new(0));
        let mut seen = [0; 40];
        at_once(seen.iter_mut(), 4, |place| {
            most.fetch_max(working.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            barrier.wait();
            *place += 1;
            working.fetch_sub(1, Ordering::SeqCst);
        });
        assert_eq!((seen, most.into_inner()), ([1; 40], 4));
        at_once(std::iter::empty::<u8>(), 4, |_| unreachable!());
    }
}
