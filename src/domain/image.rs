//! References of images, as a kubelet reads them: `[host[:port]/]path[:tag][@digest]`.
//! One it cannot read ends as `InvalidImageName`, a minute into a rollout.
//! The grammar is that of github.com/distribution/reference. Whether the image
//! exists is not known here: that needs its registry.

/// Longest name without tag and digest.
const MOST_NAME: usize = 255;
/// Longest tag.
const MOST_TAG: usize = 128;
/// Digests a kubelet knows, with their hexadecimal digits.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// Whether a kubelet can read it.
pub fn is_image_reference(text: &str) -> bool {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let (name, tag) = match rest.rsplit_once(':') {
        // A colon before a slash is that of a port.
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        Some(_) | None => (rest, None),
    };
    name.len() <= MOST_NAME && is_name(name) && tag.is_none_or(is_tag) && digest.is_none_or(is_digest)
}

fn is_name(name: &str) -> bool {
    let path = match name.split_once('/') {
        // What has neither a dot nor a port is the first part of the path, as in `library/nginx`.
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
            if !is_host(host) {
                return false;
            }
            path
        }
        Some(_) | None => name,
    };
    path.split('/').all(is_part)
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let label = |label: &str| {
        label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let number = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    name.split('.').all(label) && port.is_none_or(number)
}

/// Small letters and digits, between them one dot, one or two underscores, or dashes.
fn is_part(part: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = |gap: &str| matches!(gap, "" | "." | "_" | "__") || gap.chars().all(|c| c == '-');
    part.starts_with(word) && part.ends_with(word) && part.split(word).all(between)
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= MOST_TAG && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn is_digest(digest: &str) -> bool {
    let hex = |hex: &str| hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'));
    let known = |(name, digits): &(&str, usize)| {
        digest
            .split_once(':')
            .is_some_and(|(algorithm, value)| algorithm == *name && value.len() == *digits && hex(value))
    };
    DIGESTS.iter().any(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kubelet_reads_is_a_reference() {
        let digest = format!("@sha256:{}", "0af".repeat(22).get(..64).unwrap());
        for text in [
            "nginx",
            "nginx:1.27",
            "library/nginx",
            "registry.test/shop:v1",
            "r.io:5000/shop/checkout:v1_2.3-rc.1",
            "localhost/x",
            "Registry.Example.com/a/b__c-d--e.f",
            &format!("r.io/checkout{digest}"),
            &format!("r.io/checkout:v1{digest}"),
            &format!("r.io/x:{}", "a".repeat(128)),
        ] {
            assert!(is_image_reference(text), "{text}");
        }
    }

    #[test]
    fn what_ends_as_invalid_image_name_is_none() {
        for text in [
            "",
            ":",
            "app::bad",
            "app:v1:v2",
            "app:-bad",
            "reg.example.com/UPPER/x:v1",
            "app@sha256:abc",
            "app@md5:0123",
            "a//b:v1",
            "a/:v1",
            "/a",
            "a/",
            "x/..:v1",
            "a b",
            "a___b",
            "-a",
            "a.-b/c",
            "r.io:port/x",
            &format!("r.io/x:{}", "a".repeat(129)),
            &"a".repeat(256),
        ] {
            assert!(!is_image_reference(text), "{text}");
        }
    }
}
