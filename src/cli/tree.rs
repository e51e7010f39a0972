//! `rctr image tree`.

use clap::Args;

use super::{Failure, human, output};
use crate::model::image_request::ImageRequest;
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, ImageTree, Outcome, TreeLayer};

/// Show the layers of an image, and which other images have them.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct TreeArgs {
    /// Show also the layers of images that are built on it
    #[arg(long)]
    whatrequires: Option<bool>,
    /// Name or id
    image: String,
}

pub(super) fn run(args: TreeArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let above = args.whatrequires.unwrap_or(false);
    let request = Request::Image(ImageRequest::Tree { image: args.image, above });
    match ops::execute(&super::context(global)?, request)? {
        Outcome::ImageTree(tree) => output::print(show(&tree)).map(|()| 0),
        _ => Err(output::unexpected()),
    }
}

/// podman's picture, and what of the size is the image's alone.
fn show(tree: &ImageTree) -> String {
    let mut text = format!("Image ID: {}\nTags:     [{}]\n", tree.id.short(), tree.names.join(" "));
    let (size, unique) = (human::compact_size(tree.size), human::compact_size(tree.unique));
    text.push_str(&format!("Size:     {size} ({unique} shared with no other image)\n"));
    if tree.layers.is_empty() {
        text.push_str("No Image Layers\n");
        return text;
    }
    text.push_str("Image Layers\n");
    for (index, layer) in tree.layers.iter().enumerate() {
        let later = &tree.layers[index + 1..];
        // Only layers above a fork are set in; a plain chain stands in one column.
        let column = indent(&tree.layers, index);
        let branch = if later.is_empty() || column > indent(&tree.layers, index + 1) {
            "└──"
        } else {
            "├──"
        };
        text.push_str(&format!("{}{branch} {}\n", "│   ".repeat(column), line(layer)));
    }
    text
}

/// How many forks are below a layer.
fn indent(layers: &[TreeLayer], index: usize) -> usize {
    let depth = layers[index].depth;
    (2..=depth).filter(|level| layers.iter().filter(|layer| layer.depth == *level).count() > 1).count()
}

fn line(layer: &TreeLayer) -> String {
    let mut line = format!("ID: {} Size: {}", layer.id.short(), human::compact_size(layer.size));
    for (what, names) in [("Top Layer of", &layer.top_of), ("Shared with", &layer.shared_with)] {
        if !names.is_empty() {
            line.push_str(&format!(" {what}: [{}]", names.join(" ")));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn a_chain_stands_in_one_column_and_forks_are_set_in() {
        let layer = |n: u8, depth, top: &[&str]| TreeLayer {
            id: Digest::from_bytes(&[n; 32]),
            size: 2048,
            depth,
            top_of: top.iter().map(|name| (*name).to_owned()).collect(),
            shared_with: Vec::new(),
        };
        let mut tree = ImageTree {
            id: Digest::from_bytes(&[0xaa; 32]),
            names: vec!["localhost/two:1".to_owned()],
            size: 4096,
            unique: 2048,
            layers: vec![layer(1, 1, &["localhost/hello:1"]), layer(2, 2, &["localhost/two:1"])],
        };
        assert_eq!(
            show(&tree),
            "Image ID: aaaaaaaaaaaa\nTags:     [localhost/two:1]\n\
             Size:     4.096kB (2.048kB shared with no other image)\nImage Layers\n\
             ├── ID: 010101010101 Size: 2.048kB Top Layer of: [localhost/hello:1]\n\
             └── ID: 020202020202 Size: 2.048kB Top Layer of: [localhost/two:1]\n"
        );
        tree.layers.push(layer(3, 2, &["c"]));
        let lines: Vec<_> =
            show(&tree).lines().skip(4).map(|l| l.chars().take(12).collect::<String>()).collect();
        assert_eq!(lines, ["├── ID: 0101", "│   ├── ID: ", "│   └── ID: "]);
    }
}
