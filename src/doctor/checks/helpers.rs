//! newuidmap and newgidmap, and whether they did their work.

use crate::doctor::{Finding, Probes};

const NAME: &str = "id helpers";

pub(super) fn check(probes: &Probes) -> Finding {
    const SINGLE: &str = "without them containers have a single id";
    let names = |helpers: Vec<&str>| helpers.join(" and ");
    let missing: Vec<&str> = probes.helpers.iter().filter(|h| h.path.is_none()).map(|h| h.name).collect();
    if !missing.is_empty() {
        return Finding::warn(NAME, format!("{} not found", names(missing)), SINGLE).fix(
            "sudo apt install uidmap (Debian, Ubuntu), sudo dnf install shadow-utils (Fedora), sudo pacman -S shadow",
        );
    }
    let path = |h: &super::super::probes::Helper| h.path.clone().unwrap_or_default().display().to_string();
    let weak: Vec<_> = probes.helpers.iter().filter(|h| !h.privileged).collect();
    if !weak.is_empty() && probes.host.uid != 0 {
        let found = format!("{} without privilege", names(weak.iter().map(|h| h.name).collect()));
        let caps = weak.iter().map(|h| {
            let cap = if h.name == "newuidmap" { "cap_setuid" } else { "cap_setgid" };
            format!("sudo setcap {cap}+ep {}", path(h))
        });
        let why = format!("they are neither setuid root nor have file capabilities; {SINGLE}");
        return Finding::warn(NAME, found, why).fix(caps.collect::<Vec<_>>().join(" && "));
    }
    if let Some(on) = probes.helpers.iter().find(|h| h.nosuid && probes.host.uid != 0) {
        let why = format!("a mount with nosuid takes their privilege away; {SINGLE}");
        return Finding::warn(NAME, format!("{} lies on a mount with nosuid", path(on)), why)
            .fix("mount that file system without nosuid, or install the helpers on another one");
    }
    match &probes.ranges {
        Some(Err(why)) => Finding::warn(NAME, format!("they fail: {why}"), SINGLE)
            .fix("compare /etc/subuid and /etc/subgid with what they say; the first line of the user must be right"),
        Some(Ok(())) => Finding::ok(NAME, "newuidmap and newgidmap map the ranges"),
        None => Finding::ok(NAME, "newuidmap and newgidmap are there"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::probes::Helper;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn what_is_wrong_with_them() {
        type Change = fn(&mut Helper);
        let cases: [(Change, &str, &str); 3] = [
            (|h| h.path = None, "newuidmap not found", "apt install uidmap"),
            (
                |h| h.privileged = false,
                "newuidmap without privilege",
                "sudo setcap cap_setuid+ep /usr/bin/newuidmap",
            ),
            (|h| h.nosuid = true, "/usr/bin/newuidmap lies on a mount with nosuid", "without nosuid"),
        ];
        for (change, found, fix) in cases {
            let mut probes = sample::well();
            change(&mut probes.helpers[0]);
            let finding = check(&probes);
            assert_eq!((finding.status, finding.found.as_str()), (Status::Warn, found));
            assert!(finding.fix.unwrap().contains(fix), "{fix}");
        }
        let mut probes = sample::well();
        probes.ranges = Some(Err("newuidmap: uid range not allowed".into()));
        assert!(check(&probes).found.contains("uid range not allowed"));
    }
}
