//! What a step picks out of the requests where it does not share them out by
//! weight: those with a header, or copies of a part of them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest name and value of a header: a route's schema allows 256 and 4,096.
const MOST_CHARS: usize = 256;

/// Headers whose values are secrets: the record of a delivery is read by whoever
/// may read ConfigMaps.
const SECRET: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// What goes to the canary while its weight is 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// Requests with exactly this header; all others go to stable.
    Header {
        /// Its name, in whatever case.
        name: String,
        /// Its value, exactly.
        value: String,
    },
    /// Copies of a part of the requests. Stable answers every caller; what the
    /// canary answers is thrown away.
    Mirror {
        /// 1..=100.
        percent: u32,
    },
}

impl Pick {
    /// The canary's part of all that both sides serve, 0..=1; 0 where nobody
    /// knows it before: how many carry a header.
    pub fn share(&self) -> f64 {
        match self {
            Self::Header { .. } => 0.0,
            Self::Mirror { percent } => f64::from(*percent) / f64::from(100 + percent),
        }
    }

    /// Percent of stable's requests its pods have to carry; 0 where that is unknown.
    pub fn load(&self) -> u32 {
        match self {
            Self::Header { .. } => 0,
            Self::Mirror { percent } => *percent,
        }
    }

    /// Whether two pick the same: names of headers have no case.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header { name, value }, Self::Header { name: other, value: theirs }) => {
                name.eq_ignore_ascii_case(other) && value == theirs
            }
            (one, other) => one == other,
        }
    }

    /// As told to a person: `requests with X-Canary: always`, `copies of 10 % of the requests`.
    pub fn words(&self) -> String {
        match self {
            Self::Header { name, value } => format!("requests with {name}: {value}"),
            Self::Mirror { percent: 100 } => "copies of all requests".to_owned(),
            Self::Mirror { percent } => format!("copies of {percent} % of the requests"),
        }
    }

    /// As short as a weight: `X-Canary`, `mirror 10%`.
    pub fn label(&self) -> String {
        match self {
            Self::Header { name, .. } => name.clone(),
            Self::Mirror { percent } => format!("mirror {percent}%"),
        }
    }

    /// Reads `header:NAME=VALUE` or `mirror:PERCENT`; none if it begins with neither.
    ///
    /// # Errors
    /// What is wrong with it, quoting it.
    pub fn typed(text: &str) -> Option<Result<Self, String>> {
        if let Some(header) = text.strip_prefix("header:") {
            return Some(header_of(header));
        }
        text.strip_prefix("mirror:").map(mirror_of)
    }
}

fn header_of(text: &str) -> Result<Pick, String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(format!("{text:?} has no value: header:NAME=VALUE"));
    };
    if name.is_empty() || name.len() > MOST_CHARS || !name.bytes().all(is_token) {
        return Err(format!(
            "{name:?} is no name of a header: letters, digits and !#$%&'*+-.^_`|~, at most 256"
        ));
    }
    if SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
        return Err(format!("{name} holds secrets, and a record can be read; take a header of your own"));
    }
    if value.is_empty() {
        return Err(format!("the header {name} has no value: an exact one is compared"));
    }
    // Spaces at the ends are not part of a value, and inside they are rarely meant.
    if value.len() > MOST_CHARS || !value.bytes().all(|c| c.is_ascii_graphic()) {
        return Err(format!("{value:?} is no value to compare: visible ASCII without spaces, at most 256"));
    }
    Ok(Pick::Header { name: name.to_owned(), value: value.to_owned() })
}

fn mirror_of(text: &str) -> Result<Pick, String> {
    match text.parse() {
        Ok(percent @ 1..=100) => Ok(Pick::Mirror { percent }),
        Ok(_) | Err(_) => Err(format!("{text:?} is no part to mirror: 1 to 100 percent")),
    }
}

/// RFC 9110, 5.6.2.
fn is_token(c: u8) -> bool {
    c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c)
}

impl fmt::Display for Pick {
    /// As it is typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { name, value } => write!(f, "header:{name}={value}"),
            Self::Mirror { percent } => write!(f, "mirror:{percent}"),
        }
    }
}

impl FromStr for Pick {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::typed(text)
            .unwrap_or_else(|| Err(format!("{text:?} is neither header:NAME=VALUE nor mirror:PERCENT")))
    }
}
