//! OpenPGP by gpg, as a program. Signatures are verified in a home of its own that holds the trusted keys and nothing else;
//! what gpg says of them is read from its status lines (gnupg's doc/DETAILS), never from its exit code alone.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::policy::KeySource;
use super::{SIGNATURE_MAX, TrustError};
use crate::sys::Attempt;
use crate::sys::answer::read_until;
use crate::sys::file::{read_regular, read_text};

/// Longest keyring, in bytes.
const KEYRING_MAX: usize = 4 << 20;
/// Most keyrings of one requirement.
const KEYRINGS_MAX: usize = 64;
/// Longest list of status lines, in bytes.
const STATUS_MAX: u64 = 1 << 20;
/// How long a verification may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a signature may take: the user may have to look for a passphrase.
const USERS_PATIENCE: Duration = Duration::from_secs(600);

/// Words after which no signature is good, whatever else is said.
const BAD: [&str; 12] = [
    "BADSIG",
    "ERRSIG",
    "EXPSIG",
    "EXPKEYSIG",
    "REVKEYSIG",
    "NO_PUBKEY",
    "NODATA",
    "UNEXPECTED",
    "FAILURE",
    "ERROR",
    "BEGIN_DECRYPTION",
    "TRUNCATED",
];

/// A home of gpg's with some keys in it.
pub(super) struct Keyring<'a> {
    home: &'a Path,
    /// Fingerprints of the primary keys.
    trusted: BTreeSet<String>,
}

impl<'a> Keyring<'a> {
    /// Fills an empty directory, which the caller removes.
    ///
    /// # Errors
    /// [`TrustError::Key`] for files without a public key; no gpg.
    pub fn fill(home: &'a Path, keys: &KeySource) -> Result<Self, TrustError> {
        let (name, rings) = keyrings(keys)?;
        let mut files = Vec::new();
        for (number, ring) in rings.iter().enumerate() {
            let file = home.join(format!("keyring-{number}"));
            std::fs::write(&file, ring).attempt(|| format!("write {}", file.display()))?;
            files.push(file);
        }
        let mut command = strict(home);
        command.arg("--import").args(&files);
        let said = run(command, home, b"", SIGNATURE_MAX, PATIENCE)?;
        let trusted: BTreeSet<String> = words(&said.status, "IMPORT_OK")
            .filter_map(|rest| rest.split(' ').nth(1))
            .filter(|fingerprint| is_fingerprint(fingerprint))
            .map(str::to_owned)
            .collect();
        let told = |word| words(&said.status, word).next().is_some();
        if !told("IMPORT_RES") && !told("NODATA") {
            let reason = format!("it ended before it was done: {}", said.words);
            return Err(TrustError::Gpg { reason, missing: false });
        }
        if trusted.is_empty() {
            return Err(TrustError::Key { name, reason: "it holds no OpenPGP public key".to_owned() });
        }
        Ok(Self { home, trusted })
    }

    /// What was signed, when it was signed by one of the keys.
    ///
    /// # Errors
    /// The outer one: gpg cannot be run. The inner one: why the signature is no good.
    pub fn verify(&self, signature: &[u8]) -> Result<Result<Vec<u8>, String>, TrustError> {
        let file = self.home.join("signature");
        std::fs::write(&file, signature).attempt(|| format!("write {}", file.display()))?;
        let mut command = strict(self.home);
        // What comes out is no larger than what may be signed, however well it is packed.
        command.args(["--output", "-", "--verify"]).arg(&file);
        let said = match run(command, self.home, b"", SIGNATURE_MAX, PATIENCE) {
            Err(TrustError::Gpg { reason, missing: false }) => return Ok(Err(format!("gpg: {reason}"))),
            other => other?,
        };
        let judged = judge(&said.status, &self.trusted);
        let judged =
            judged.and_then(|()| if said.success { Ok(()) } else { Err("gpg refuses it".to_owned()) });
        Ok(judged.map(|()| said.output).map_err(|why| format!("Invalid GPG signature: {why}")))
    }
}

/// Signs with a secret key of the user's own keyring; gpg asks for the passphrase in its own way.
///
/// # Errors
/// [`TrustError::Gpg`]: no such key, no passphrase.
pub fn sign(home: &Path, key: &str, payload: &[u8]) -> Result<Vec<u8>, TrustError> {
    if key.is_empty() || key.starts_with('-') {
        return Err(TrustError::Gpg { reason: format!("{key:?} names no key"), missing: false });
    }
    let mut command = Command::new("gpg");
    command.args(["--no-armor", "--no-textmode", "--quiet", "--status-file"]).arg(home.join("status"));
    command.args(["--local-user", key, "--output", "-", "--sign"]);
    let said = run(command, home, payload, SIGNATURE_MAX, USERS_PATIENCE)?;
    let made = words(&said.status, "SIG_CREATED").count() == 1;
    if !said.success || !made || said.output.is_empty() {
        let invalid = words(&said.status, "INV_SGNR").next().is_some();
        let reason = if invalid { format!("there is no usable secret key {key:?}") } else { said.words };
        return Err(TrustError::Gpg { reason, missing: false });
    }
    Ok(said.output)
}

/// Who the keys of a source belong to: addresses, or names where there are none.
///
/// # Errors
/// Files without keys; no gpg.
pub fn key_names(home: &Path, keys: &KeySource) -> Result<Vec<String>, TrustError> {
    Keyring::fill(home, keys)?;
    let mut command = strict(home);
    command.args(["--with-colons", "--fixed-list-mode", "--list-keys"]);
    let said = run(command, home, b"", KEYRING_MAX, PATIENCE)?;
    let text = String::from_utf8_lossy(&said.output);
    Ok(text.lines().filter_map(user_id).collect())
}

