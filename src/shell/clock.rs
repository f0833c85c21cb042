//! The one place that asks what time it is.

use crate::domain::{Now, OperationId};
use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Counts while the machine sleeps, so that freshness and the write countdown
/// do not stand still with the lid closed. macOS's monotonic clock does so by itself.
#[cfg(any(target_os = "linux", target_os = "android"))]
const BOOT: ClockId = ClockId::Boottime;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const BOOT: ClockId = ClockId::Monotonic;

/// This moment.
pub fn now() -> Now {
    let boot = clock_gettime(BOOT);
    let seconds = u64::try_from(boot.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(boot.tv_nsec).unwrap_or_default();
    Now { wall: Timestamp::now(), boot: Duration::new(seconds, nanos) }
}

/// A new operation's name: sorts by time, and 32 random bits keep two people
/// who press a key in the same second apart.
pub fn operation_id(now: Now) -> OperationId {
    let at = now.wall.strftime("%Y%m%d-%H%M%S");
    format!("op-{at}-{:08x}", fastrand::u32(..)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_and_ids_sort_by_it() {
        let (a, b) = (now(), now());
        assert!(b.boot >= a.boot && a.boot > Duration::ZERO);
        assert!(operation_id(Now::at(1000)) < operation_id(Now::at(2000)));
        assert_ne!(operation_id(a), operation_id(a));
    }
}
