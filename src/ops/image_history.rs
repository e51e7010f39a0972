//! How an image came about: the steps that its configuration tells of, each with the layer that it made.

use super::outcome::HistoryStep;
use super::{Context, OpsError, Outcome};
use crate::image::document::{self, Configuration, History};
use crate::store::{LayerRef, Store};

/// Tells the steps, the last one first.
pub(super) fn history(ctx: &Context, name: &str) -> Result<Outcome, OpsError> {
    let store = Store::open(&ctx.host.dirs)?;
    let (image, _) = store.find_image(name)?;
    let tags = store.refs()?.into_iter().filter(|r| r.id == image.id).map(|r| r.name).collect();
    let configuration: Configuration = document::parse_json(&store.blob(&image.id)?, "image configuration")?;
    let mut steps = steps(configuration.history.unwrap_or_default(), &image.layers);
    match steps.first_mut() {
        Some(last) => (last.id, last.tags) = (Some(image.id), tags),
        // An image of nothing is still one.
        None => steps.push(HistoryStep { id: Some(image.id), tags, ..HistoryStep::default() }),
    }
    Ok(Outcome::ImageHistory(steps))
}

/// The last step first. Layers that no step tells of have one of their own each.
fn steps(history: Vec<History>, layers: &[LayerRef]) -> Vec<HistoryStep> {
    let mut layers = layers.iter();
    let mut steps: Vec<HistoryStep> = history
        .into_iter()
        .map(|step| {
            let layer = if step.empty_layer.unwrap_or(false) { None } else { layers.next() };
            let time = step.created.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            HistoryStep {
                id: None,
                created_ms: time.map(|t| t.as_millisecond()),
                created: step.created,
                created_by: step.created_by.unwrap_or_default(),
                comment: step.comment.unwrap_or_default(),
                size: layer.map_or(0, |layer| layer.size),
                tags: Vec::new(),
            }
        })
        .collect();
    steps.extend(layers.map(|layer| HistoryStep { size: layer.size, ..HistoryStep::default() }));
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn steps_and_layers_find_each_other() {
        let layer = |size| LayerRef::new(Digest::from_bytes(&[1; 32]), size, None);
        let step = |by: &str, empty| History {
            created: Some("1970-01-01T00:00:01Z".to_owned()),
            created_by: Some(by.to_owned()),
            empty_layer: Some(empty),
            ..History::default()
        };
        let told = |history, layers: &[LayerRef]| {
            steps(history, layers).into_iter().map(|s| (s.created_by, s.size)).collect::<Vec<_>>()
        };
        let s = |text: &str| text.to_owned();
        let history = vec![step("a", false), step("b", true), step("c", false)];
        assert_eq!(told(history.clone(), &[layer(7), layer(9)]), [(s("c"), 9), (s("b"), 0), (s("a"), 7)]);
        assert_eq!(told(history.clone(), &[layer(7)]), [(s("c"), 0), (s("b"), 0), (s("a"), 7)]);
        assert_eq!(told(vec![], &[layer(7), layer(9)]), [(s(""), 9), (s(""), 7)]);
        assert_eq!(steps(history, &[])[0].created_ms, Some(1000));
    }
}
