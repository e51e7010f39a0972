use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};

use super::*;

fn pem(der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der)).into_bytes()
}

type Signer = Box<dyn Fn(&[u8]) -> Vec<u8>>;

fn ecdsa() -> (Vec<u8>, Signer) {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random).unwrap();
    let public = pem(&[&P256[..], pair.public_key().as_ref()].concat());
    (public, Box::new(move |text| pair.sign(&random, text).unwrap().as_ref().to_vec()))
}

fn edwards() -> (Vec<u8>, Signer) {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap();
    let public = pem(&[&EDWARDS[..], pair.public_key().as_ref()].concat());
    (public, Box::new(move |text| pair.sign(text).as_ref().to_vec()))
}

#[test]
fn signatures_of_both_kinds() {
    for ((public, sign), (other, _)) in [(ecdsa(), ecdsa()), (edwards(), ecdsa()), (ecdsa(), edwards())] {
        let (key, other) = (PublicKey::parse(&public).unwrap(), PublicKey::parse(&other).unwrap());
        let signature = STANDARD.encode(sign(b"payload"));
        let attached = |payload: &[u8], signature: &str| Attachment {
            payload: payload.to_vec(),
            signature: signature.to_owned(),
        };
        let good = attached(b"payload", &signature);
        assert_eq!(good.check(std::slice::from_ref(&key)), Ok(()));
        assert_eq!(good.check(&[other.clone(), key.clone()]), Ok(()));
        assert!(good.check(std::slice::from_ref(&other)).is_err());
        assert!(good.check(&[]).is_err());
        for bad in [attached(b"Payload", &signature), attached(b"payload", ""), attached(b"payload", "?")] {
            assert!(bad.check(std::slice::from_ref(&key)).is_err(), "{bad:?}");
        }
    }
}

#[test]
fn only_keys_that_can_be_checked() {
    let good = ecdsa().0;
    let point = [&P256[..], &[4; 65]].concat();
    let compressed = [&P256[..], &[2; 65]].concat();
    for (what, bytes, fine) in [
        ("good", good.clone(), true),
        ("text before", [&b"a key\n"[..], &good].concat(), true),
        ("nothing", Vec::new(), false),
        ("no PEM", b"x".to_vec(), false),
        ("another label", String::from_utf8(good).unwrap().replace("PUBLIC", "PRIVATE").into_bytes(), false),
        ("too long", pem(&[&point[..], &[0]].concat()), false),
        ("too short", pem(&point[..80]), false),
        ("compressed", pem(&compressed), false),
        ("empty", pem(b""), false),
    ] {
        assert_eq!(PublicKey::parse(&bytes).is_ok(), fine, "{what}");
    }
}
