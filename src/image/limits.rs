//! How much a stranger's layer may take. Generous: an honest image does not come near, a bomb is stopped.

use super::error::{ImageError, show};

/// What is let through whatever the ratio.
const RATIO_FREE: u64 = 4 << 30;

/// Limits of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the uncompressed tar, and of any one file with its holes. `RCTR_MAX_LAYER_BYTES`.
    pub bytes: u64,
    /// Entries of the tar. `RCTR_MAX_LAYER_ENTRIES`.
    pub entries: u64,
    /// Uncompressed bytes for one compressed byte, once 4 GiB are passed. `RCTR_MAX_LAYER_RATIO`.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 512 << 30, entries: 10_000_000, ratio: 1000 }
    }
}

impl Limits {
    /// The limits that an environment sets.
    ///
    /// # Errors
    /// A variable that is no number: its name and value.
    pub fn from_env(env: &[(String, String)]) -> Result<Self, (String, String)> {
        let mut limits = Self::default();
        for (name, field) in [
            ("RCTR_MAX_LAYER_BYTES", &mut limits.bytes),
            ("RCTR_MAX_LAYER_ENTRIES", &mut limits.entries),
            ("RCTR_MAX_LAYER_RATIO", &mut limits.ratio),
        ] {
            if let Some((name, value)) = env.iter().find(|(key, _)| key == name) {
                *field = value.parse().map_err(|_| (name.clone(), value.clone()))?;
            }
        }
        Ok(limits)
    }

    /// Judges a stream of which `packed` compressed bytes gave `unpacked` bytes so far.
    ///
    /// # Errors
    /// [`ImageError::Limit`].
    pub fn check_bytes(&self, packed: u64, unpacked: u64) -> Result<(), ImageError> {
        if unpacked > self.bytes {
            return Err(over(format!("more than {} bytes (RCTR_MAX_LAYER_BYTES)", self.bytes)));
        }
        if unpacked > RATIO_FREE && unpacked / packed.max(1) >= self.ratio {
            return Err(over(format!(
                "{packed} compressed bytes have become {unpacked}, more than {}-fold (RCTR_MAX_LAYER_RATIO)",
                self.ratio
            )));
        }
        Ok(())
    }

    /// Judges how many entries there were.
    ///
    /// # Errors
    /// [`ImageError::Limit`].
    pub fn check_entries(&self, entries: u64) -> Result<(), ImageError> {
        if entries > self.entries {
            return Err(over(format!("more than {} entries (RCTR_MAX_LAYER_ENTRIES)", self.entries)));
        }
        Ok(())
    }

    /// Judges the length of one file, holes included.
    ///
    /// # Errors
    /// [`ImageError::Limit`].
    pub fn check_file(&self, name: &[u8], size: u64) -> Result<(), ImageError> {
        if size > self.bytes {
            return Err(ImageError::Limit {
                what: format!("entry {:?}", show(name)),
                reason: format!("{size} bytes, at most {} (RCTR_MAX_LAYER_BYTES)", self.bytes),
            });
        }
        Ok(())
    }
}

fn over(reason: String) -> ImageError {
    ImageError::Limit { what: "layer".to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_told_from_images() {
        let limits = Limits::default();
        assert!(limits.check_bytes(3 << 20, 3 << 30).is_ok(), "an image of zeros");
        assert!(limits.check_bytes(1 << 30, 5 << 30).is_ok());
        assert!(limits.check_bytes(1 << 20, 5 << 30).is_err());
        assert!(limits.check_bytes(1 << 40, 1 << 40).is_err());
        assert!(limits.check_entries(10_000_001).is_err());
        assert!(limits.check_file(b"f", 1 << 62).is_err());
    }

    #[test]
    fn the_environment_sets_them() {
        let env = |v: &str| vec![("RCTR_MAX_LAYER_BYTES".to_owned(), v.to_owned())];
        assert_eq!(Limits::from_env(&env("100")).unwrap().bytes, 100);
        assert!(Limits::from_env(&env("1G")).is_err());
    }
}
