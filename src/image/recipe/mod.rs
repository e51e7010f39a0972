//! How a layer's tar is put together again from its files: everything of the tar that is no file's content, and for the
//! rest the name of the file that holds it. Written while the layer is unpacked (`write`), followed when it is given out
//! (`rebuild`).
//!
//! One zstd frame with a checksum. In it [`MAGIC`], then parts, each a letter and what belongs to it; numbers are LEB128,
//! texts have their length before them:
//!
//! ```text
//! L text                        these bytes
//! C path, count, (from, length) so many pieces of the file of that path in the layer, as it is now
//! M path                        what had this path until here gave way to a later entry, and is kept as `kept/<n>`, where n
//!                               counts these parts from 0
//! E length                      the end, after so many bytes of tar
//! ```
//!
//! Paths are below the layer's root and lead through no symlink. A recipe is never larger than the headers that it came
//! from, but for a few bytes a part: whoever makes a tar cannot make it grow beyond that.

mod files;
mod parts;
mod rebuild;
mod write;

pub use files::LayerFiles;
pub use parts::{Part, Parts};
pub use rebuild::rebuild;
pub use write::{Recipe, Tap};

/// What a recipe of this format begins with.
const MAGIC: &[u8] = b"rctr recipe 1\n";
/// Longest run of bytes in one part.
const LITERAL_MAX: usize = 64 * 1024;
/// Most entries of a layer that take the place of earlier ones: each is remembered while a recipe is followed.
const MOVED_MAX: u64 = 100_000;

#[cfg(test)]
mod tests;
