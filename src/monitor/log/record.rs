//! A record of a log, whatever its format.

use std::borrow::Cow;

use super::Stream;
use crate::model::stamp::Stamp;

/// A line of output, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// When.
    pub at: Stamp,
    /// Where it was written.
    pub stream: Stream,
    /// It ends its line.
    pub whole: bool,
    /// Without the newline.
    pub text: Cow<'a, [u8]>,
}
