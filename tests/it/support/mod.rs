//! The harness: a fresh home for every test, hard time limits, a census of what is left running, and skips that say why.

pub mod accepting;
pub mod image;
pub mod keys;
pub mod registry;
pub mod run;
pub mod scripted;
pub mod servers;
pub mod terminal;
pub mod world;

pub use image::{Image, Layer};
pub use run::Outcome;
pub use world::World;

use std::path::PathBuf;

use nix::unistd::Pid;

/// The rctr binary under test.
pub fn rctr_binary() -> PathBuf {
    std::env::var_os("RCTR_BIN").map_or_else(|| env!("CARGO_BIN_EXE_rctr").into(), PathBuf::from)
}

/// The static program that reports from inside a container (tests/probe), made by contrib/test.sh or by the first
/// test that needs it.
pub fn probe_binary() -> PathBuf {
    if let Some(path) = std::env::var_os("RCTR_TEST_PROBE") {
        return path.into();
    }
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/probe/main.rs");
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let probe = dir.join("probe");
    let age = |path: &PathBuf| std::fs::metadata(path).and_then(|m| m.modified()).ok();
    if age(&probe) < age(&source) {
        let fresh = dir.join(format!("probe.{}", std::process::id()));
        let status = std::process::Command::new("rustc")
            .args(["--edition", "2024", "-O", "-C", "target-feature=+crt-static"])
            .args(["-C", "strip=symbols", "-C", "panic=abort", "-o"])
            .args([&fresh, &source])
            .status();
        assert!(status.is_ok_and(|s| s.success()), "cannot compile {}", source.display());
        std::fs::rename(&fresh, &probe).expect("keep the probe");
    }
    probe
}

/// Direct children with this name, or with any when it is empty.
pub fn children(of: Pid, name: &str) -> Vec<Pid> {
    let list = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    let named = |pid: &Pid| {
        let comm = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.is_empty() || comm.trim_end() == name
    };
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).map(Pid::from_raw).filter(named).collect()
}

/// Tarball of a whole Debian, when contrib/test.sh could make one.
pub fn debian_tarball() -> Option<PathBuf> {
    std::env::var_os("RCTR_TEST_DEBIAN").map(PathBuf::from).filter(|p| p.exists())
}

/// First of these programs that exists.
pub fn program(names: &[&str]) -> Option<PathBuf> {
    let dirs = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];
    let mut candidates = names.iter().flat_map(|n| dirs.iter().map(move |d| PathBuf::from(d).join(n)));
    candidates.find(|p| p.exists())
}

/// Records that a test does not apply to this machine. contrib/test.sh counts these and prints them.
pub fn record_skip(test: &str, reason: &str) {
    use std::io::Write as _;
    eprintln!("SKIPPED {test}: {reason}");
    if let Some(path) = std::env::var_os("RCTR_TEST_SKIPS") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(&path);
        let written = file.and_then(|mut f| writeln!(f, "{test}: {reason}"));
        written.unwrap_or_else(|e| panic!("cannot record a skip in {}: {e}", path.display()));
    }
}

/// Ends the test here, counted as skipped.
#[macro_export]
macro_rules! skip {
    ($($reason:tt)*) => {{
        let test = std::thread::current().name().unwrap_or("?").to_owned();
        $crate::support::record_skip(&test, &format!($($reason)*));
        return;
    }};
}

/// Words that run a program where these helper programs cannot be executed, as the same user without capabilities.
/// None where that cannot be arranged.
pub fn without(helpers: &[&str]) -> Option<Vec<String>> {
    let hide: Vec<String> = helpers
        .iter()
        .filter_map(|h| program(&[h]))
        .map(|p| format!("mount --bind /dev/null {}", p.display()))
        .chain(["exec setpriv --ambient-caps=-all --inh-caps=-all \"$@\"".to_owned()])
        .collect();
    in_own_mounts(&hide.join(" && "))
}

/// Words that run a program after `script`, which may mount things in a mount namespace of its own and ends with
/// `exec … "$@"`.
pub fn in_own_mounts(script: &str) -> Option<Vec<String>> {
    let words = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount"].map(str::to_owned);
    let works = std::process::Command::new(&words[0]).args(&words[1..]).arg("true").status();
    if !works.is_ok_and(|s| s.success()) {
        return None;
    }
    Some(words.into_iter().chain(["sh".into(), "-c".into(), script.into(), "sh".into()]).collect())
}
