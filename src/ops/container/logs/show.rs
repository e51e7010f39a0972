//! Output as it is shown: what a container wrote to stdout on stdout, what it wrote to stderr on stderr, byte for byte; with
//! a prefix for each line where one is asked for. A piece of a line is shown at once, whatever comes of the rest.

use std::os::fd::{AsFd, BorrowedFd};

use crate::model::moment::Point;
use crate::model::stamp::Utc;
use crate::monitor::log::{Record, Stream};
use crate::sys::sink::{Sink, Written};
use crate::sys::{SysError, wait};

/// Written at once, when so much has come together.
const BATCH: usize = 64 * 1024;

/// podman's colours, in its order: white, red, green, yellow, blue, magenta, cyan.
const COLOURS: [&str; 7] =
    ["\x1b[37m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m", "\x1b[35m", "\x1b[36m"];

const RESET: &str = "\x1b[0m";

/// How it is to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// What each container is called before each of its lines; empty for a single one.
    pub names: Vec<String>,
    /// With times.
    pub timestamps: bool,
    /// With colours.
    pub color: bool,
    /// Nothing before.
    pub since: Option<Point>,
    /// Nothing after.
    pub until: Option<Point>,
}

impl Look {
    fn is_framed(&self) -> bool {
        !self.names.is_empty() || self.timestamps || self.color
    }

    fn shows(&self, at: Point) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }

    /// What stands before a line.
    fn frame(&self, container: usize, record: &Record<'_>) -> String {
        let mut frame = String::new();
        if self.color {
            frame.push_str(COLOURS[container % COLOURS.len()]);
        }
        if let Some(name) = self.names.get(container) {
            frame.push_str(name);
            frame.push(' ');
        }
        if self.timestamps {
            frame.push_str(&record.at.text(Utc::Letter));
            frame.push(' ');
        }
        frame
    }
}

/// Turns records into text for the two outputs. Pure.
#[derive(Debug)]
pub struct Typist {
    look: Look,
    /// Of each container and stream the line that has begun: is it shown?
    lines: Vec<[Option<bool>; 2]>,
    /// Whose line stands unfinished on an output.
    unfinished: [Option<usize>; 2],
}

impl Typist {
    /// For so many containers.
    pub fn new(look: Look, containers: usize) -> Self {
        Self { look, lines: vec![[None; 2]; containers], unfinished: [None; 2] }
    }

    /// Whose line should be finished before another is begun.
    pub fn unfinished(&self) -> impl Iterator<Item = usize> {
        self.unfinished.into_iter().flatten()
    }

    /// Appends a record of a container to what is written to its output.
    pub fn put(&mut self, out: &mut Vec<u8>, container: usize, record: &Record<'_>) {
        let stream = record.stream.index();
        let line = &mut self.lines[container][stream];
        let begins = line.is_none();
        let shown = *line.get_or_insert_with(|| self.look.shows(record.at.point));
        if record.whole {
            *line = None;
        }
        if !shown {
            return;
        }
        let standing = self.unfinished[stream].filter(|_| self.look.is_framed());
        if standing.is_some_and(|other| other != container) {
            self.end_line(out);
        }
        if self.look.is_framed() && (begins || standing != Some(container)) {
            out.extend_from_slice(self.look.frame(container, record).as_bytes());
        }
        out.extend_from_slice(&record.text);
        self.unfinished[stream] = Some(container);
        if record.whole {
            self.end_line(out);
            self.unfinished[stream] = None;
        }
    }

    fn end_line(&self, out: &mut Vec<u8>) {
        if self.look.color {
            out.extend_from_slice(RESET.as_bytes());
        }
        out.push(b'\n');
    }

    /// What an output still wants at the end of all.
    pub fn finish(&self, stream: Stream) -> &'static str {
        let standing = self.unfinished[stream.index()].is_some();
        if standing && self.look.color { RESET } else { "" }
    }
}

/// Our own stdout and stderr.
pub struct Outputs<'fd> {
    sinks: [Sink<'fd>; 2],
    waiting: [Vec<u8>; 2],
    closed: [bool; 2],
}

impl<'fd> Outputs<'fd> {
    /// Writes nothing yet.
    pub fn new(stdout: BorrowedFd<'fd>, stderr: BorrowedFd<'fd>) -> Self {
        let sinks = [Sink::new(stdout, "stdout"), Sink::new(stderr, "stderr")];
        Self { sinks, waiting: [Vec::new(), Vec::new()], closed: [false; 2] }
    }

    /// Nobody reads our stdout any more.
    pub fn is_closed(&self) -> bool {
        self.closed[0]
    }

    /// Where the next text for an output goes. What waits for the other is written first, so that on a terminal everything
    /// stays in order.
    ///
    /// # Errors
    /// ENOSPC, EIO.
    pub fn buffer(&mut self, stream: Stream) -> Result<&mut Vec<u8>, SysError> {
        self.write(1 - stream.index())?;
        Ok(&mut self.waiting[stream.index()])
    }

