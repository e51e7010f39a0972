use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::super::{Named, parse_policy};
use super::*;
use crate::model::Reference;

/// Signatures in memory; simple ones are not looked for here.
struct Attached(Vec<Attachment>);

impl Evidence for Attached {
    type Error = TrustError;

    fn simple(&self) -> Result<Vec<Vec<u8>>, TrustError> {
        Ok(Vec::new())
    }

    fn sigstore(&self) -> Result<Vec<Attachment>, TrustError> {
        Ok(self.0.clone())
    }

    fn in_directory<T>(&self, work: impl FnOnce(&Path) -> Result<T, TrustError>) -> Result<T, TrustError> {
        work(tempfile::tempdir().unwrap().path())
    }
}

struct Key {
    pair: Ed25519KeyPair,
}

impl Key {
    fn new() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { pair: Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap() }
    }

    /// `keyData` of a policy.
    fn data(&self) -> String {
        let der = [
            &[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00],
            self.pair.public_key().as_ref(),
        ]
        .concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        STANDARD.encode(pem)
    }

    fn sign(&self, digest: &Digest, name: &str) -> Attachment {
        let payload = Payload { digest: digest.clone(), reference: Named::parse(name).unwrap() };
        let payload = payload.write(COSIGN, 1);
        Attachment { signature: STANDARD.encode(self.pair.sign(&payload).as_ref()), payload }
    }
}

fn judged(requirements: &str, signatures: Vec<Attachment>) -> Result<(), TrustError> {
    let policy = parse_policy(format!(r#"{{"default":{requirements}}}"#).as_bytes()).unwrap();
    let subject = Subject::registry(&Reference::parse("h.io/a:1").unwrap());
    admit(&policy.default, &subject, &manifest(), &Attached(signatures))
}

fn manifest() -> Digest {
    Digest::from_bytes(&[7; 32])
}

#[test]
fn every_requirement_has_to_be_met() {
    let (one, two) = (Key::new(), Key::new());
    let (mine, other) = (manifest(), Digest::from_bytes(&[8; 32]));
    let by = |key: &Key| format!(r#"{{"type":"sigstoreSigned","keyData":"{}"}}"#, key.data());
    let (by_one, by_two) = (by(&one), by(&two));
    let anything = r#"{"type":"insecureAcceptAnything"}"#;
    let reject = r#"{"type":"reject"}"#;
    let good = one.sign(&mine, "h.io/a:1");
    let mut forged = good.clone();
    forged.payload = one.sign(&mine, "h.io/a:2").payload;
    for (what, requirements, signatures, want) in [
        ("anything", format!("[{anything}]"), vec![], true),
        ("reject", format!("[{reject}]"), vec![good.clone()], false),
        ("anything and reject", format!("[{anything},{reject}]"), vec![good.clone()], false),
        ("signed", format!("[{by_one}]"), vec![good.clone()], true),
        ("signed and anything", format!("[{anything},{by_one}]"), vec![], false),
        ("unsigned", format!("[{by_one}]"), vec![], false),
        ("another key", format!("[{by_two}]"), vec![good.clone()], false),
        ("both", format!("[{by_one},{by_two}]"), vec![good.clone(), two.sign(&mine, "h.io/a:1")], true),
        ("only one of both", format!("[{by_one},{by_two}]"), vec![good.clone()], false),
        ("another digest", format!("[{by_one}]"), vec![one.sign(&other, "h.io/a:1")], false),
        ("another name", format!("[{by_one}]"), vec![one.sign(&mine, "h.io/b:1")], false),
        ("another tag", format!("[{by_one}]"), vec![one.sign(&mine, "h.io/a:2")], false),
        ("a bad one and a good one", format!("[{by_one}]"), vec![forged.clone(), good.clone()], true),
        ("forged", format!("[{by_one}]"), vec![forged], false),
        ("fulcio", r#"[{"type":"sigstoreSigned","fulcio":{}}]"#.to_owned(), vec![good.clone()], false),
        (
            "simple",
            format!(r#"[{{"type":"signedBy","keyType":"GPGKeys","keyData":"{}"}}]"#, one.data()),
            vec![good],
            false,
        ),
    ] {
        assert_eq!(judged(&requirements, signatures).is_ok(), want, "{what}");
    }
}

#[test]
fn the_reason_is_told() {
    let key = Key::new();
    let by = format!(r#"[{{"type":"sigstoreSigned","keyData":"{}"}}]"#, key.data());
    for (requirements, signatures, want) in [
        (r#"[{"type":"reject"}]"#, vec![], "Running image docker://h.io/a:1 is rejected by policy"),
        (r#"[{"type":"sigstoreSigned","fulcio":{}}]"#, vec![], "fulcio"),
        (&by, vec![], "A signature was required, but no signature exists"),
        (&by, vec![key.sign(&manifest(), "h.io/b:1")], "Signature for identity \"h.io/b:1\" is not accepted"),
        (&by, vec![Key::new().sign(&manifest(), "h.io/a:1")], "not by one of the trusted keys"),
        (r#"[{"type":"sigstoreSigned","keyPath":"/nowhere"}]"#, vec![], "/nowhere: no such file"),
        (r#"[{"type":"sigstoreSigned","keyData":"aGk="}]"#, vec![], "BEGIN PUBLIC KEY"),
    ] {
        let error = judged(requirements, signatures).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
    let several = vec![key.sign(&manifest(), "h.io/b:1"); 9];
    let error = judged(&by, several).unwrap_err().to_string();
    assert!(error.contains("None of the signatures were accepted") && error.ends_with('…'), "{error}");
}
