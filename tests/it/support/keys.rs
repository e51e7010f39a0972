//! Keys that sign images: OpenPGP ones by gpg, in a home of the test's own, and PEM ones by openssl.

use std::path::PathBuf;

use super::run::Run;
use super::{World, program};

/// A keyring of gpg's, and the agent that gpg starts for it; both end with the test.
pub struct Gpg<'a> {
    world: &'a World,
    pub home: PathBuf,
}

impl<'a> Gpg<'a> {
    pub fn new(world: &'a World) -> Self {
        let home = world.make_dir("gnupg");
        super::world::set_mode(&home, 0o700);
        Self { world, home }
    }

    /// gpg with these words.
    pub fn gpg(&self, words: &[&str]) -> Run {
        let binary = program(&["gpg"]).expect("gpg is installed (contrib/test.sh does it)");
        let options = ["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];
        self.world.program(binary).env("GNUPGHOME", &self.home).args(options).args(words)
    }

    /// Makes a key for this address; its fingerprint.
    pub fn key(&self, address: &str) -> String {
        self.gpg(&["--quick-gen-key", address, "ed25519", "sign", "never"]).run().ok();
        self.fingerprint(address)
    }

    /// A key that expired years ago.
    pub fn expired_key(&self, address: &str) -> String {
        let then = "--faked-system-time=20200101T000000";
        self.gpg(&[then, "--quick-gen-key", address, "ed25519", "sign", "1d"]).run().ok();
        self.fingerprint(address)
    }

    /// Takes a key back, with the certificate that gpg has made for the day.
    pub fn revoke(&self, fingerprint: &str) {
        let made = self.home.join(format!("openpgp-revocs.d/{fingerprint}.rev"));
        let text = std::fs::read_to_string(made).expect("read the revocation");
        // A colon keeps it from being imported by mistake.
        let armed = self.world.write("revocation", text.replace(":-----BEGIN", "-----BEGIN"));
        self.gpg(&["--import", armed.to_str().expect("UTF-8")]).run().ok();
    }

    fn fingerprint(&self, address: &str) -> String {
        let listed = self.gpg(&["--with-colons", "--list-keys", address]).run().ok();
        let line = listed.out.lines().find(|line| line.starts_with("fpr:")).expect("a fingerprint");
        line.split(':').nth(9).expect("ten fields").to_owned()
    }

    /// The public key in a file, for a policy.
    pub fn public(&self, address: &str) -> PathBuf {
        let path = self.world.path(&format!("{address}.gpg"));
        self.gpg(&["--output", path.to_str().expect("UTF-8"), "--export", address]).run().ok();
        path
    }

    /// What this text is when the key has signed it.
    pub fn sign(&self, address: &str, text: &[u8]) -> Vec<u8> {
        self.sign_with(&["--local-user", address], text)
    }

    /// The same with more words for gpg.
    pub fn sign_with(&self, words: &[&str], text: &[u8]) -> Vec<u8> {
        let path = self.world.path("signed");
        let from = self.world.write("to-be-signed", text);
        let all =
            [&["--output", path.to_str().expect("UTF-8")], words, &["--sign", from.to_str().expect("UTF-8")]];
        self.gpg(&all.concat()).run().ok();
        std::fs::read(path).expect("read the signature")
    }
}

impl Drop for Gpg<'_> {
    fn drop(&mut self) {
        // The agent is nobody's child; it is told to go.
        let ended = std::process::Command::new("gpgconf")
            .arg("--homedir")
            .arg(&self.home)
            .args(["--kill", "gpg-agent"])
            .status();
        if !ended.is_ok_and(|status| status.success()) {
            eprintln!("note: gpg-agent could not be ended");
        }
    }
}

/// A key of openssl's.
pub struct PemKey<'a> {
    world: &'a World,
    private: PathBuf,
    pub public: PathBuf,
    edwards: bool,
}

impl<'a> PemKey<'a> {
    /// ECDSA on P-256, or Ed25519.
    pub fn new(world: &'a World, name: &str, edwards: bool) -> Self {
        let (private, public) = (world.path(&format!("{name}.key")), world.path(&format!("{name}.pub")));
        let key = Self { world, private, public, edwards };
        let kind: &[&str] =
            if edwards { &["ed25519"] } else { &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"] };
        key.openssl(&[&["genpkey", "-algorithm"], kind, &["-out", key.private()]].concat());
        let public = key.public.to_str().expect("UTF-8");
        key.openssl(&["pkey", "-in", key.private(), "-pubout", "-out", public]);
        key
    }

    fn private(&self) -> &str {
        self.private.to_str().expect("UTF-8")
    }

    /// The signature of a text, in base64.
    pub fn sign(&self, text: &[u8]) -> String {
        use base64::Engine as _;
        let from = self.world.write("to-be-signed", text);
        let to = self.world.path("signature");
        let (from, to) = (from.to_str().expect("UTF-8"), to.to_str().expect("UTF-8"));
        match self.edwards {
            true => self.openssl(&[
                "pkeyutl",
                "-sign",
                "-rawin",
                "-inkey",
                self.private(),
                "-in",
                from,
                "-out",
                to,
            ]),
            false => self.openssl(&["dgst", "-sha256", "-sign", self.private(), "-out", to, from]),
        }
        base64::engine::general_purpose::STANDARD.encode(std::fs::read(to).expect("read the signature"))
    }

    fn openssl(&self, words: &[&str]) {
        let binary = program(&["openssl"]).expect("openssl is installed (contrib/test.sh does it)");
        self.world.program(binary).args(words).run().ok();
    }
}