    /// Writes what has come together, when it is much.
    ///
    /// # Errors
    /// As [`Self::buffer`].
    pub fn settle(&mut self, stream: Stream) -> Result<(), SysError> {
        match self.waiting[stream.index()].len() {
            BATCH.. => self.write(stream.index()),
            _ => Ok(()),
        }
    }

    /// Writes everything.
    ///
    /// # Errors
    /// As [`Self::buffer`].
    pub fn flush(&mut self) -> Result<(), SysError> {
        (0..2).try_for_each(|index| self.write(index))
    }

    fn write(&mut self, index: usize) -> Result<(), SysError> {
        let mut rest = self.waiting[index].as_slice();
        while !rest.is_empty() && !self.closed[index] {
            match self.sinks[index].write(rest)? {
                Written::Some(count) => rest = &rest[count..],
                Written::Later => drop(wait::writable(self.sinks[index].as_fd(), None)?),
                Written::Closed => self.closed[index] = true,
            }
        }
        self.waiting[index].clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stamp::Stamp;

    /// `CONTAINER STREAM SECOND F|P TEXT` a record; gives stdout and stderr.
    fn typed(look: Look, containers: usize, records: &[(usize, Stream, i64, char, &str)]) -> [String; 2] {
        let mut typist = Typist::new(look, containers);
        let mut outputs = [Vec::new(), Vec::new()];
        for (container, stream, seconds, kind, text) in records {
            let at = Stamp { point: Point { seconds: *seconds, nanos: 0 }, offset: 0 };
            let text = text.as_bytes().into();
            let record = Record { at, stream: *stream, whole: *kind == 'F', text };
            typist.put(&mut outputs[stream.index()], *container, &record);
        }
        for stream in [Stream::Out, Stream::Err] {
            outputs[stream.index()].extend_from_slice(typist.finish(stream).as_bytes());
        }
        outputs.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    use Stream::{Err, Out};

    const ONE: [(usize, Stream, i64, char, &str); 6] = [
        (0, Out, 1, 'F', "hello"),
        (0, Out, 2, 'P', "pa"),
        (0, Err, 3, 'F', "err"),
        (0, Out, 4, 'F', "rt"),
        (0, Err, 5, 'P', "pass"),
        (0, Out, 6, 'P', "tail"),
    ];

    #[test]
    fn one_container() {
        let look = Look::default;
        let seconds = |seconds| Some(Point { seconds, nanos: 0 });
        let time = |second: i64| format!("1970-01-01T00:00:0{second}.000000000Z ");
        let rows = [
            (look(), "hello\npart\ntail".to_owned(), "err\npass".to_owned()),
            (Look { since: seconds(2), ..look() }, "part\ntail".to_owned(), "err\npass".to_owned()),
            // A line is as old as its beginning.
            (Look { since: seconds(3), ..look() }, "tail".to_owned(), "err\npass".to_owned()),
            (Look { until: seconds(3), ..look() }, "hello\npart\n".to_owned(), "err\n".to_owned()),
            (
                Look { timestamps: true, ..look() },
                format!("{}hello\n{}part\n{}tail", time(1), time(2), time(6)),
                format!("{}err\n{}pass", time(3), time(5)),
            ),
            (
                Look { color: true, ..look() },
                "\x1b[37mhello\x1b[0m\n\x1b[37mpart\x1b[0m\n\x1b[37mtail\x1b[0m".to_owned(),
                "\x1b[37merr\x1b[0m\n\x1b[37mpass\x1b[0m".to_owned(),
            ),
        ];
        for (look, stdout, stderr) in rows {
            assert_eq!(typed(look.clone(), 1, &ONE), [stdout, stderr], "{look:?}");
        }
    }

    #[test]
    fn several_are_told_apart_line_by_line() {
        let names = vec!["a".to_owned(), "b".to_owned()];
        let look = Look { names, ..Look::default() };
        let records = [
            (0, Out, 1, 'F', "one"),
            (1, Out, 2, 'P', "tw"),
            (1, Out, 3, 'F', "o"),
            // Interrupted, and taken up again.
            (0, Out, 4, 'P', "pass: "),
            (1, Out, 5, 'F', "three"),
            (0, Out, 6, 'F', "word"),
        ];
        let want = "a one\nb two\na pass: \nb three\na word\n";
        assert_eq!(typed(look.clone(), 2, &records), [want.to_owned(), String::new()]);
        let look = Look { color: true, ..look };
        let want = "\x1b[37ma one\x1b[0m\n\x1b[31mb two\x1b[0m\n";
        assert_eq!(typed(look, 2, &records[..3])[0], want);
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error() {
        let (read, write) = std::io::pipe().unwrap();
        let null = std::fs::OpenOptions::new().write(true).open("/dev/null").unwrap();
        let mut outputs = Outputs::new(write.as_fd(), null.as_fd());
        outputs.buffer(Out).unwrap().extend_from_slice(b"x");
        outputs.flush().unwrap();
        assert!(!outputs.is_closed());
        drop(read);
        outputs.buffer(Out).unwrap().extend_from_slice(b"x");
        outputs.buffer(Err).unwrap().extend_from_slice(b"x");
        assert!(outputs.is_closed());
        outputs.flush().unwrap();
    }
}
