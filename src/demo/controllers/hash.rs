//! The `pod-template-hash`: short, safe in names, equal for equal templates.
//!
//! The real one hashes a Go dump of the template, which nothing outside Go can
//! repeat. Only its properties matter to anybody: stable, ten characters of
//! the alphabet without vowels, different after a collision.

use serde_json::Value;

/// Characters of generated names: no vowels, so that no words form.
pub const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// The hash of `template`, salted with the Deployment's `collisionCount`.
pub fn template_hash(template: &Value, collisions: Option<i32>) -> String {
    let mut state = 0x811c_9dc5_u32;
    feed(&mut state, canonical(template).to_string().as_bytes());
    if let Some(n) = collisions {
        feed(&mut state, &n.to_le_bytes());
    }
    state.to_string().bytes().map(|b| char::from(ALPHABET[usize::from(b) % ALPHABET.len()])).collect()
}

/// FNV-1a, 32 bits.
fn feed(state: &mut u32, bytes: &[u8]) {
    for b in bytes {
        *state = (*state ^ u32::from(*b)).wrapping_mul(0x0100_0193);
    }
}

/// `template` without nulls and without the hash label itself: what two
/// templates must share to be the same revision.
pub fn canonical(template: &Value) -> Value {
    let mut copy = template.clone();
    if let Some(labels) = copy.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    strip_nulls(&mut copy);
    copy
}

/// Whether two templates describe the same pods, the hash label apart.
pub fn same_template(a: &Value, b: &Value) -> bool {
    canonical(a) == canonical(b)
}

fn strip_nulls(value: &mut Value) {
    if let Some(map) = value.as_object_mut() {
        map.retain(|_, v| !v.is_null());
        map.values_mut().for_each(strip_nulls);
    } else if let Some(list) = value.as_array_mut() {
        list.iter_mut().for_each(strip_nulls);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hash_ignores_itself_order_and_nulls_but_not_collisions() {
        let a = json!({"metadata": {"creationTimestamp": null, "labels": {"app": "web"}}, "spec": {"x": 1}});
        let b = json!({"spec": {"x": 1}, "metadata": {"labels": {"pod-template-hash": "abc", "app": "web"}}});
        assert_eq!(template_hash(&a, None), template_hash(&b, None));
        assert!(same_template(&a, &b));
        assert_ne!(template_hash(&a, None), template_hash(&a, Some(1)));
        assert_ne!(template_hash(&a, None), template_hash(&json!({"spec": {"x": 2}}), None));
    }
}
