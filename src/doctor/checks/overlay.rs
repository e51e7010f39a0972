//! The kernel's overlay on the store's file system: images are layers because of it.

use crate::doctor::{Finding, Probes};

const NAME: &str = "overlay";

pub(super) fn check(probes: &Probes) -> Finding {
    match probes.inside.as_ref().map(|inside| &inside.overlay) {
        None => Finding::warn(NAME, "not tried", "there is no user namespace to try it in"),
        Some(Ok(())) => Finding::ok(NAME, format!("works on {}", probes.store.kind)),
        Some(Err(why)) => Finding::warn(
            NAME,
            format!("cannot be mounted at {}: {why}", probes.store.place.display()),
            match probes.fuse {
                Ok(()) => "rctr serves the layers itself, over FUSE (--rootfs-backend fuse), which is slower",
                Err(_) => "every container gets a full copy of its image instead of a layer above it",
            },
        )
        .fix(match probes.store.kind.as_str() {
            "ext4" | "xfs" | "btrfs" | "tmpfs" => "boot Linux 5.11 or later with the overlay module".to_owned(),
            kind => format!(
                "{kind} cannot hold the upper layer: put the store on ext4, xfs or btrfs (rctr --root DIR, or XDG_DATA_HOME)"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Status, checks::sample};

    #[test]
    fn refused() {
        let mut probes = sample::well();
        probes.inside.as_mut().unwrap().overlay = Err("operation not supported".into());
        let finding = check(&probes);
        assert_eq!(finding.status, Status::Warn);
        assert!(finding.found.contains("operation not supported"));
        probes.store.kind = "nfs".into();
        assert!(check(&probes).fix.unwrap().starts_with("nfs cannot hold"));
        assert!(check(&probes).why.contains("over FUSE"));
        probes.fuse = Err(13);
        assert!(check(&probes).why.contains("full copy"));
    }
}
