//! What a signature says: simple signing's JSON and cosign's, which differ in one word. Read to the letter: whatever is not
//! foreseen, comes twice or is missing makes the whole of it worthless.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Named;
use crate::model::Digest;

/// The type of simple signing ("atomic container signature").
pub const ATOMIC: &str = "atomic container signature";
/// The type of cosign's.
pub const COSIGN: &str = "cosign container image signature";

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The manifest's digest.
    pub digest: Digest,
    /// What the signer calls the image.
    pub reference: Named,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    critical: Critical,
    /// For people; `null` when cosign has nothing to say.
    #[serde(default)]
    optional: Value,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Critical {
    identity: Identity,
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Identity {
    docker_reference: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Image {
    docker_manifest_digest: Digest,
}

impl Payload {
    /// Reads what was signed; of this type.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8], kind: &str) -> Result<Self, String> {
        let document: Document =
            serde_json::from_slice(bytes).map_err(|error| format!("Invalid signature format: {error}"))?;
        let critical = document.critical;
        if critical.kind != kind {
            let said: String = critical.kind.chars().take(100).collect();
            return Err(format!("Unrecognized signature type {said:?}"));
        }
        if !document.optional.is_null() && !document.optional.is_object() {
            return Err("Invalid signature format: optional is no object".to_owned());
        }
        let reference = Named::parse(&critical.identity.docker_reference)
            .map_err(|error| format!("Invalid signature format: docker-reference: {error}"))?;
        Ok(Self { digest: critical.image.docker_manifest_digest, reference })
    }

    /// What is to be signed; `seconds` since the epoch say when.
    pub fn write(&self, kind: &str, seconds: i64) -> Vec<u8> {
        let document = Document {
            critical: Critical {
                identity: Identity { docker_reference: self.reference.to_string() },
                image: Image { docker_manifest_digest: self.digest.clone() },
                kind: kind.to_owned(),
            },
            optional: serde_json::json!({
                "creator": concat!("rctr ", env!("CARGO_PKG_VERSION")),
                "timestamp": seconds,
            }),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(digest: &str, reference: &str, kind: &str) -> String {
        format!(
            r#"{{"critical":{{"identity":{{"docker-reference":"{reference}"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"{kind}"}},"optional":null}}"#
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let payload =
            Payload { digest: Digest::from_bytes(&[7; 32]), reference: Named::parse("h.io/a:1").unwrap() };
        for kind in [ATOMIC, COSIGN] {
            assert_eq!(Payload::parse(&payload.write(kind, 17), kind).unwrap(), payload);
        }
        assert!(Payload::parse(&payload.write(ATOMIC, 17), COSIGN).is_err());
    }

    #[test]
    fn anything_unforeseen_is_refused() {
        let digest = Digest::from_bytes(&[7; 32]).to_string();
        let good = text(&digest, "h.io/a", COSIGN);
        assert!(Payload::parse(good.as_bytes(), COSIGN).is_ok());
        for bad in [
            String::new(),
            "null".to_owned(),
            "[]".to_owned(),
            "{}".to_owned(),
            good.replace("\"optional\":null", "\"optional\":7"),
            good.replace("\"optional\":null", "\"optional\":null,\"more\":1"),
            good.replace("\"optional\":null", "\"optional\":null,\"optional\":null"),
            good.replace("\"type\":", "\"more\":1,\"type\":"),
            good.replace("\"image\":{", "\"image\":{\"more\":1,"),
            good.replace("\"identity\":{", "\"identity\":{\"docker-reference\":\"h.io/b\","),
            good.replace("docker-reference", "Docker-Reference"),
            good.replace(&digest, "sha256:12"),
            good.replace(&digest, &format!("sha512:{}", "a".repeat(128))),
            good.replace("h.io/a", "Bad Name"),
            good.replace("h.io/a", ""),
            good.replace(COSIGN, "something else"),
            format!("{good}{good}"),
            format!("{good} x"),
        ] {
            assert!(Payload::parse(bad.as_bytes(), COSIGN).is_err(), "{bad}");
        }
    }
}
