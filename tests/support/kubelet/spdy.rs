//! Port forwarding as the API server asks a kubelet for it when kubectl asks
//! the API server: over SPDY. A port a container declares is connected to what
//! answers for the pod (see [`super::egress`]); all others refuse.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use quarterdeck::demo::spdy::{self, PORT_FORWARD, PROTOCOL_HEADER, UPGRADE};
use tokio::io::{AsyncWriteExt as _, DuplexStream};

use super::egress;

pub(super) fn asked(request: &Request) -> bool {
    request.headers().get(header::UPGRADE).is_some_and(|wanted| wanted == UPGRADE)
}

pub(super) fn answer(mut request: Request, pod: Pod) -> Response {
    let Some(pending) = request.extensions_mut().remove::<OnUpgrade>() else {
        return (StatusCode::BAD_REQUEST, "upgrade required").into_response();
    };
    tokio::spawn(async move {
        if let Ok(upgraded) = pending.await {
            spdy::serve(TokioIo::new(upgraded), |port| dial(&pod, port)).await;
        }
    });
    let switch = [(header::CONNECTION.as_str(), "Upgrade"), (header::UPGRADE.as_str(), UPGRADE)];
    (StatusCode::SWITCHING_PROTOCOLS, switch, [(PROTOCOL_HEADER, PORT_FORWARD)]).into_response()
}

fn dial(pod: &Pod, port: u16) -> Result<DuplexStream, String> {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let mut ports = containers.flat_map(|container| container.ports.iter().flatten());
    if !ports.any(|declared| declared.container_port == i32::from(port)) {
        return Err(format!("dial tcp4 127.0.0.1:{port}: connect: connection refused"));
    }
    let (near, mut far) = tokio::io::duplex(64 << 10);
    let pod = pod.clone();
    tokio::spawn(async move {
        if let Ok(asked) = egress::head(&mut far).await {
            let _client_gone = far.write_all(egress::answer(&pod, &asked).as_bytes()).await;
        }
    });
    Ok(near)
}
