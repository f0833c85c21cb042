//! Failures of the connection, said so that a person can act on them.

use super::site::Site;
use crate::domain::{Fault, FaultKind, clean, redact_text};
use kube::client::AuthError;
use std::error::Error as StdError;
use std::io;

/// A request that got no answer.
#[derive(Debug)]
pub(super) struct CallError {
    /// What to say.
    pub(super) fault: Fault,
    /// Whether the server may have received the request. If not, nothing
    /// happened for certain.
    pub(super) maybe_sent: bool,
    /// Whether the answer was there, but too large to read.
    pub(super) too_large: bool,
}

/// What the chain of causes of an error says.
#[derive(Default)]
struct Causes {
    connect: bool,
    dns: bool,
    io: Option<io::ErrorKind>,
    tls: Option<rustls::Error>,
    auth: Option<Fault>,
    words: Vec<String>,
}

/// Deeper chains are cyclic or not worth reading.
const DEEPEST: usize = 16;

/// Why `asked` ("list pods") got no answer from `site`.
pub(super) fn of_error(asked: &str, error: &kube::Error, site: &Site) -> CallError {
    let causes = causes(error, site);
    let auth = causes.auth.is_some();
    let maybe_sent = !(causes.connect || auth || matches!(error, kube::Error::BuildRequest(_)));
    CallError { fault: fault_of(asked, causes, site), maybe_sent, too_large: false }
}

/// No answer within the time we wait.
pub(super) fn too_slow(asked: &str, seconds: u64, site: &Site) -> Fault {
    let text = format!("cannot {asked}: {} did not answer within {seconds} s", site.url);
    Fault::new(FaultKind::Timeout, text)
        .hint("the server or the way to it is overloaded; it may pass by itself")
}

fn causes(error: &kube::Error, site: &Site) -> Causes {
    let mut causes = Causes::default();
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    for _ in 0..DEEPEST {
        let Some(this) = next else { break };
        look_at(this, &mut causes, site);
        // `io::Error::source` steps over the error it carries.
        let carried = this.downcast_ref::<io::Error>().and_then(|io| io.get_ref());
        next = carried.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| this.source());
    }
    causes
}

fn look_at(error: &(dyn StdError + 'static), causes: &mut Causes, site: &Site) {
    if let Some(client) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
        causes.connect |= client.is_connect();
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        causes.io = Some(io.kind());
    }
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        causes.tls = Some(tls.clone());
    }
    if let Some(auth) = error.downcast_ref::<AuthError>() {
        causes.auth.get_or_insert_with(|| super::plugin::fault(auth, site));
    }
    let words = error.to_string();
    causes.dns |= words.contains("dns error") || words.contains("failed to lookup address");
    if causes.words.last() != Some(&words) {
        causes.words.push(words);
    }
}

fn fault_of(asked: &str, causes: Causes, site: &Site) -> Fault {
    let url = &site.url;
    if let Some(fault) = causes.auth {
        return fault;
    }
    if let Some(tls) = &causes.tls {
        return tls_fault(tls, site);
    }
    if causes.dns {
        return Fault::new(
            FaultKind::Unreachable,
            format!("cannot find the server of {url}: its name does not resolve"),
        )
        .hint("check the name, the VPN and the DNS server");
    }
    match (causes.io, causes.connect) {
        (Some(io::ErrorKind::ConnectionRefused), _) => {
            Fault::new(FaultKind::Unreachable, format!("nobody listens at {url}: connection refused"))
                .hint("is the cluster running, and is the port right?")
        }
        (Some(io::ErrorKind::TimedOut), true) => {
            Fault::new(FaultKind::Unreachable, format!("{url} does not answer: connecting timed out"))
                .hint("check the VPN, the firewall and the address")
        }
        (_, true) => {
            Fault::new(FaultKind::Unreachable, format!("cannot connect to {url}: {}", last_words(&causes)))
                .hint("check the address, the VPN and the proxy settings")
        }
        (_, false) => Fault::new(
            FaultKind::Unreachable,
            format!("cannot {asked}: the connection to {url} broke: {}", last_words(&causes)),
        )
        .hint("the server or something on the way closed it; it may pass by itself"),
    }
}

fn last_words(causes: &Causes) -> String {
    let words = causes.words.last().map_or("no reason given", String::as_str);
    redact_text(&clean(words))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "another crate's enum, which grows; the rest reads alike")]
fn tls_fault(error: &rustls::Error, site: &Site) -> Fault {
    use rustls::CertificateError as Bad;
    let url = &site.url;
    let (why, hint) = match error {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer | Bad::BadSignature) => (
            "its certificate is signed by an authority we do not know",
            "the kubeconfig's certificate-authority is not this cluster's: the cluster may have been re-created, or somebody intercepts the connection",
        ),
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => (
            "its certificate has expired",
            "the cluster's administrator must renew it; check this machine's clock too",
        ),
        rustls::Error::InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            ("its certificate is not valid yet", "check this machine's clock")
        }
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => (
            "its certificate is for another name",
            "use the name in the certificate, or set tls-server-name in the kubeconfig",
        ),
        rustls::Error::AlertReceived(_) => (
            "it ended the TLS handshake",
            "the client certificate may be missing, expired or of another cluster",
        ),
        _ => ("the TLS handshake failed", "is this an https port, and is it this cluster's?"),
    };
    Fault::new(FaultKind::Unreachable, format!("cannot trust {url}: {why} ({error})")).hint(hint)
}
