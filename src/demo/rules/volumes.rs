//! Validation of a pod's volumes.

use serde_json::{Value, json};

use super::names::{self, Rule};
use super::validate::list;
use crate::demo::status::Cause;

/// Where a volume may come from, in the order the real server looks, and what each must say.
const SOURCES: [(&str, &str); 29] = [
    ("emptyDir", ""),
    ("hostPath", "path"),
    ("gitRepo", "repository"),
    ("gcePersistentDisk", "pdName"),
    ("awsElasticBlockStore", "volumeID"),
    ("secret", "secretName"),
    ("nfs", "server"),
    ("iscsi", "targetPortal"),
    ("glusterfs", "endpoints"),
    ("persistentVolumeClaim", "claimName"),
    ("rbd", "image"),
    ("cinder", "volumeID"),
    ("cephfs", "monitors"),
    ("flocker", ""),
    ("downwardAPI", ""),
    ("fc", ""),
    ("configMap", "name"),
    ("azureFile", "secretName"),
    ("vsphereVolume", "volumePath"),
    ("quobyte", "registry"),
    ("azureDisk", "diskName"),
    ("storageos", ""),
    ("photonPersistentDisk", "pdID"),
    ("projected", ""),
    ("portworxVolume", "volumeID"),
    ("scaleIO", "gateway"),
    ("csi", "driver"),
    ("ephemeral", "volumeClaimTemplate"),
    ("image", "reference"),
];

/// Checks all of a spec and returns the names of those that can be mounted.
pub(super) fn volumes<'a>(spec: &'a Value, path: &str, out: &mut Vec<Cause>) -> Vec<&'a str> {
    let mut good: Vec<&str> = Vec::new();
    for (i, volume) in list(spec, "volumes").iter().enumerate() {
        let path = format!("{path}.volumes[{i}]");
        let found = out.len();
        source(volume, &path, out);
        let name = volume["name"].as_str().unwrap_or_default();
        if name.is_empty() {
            out.push(Cause::required(format!("{path}.name"), ""));
        } else if good.contains(&name) {
            out.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
        } else {
            let faults = names::faults(Rule::Label, name, false);
            out.extend(faults.iter().map(|why| Cause::invalid(format!("{path}.name"), &json!(name), why)));
        }
        if out.len() == found {
            good.push(name);
        }
    }
    good
}

fn source(volume: &Value, path: &str, out: &mut Vec<Cause>) {
    let given = SOURCES.iter().filter(|(source, _)| !volume[*source].is_null());
    for (i, (source, needed)) in given.enumerate() {
        let path = format!("{path}.{source}");
        let said = &volume[*source][*needed];
        if i > 0 {
            out.push(Cause::forbidden(path, "may not specify more than 1 volume type"));
        } else if !needed.is_empty() && (said.is_null() || *said == "") {
            out.push(Cause::required(format!("{path}.{needed}"), ""));
        }
    }
}
