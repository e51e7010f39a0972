//! An image's layers, and which other images have them.

use std::collections::BTreeMap;

use super::outcome::{ImageTree, TreeLayer};
use super::{Context, OpsError, Outcome};
use crate::model::Digest;
use crate::store::{ImageRecord, Store};

/// Tells the layers of an image, the lowest first; with `above` also those that other images have on top of it.
pub(super) fn tree(ctx: &Context, name: &str, above: bool) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let (image, _) = store.find_image(name)?;
    let mut names: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
    for name in store.refs()? {
        names.entry(name.id).or_default().push(name.name);
    }
    let images = store.images()?;
    Ok(Outcome::ImageTree(build(&image, &images, &names, above)))
}

fn build(
    image: &ImageRecord,
    images: &[ImageRecord],
    names: &BTreeMap<Digest, Vec<String>>,
    above: bool,
) -> ImageTree {
    let called = |image: &ImageRecord| match names.get(&image.id) {
        Some(names) => names.clone(),
        None => vec![image.id.short().to_owned()],
    };
    let chain = |image: &ImageRecord| image.layers.iter().map(|l| l.diff_id.clone()).collect::<Vec<_>>();
    // A layer of the tree is known by all that is below it too.
    let mut chains: Vec<Vec<Digest>> = (1..=image.layers.len()).map(|n| chain(image)[..n].to_vec()).collect();
    if above {
        let mut others: Vec<_> = images.iter().map(chain).filter(|c| c.starts_with(&chain(image))).collect();
        others.sort();
        for other in others {
            for n in image.layers.len() + 1..=other.len() {
                if !chains.contains(&other[..n].to_vec()) {
                    chains.push(other[..n].to_vec());
                }
            }
        }
    }
    let size = |id: &Digest| {
        let layers = images.iter().chain([image]).flat_map(|image| &image.layers);
        layers.into_iter().find(|layer| layer.diff_id == *id).map_or(0, |layer| layer.size)
    };
    let layers = chains.iter().filter_map(|below| {
        let id = below.last()?;
        let top_of = images.iter().filter(|other| chain(other) == *below);
        let in_others = images.iter().filter(|other| other.id != image.id && chain(other).contains(id));
        Some(TreeLayer {
            id: id.clone(),
            size: size(id),
            depth: below.len(),
            top_of: top_of.flat_map(called).collect(),
            shared_with: in_others.flat_map(called).collect(),
        })
    });
    let (mut unique, mut seen) = (0_u64, Vec::new());
    for layer in &image.layers {
        let shared = images.iter().any(|o| o.id != image.id && chain(o).contains(&layer.diff_id));
        if !shared && !seen.contains(&&layer.diff_id) {
            unique = unique.saturating_add(layer.size);
        }
        seen.push(&layer.diff_id);
    }
    ImageTree {
        id: image.id.clone(),
        names: names.get(&image.id).cloned().unwrap_or_default(),
        size: image.size(),
        unique,
        layers: layers.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LayerRef;

    fn image(id: u8, layers: &[u8]) -> ImageRecord {
        let digest = |n: u8| Digest::from_bytes(&[n; 32]);
        let layer = |n: &u8| LayerRef::new(digest(*n), 10 * u64::from(*n), None);
        ImageRecord {
            id: digest(id),
            digest: digest(id),
            media_type: String::new(),
            index: None,
            created: None,
            architecture: String::new(),
            os: String::new(),
            layers: layers.iter().map(layer).collect(),
            config: Default::default(),
            pushed: Vec::new(),
        }
    }

    #[test]
    fn what_is_shared_is_told() {
        let images = [image(0xa, &[1, 2]), image(0xb, &[1, 2, 3]), image(0xc, &[1, 2, 4, 5])];
        let names = [(images[0].id.clone(), vec!["base".to_owned()])].into();
        let tree = build(&images[0], &images, &names, false);
        assert_eq!((tree.size, tree.unique, tree.layers.len()), (30, 0, 2));
        assert_eq!(tree.layers[1].top_of, ["base"]);
        assert_eq!(tree.layers[0].shared_with, [images[1].id.short(), images[2].id.short()]);
        let tree = build(&images[0], &images, &names, true);
        let seen: Vec<_> = tree.layers.iter().map(|layer| (layer.size, layer.depth)).collect();
        assert_eq!(seen, [(10, 1), (20, 2), (30, 3), (40, 3), (50, 4)]);
        assert_eq!(build(&images[2], &images, &names, false).unique, 90);
    }
}
