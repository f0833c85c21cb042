//! Where a Prometheus is and how to be let in.

use std::fmt;
use std::path::PathBuf;

/// How requests are authorised.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// User and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// User, and a file with the password, read again for every request.
    BasicFile {
        /// The user.
        user: String,
        /// The file.
        path: PathBuf,
    },
    /// A bearer token.
    Bearer(String),
    /// A file with a bearer token, read again for every request: tokens of
    /// service accounts change under us.
    BearerFile(PathBuf),
}

/// Secrets stay out of logs.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Basic { user, .. } => write!(f, "Basic({user:?}, …)"),
            Self::BasicFile { user, path } => write!(f, "BasicFile({user:?}, {})", path.display()),
            Self::Bearer(_) => f.write_str("Bearer(…)"),
            Self::BearerFile(path) => write!(f, "BearerFile({})", path.display()),
        }
    }
}

/// One server.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// URL before `/api/v1`, e.g. `https://mimir.example/prometheus`.
    pub base: String,
    /// Authorisation.
    pub auth: Auth,
    /// More headers, e.g. `X-Scope-OrgID` for a tenant.
    pub headers: Vec<(String, String)>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("base", &self.base)
            .field("auth", &self.auth)
            .field("headers", &names)
            .finish()
    }
}
