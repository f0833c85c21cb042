//! The Kubernetes objects of a scenario's services, as their teams would have
//! written them.

use serde_json::{Map, Value, json};

use super::model::{ManagedBy, Node, Scenario, Service};

/// Port every service listens on.
pub const PORT: u16 = 8080;
/// The container of every service.
pub const CONTAINER: &str = "app";

/// A service in one of its environments.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The service.
    pub service: &'a Service,
    /// `production`, `staging` or `dev`.
    pub environment: &'a str,
}

impl Place<'_> {
    /// Namespace.
    pub fn namespace(&self) -> String {
        self.service.namespace(self.environment)
    }

    /// Pods wanted.
    pub fn replicas(&self) -> i32 {
        self.service.replicas.get(self.environment).copied().unwrap_or(0)
    }

    fn selector(&self) -> Value {
        let id = self.service.id();
        json!({"app.kubernetes.io/name": id, "app.kubernetes.io/instance": format!("{id}-{}", self.environment)})
    }

    /// Labels of everything that belongs to the service here.
    pub fn labels(&self) -> Value {
        let mut labels = self.selector();
        labels["app.kubernetes.io/part-of"] = self.service.system.clone().into();
        labels["backstage.io/kubernetes-id"] = self.service.id().into();
        labels["environment"] = self.environment.into();
        labels["team"] = self.service.team.get_ref().clone().into();
        labels["tier"] = self.service.tier.to_string().into();
        match self.service.managed_by {
            Some(ManagedBy::Helm) => labels["app.kubernetes.io/managed-by"] = "Helm".into(),
            Some(ManagedBy::Flux) => {
                labels["kustomize.toolkit.fluxcd.io/name"] = self.service.system.clone().into();
                labels["kustomize.toolkit.fluxcd.io/namespace"] = "flux-system".into();
            }
            Some(ManagedBy::ArgoCd) | None => {}
        }
        labels
    }

    fn annotations(&self) -> Value {
        let (id, ns) = (self.service.id(), self.namespace());
        match self.service.managed_by {
            Some(ManagedBy::ArgoCd) => {
                json!({"argocd.argoproj.io/tracking-id": format!("{id}-{}:apps/Deployment:{ns}/{id}", self.environment)})
            }
            Some(ManagedBy::Helm) => {
                json!({"meta.helm.sh/release-name": id, "meta.helm.sh/release-namespace": ns})
            }
            Some(ManagedBy::Flux) | None => json!({}),
        }
    }

    fn meta(&self, name: &str) -> Value {
        json!({"name": name, "namespace": self.namespace(), "labels": self.labels()})
    }

    /// The Deployment of a version.
    pub fn deployment(&self, version: &str, replicas: i32, cause: &str) -> Value {
        let service = self.service;
        let mut meta = self.meta(service.id());
        meta["labels"]["app.kubernetes.io/version"] = version.into();
        meta["annotations"] = self.annotations();
        meta["annotations"]["kubernetes.io/change-cause"] = cause.into();
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta,
            "spec": {
                "replicas": replicas,
                "minReadySeconds": service.min_ready_seconds,
                "progressDeadlineSeconds": 600,
                "revisionHistoryLimit": 10,
                "selector": {"matchLabels": self.selector()},
                "strategy": {
                    "type": "RollingUpdate",
                    "rollingUpdate": {
                        "maxSurge": int_or_percent(&service.max_surge),
                        "maxUnavailable": int_or_percent(&service.max_unavailable),
                    },
                },
                "template": self.template(version),
            },
        })
    }

    /// The pod template of a version.
    pub fn template(&self, version: &str) -> Value {
        let mut labels = self.labels();
        labels["app.kubernetes.io/version"] = version.into();
        json!({
            "metadata": {
                "labels": labels,
                "annotations": {
                    "prometheus.io/scrape": "true",
                    "prometheus.io/port": PORT.to_string(),
                    "prometheus.io/path": "/metrics",
                },
            },
            "spec": {
                "containers": [self.container(version)],
                "dnsPolicy": "ClusterFirst",
                "restartPolicy": "Always",
                "schedulerName": "default-scheduler",
                "securityContext": {"runAsNonRoot": true, "runAsUser": 10001},
                "serviceAccount": self.service.id(),
                "serviceAccountName": self.service.id(),
                "terminationGracePeriodSeconds": 30,
            },
        })
    }

    fn container(&self, version: &str) -> Value {
        let service = self.service;
        let [cpu, memory] = &service.resources;
        let probe = |path: &str, period: u32| {
            json!({
                "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
                "periodSeconds": period, "timeoutSeconds": 2, "successThreshold": 1, "failureThreshold": 3,
            })
        };
        json!({
            "name": CONTAINER,
            "image": service.image(&self.scenario.registry, version),
            "imagePullPolicy": "IfNotPresent",
            "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
            "env": self.env(),
            "envFrom": [{"configMapRef": {"name": format!("{}-config", service.id())}}],
            "resources": {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}},
            "readinessProbe": probe("/health/ready", 5),
            "livenessProbe": probe("/health/live", 10),
            "terminationMessagePath": "/dev/termination-log",
            "terminationMessagePolicy": "File",
        })
    }

    fn env(&self) -> Value {
        let mut env: Vec<Value> =
            self.service.env.iter().map(|(k, v)| json!({"name": k, "value": v})).collect();
        env.push(json!({"name": "DATABASE_URL", "valueFrom":
            {"secretKeyRef": {"name": format!("{}-db", self.service.id()), "key": "uri"}}}));
        env.into()
    }

    /// Everything around the Deployment: (resource, object).
    pub fn surroundings(&self) -> Vec<(&'static str, Value)> {
        let id = self.service.id();
        let object = |api: &str, kind: &str, name: &str, rest: Value| {
            let mut out = json!({"apiVersion": api, "kind": kind, "metadata": self.meta(name)});
            if let (Some(out), Value::Object(rest)) = (out.as_object_mut(), rest) {
                out.extend(rest);
            }
            out
        };
        let mut all = vec![
            ("serviceaccounts", object("v1", "ServiceAccount", id, json!({}))),
            (
                "configmaps",
                object("v1", "ConfigMap", &format!("{id}-config"), json!({"data": self.config()})),
            ),
            // The value of a demo secret is a demo value; it opens nothing.
            (
                "secrets",
                object(
                    "v1",
                    "Secret",
                    &format!("{id}-db"),
                    json!({"type": "Opaque", "data": {"uri": "cG9zdGdyZXM6Ly9kZW1v"}}),
                ),
            ),
            ("services", object("v1", "Service", id, self.service_spec())),
        ];
        if self.environment == "production" {
            let budget = json!({"spec": {"maxUnavailable": 1, "selector": {"matchLabels": self.selector()}}});
            if self.replicas() > 2 {
                all.push(("poddisruptionbudgets", object("policy/v1", "PodDisruptionBudget", id, budget)));
            }
            if let Some(spec) = self.autoscaler() {
                all.push((
                    "horizontalpodautoscalers",
                    object("autoscaling/v2", "HorizontalPodAutoscaler", id, json!({"spec": spec})),
                ));
            }
        }
        all
    }

    fn config(&self) -> Value {
        json!({
            "ENVIRONMENT": self.environment,
            "HTTP_PORT": PORT.to_string(),
            "OTEL_SERVICE_NAME": self.service.id(),
            "SHUTDOWN_GRACE": "10s",
        })
    }

    fn service_spec(&self) -> Value {
        let bytes = self
            .namespace()
            .bytes()
            .chain(self.service.id().bytes())
            .fold(17_u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
        let ip = format!("10.96.{}.{}", (bytes >> 8) % 250 + 1, bytes % 250 + 2);
        json!({"spec": {
            "type": "ClusterIP",
            "clusterIP": ip,
            "clusterIPs": [ip],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "sessionAffinity": "None",
            "selector": self.selector(),
            "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}],
        }, "status": {"loadBalancer": {}}})
    }

    fn autoscaler(&self) -> Option<Value> {
        let hpa = self.service.hpa.as_ref()?;
        Some(json!({
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.service.id()},
            "minReplicas": hpa.min,
            "maxReplicas": hpa.max,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                "target": {"type": "Utilization", "averageUtilization": hpa.cpu}}}],
        }))
    }
}

