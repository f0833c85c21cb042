//! Who is asking: bearer tokens and impersonation.

use http::HeaderMap;

use crate::demo::status::ApiError;

/// An authenticated user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `admin`, `system:anonymous`, ….
    pub name: String,
    /// Groups, including `system:authenticated` or `system:unauthenticated`.
    pub groups: Vec<String>,
}

/// The users every embedded cluster has: name, bearer token, groups. The tokens guard nothing of
/// value: the server listens on loopback and holds simulated objects.
pub const USERS: [(&str, &str, &[&str]); 3] = [
    ("admin", "demo-admin", &["system:masters"]),
    ("viewer", "demo-viewer", &["demo:viewers"]),
    ("nobody", "demo-nobody", &[]),
];

impl User {
    fn known(name: &str, groups: &[&str]) -> Self {
        let groups = groups.iter().copied().chain(["system:authenticated"]).map(str::to_owned).collect();
        Self { name: name.to_owned(), groups }
    }

    /// A request without credentials.
    pub fn anonymous() -> Self {
        Self { name: "system:anonymous".into(), groups: vec!["system:unauthenticated".into()] }
    }

    /// Whether RBAC does not apply.
    pub fn is_master(&self) -> bool {
        self.groups.iter().any(|g| g == "system:masters")
    }

    /// Reads `Authorization`.
    ///
    /// # Errors
    /// 401 for a token nobody has.
    pub fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get(http::header::AUTHORIZATION) else {
            return Ok(Self::anonymous());
        };
        let token = value.to_str().ok().and_then(|v| v.strip_prefix("Bearer ")).unwrap_or_default();
        let known = USERS.iter().find(|(_, t, _)| *t == token.trim());
        known
            .map(|(name, _, groups)| Self::known(name, groups))
            .ok_or_else(|| ApiError::plain(401, "Unauthorized", "Unauthorized"))
    }

    /// Splits `/as/NAME/…` into a known user and the path proper.
    ///
    /// client-go sends no credentials without TLS, so kubectl and k9s say who they are in the
    /// server's address; a token, when there is one, counts more.
    pub fn from_path(path: &str) -> (Option<Self>, &str) {
        let split = path.strip_prefix("/as/").map(|rest| rest.split_at(rest.find('/').unwrap_or(rest.len())));
        let Some((name, rest)) = split else {
            return (None, path);
        };
        match USERS.iter().find(|(known, _, _)| *known == name) {
            Some((name, _, groups)) => {
                (Some(Self::known(name, groups)), if rest.is_empty() { "/" } else { rest })
            }
            None => (None, path),
        }
    }

    /// The user the request wants to be (`Impersonate-User`), if it does.
    pub fn impersonated(headers: &HeaderMap) -> Option<Self> {
        let text = |v: &http::HeaderValue| v.to_str().ok().map(str::to_owned);
        let name = headers.get("impersonate-user").and_then(text)?;
        let mut groups: Vec<String> = headers.get_all("impersonate-group").iter().filter_map(text).collect();
        let unknown =
            if name == "system:anonymous" { "system:unauthenticated" } else { "system:authenticated" };
        groups.push(unknown.to_owned());
        Some(Self { name, groups })
    }
}
