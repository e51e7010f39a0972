//! A connection to a bus: bounded in what it reads and in how long it waits.

use std::io::{Read as _, Write as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::{Duration, Instant};

use super::wire::{Kind, Message, Value};

/// So many messages of others may come before the one that is waited for.
const OTHERS: usize = 10_000;
/// Lines of the authentication are no longer.
const LINE: usize = 512;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The socket's error.
    #[error("{0}: {text}", text = crate::sys::describe(.1))]
    Io(&'static str, #[source] std::io::Error),
    /// No answer in time.
    #[error("no answer in time")]
    Silent,
    /// The address is of no kind that is known here.
    #[error("an address without a unix socket")]
    Address,
    /// It does not take us.
    #[error("the bus refuses us: {0:?}")]
    Refused(String),
    /// It says what is no D-Bus.
    #[error("the bus sent {0}")]
    Malformed(&'static str),
    /// A call failed.
    #[error("{member}: {name}: {text}")]
    Failed {
        /// What was called.
        member: String,
        /// The error's name.
        name: String,
        /// Its words.
        text: String,
    },
}

/// A connection.
#[derive(Debug)]
pub struct Bus {
    stream: UnixStream,
    deadline: Instant,
    serial: u32,
    /// What came while a reply was waited for.
    signals: Vec<Message>,
}

/// The sockets of an address list ("Server Addresses"): paths, and with a NUL before them abstract names.
pub fn addresses(list: &str) -> Vec<Vec<u8>> {
    let socket = |address: &str| {
        address.strip_prefix("unix:")?.split(',').find_map(|pair| match pair.split_once('=')? {
            ("path", value) => unescape(value),
            ("abstract", value) => unescape(value).map(|name| [vec![0], name].concat()),
            _ => None,
        })
    };
    list.split(';').filter_map(socket).collect()
}

fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut out = Vec::new();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    Some(out).filter(|out| !out.is_empty() && !out.contains(&0))
}

impl Bus {
    /// Connects to the first socket of the list that answers, and says who we are. Everything that is asked of it is
    /// answered by the deadline.
    ///
    /// # Errors
    /// Nobody is there, or does not take us.
    pub fn connect(list: &str, uid: u32, deadline: Instant) -> Result<Self, BusError> {
        let mut last = BusError::Address;
        for name in addresses(list) {
            match open(&name) {
                Ok(stream) => {
                    let mut bus = Self { stream, deadline, serial: 0, signals: Vec::new() };
                    bus.authenticate(uid)?;
                    let hello = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
                    bus.call(Message::call(hello.0, hello.1, hello.0, "Hello"))?;
                    return Ok(bus);
                }
                Err(error) => last = BusError::Io("connect", error),
            }
        }
        Err(last)
    }

    /// "Authentication Protocol": the kernel tells the bus who we are, we name the same id.
    fn authenticate(&mut self, uid: u32) -> Result<(), BusError> {
        let id: String = uid.to_string().bytes().map(|digit| format!("{digit:02x}")).collect();
        self.send(format!("\0AUTH EXTERNAL {id}\r\n").as_bytes())?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.fill(&mut byte)?;
            line.push(byte[0]);
            if line.len() > LINE {
                return Err(BusError::Malformed("a line without an end"));
            }
        }
        if !line.starts_with(b"OK ") {
            return Err(BusError::Refused(String::from_utf8_lossy(line.trim_ascii()).into_owned()));
        }
        self.send(b"BEGIN\r\n")
    }

    /// Calls a method and gives what it returns.
    ///
    /// # Errors
    /// The method's, the connection's.
    pub fn call(&mut self, mut message: Message) -> Result<Vec<Value>, BusError> {
        self.serial += 1;
        message.serial = self.serial;
        self.send(&message.encode())?;
        for _ in 0..OTHERS {
            let came = self.receive()?;
            match came.kind {
                Kind::Return if came.reply_to == message.serial => return Ok(came.body),
                Kind::Error if came.reply_to == message.serial => {
                    let text = match came.body.into_iter().next() {
                        Some(Value::Str(text)) => text.chars().take(500).collect(),
                        _ => String::new(),
                    };
                    return Err(BusError::Failed { member: message.member, name: came.error, text });
                }
                Kind::Signal => self.signals.push(came),
                _ => {}
            }
        }
        Err(BusError::Malformed("no answer among too many messages"))
    }

    /// Waits for a signal that `wanted` makes something of.
    ///
    /// # Errors
    /// The connection's.
    pub fn signal<T>(
        &mut self,
        interface: &str,
        member: &str,
        wanted: impl Fn(&[Value]) -> Option<T>,
    ) -> Result<T, BusError> {
        let mut early = std::mem::take(&mut self.signals).into_iter();
        for _ in 0..OTHERS {
            let came = match early.next() {
                Some(came) => came,
                None => self.receive()?,
            };
            if came.kind == Kind::Signal
                && came.interface == interface
                && came.member == member
                && let Some(found) = wanted(&came.body)
            {
                return Ok(found);
            }
        }
        Err(BusError::Malformed("no word of the job among too many messages"))
    }

    fn receive(&mut self) -> Result<Message, BusError> {
        let mut head = [0; 16];
        self.fill(&mut head)?;
        let length = Message::length(&head).map_err(BusError::Malformed)?;
        let mut bytes = head.to_vec();
        bytes.resize(length, 0);
        self.fill(&mut bytes[16..])?;
        Message::decode(&bytes).map_err(BusError::Malformed)
    }

    fn left(&self) -> Result<Duration, BusError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(BusError::Silent) } else { Ok(left) }
    }

    fn fill(&mut self, mut buffer: &mut [u8]) -> Result<(), BusError> {
        while !buffer.is_empty() {
            self.stream.set_read_timeout(Some(self.left()?)).map_err(|e| BusError::Io("wait", e))?;
            match self.stream.read(buffer) {
                Ok(0) => return Err(BusError::Malformed("nothing more, and hung up")),
                Ok(length) => buffer = &mut buffer[length..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Err(BusError::Silent),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BusError::Io("read", error)),
            }
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BusError> {
        self.stream.set_write_timeout(Some(self.left()?)).map_err(|e| BusError::Io("wait", e))?;
        match self.stream.write_all(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Err(BusError::Silent),
            other => other.map_err(|error| BusError::Io("write", error)),
        }
    }
}

fn open(name: &[u8]) -> std::io::Result<UnixStream> {
    use std::os::unix::ffi::OsStrExt as _;
    match name {
        [0, rest @ ..] => UnixStream::connect_addr(&SocketAddr::from_abstract_name(rest)?),
        path => UnixStream::connect(std::path::Path::new(std::ffi::OsStr::from_bytes(path))),
    }
}

#[cfg(test)]
#[path = "bus_tests.rs"]
mod tests;
