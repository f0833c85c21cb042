//! Tunnels: what they open, what they refuse, and what they outlive.

use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::behaviours;
use crate::case::Case;
use crate::make;
use crate::program::Person;
use crate::until::PATIENCE;

behaviours! { "forward":
    a_request_goes_through_and_ctrl_c_closes_it,
    a_port_that_is_taken_is_said_with_its_remedy,
    a_port_nobody_listens_on_is_said_and_the_tunnel_stays,
    without_the_right_it_is_refused_by_name,
    a_service_goes_on_with_its_next_pod,
}

/// A Deployment `shop` whose pods declare port 8080, running.
async fn running(c: &Case) -> Person {
    let mut shop = make::deployment("shop", 1, make::IMAGE);
    shop["spec"]["template"]["spec"]["containers"][0]["ports"] = json!([{"containerPort": 8080}]);
    c.create(&c.deployments(), &shop).await;
    let path = format!("{}/shop", c.deployments());
    c.until("it runs", &path, |d| d["status"]["availableReplicas"] == 1).await;
    Person::new(c, "admin")
}

/// A `qd forward` that runs.
struct Tunnel {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    err: Lines<BufReader<ChildStderr>>,
    address: SocketAddr,
}

impl Tunnel {
    async fn open(person: &Person, arguments: &[&str]) -> Self {
        let mut child = person.start_qd(&[&["forward"], arguments].concat());
        let out = BufReader::new(child.stdout.take().expect("its output")).lines();
        let err = BufReader::new(child.stderr.take().expect("its errors")).lines();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut tunnel = Self { child, out, err, address };
        let first = tunnel.line().await;
        let address = first.split(' ').next().and_then(|word| word.parse().ok());
        tunnel.address = address.unwrap_or_else(|| panic!("no address in {first:?}"));
        assert!(tunnel.address.ip().is_loopback(), "{first}");
        tunnel
    }

    async fn line(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.out.next_line()).await.expect("in time");
        line.expect("text").unwrap_or_default()
    }

    /// The first line on standard error that has `text`.
    async fn complains(&mut self, text: &str) {
        let mut said = Vec::new();
        let looking = async {
            while let Ok(Some(line)) = self.err.next_line().await {
                if line.contains(text) {
                    return true;
                }
                said.push(line);
            }
            false
        };
        let found = tokio::time::timeout(PATIENCE, looking).await.unwrap_or(false);
        assert!(found, "{text:?} is not in {said:?}");
    }

    /// What a request through it is answered; empty if it is cut.
    async fn get(&self) -> String {
        let mut socket = TcpStream::connect(self.address).await.expect("it listens");
        let _cut = socket.write_all(b"GET / HTTP/1.1\r\nhost: shop\r\n\r\n").await;
        let mut answer = [0_u8; 1024];
        let read = tokio::time::timeout(PATIENCE, socket.read(&mut answer)).await.expect("in time");
        String::from_utf8_lossy(&answer[..read.unwrap_or(0)]).into_owned()
    }

    async fn interrupt(mut self) -> String {
        let id = i32::try_from(self.child.id().expect("it runs")).expect("a process");
        let id = rustix::process::Pid::from_raw(id).expect("a process");
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("a signal");
        let last = self.line().await;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("in time");
        assert_eq!(status.expect("its end").code(), Some(0));
        last
    }
}

async fn a_request_goes_through_and_ctrl_c_closes_it(c: Case) {
    let admin = running(&c).await;
    let tunnel = Tunnel::open(&admin, &["shop", ":8080"]).await;
    for _ in 0..3 {
        let answer = tunnel.get().await;
        assert!(answer.starts_with("HTTP/1.1 "), "{answer:?}");
    }
    let address = tunnel.address;
    let last = tunnel.interrupt().await;
    assert!(last.starts_with("closed; ") && !last.contains(" 0 B received"), "{last}");
    assert!(TcpStream::connect(address).await.is_err(), "nothing listens any more");
    let noted = admin.audit().await;
    let says = |line: &Value| line.to_string().contains("opens port 8080 of service");
    assert!(noted.iter().any(says), "{noted:?}");
}

async fn a_port_that_is_taken_is_said_with_its_remedy(c: Case) {
    let admin = running(&c).await;
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = taken.local_addr().expect("its address").port();
    let refused = admin.qd(&["forward", "shop", &format!("{port}:8080")]).await.exits(1);
    assert!(refused.err.contains("another program has this port"), "{}", refused.err);
    assert!(refused.err.contains("any free port"), "{}", refused.err);
    let nobody = admin.qd(&["forward", "shopp", ":8080"]).await.exits(1);
    assert!(nobody.err.contains("no pod or service 'shopp'"), "{}", nobody.err);
    let no_port = admin.qd(&["forward", "shop", "8080:http"]).await.exits(1);
    assert!(no_port.err.contains("'8080:http' is not LOCAL:REMOTE"), "{}", no_port.err);
}

async fn a_port_nobody_listens_on_is_said_and_the_tunnel_stays(c: Case) {
    let admin = running(&c).await;
    let mut tunnel = Tunnel::open(&admin, &["shop", ":81"]).await;
    assert_eq!(tunnel.get().await, "");
    tunnel.complains("connection refused").await;
    assert_eq!(tunnel.get().await, "", "it listens still");
    tunnel.interrupt().await;
}

async fn without_the_right_it_is_refused_by_name(c: Case) {
    running(&c).await;
    let viewer = Person::new(&c, "viewer");
    let mut tunnel = Tunnel::open(&viewer, &["shop", ":8080"]).await;
    assert_eq!(tunnel.get().await, "");
    tunnel.complains("create on pods/portforward").await;
    tunnel.interrupt().await;
}

async fn a_service_goes_on_with_its_next_pod(c: Case) {
    let admin = running(&c).await;
    let mut tunnel = Tunnel::open(&admin, &["shop", ":8080"]).await;
    let pods = c.read(&c.core("pods")).await;
    let first = pods["items"][0]["metadata"]["name"].as_str().expect("a pod").to_owned();
    c.admin.delete(&format!("{}/{first}", c.core("pods"))).await.is(200);
    tunnel.complains("leads to").await;
    let answer = tunnel.get().await;
    assert!(answer.starts_with("HTTP/1.1 "), "{answer:?}");
    tunnel.interrupt().await;
}
