//! Numbers as both forms of an analysis write them, in files and as typed.

use crate::domain::typed_duration;

/// A whole number from 0.
///
/// # Errors
/// The text is none; it is quoted.
pub(crate) fn whole(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_not| format!("{text:?} is no whole number"))
}

/// A limit; below zero, as Argo writes it, there is none.
///
/// # Errors
/// The text is no whole number, or too large a one.
pub(crate) fn limit(text: &str) -> Result<Option<u32>, String> {
    let number: i64 = text.parse().map_err(|_not| format!("{text:?} is no whole number"))?;
    if number < 0 {
        return Ok(None);
    }
    u32::try_from(number).map(Some).map_err(|_large| format!("{text} is too large"))
}

/// A time in whole seconds.
///
/// # Errors
/// The text is no time, or one longer than a century.
pub(crate) fn seconds(text: &str) -> Result<u32, String> {
    let none = || format!("{text:?} is no time such as 30s or 5m");
    let time = typed_duration(text).map_err(|_not| none())?;
    u32::try_from(time.as_secs()).map_err(|_long| none())
}
