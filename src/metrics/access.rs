//! How the monitoring is reached, from the settings.
//!
//! Secrets are never settings: they stand in files, which are read again for
//! every request, because tokens and passwords change under us.

use super::prometheus::{ApiError, Auth, HttpTransport, Settings};
use std::path::PathBuf;
use std::time::Duration;

/// The header by which Mimir, Cortex and Loki tell tenants apart.
const TENANT: &str = "X-Scope-OrgID";

/// Addresses and how to be let in; the same for Prometheus and Alertmanager.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// URL of a Prometheus, if one is named.
    pub prometheus: Option<String>,
    /// URL of an Alertmanager, if one is named.
    pub alertmanager: Option<String>,
    /// Whether those that are not named are looked for in the cluster.
    pub look: bool,
    auth: Auth,
    headers: Vec<(String, String)>,
    ca: Option<PathBuf>,
    cert: Option<(PathBuf, PathBuf)>,
}

/// The word that switches a server off which would otherwise be looked for.
const OFF: &str = "off";

impl Access {
    /// From the options `prometheus`, `alertmanager` and `monitoring-…`, as
    /// `option` gives their text; empty text is none.
    ///
    /// # Errors
    /// Options that contradict each other, or a header that is none.
    pub fn new(option: impl Fn(&str) -> Option<String>) -> Result<Self, ApiError> {
        let text = |name: &str| option(name).map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let path = |name: &str| text(name).map(PathBuf::from);
        let wrong = |what: &'static str, value: String| ApiError::Setting { what, value };
        let auth = match (
            text("monitoring-user"),
            path("monitoring-password-file"),
            path("monitoring-token-file"),
        ) {
            (None, None, None) => Auth::None,
            (Some(user), Some(path), None) => Auth::BasicFile { user, path },
            (None, None, Some(path)) => Auth::BearerFile(path),
            (Some(user), None, _) => {
                return Err(wrong("monitoring-user (it needs monitoring-password-file)", user));
            }
            (None, Some(file), _) => {
                let file = file.display().to_string();
                return Err(wrong("monitoring-password-file (it needs monitoring-user)", file));
            }
            (Some(user), Some(_), Some(_)) => {
                return Err(wrong("monitoring-user (there is a monitoring-token-file too)", user));
            }
        };
        let mut headers: Vec<(String, String)> =
            text("monitoring-tenant").map(|tenant| (TENANT.to_owned(), tenant)).into_iter().collect();
        for pair in text("monitoring-headers").unwrap_or_default().split(';').filter(|p| !p.trim().is_empty())
        {
            let named =
                pair.split_once(':').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
            // The value may be a secret: only the name is said.
            let name = pair.split(':').next().unwrap_or_default().trim().to_owned();
            headers.push(
                named.ok_or_else(|| wrong("monitoring-headers (write Name: value; Name: value)", name))?,
            );
        }
        let cert = match (path("monitoring-cert"), path("monitoring-key")) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(file), None) | (None, Some(file)) => {
                let file = file.display().to_string();
                return Err(wrong("monitoring-cert and monitoring-key (one needs the other)", file));
            }
        };
        let (prometheus, alertmanager) = (text("prometheus"), text("alertmanager"));
        let look = prometheus.as_deref() != Some(OFF);
        let named = |url: Option<String>| url.filter(|url| url != OFF);
        let alertmanager_off = alertmanager.as_deref() == Some(OFF);
        Ok(Self {
            prometheus: named(prometheus),
            alertmanager: named(alertmanager),
            look: look && !alertmanager_off,
            auth,
            headers,
            ca: path("monitoring-ca"),
            cert,
        })
    }

    /// A way to the server at `url`.
    ///
    /// # Errors
    /// A file cannot be read or holds something else, or the address is none.
    pub fn transport(&self, url: &str, patience: Duration) -> Result<HttpTransport, ApiError> {
        let read = |path: &PathBuf| {
            std::fs::read(path)
                .map_err(|error| ApiError::Token { path: path.clone(), why: error.to_string() })
        };
        let unusable = |path: &PathBuf, why: &reqwest::Error| ApiError::Token {
            path: path.clone(),
            why: why.to_string(),
        };
        let mut builder = reqwest::Client::builder();
        if let Some(path) = &self.ca {
            let certificates = reqwest::Certificate::from_pem_bundle(&read(path)?);
            builder = builder.tls_certs_merge(certificates.map_err(|error| unusable(path, &error))?);
        }
        if let Some((cert, key)) = &self.cert {
            let mut pem = read(cert)?;
            pem.push(b'\n');
            pem.extend(read(key)?);
            builder = builder.identity(reqwest::Identity::from_pem(&pem).map_err(|e| unusable(cert, &e))?);
        }
        let client = builder
            .build()
            .map_err(|error| ApiError::Connection(format!("cannot make an HTTP client: {error}")))?;
        let settings =
            Settings { base: url.to_owned(), auth: self.auth.clone(), headers: self.headers.clone() };
        HttpTransport::new(client, settings, patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(pairs: &[(&str, &str)]) -> Result<Access, String> {
        let find = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        Access::new(find).map_err(|error| error.to_string())
    }

    #[test]
    fn every_way_of_being_let_in_and_what_contradicts_it() {
        let plain = access(&[("prometheus", " http://p:9090 ")]).unwrap();
        assert_eq!((plain.prometheus.as_deref(), plain.auth.clone()), (Some("http://p:9090"), Auth::None));
        let basic = access(&[("monitoring-user", "ann"), ("monitoring-password-file", "/p")]).unwrap();
        assert_eq!(basic.auth, Auth::BasicFile { user: "ann".to_owned(), path: "/p".into() });
        let bearer = access(&[("monitoring-token-file", "/t")]).unwrap();
        assert_eq!(bearer.auth, Auth::BearerFile("/t".into()));
        let tenant =
            access(&[("monitoring-tenant", "shop"), ("monitoring-headers", "X-A: 1;X-B:2:3; ")]).unwrap();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(tenant.headers, [pair("X-Scope-OrgID", "shop"), pair("X-A", "1"), pair("X-B", "2:3")]);
        for (wrong, words) in [
            (&[("monitoring-user", "ann")][..], "needs monitoring-password-file"),
            (&[("monitoring-password-file", "/p")], "needs monitoring-user"),
            (&[("monitoring-cert", "/c")], "one needs the other"),
            (&[("monitoring-headers", "secret")], "Name: value"),
        ] {
            let why = access(wrong).unwrap_err();
            assert!(why.contains(words), "{why}");
        }
    }

    #[test]
    fn off_is_not_an_address() {
        assert!(access(&[]).unwrap().look);
        let off = access(&[("prometheus", "off")]).unwrap();
        assert_eq!((off.prometheus, off.look), (None, false));
    }

    #[test]
    fn a_certificate_that_cannot_be_used_is_named() {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let gone = access(&[("monitoring-ca", "/nowhere/ca.pem")]).unwrap();
        let why = gone.transport("http://p", Duration::from_secs(1)).err().map(|e| e.to_string());
        assert!(
            why.as_deref().unwrap_or_default().starts_with("cannot read the file /nowhere/ca.pem"),
            "{why:?}"
        );
    }
}
