//! The bytes of images: archives in, layers applied. Knows no registry and no container.

pub mod error;
pub mod path;
pub mod tar;

pub use error::ImageError;
