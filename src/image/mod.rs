//! The bytes of images: archives in, layers applied. Knows no registry, no store and no container.

mod adopt;
mod apply;
mod archive;
mod bundle;
mod change;
pub mod codec;
mod docker_archive;
pub mod document;
pub mod error;
mod limits;
mod oci_layout;
mod owner;
pub mod path;
mod source;
mod stream;
pub mod tar;
mod tree;

pub use adopt::adopt;
pub use apply::{LayerReport, apply_layer};
pub use archive::{is_image_dir, read_images};
pub use bundle::{Bundle, Layer, sha256};
pub use change::apply_change;
pub use error::ImageError;
pub use limits::Limits;
pub use owner::{OWNER_XATTR, OwnerPolicy};
pub use source::{Blob, Source};
pub use stream::{Expected, Sums, unpack_blob};
