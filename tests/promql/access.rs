//! Being let in: a real Prometheus behind TLS, client certificates and a
//! password, and a server that looks at tokens and headers.

use crate::real::{Real, find};
use quarterdeck::metrics::Access;
use quarterdeck::metrics::prometheus::Client;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
/// bcrypt of "correct horse".
const HASH: &str = "$2b$04$6yrX7Rh5Qvy47YIuol63Q.L2hk9KZFZFUolbA/ZiwnDMdteQHwLBa";

/// What the options say.
fn access(pairs: &[(&str, String)]) -> Access {
    Access::new(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone())).unwrap()
}

/// What a question is answered, or why not.
async fn asked(access: &Access, url: &str) -> Result<(), String> {
    let transport = access.transport(url, PATIENCE).map_err(|error| error.to_string())?;
    let answer = Client::new(transport, PATIENCE).query("vector(1)", 0).await;
    answer.map(|_| ()).map_err(|error| error.to_string())
}

fn openssl(folder: &Path, args: &str) -> bool {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(args.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A CA, and a certificate of 127.0.0.1 and of a client by it.
fn certificates(folder: &Path) -> bool {
    std::fs::write(folder.join("san"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let signed = |name: &str| {
        openssl(folder, &format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"))
            && openssl(
                folder,
                &format!(
                    "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out {name}.pem"
                ),
            )
    };
    openssl(folder, &format!("req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=ca"))
        && signed("server")
        && signed("client")
}

const WEB: &str = "tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
basic_auth_users:
  ann: HASH
";

#[tokio::test]
async fn a_real_prometheus_lets_in_who_has_certificate_and_password() {
    let Some(binary) = find() else {
        println!("skipped: no prometheus in PATH and QD_PROMETHEUS is not set");
        return;
    };
    let _already = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    if !certificates(folder.path()) {
        println!("skipped: no openssl to make certificates with");
        return;
    }
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(folder.path().join("web.yml"), WEB.replace("HASH", HASH)).unwrap();
    std::fs::write(folder.path().join("password"), "correct horse\n").unwrap();
    let real = Real::guarded(&binary, &folder.path().join("web.yml"));
    let url = format!("https://127.0.0.1:{}", real.port);
    let user = [("monitoring-user", "ann".to_owned()), ("monitoring-password-file", at("password"))];
    let tls = [
        ("monitoring-ca", at("ca.pem")),
        ("monitoring-cert", at("client.pem")),
        ("monitoring-key", at("client.key")),
    ];
    let all = access(&[tls.as_slice(), &user].concat());
    assert_eq!(asked(&all, &url).await, Ok(()));
    let without = |left_out: &[&str]| {
        let pairs = [tls.as_slice(), &user].concat();
        access(&pairs.into_iter().filter(|(name, _)| !left_out.contains(name)).collect::<Vec<_>>())
    };
    let why = asked(&without(&["monitoring-user", "monitoring-password-file"]), &url).await.unwrap_err();
    assert!(why.contains("401"), "{why}");
    let why = asked(&without(&["monitoring-cert", "monitoring-key"]), &url).await.unwrap_err();
    // In TLS 1.3 a server asks for the certificate after the client believes to be connected: it may
    // hear only that the line was closed.
    let cut = ["certificate", "closed", "reset"].iter().any(|word| why.to_lowercase().contains(word));
    assert!(cut && why.contains("cannot reach"), "no certificate shown: {why}");
    let why = asked(&without(&["monitoring-ca"]), &url).await.unwrap_err();
    assert!(why.to_lowercase().contains("certificate"), "an unknown authority: {why}");
    // The password is read for every question: another one counts at once.
    std::fs::write(folder.path().join("password"), "battery staple\n").unwrap();
    assert!(asked(&all, &url).await.unwrap_err().contains("401"));
    std::fs::remove_file(folder.path().join("password")).unwrap();
    let why = asked(&all, &url).await.unwrap_err();
    assert!(why.contains("cannot read the file") && why.contains("password"), "{why}");
}

/// Answers one request with its own head, as a login page would not.
fn echo() -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        let mut piece = [0; 1024];
        while !head.windows(4).any(|w| w == b"\r\n\r\n") {
            let read = stream.read(&mut piece).unwrap();
            assert!(read > 0, "closed before the request was whole");
            head.extend_from_slice(&piece[..read]);
        }
        let body = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}";
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8_lossy(&head).to_lowercase()
    });
    (port, heard)
}

#[tokio::test]
async fn tokens_tenants_and_headers_go_with_every_question() {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let access = access(&[
        ("monitoring-token-file", token.display().to_string()),
        ("monitoring-tenant", "shop".to_owned()),
        ("monitoring-headers", "X-Scope: a:b; X-More: c".to_owned()),
    ]);
    for word in ["first", "second"] {
        std::fs::write(&token, format!("{word}\n")).unwrap();
        let (port, heard) = echo();
        assert_eq!(asked(&access, &format!("http://127.0.0.1:{port}/base")).await, Ok(()));
        let request = heard.join().unwrap();
        for line in [
            format!("authorization: bearer {word}\r\n"),
            "x-scope-orgid: shop\r\n".to_owned(),
            "x-scope: a:b\r\n".to_owned(),
            "x-more: c\r\n".to_owned(),
            "post /base/api/v1/query".to_owned(),
        ] {
            assert!(request.contains(&line), "{line}:\n{request}");
        }
    }
}
