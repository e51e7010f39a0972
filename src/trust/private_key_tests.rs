use ring::signature::KeyPair;
use serde_json::json;

use super::super::policy::KeySource;
use super::super::sigstore::PublicKey;
use super::*;

/// A key that was sealed by another program, with the passphrase "secret", and what is public of it.
const SEALED: &str = "\
-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n\
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjozMjc2OCwiciI6\n\
OCwicCI6MX0sInNhbHQiOiJPUjRNNk9mclJQV2QycWl1elJsVHVKODBHRXBvaWZ2\n\
dlduajl6NHB1eGwwPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94\n\
Iiwibm9uY2UiOiJzcDJyRVg5dm1xT3ZTYnQrSjRCaW5Bc3hPOHZxNlJWUCJ9LCJj\n\
aXBoZXJ0ZXh0IjoiVEd0aHZaakZqOXBUUE82QWVBRCt0ZDNkditsYlVTbGFoYTBi\n\
MlFmay9HaVhwa3ZzVVczbVB1VUpvTGJoVEdWblBhaXVRS09IaWVyNWpZbnlOUGtU\n\
SExFRk56TlhwdkUwQThJUkpoWkUvVUhKOExuR0V2RUJlMG1MVkVsQ0VEdmpSWldK\n\
SFdMYmlNNGxDT1ROdXRINlE3Y1BDRVhYOWptL2xadFRWbzhWUFZhc3p6c3JVQldz\n\
cFRMb3IwdEZxUlZKUDAvaEd1SkhsRndxVmc9PSJ9\n\
-----END ENCRYPTED COSIGN PRIVATE KEY-----\n";
const SEALED_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhVc4uchzlY6FSPlNFTubU9jNlqqA\n\
1OsXbt8M1b08F0kAqJeXn9GM3Jva7qDmcltckcdYrLU63cAVy/ExWti0ng==\n\
-----END PUBLIC KEY-----\n";

/// A key as `cosign generate-key-pair` writes it, around PKCS#8.
fn seal(der: &[u8], passphrase: &[u8], n: u32) -> String {
    let (salt, nonce) = ([3; 32], [4; 24]);
    let mut key = [0; 32];
    let params = scrypt::Params::new(u8::try_from(n.ilog2()).unwrap(), 8, 1).unwrap();
    scrypt::scrypt(passphrase, &salt, &params, &mut key).unwrap();
    let mut stream = XSalsa20::new(&key.into(), &nonce.into());
    let mut first = [0; 32];
    stream.apply_keystream(&mut first);
    let mut text = der.to_vec();
    stream.apply_keystream(&mut text);
    let sum = Poly1305::new(&first.into()).compute_unpadded(&text);
    let json = json!({
        "kdf": {"name": "scrypt", "params": {"N": n, "r": 8, "p": 1}, "salt": STANDARD.encode(salt)},
        "cipher": {"name": "nacl/secretbox", "nonce": STANDARD.encode(nonce)},
        "ciphertext": STANDARD.encode([&sum[..], &text].concat()),
    });
    let packed = STANDARD.encode(json.to_string());
    let lines: Vec<&str> =
        packed.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----\n", LABELS[0], lines.join("\n"))
}

fn p256() -> Vec<u8> {
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
    pkcs8.as_ref().to_vec()
}

fn public(key: &SigningKey) -> KeySource {
    let der = match key {
        SigningKey::P256(pair) => {
            let head = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
            [&bytes(head), pair.public_key().as_ref()].concat()
        }
        SigningKey::Ed25519(pair) => {
            [&bytes("302a300506032b6570032100"), pair.public_key().as_ref()].concat()
        }
    };
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    KeySource::Data(vec![pem.into_bytes()])
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn what_is_signed_is_verified() {
    let edwards = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap().as_ref().to_vec();
    let plain = |der: &[u8]| {
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
    };
    let name = Named::parse("h.io/a:1").unwrap();
    let manifest = Digest::from_bytes(&[7; 32]);
    for (what, pem) in [
        ("sealed", seal(&p256(), b"secret", 1024)),
        ("sealed Ed25519", seal(&edwards, b"secret", 1024)),
        ("plain", plain(&p256())),
        ("plain Ed25519", plain(&edwards)),
    ] {
        let key = SigningKey::parse(pem.as_bytes(), b"secret").unwrap_or_else(|why| panic!("{what}: {why}"));
        let attached = key.sign(&manifest, &name, 1).unwrap();
        let keys = PublicKey::all(&public(&key)).unwrap();
        assert_eq!(attached.check(&keys), Ok(()), "{what}");
        let signed = Payload::parse(&attached.payload, COSIGN).unwrap();
        assert_eq!((signed.digest, signed.reference), (manifest.clone(), name.clone()));
    }
}

#[test]
fn what_another_program_has_sealed_is_opened() {
    let key = SigningKey::parse(SEALED.as_bytes(), b"secret").unwrap();
    let attached = key.sign(&Digest::from_bytes(&[7; 32]), &Named::parse("h.io/a:1").unwrap(), 1).unwrap();
    let keys = PublicKey::all(&KeySource::Data(vec![SEALED_PUBLIC.into()])).unwrap();
    assert_eq!(attached.check(&keys), Ok(()));
    assert!(SigningKey::parse(SEALED.as_bytes(), b"Secret").is_err());
}

#[test]
fn what_is_no_key_is_refused() {
    let good = seal(&p256(), b"secret", 1024);
    assert!(SigningKey::parse(good.as_bytes(), b"Secret").unwrap_err().contains("passphrase"));
    assert!(SigningKey::parse(good.as_bytes(), b"").is_err());
    let work = "it asks for more work than any key needs";
    // A number that is not believed is not worked with either.
    let packed: String = good.lines().filter(|line| !line.starts_with('-')).collect();
    let json = String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap();
    let label = LABELS[1];
    let with =
        |json: &str| format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(json));
    for (from, to, why) in [
        ("1024", "1048576", work),
        ("1024", "1000", work),
        ("1024", "0", work),
        ("\"r\":8", "\"r\":1024", work),
        ("\"p\":1", "\"p\":1024", work),
        ("\"p\":1", "\"p\":0", "damaged"),
        ("scrypt", "bcrypt", "another way"),
        ("nacl/secretbox", "none", "another way"),
        ("{", "[", "damaged"),
    ] {
        assert!(json.contains(from), "{from}");
        let error = SigningKey::parse(with(&json.replacen(from, to, 1)).as_bytes(), b"secret").unwrap_err();
        assert!(error.contains(why), "{from} {to}: {error}");
    }
    assert!(SigningKey::parse(with(&json).as_bytes(), b"secret").is_ok());
    for bad in ["", "x", "-----BEGIN PRIVATE KEY-----\naGk=\n-----END PRIVATE KEY-----\n"] {
        assert!(SigningKey::parse(bad.as_bytes(), b"").is_err(), "{bad}");
    }
}
