//! The two servers, and how a behaviour is run on one.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::FutureExt as _;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use quarterdeck::demo::Demo;
use serde_json::json;
use tokio::runtime::Handle;

use super::Behaviour;
use super::case::Case;
use super::embedded;
use super::http::Http;

pub(crate) struct Server {
    name: &'static str,
    /// Or why there is none.
    kubeconfig: Result<Kubeconfig, String>,
    /// Lives as long as the tests do.
    embedded: Option<Demo>,
    runtime: Handle,
    namespaces: AtomicU32,
}

impl Server {
    pub(crate) fn embedded(runtime: &Handle) -> Self {
        let (demo, file) = embedded::start(runtime);
        Self { embedded: Some(demo), ..Self::new("embedded", Ok(file), runtime) }
    }

    /// # Errors
    /// When the variable names something that cannot be used: that is a
    /// mistake to report, never a reason to skip.
    pub(crate) fn real(runtime: &Handle) -> Result<Self, String> {
        let path = std::env::var_os("QD_E2E_KUBECONFIG").map(PathBuf::from);
        let Some(path) = path else {
            let why = "QD_E2E_KUBECONFIG names no disposable cluster (see docs/testing.md)";
            return Ok(Self::new("real", Err(why.to_owned()), runtime));
        };
        let file = Kubeconfig::read_from(&path).map_err(|error| format!("QD_E2E_KUBECONFIG: {error}"))?;
        Ok(Self::new("real", Ok(file), runtime))
    }

    fn new(name: &'static str, kubeconfig: Result<Kubeconfig, String>, runtime: &Handle) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { name, kubeconfig, embedded: None, runtime: runtime.clone(), namespaces: AtomicU32::new(0) }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn absent(&self) -> Option<&str> {
        self.kubeconfig.as_ref().err().map(String::as_str)
    }

    /// Runs one behaviour in a fresh namespace; a panic is its failure.
    pub(crate) fn run(self: &Arc<Self>, behaviour: Behaviour) -> Result<(), Box<dyn Any + Send>> {
        self.runtime.block_on(AssertUnwindSafe(self.within_namespace(behaviour)).catch_unwind())?
    }

    async fn within_namespace(self: &Arc<Self>, behaviour: Behaviour) -> Result<(), Box<dyn Any + Send>> {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed);
        let ns = format!("qd-{:x}-{number}", std::process::id());
        let admin = self.user("admin");
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}});
        admin.post("/api/v1/namespaces", &body).await.is(201);
        let case = Case { ns, admin, server: Arc::clone(self) };
        // A real server refuses pods until the namespace has its service account; and a watch must
        // not see the ConfigMap arrive that every namespace gets.
        for path in [case.core("serviceaccounts/default"), case.core("configmaps/kube-root-ca.crt")] {
            case.until_answer("the namespace is furnished", &path, |it| it.status == 200).await;
        }
        let end = AssertUnwindSafe((behaviour.run)(case.clone())).catch_unwind().await;
        case.stop().await;
        end
    }

    /// The user of that name: by a context of theirs in the kubeconfig, or the current user
    /// impersonating it (kind and k3d know only their administrator).
    pub(crate) fn user(&self, name: &str) -> Http {
        self.client(self.kubeconfig_of(name))
    }

    /// A kubeconfig file for kubectl as the administrator, with this namespace. JSON is YAML.
    pub(crate) fn kubectl_file(&self, namespace: &str) -> String {
        let mut file = self.kubeconfig_for_kubectl("admin");
        for context in file.contexts.iter_mut().filter_map(|named| named.context.as_mut()) {
            context.namespace = Some(namespace.to_owned());
        }
        serde_json::to_string(&file).expect("a kubeconfig")
    }

    /// A kubeconfig in which that user is the current one.
    pub(crate) fn kubeconfig_of(&self, name: &str) -> Kubeconfig {
        let mut file = self.kubeconfig.clone().unwrap_or_else(|why| panic!("{why}"));
        if let Some(context) = context_of(&file, name) {
            file.current_context = Some(context);
        } else if name != "admin" {
            for info in file.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
                info.impersonate = Some(name.to_owned());
            }
        }
        file
    }

    /// The same for kubectl, which sends no token over plain HTTP.
    pub(crate) fn kubeconfig_for_kubectl(&self, name: &str) -> Kubeconfig {
        let Some(demo) = &self.embedded else { return self.kubeconfig_of(name) };
        let mut file = Kubeconfig::from_yaml(&demo.kubeconfig_for_kubectl()).expect("its own kubeconfig");
        file.current_context = context_of(&file, name);
        file
    }

    /// A user with other credentials than any of the kubeconfig.
    pub(crate) fn stranger(&self, credentials: &AuthInfo) -> Http {
        let mut file = self.kubeconfig.clone().unwrap_or_else(|why| panic!("{why}"));
        for named in &mut file.auth_infos {
            named.auth_info = Some(credentials.clone());
        }
        self.client(file)
    }

    fn client(&self, file: Kubeconfig) -> Http {
        let options = KubeConfigOptions::default();
        let config = async { Config::from_custom_kubeconfig(file, &options).await };
        let mut config = config.now_or_never().expect("no I/O").expect("a usable kubeconfig");
        config.default_retry = false;
        let _inside = self.runtime.enter();
        Http(Client::try_from(config).expect("a client"))
    }
}

/// The context of the user called `name`.
fn context_of(file: &Kubeconfig, name: &str) -> Option<String> {
    let of = |it: &kube::config::Context| it.user.as_deref() == Some(name);
    let found = file.contexts.iter().find(|it| it.context.as_ref().is_some_and(of));
    found.map(|it| it.name.clone())
}
