//! Who serves one side of a delivery.

use std::fmt;

/// A Service, or a subset of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side<'a> {
    /// The Service.
    pub service: &'a str,
    /// The subset a DestinationRule makes of it; whichever, if none.
    pub subset: Option<&'a str>,
}

impl<'a> Side<'a> {
    /// The whole Service.
    pub(super) fn whole(service: &'a str) -> Self {
        Self { service, subset: None }
    }
}

impl fmt::Display for Side<'_> {
    /// `shop`, `subset canary of shop`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subset {
            Some(subset) => write!(f, "subset {subset} of {}", self.service),
            None => f.write_str(self.service),
        }
    }
}
