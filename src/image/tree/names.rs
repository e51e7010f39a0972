//! How many names a layer may make us remember.

use super::Clash;
use crate::image::error::ImageError;
use crate::image::path::EntryPath;

/// How long the names of a layer's directories and whiteouts may be together, in bytes: those of millions.
pub(super) const NAMES_MAX: usize = 256 << 20;
/// The same of directories that are made because something lies in them: one entry of a few hundred bytes may have two
/// thousand of them, with four megabytes of names, and they are written down with the layer.
pub(super) const IMPLIED_MAX: usize = 16 << 20;

/// Names that are remembered until the end, as far as a stranger may make us.
pub(super) struct Names {
    /// Bytes by now.
    pub(super) length: usize,
    /// Bytes at most.
    pub(super) most: usize,
    /// Whose names.
    pub(super) whose: &'static str,
}

impl Names {
    /// Counts one more.
    ///
    /// # Errors
    /// [`ImageError::Limit`]. What somebody copies is as large as it is: only layers are bounded.
    pub(super) fn take(&mut self, path: &EntryPath, clash: Clash) -> Result<(), ImageError> {
        self.length = self.length.saturating_add(path.bytes().len());
        if clash == Clash::Replace && self.length > self.most {
            return Err(ImageError::Limit {
                what: "layer".to_owned(),
                reason: format!("the names of {} are longer than {} bytes together", self.whose, self.most),
            });
        }
        Ok(())
    }
}