fn int_or_percent(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from)
}

/// A namespace of a system in an environment, owned by the team with most of it.
pub fn namespace(name: &str, labels: &Map<String, Value>) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

/// A worker node; `index` gives it its address.
pub fn node(node: &Node, index: usize) -> Value {
    let resources =
        json!({"cpu": node.cpu, "memory": node.memory, "pods": "250", "ephemeral-storage": "200Gi"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": node.name,
            "labels": {
                "kubernetes.io/hostname": node.name,
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "m6i.4xlarge",
                "topology.kubernetes.io/region": node.zone.trim_end_matches(char::is_alphabetic),
                "topology.kubernetes.io/zone": node.zone,
            },
        },
        "spec": {"providerID": format!("demo:///{}/{}", node.zone, node.name)},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "addresses": [
                {"type": "InternalIP", "address": format!("10.0.{}.{}", index / 200 + 1, index % 200 + 10)},
                {"type": "Hostname", "address": node.name},
            ],
            "nodeInfo": {
                "architecture": "amd64",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.43",
                "kubeletVersion": "v1.36.1",
                "operatingSystem": "linux",
                "osImage": "Flatcar Container Linux 4459.2.1",
            },
        },
    })
}

/// A quota on pods.
pub fn quota(place: &Place<'_>, pods: i32) -> Value {
    let hard = json!({"pods": pods.to_string()});
    json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "pods", "namespace": place.namespace(), "labels": {"team": "platform"}},
        "spec": {"hard": hard},
        "status": {"hard": hard, "used": {"pods": "0"}},
    })
}
