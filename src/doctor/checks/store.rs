//! The file system that images and containers lie on.

use crate::doctor::{Finding, Probes};

const NAME: &str = "store";

/// Room for an image or two.
const LITTLE: u64 = 1 << 30;

pub(super) fn check(probes: &Probes) -> Finding {
    const ELSEWHERE: &str = "put it elsewhere: rctr --root DIR, or export XDG_DATA_HOME=DIR (/var/tmp, /tmp or $XDG_RUNTIME_DIR \
                             may do)";
    let store = &probes.store;
    let path = probes.host.dirs.data.display();
    let found = format!("{path} on {}, {} free", store.kind, size(store.free));
    if store.readonly {
        return Finding::fail(NAME, format!("{found}, read-only"), "containers cannot be kept there")
            .fix(ELSEWHERE);
    }
    if let Err(why) = &store.writable {
        let found = format!("{found}; cannot write to {}: {why}", store.place.display());
        return Finding::fail(NAME, found, "containers cannot be kept there").fix(ELSEWHERE);
    }
    if store.noexec {
        let why = "programs of images cannot be started from there";
        return Finding::fail(NAME, format!("{found}, noexec"), why).fix(ELSEWHERE);
    }
    if store.network {
        let why = "overlays, owners and locks do not work on network file systems, and every start is slow";
        return Finding::warn(NAME, found, why).fix(ELSEWHERE);
    }
    if let Err(why) = &store.xattr {
        let found = format!("{found}; no extended attributes: {why}");
        return Finding::warn(NAME, found, "overlays mark deleted files with them").fix(ELSEWHERE);
    }
    if store.free < LITTLE {
        return Finding::warn(NAME, found, "an image may not fit")
            .fix(format!("free some space (rctr images shows what is there), or {ELSEWHERE}"));
    }
    Finding::ok(NAME, found)
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::super::super::probes::Store;
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn places() {
        type Case = (fn(&mut Store), Status, &'static str);
        let cases: [Case; 6] = [
            (|s| s.readonly = true, Status::Fail, "read-only"),
            (
                |s| s.writable = Err("permission denied".into()),
                Status::Fail,
                "cannot write to /home/alice: permission denied",
            ),
            (|s| s.noexec = true, Status::Fail, "noexec"),
            (|s| (s.network, s.kind) = (true, "nfs".into()), Status::Warn, "on nfs"),
            (|s| s.xattr = Err("operation not supported".into()), Status::Warn, "no extended attributes"),
            (|s| s.free = 5_000_000, Status::Warn, "5.0 MB free"),
        ];
        for (change, status, found) in cases {
            let mut probes = sample::well();
            change(&mut probes.store);
            let finding = check(&probes);
            assert_eq!(finding.status, status, "{finding:?}");
            assert!(finding.found.contains(found) && finding.fix.is_some(), "{finding:?}");
        }
    }

    #[test]
    fn sizes() {
        for (bytes, want) in [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (53_687_091_200, "53.7 GB")] {
            assert_eq!(size(bytes), want);
        }
    }
}
