//! The pods' pages over HTTP, for a Prometheus to scrape.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use quarterdeck::demo::scenario::simulation::{Pages, Simulation};

use crate::panels::NAMESPACE;

/// The pods' HTTP servers in one: `GET /POD` is the pod's page as of the last
/// reading, with that reading's time behind every sample. Nobody answers before
/// the first: who read earlier would keep another page under the same time.
pub(crate) struct Relay {
    pub(crate) port: u16,
    at_ms: Arc<Mutex<Option<i64>>>,
    pages: Pages,
}

impl Relay {
    pub(crate) fn listen(pages: Pages) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let at_ms = Arc::new(Mutex::new(None));
        let relay = Self { port, at_ms, pages };
        let (at_ms, pages) = (relay.at_ms.clone(), relay.pages.clone());
        // Ends with the test program.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (at_ms, pages) = (at_ms.clone(), pages.clone());
                std::thread::spawn(move || answer(stream, &at_ms, &pages));
            }
        });
        relay
    }

    /// What the pod says now; none if nobody answers there any more.
    pub(crate) fn page(&self, pod: &str) -> Option<String> {
        page(&self.at_ms, &self.pages, pod)
    }

    /// Plays the story until `told` for a reading at `now`; no page is made while it moves.
    pub(crate) fn play(&self, story: &mut Simulation, told: Timestamp, now: Timestamp) {
        let mut at_ms = self.at_ms.lock().unwrap();
        story.play_until(told);
        *at_ms = Some(now.as_millisecond());
    }
}

fn page(at_ms: &Mutex<Option<i64>>, pages: &Pages, pod: &str) -> Option<String> {
    // Held while the page is made: the story does not move in between.
    let held = at_ms.lock().unwrap();
    let at_ms = (*held)?;
    let (200, plain) = pages(NAMESPACE, pod, "/metrics")? else { return None };
    let stamped = |line: &str| {
        if line.starts_with('#') { format!("{line}\n") } else { format!("{line} {at_ms}\n") }
    };
    Some(plain.lines().map(stamped).collect())
}

fn answer(mut stream: TcpStream, at_ms: &Mutex<Option<i64>>, pages: &Pages) {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(n @ 1..) => head.extend_from_slice(&piece[..n]),
            Ok(_) | Err(_) => return,
        }
    }
    let text = String::from_utf8_lossy(&head);
    let pod = text.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = match page(at_ms, pages, pod) {
        Some(body) => ("200 OK", body),
        None => ("503 Service Unavailable", String::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _gone = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
