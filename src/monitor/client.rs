//! One command line that is attached: what waits for it, and what becomes of output that it does not take.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use super::protocol::Message;
use crate::sys::{packet, wait};

/// So many bytes wait for a client that came later; what comes on top is lost to it, and it is told.
const QUEUE_LIMIT: usize = 256 * 1024;

/// How long a client that came later may take for the last of the output, once the container has ended.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// An attached command line.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(super) struct Client {
    socket: OwnedFd,
    /// It started the container: it gets every byte, at its own pace.
    pub primary: bool,
    /// It wants output.
    pub hears: bool,
    /// It said that it leaves: the container's stdin stays open.
    pub detached: bool,
    /// It waits for the end of a health check.
    pub asks_health: bool,
    /// It has gone.
    pub gone: bool,
    queue: VecDeque<Vec<u8>>,
    queued: usize,
    lost: usize,
}

impl Client {
    /// The command line that started the container.
    pub fn primary(socket: OwnedFd, hears: bool) -> Self {
        Self { primary: true, hears, ..Self::joined(socket) }
    }

    /// One that came to the container's socket; it has said nothing yet.
    pub fn joined(socket: OwnedFd) -> Self {
        Self {
            socket,
            primary: false,
            hears: false,
            detached: false,
            asks_health: false,
            gone: false,
            queue: VecDeque::new(),
            queued: 0,
            lost: 0,
        }
    }

    /// Does something wait for room in the socket?
    pub fn waits(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Must the container wait for it?
    pub fn holds_up(&self) -> bool {
        self.primary && self.hears && self.waits()
    }

    /// Sends a packet of output, now or when there is room. False: it has gone.
    pub fn output(&mut self, packet: &[u8]) -> bool {
        if !self.hears || self.gone {
            return true;
        }
        if !self.primary && self.queued + packet.len() > QUEUE_LIMIT {
            self.lost += packet.len() - 1;
            return true;
        }
        self.say(packet)
    }

    /// Sends a packet that must not be lost. False: it has gone.
    pub fn say(&mut self, packet: &[u8]) -> bool {
        if self.queue.is_empty() {
            match packet::try_send(self.socket.as_fd(), packet) {
                Ok(true) => return true,
                Ok(false) => {}
                Err(_) => return false,
            }
        }
        self.queued += packet.len();
        self.queue.push_back(packet.to_vec());
        true
    }

    /// Sends what waits, as far as there is room. False: it has gone.
    pub fn flush(&mut self) -> bool {
        while let Some(packet) = self.queue.front() {
            match packet::try_send(self.socket.as_fd(), packet) {
                Ok(true) => {
                    self.queued -= packet.len();
                    self.queue.pop_front();
                }
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
        if self.lost == 0 {
            return true;
        }
        let text =
            format!("{} bytes of output are left out here: they came faster than they were read", self.lost);
        self.lost = 0;
        let mut notice = Vec::new();
        Message::Notice(text.as_bytes()).encode(&mut notice);
        self.say(&notice)
    }

    /// Sends all that waits and then `last`: at the pace of the one that started the container, within a bound to others.
    pub fn farewell(mut self, last: &[u8]) {
        let deadline = (!self.primary).then(|| Instant::now() + LAST_WORDS);
        if !self.flush() || !self.say(last) {
            return;
        }
        while self.waits() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // One that has gone, or is too slow, is not waited for.
            if !wait::writable(self.socket.as_fd(), left).unwrap_or(false) || !self.flush() {
                return;
            }
        }
    }

    /// Hands a descriptor over. Only asked for by a client that waits for just that.
    ///
    /// # Errors
    /// It has gone.
    pub fn hand(&self, packet: &[u8], fd: BorrowedFd<'_>) -> io::Result<()> {
        packet::send_with(self.socket.as_fd(), packet, Some(fd)).map_err(|error| error.source)
    }
}

impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_later_and_does_not_read_loses_output_and_is_told() {
        let (ours, theirs) = packet::pair().unwrap();
        let mut client = Client::joined(ours);
        client.hears = true;
        let chunk = vec![b'O'; 32 * 1024];
        for _ in 0..64 {
            assert!(client.output(&chunk));
        }
        assert!(client.lost > 0 && client.queued <= QUEUE_LIMIT, "{} {}", client.lost, client.queued);
        let mut buffer = vec![0; 64 * 1024];
        let mut notices = 0;
        while client.waits() || client.lost > 0 {
            let (length, _) = packet::receive(theirs.as_fd(), &mut buffer).unwrap();
            notices += usize::from(buffer[..length].starts_with(b"N"));
            assert!(client.flush());
        }
        while notices == 0 {
            let (length, _) = packet::receive(theirs.as_fd(), &mut buffer).unwrap();
            notices += usize::from(buffer[..length].starts_with(b"N"));
        }
        drop(theirs);
        assert!(!client.output(&chunk));
    }

    #[test]
    fn who_started_the_container_gets_every_byte() {
        let (ours, theirs) = packet::pair().unwrap();
        let mut client = Client::primary(ours, true);
        let mut sent = 0;
        while !client.holds_up() {
            assert!(client.output(&[b'O'; 1000]));
            sent += 1;
        }
        let reader = std::thread::spawn(move || {
            let mut buffer = vec![0; 2000];
            let mut got = 0;
            loop {
                match packet::receive(theirs.as_fd(), &mut buffer).unwrap().0 {
                    1000 => got += 1,
                    length => return (got, buffer[..length].to_vec()),
                }
            }
        });
        client.farewell(b"X");
        assert_eq!(reader.join().unwrap(), (sent, b"X".to_vec()));
    }
}
