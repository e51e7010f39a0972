//! Whatever a signature, a policy or a key has in it, nobody falls over it; and nothing that is changed is taken.

use proptest::prelude::*;

use super::payload::{ATOMIC, Payload};
use super::{Attachment, Named, SigningKey, is_prefix, parse_policy};
use crate::model::Digest;

const POLICY: &str = r#"{"default":[{"type":"reject"}],"transports":{"docker":{"h.io":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/k","signedIdentity":{"type":"matchExact"}}]}}}"#;

proptest! {
    #[test]
    fn bytes_of_strangers(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = (Named::parse(&text).is_ok(), is_prefix(&text));
        prop_assert!(parse_policy(&bytes).is_err());
        prop_assert!(Payload::parse(&bytes, ATOMIC).is_err());
        prop_assert!(Attachment::from_blob(&bytes).is_none());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        prop_assert!(SigningKey::read(file.path(), b"").is_err());
    }

    /// One letter more, less or otherwise in a word of a policy: it is refused, or it says something else and not more.
    #[test]
    fn a_policy_with_a_slip(at in 0..POLICY.len(), letter in "[a-zA-Z]") {
        let mut changed = POLICY.to_owned();
        changed.insert_str(at, &letter);
        if let Ok(policy) = parse_policy(changed.as_bytes()) {
            let strict = parse_policy(POLICY.as_bytes()).unwrap();
            prop_assert_eq!(policy.default, strict.default);
        }
    }

    #[test]
    fn a_payload_with_a_slip(at in 0usize..1000, letter in "[a-z\"{}:,]") {
        let payload = Payload { digest: Digest::from_bytes(&[7; 32]), reference: Named::parse("h.io/a:1").unwrap() };
        let good = String::from_utf8(payload.write(ATOMIC, 1)).unwrap();
        let mut changed = good.clone();
        changed.insert_str(at % good.len(), &letter);
        if let Ok(read) = Payload::parse(changed.as_bytes(), ATOMIC) {
            prop_assert_eq!(read.digest, payload.digest);
        }
    }
}
