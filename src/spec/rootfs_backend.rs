//! `--rootfs-backend`.

use super::SpecError;
use crate::model::spec::RootfsBackend;

/// Reads the name of a backend.
pub fn parse(text: &str) -> Result<RootfsBackend, SpecError> {
    match text {
        "overlay" => Ok(RootfsBackend::Overlay),
        "copy" => Ok(RootfsBackend::Copy),
        "fuse" => Ok(RootfsBackend::Fuse),
        "fuse-metadata" => {
            Err(SpecError::flag("--rootfs-backend", text, "it is not there yet: overlay, fuse, copy"))
        }
        _ => Err(SpecError::flag("--rootfs-backend", text, "want overlay, fuse or copy")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(parse("overlay"), Ok(RootfsBackend::Overlay));
        assert_eq!(parse("fuse"), Ok(RootfsBackend::Fuse));
        assert_eq!(parse("copy"), Ok(RootfsBackend::Copy));
        for bad in ["", "fuse-metadata", "Overlay", "vfs"] {
            assert!(parse(bad).unwrap_err().to_string().contains("--rootfs-backend"), "{bad}");
        }
    }
}
