//! The bytes of images: archives in, layers applied; and files packed, compared and unpacked by the same rules. Knows no
//! registry, no store and no container.

mod adopt;
mod apply;
mod archive;
mod bundle;
mod change;
pub mod changes;
pub mod codec;
mod docker_archive;
pub mod document;
pub mod error;
pub mod extract;
mod healthcheck;
mod limits;
mod oci_layout;
mod owner;
pub mod pack;
pub mod path;
pub mod recipe;
pub mod save;
mod source;
mod stream;
pub mod tar;
mod tree;
mod verify;

pub use adopt::adopt;
pub use apply::{LayerDirs, LayerReport, apply_layer};
pub use archive::{is_image_dir, read_images};
pub use bundle::{Bundle, Layer, parse_manifest, read_configuration, sha256};
pub use change::apply_change;
pub use error::ImageError;
pub use limits::Limits;
pub use owner::{OWNER_XATTR, Owner, OwnerPolicy};
pub use source::{Blob, Source};
pub use stream::{Expected, Sums, unpack_blob};
pub use verify::verify;
