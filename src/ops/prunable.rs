//! What `prune` may take away: its filters, with their time resolved.

use std::collections::BTreeMap;

use super::container::seen::SeenContainer;
use super::outcome::ImageSummary;
use crate::spec::SpecError;
use crate::spec::prune_filter::PruneFilter;
use crate::sys::clock;

/// Which things may go.
#[derive(Clone, Debug, Default)]
pub(super) struct Prunable {
    filter: PruneFilter,
    /// What was made before: milliseconds since the epoch.
    before_ms: Option<i64>,
}

impl Prunable {
    /// What these filters let go, as of now.
    ///
    /// # Errors
    /// As [`PruneFilter::parse`].
    pub fn read(filters: &[String]) -> Result<Self, SpecError> {
        let filter = PruneFilter::parse(filters)?;
        let before_ms = filter.until.map(|until| clock::resolve(until, clock::now()).milliseconds());
        Ok(Self { filter, before_ms })
    }

    /// Does it not run, and fit?
    pub fn has_container(&self, container: &SeenContainer) -> bool {
        let none = BTreeMap::new();
        let labels = container.spec.as_ref().map_or(&none, |spec| &spec.labels);
        !container.phase.lives() && self.has(container.created_ms, labels)
    }

    /// Was no container made from it, and does it fit? With `named` also when it has a name.
    pub fn has_image(&self, image: &ImageSummary, named: bool) -> bool {
        let unused = image.containers == 0 && (named || image.names.is_empty());
        unused && self.has(image.created_ms, &image.labels)
    }

    fn has(&self, created_ms: i64, labels: &BTreeMap<String, String>) -> bool {
        self.before_ms.is_none_or(|before| created_ms < before) && self.filter.fits(labels)
    }
}
