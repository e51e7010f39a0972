//! How far the layers of an image have come: counted where their bytes are read, shown beside the work.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::super::unpack::Over;
use super::frame::{self, Frame, Row, State};
use crate::image::ImageError;
use crate::image::document::Descriptor;
use crate::model::Digest;
use crate::model::registry_request::ProgressMode;
use crate::registry::RegistryError;

/// Between two pictures on a terminal, and between two JSON objects.
const TERMINAL: Duration = Duration::from_millis(100);
const JSON: Duration = Duration::from_millis(250);

/// All layers of one image.
pub(super) struct Board {
    image: String,
    gauges: Vec<Gauge>,
}

struct Gauge {
    digest: Digest,
    total: u64,
    wanted: AtomicBool,
    current: AtomicU64,
}

impl Board {
    /// Nothing of these has come yet.
    pub fn new(image: &str, layers: &[Descriptor]) -> Self {
        let gauge = |layer: &Descriptor| Gauge {
            digest: layer.digest.clone(),
            total: layer.size,
            wanted: AtomicBool::new(false),
            current: AtomicU64::new(0),
        };
        Self { image: image.to_owned(), gauges: layers.iter().map(gauge).collect() }
    }

    /// Shows how it goes until it is over, on stderr.
    pub fn show(&self, mode: ProgressMode, quiet: bool, terminal: bool, over: &Over) {
        let show = match mode {
            _ if quiet => return,
            ProgressMode::Auto if terminal => Self::picture,
            ProgressMode::Plain => Self::lines,
            ProgressMode::Json => Self::objects,
            ProgressMode::Auto | ProgressMode::None => return,
        };
        show(self, over);
    }

    fn picture(&self, over: &Over) {
        let mut rate = Rate::default();
        let mut drawn = 0;
        loop {
            let ended = over.wait(TERMINAL);
            let frame = self.frame(&mut rate);
            let (rows, columns) = super::super::attach::terminal_size().unwrap_or((24, 80));
            let (text, lines) = frame::picture(&frame, usize::from(rows), usize::from(columns), drawn);
            drawn = lines;
            // One write, so that nobody sees half a picture; a terminal that has gone sees none.
            let _ = io::stderr().lock().write_all(text.as_bytes());
            if ended {
                return;
            }
        }
    }

    fn lines(&self, over: &Over) {
        let mut told = vec![false; self.gauges.len()];
        loop {
            let ended = over.wait(JSON);
            let rows = self.frame(&mut Rate::default()).rows;
            for (row, told) in rows.iter().zip(&mut told) {
                if row.state != State::Coming && !*told {
                    *told = true;
                    let _ = writeln!(io::stderr(), "{}", frame::line(row));
                }
            }
            if ended {
                return;
            }
        }
    }

    fn objects(&self, over: &Over) {
        let mut rate = Rate::default();
        loop {
            let ended = over.wait(JSON);
            let object = frame::object(&self.image, &self.frame(&mut rate));
            let _ = writeln!(io::stderr(), "{object}");
            if ended {
                return;
            }
        }
    }

    fn frame(&self, rate: &mut Rate) -> Frame {
        let rows: Vec<Row> = self
            .gauges
            .iter()
            .map(|gauge| {
                let current = gauge.current.load(Ordering::Relaxed);
                let state = match gauge.wanted.load(Ordering::Relaxed) {
                    false => State::Here,
                    true if current >= gauge.total => State::Done,
                    true => State::Coming,
                };
                Row { digest: gauge.digest.clone(), current, total: gauge.total, state }
            })
            .collect();
        let fetched = rows.iter().filter(|row| row.state != State::Here);
        let current = fetched.map(|row| row.current).fold(0, u64::saturating_add);
        Frame { rows, rate: rate.add(current) }
    }
}

/// Bytes in a second, evened out over some of them.
#[derive(Default)]
struct Rate {
    last: Option<(Instant, u64)>,
    value: f64,
}

impl Rate {
    fn add(&mut self, current: u64) -> f64 {
        let now = Instant::now();
        if let Some((then, before)) = self.last {
            let seconds = now.duration_since(then).as_secs_f64().max(0.001);
            let fresh = current.saturating_sub(before) as f64 / seconds;
            let weight = (seconds / 2.0).min(1.0);
            self.value = if self.value == 0.0 { fresh } else { self.value * (1.0 - weight) + fresh * weight };
        }
        self.last = Some((now, current));
        self.value
    }
}

/// A layer's bytes on their way, counted. Errors become those that images can have.
pub(super) struct Counted<R> {
    inner: R,
    board: Arc<Board>,
    at: usize,
}

impl<R> Counted<R> {
    /// The layer with this number is on its way.
    pub fn new(inner: R, board: Arc<Board>, at: usize) -> Self {
        if let Some(gauge) = board.gauges.get(at) {
            gauge.wanted.store(true, Ordering::Relaxed);
            gauge.current.store(0, Ordering::Relaxed);
        }
        Self { inner, board, at }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(count) => {
                if let Some(gauge) = self.board.gauges.get(self.at) {
                    gauge.current.fetch_add(count as u64, Ordering::Relaxed);
                }
                Ok(count)
            }
            Err(error) => match error.get_ref().and_then(|e| e.downcast_ref::<RegistryError>()) {
                Some(told) => Err(ImageError::Unreachable(told.to_string()).into()),
                None => Err(error),
            },
        }
    }
}
