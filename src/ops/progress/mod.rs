//! How far the layers of an image have come: counted where their bytes are read, shown beside the work.

mod frame;

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::image::ImageError;
use crate::image::document::Descriptor;
use crate::model::Digest;
use crate::model::registry_request::ProgressMode;
use crate::registry::RegistryError;
use frame::{Frame, Row, State};

/// Says when the work is over, to somebody who looks at it now and then.
#[derive(Default)]
pub(super) struct Over {
    over: Mutex<bool>,
    changed: Condvar,
}

impl Over {
    /// Waits, at most so long; true when it is over.
    pub fn wait(&self, at_most: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), at_most, |over| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// It is over.
    pub fn set(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between two pictures on a terminal, and between two JSON objects.
const TERMINAL: Duration = Duration::from_millis(100);
const JSON: Duration = Duration::from_millis(250);

/// All layers of one image.
pub(super) struct Board {
    image: String,
    /// What layers do: `downloading`.
    verb: &'static str,
    gauges: Vec<Gauge>,
}

struct Gauge {
    digest: Digest,
    total: AtomicU64,
    wanted: AtomicBool,
    current: AtomicU64,
}

impl Board {
    /// Nothing of these has come yet.
    pub fn new(image: &str, layers: &[Descriptor]) -> Self {
        let gauge = |layer: &Descriptor| Gauge {
            digest: layer.digest.clone(),
            total: AtomicU64::new(layer.size),
            wanted: AtomicBool::new(false),
            current: AtomicU64::new(0),
        };
        Self { image: image.to_owned(), verb: "downloading", gauges: layers.iter().map(gauge).collect() }
    }

    /// All of these tars are to go out; how long they will be packed is not known yet.
    pub fn outgoing(image: &str, layers: &[(Digest, u64)]) -> Self {
        let gauge = |(digest, size): &(Digest, u64)| Gauge {
            digest: digest.clone(),
            total: AtomicU64::new(*size),
            wanted: AtomicBool::new(true),
            current: AtomicU64::new(0),
        };
        Self { image: image.to_owned(), verb: "uploading", gauges: layers.iter().map(gauge).collect() }
    }

    /// A layer needs not go: it is there.
    pub fn exists(&self, at: usize) {
        self.gauges[at].wanted.store(false, Ordering::Relaxed);
    }

    /// So much of a layer has gone out, of so much.
    pub fn sent(&self, at: usize, current: u64, total: u64) {
        self.gauges[at].total.store(total, Ordering::Relaxed);
        self.gauges[at].current.store(current, Ordering::Relaxed);
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
            let (rows, columns) = super::attach::terminal_size().unwrap_or((24, 80));
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
            let object = frame::object(&self.image, self.verb, &self.frame(&mut rate));
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
                let total = gauge.total.load(Ordering::Relaxed);
                let state = match gauge.wanted.load(Ordering::Relaxed) {
                    false => State::Here,
                    true if current >= total => State::Done,
                    true => State::Coming,
                };
                Row { digest: gauge.digest.clone(), current, total, state }
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
