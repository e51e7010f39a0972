//! The bytes of images: archives in, layers applied. Knows no registry and no container.

mod apply;
pub mod codec;
pub mod error;
mod limits;
mod owner;
pub mod path;
mod stream;
pub mod tar;
mod tree;

pub use apply::{LayerReport, apply_layer};
pub use error::ImageError;
pub use limits::Limits;
pub use owner::{OWNER_XATTR, OwnerPolicy};
pub use stream::{Expected, Sums, unpack_blob};
