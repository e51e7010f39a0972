//! With scripts in the place of slirp4netns: what it says and how it ends. The real one is run end to end.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use super::*;

const PLAIN: SlirpOptions = SlirpOptions { mtu: 0, host_loopback: false, ipv6: true };

fn start(directory: &Path, script: &str, options: SlirpOptions) -> Slirp {
    let path = directory.join("slirp4netns");
    let mut options_of_file = std::fs::OpenOptions::new();
    let mut file = options_of_file.write(true).create(true).truncate(true).mode(0o755).open(&path).unwrap();
    write!(file, "#!/bin/sh\n{script}\n").unwrap();
    drop(file);
    let netns = std::fs::File::open("/proc/self/ns/net").unwrap();
    Slirp::start(&path, netns.as_fd(), options).unwrap()
}

fn failure(script: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    start(directory.path(), script, PLAIN).wait_ready().unwrap_err().to_string()
}

#[test]
fn is_told_what_it_needs() {
    let directory = tempfile::tempdir().unwrap();
    let script = "echo \"$@\"; readlink /proc/self/fd/5; printf 1 >&3; exec 3>&-; read end <&4";
    let mut slirp = start(directory.path(), script, PLAIN);
    slirp.wait_ready().unwrap();
    let said = read_log(slirp.log.as_fd()).unwrap();
    let (arguments, netns) = said.split_once('\n').unwrap();
    assert_eq!(
        arguments,
        "--configure --enable-sandbox --enable-seccomp --mtu=16384 --ready-fd=3 --exit-fd=4 \
         --netns-type=path --disable-host-loopback --enable-ipv6 /proc/self/fd/5 tap0"
    );
    assert!(netns.starts_with("net:["), "{netns}");
    // Giving up our end of the pipe is what ends it.
    let Slirp { helper, _exit: exit, .. } = slirp;
    drop(exit);
    assert_eq!(helper.wait().unwrap(), 1);

    let other = SlirpOptions { mtu: 1500, host_loopback: true, ipv6: false };
    let mut slirp = start(directory.path(), "echo \"$@\"; printf 1 >&3", other);
    slirp.wait_ready().unwrap();
    let said = read_log(slirp.log.as_fd()).unwrap();
    assert!(said.contains("--mtu=1500") && !said.contains("loopback") && !said.contains("ipv6"), "{said}");
}

#[test]
fn tells_its_own_words() {
    let usual = "echo 'sent tapfd=5 for tap0'; echo 'WARNING: Support for IPv6 is experimental'";
    for (script, words) in [
        (
            format!("{usual}; echo 'create_sandbox failed' >&2; echo 'parent failed'; exit 1"),
            "create_sandbox failed",
        ),
        (format!("{usual}; exec 3>&-; exit 1"), "it ended without a word"),
        ("kill -9 $$".to_owned(), "it ended without a word"),
        (
            "echo 'unknown option -- z'; echo 'Usage: x'; echo '--mtu'; exit 1".to_owned(),
            "unknown option -- z",
        ),
    ] {
        let expected = format!("cannot connect the container to the network: slirp4netns: {words}");
        assert_eq!(failure(&script), expected);
    }
}

#[test]
fn a_missing_program_has_a_remedy() {
    let netns = std::fs::File::open("/proc/self/ns/net").unwrap();
    let error = Slirp::start(Path::new("/no/slirp4netns"), netns.as_fd(), PLAIN).unwrap_err();
    assert!(error.to_string().ends_with("/no/slirp4netns not found"), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("apt install slirp4netns") && hint.contains("--network none"), "{hint}");
}
