//! What goes out with a request: bytes that can be read again from any place.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Payload<'a> {
    /// None.
    None,
    /// A form with a secret in it.
    Form(String),
    /// A stretch of bytes.
    Part(Part<'a>),
}

/// Bytes, wherever they are.
#[derive(Clone, Copy, Debug)]
pub enum Content<'a> {
    /// In memory.
    Bytes(&'a [u8]),
    /// In a file.
    File(&'a File),
}

/// Told how far into the content the reading has come; false ends it.
pub type Sent<'a> = &'a (dyn Fn(u64) -> bool + Sync);

/// A stretch of a content.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// Of what.
    pub content: Content<'a>,
    /// Its first byte.
    pub from: u64,
    /// How many bytes.
    pub length: u64,
    /// Is told of each piece that is read.
    pub sent: Sent<'a>,
}

impl std::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes from {}", self.length, self.from)
    }
}

impl<'a> Part<'a> {
    /// All of some bytes.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { content: Content::Bytes(bytes), from: 0, length: bytes.len() as u64, sent: &|_| true }
    }

    /// Reads it from its start.
    pub fn reader(&self) -> impl Read + use<'a> {
        PartReader { part: *self, done: 0 }
    }
}

struct PartReader<'a> {
    part: Part<'a>,
    done: u64,
}

impl Read for PartReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.part.length - self.done).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        if most == 0 {
            return Ok(0);
        }
        let at = self.part.from + self.done;
        let count = match self.part.content {
            Content::File(file) => file.read_at(&mut buffer[..most], at)?,
            Content::Bytes(bytes) => {
                let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
                (&mut &rest[..]).read(&mut buffer[..most])?
            }
        };
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.done += count as u64;
        if !(self.part.sent)(self.part.from + self.done) {
            return Err(io::Error::other("given up"));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_read_and_told() {
        let told = std::sync::Mutex::new(Vec::new());
        let sent = |at| {
            told.lock().unwrap().push(at);
            true
        };
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"0123456789", 0).unwrap();
        for content in [Content::Bytes(b"0123456789"), Content::File(&file)] {
            let mut text = String::new();
            let part = Part { content, from: 3, length: 4, sent: &sent };
            part.reader().read_to_string(&mut text).unwrap();
            assert_eq!(text, "3456");
            let beyond = Part { content, from: 8, length: 4, sent: &sent };
            assert!(beyond.reader().read_to_end(&mut Vec::new()).is_err(), "it has two bytes only");
        }
        assert_eq!(*told.lock().unwrap(), [7, 10, 7, 10]);
        let stopped = Part { sent: &|_| false, ..Part::whole(b"x") };
        assert!(stopped.reader().read_to_end(&mut Vec::new()).is_err());
    }
}