/// The address of a `uid` line (gnupg's doc/DETAILS, field 10).
fn user_id(line: &str) -> Option<String> {
    let text = line.strip_prefix("uid:")?.split(':').nth(8)?;
    let address = text.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
    let plain = |c: &char| !c.is_control();
    Some(address.unwrap_or(text).chars().filter(plain).take(200).collect())
}

/// The bytes of every keyring, and what messages call them.
fn keyrings(keys: &KeySource) -> Result<(String, Vec<Vec<u8>>), TrustError> {
    let (name, rings) = match keys {
        KeySource::Data(data) => ("in the policy".to_owned(), data.clone()),
        KeySource::Files(paths) => {
            let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            let read = paths.iter().take(KEYRINGS_MAX + 1).map(|path| read_regular(path, KEYRING_MAX));
            (names.join(", "), read.collect::<Result<_, _>>()?)
        }
    };
    if rings.len() > KEYRINGS_MAX {
        return Err(TrustError::Key { name, reason: format!("there are more than {KEYRINGS_MAX} files") });
    }
    Ok((name, rings))
}

/// gpg with nothing of the user's: no options, no agent, no network.
fn strict(home: &Path) -> Command {
    let mut command = Command::new("gpg");
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    command.env_clear().env("PATH", path).env("LC_ALL", "C");
    command.arg("--homedir").arg(home).args([
        "--no-options",
        "--batch",
        "--no-tty",
        "--quiet",
        "--no-autostart",
        "--disable-dirmngr",
        "--no-auto-key-locate",
        "--no-auto-key-retrieve",
        "--trust-model",
        "always",
        "--status-file",
    ]);
    command.arg(home.join("status"));
    command
}

/// What gpg did.
struct Said {
    success: bool,
    output: Vec<u8>,
    /// Lines of `[GNUPG:] WORD …`.
    status: String,
    /// Its last line for people.
    words: String,
}

fn run(
    mut command: Command,
    home: &Path,
    input: &[u8],
    limit: usize,
    patience: Duration,
) -> Result<Said, TrustError> {
    let failed = |reason: String| TrustError::Gpg { reason, missing: false };
    let (status, log) = (home.join("status"), home.join("log"));
    for file in [&status, &log] {
        std::fs::write(file, b"").attempt(|| format!("write {}", file.display()))?;
    }
    let words = std::fs::File::create(&log).attempt(|| format!("open {}", log.display()))?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(words);
    let mut child = command.spawn().map_err(|error| TrustError::Gpg {
        reason: format!("cannot be started: {}", crate::sys::describe(&error)),
        missing: error.kind() == std::io::ErrorKind::NotFound,
    })?;
    // One that does not read what it is to sign says why in its status.
    let _written = child.stdin.take().map(|mut stdin| stdin.write_all(input));
    let output = child.stdout.take().map(|stdout| read_until(stdout, Instant::now() + patience, limit));
    let Some(Ok(Some(output))) = output else {
        // Whatever it does, nobody waits for it any more.
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(match output {
            Some(Err(error)) => format!("read what it writes: {error}"),
            _ => format!("no end after {} s", patience.as_secs()),
        }));
    };
    let ended = child.wait().attempt(|| "wait for gpg")?;
    let words = read_text(&log, STATUS_MAX).unwrap_or_default();
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    Ok(Said {
        success: ended.success(),
        output,
        status: read_text(&status, STATUS_MAX)?,
        words: last.trim_start_matches("gpg: ").chars().take(200).collect(),
    })
}

/// What follows a word in the status lines, line by line.
fn words<'a>(status: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    status.lines().filter_map(move |line| {
        let rest = line.strip_prefix("[GNUPG:] ")?.strip_prefix(word)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') }
    })
}

fn is_fingerprint(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
}

/// One signature over one text, good, by a trusted key that is neither expired nor revoked; else why not.
fn judge(status: &str, trusted: &BTreeSet<String>) -> Result<(), String> {
    if let Some(bad) = BAD.iter().find(|word| words(status, word).next().is_some()) {
        let why = match *bad {
            "BADSIG" => "the signature is bad",
            "EXPSIG" => "the signature has expired",
            "EXPKEYSIG" => "the key has expired",
            "REVKEYSIG" => "the key was revoked",
            "ERRSIG" | "NO_PUBKEY" => "it is not by one of the trusted keys",
            "NODATA" | "UNEXPECTED" => "it is no signed message",
            other => other,
        };
        return Err(why.to_owned());
    }
    let once = |word: &str| words(status, word).count() == 1;
    let (1, true, true, true) =
        (words(status, "PLAINTEXT").count(), once("NEWSIG"), once("GOODSIG"), once("VALIDSIG"))
    else {
        return Err("it is not one signature over one text".to_owned());
    };
    // FINGERPRINT DATE CREATED EXPIRES VERSION RESERVED KEY-ALGORITHM HASH-ALGORITHM CLASS PRIMARY
    let valid: Vec<&str> = words(status, "VALIDSIG").next().unwrap_or_default().split(' ').collect();
    match valid[..] {
        [_, _, _, _, _, _, _, _, "00", primary, ..] if trusted.contains(primary) => Ok(()),
        [_, _, _, _, _, _, _, _, "00", ..] => Err("it is not by one of the trusted keys".to_owned()),
        _ => Err("it is no signature over a document".to_owned()),
    }
}

#[cfg(test)]
#[path = "gpg_tests.rs"]
mod tests;
