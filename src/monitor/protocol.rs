//! What the monitor and an attached command line say to each other: one message a packet of a SOCK_SEQPACKET
//! socket, its first byte the kind. Pure: bytes in, bytes out.

/// The largest piece of output or input in one message, in bytes.
pub const CHUNK: usize = 32 * 1024;

/// A message of either direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Client, first on a connection to a container's socket: hand the output on to me.
    Attach,
    /// Client: let the container go, which waits for that; its stdin and output are mine as if I had made it.
    Start,
    /// Client: I leave; the container's stdin stays as it is.
    Detach,
    /// Client: look at the container's health now, and tell the check's exit code.
    CheckHealth,
    /// Client: send me a namespace of the container's, one descriptor, by its kind's name in `/proc/PID/ns`.
    Namespace(&'a [u8]),
    /// Client: what `update` changed of the specification is to be read again.
    Reload,
    /// Client: bytes for the container's stdin.
    Stdin(&'a [u8]),
    /// Client: no more stdin.
    StdinClosed,
    /// Client: the terminal is now so large.
    Resize {
        /// Lines.
        rows: u16,
        /// Characters a line.
        columns: u16,
    },
    /// Client: nobody reads its stdout (1) or stderr (2) any more; who writes there shall get SIGPIPE.
    ReaderGone(u8),
    /// Client: send this signal to the container's first process.
    Signal(i32),
    /// Monitor: bytes that the container wrote to stdout (or its terminal).
    Stdout(&'a [u8]),
    /// Monitor: bytes that it wrote to stderr.
    Stderr(&'a [u8]),
    /// Monitor: only the word to start is missing.
    Initialized,
    /// Monitor: the program runs; its pid as the host sees it.
    Started(u32),
    /// Monitor: the program ended with this code, 128+n for signal n; everything has been torn down.
    Exited(i32),
    /// Monitor: the container could not be started; a JSON `engine::Failure`.
    Failed(&'a [u8]),
    /// Monitor: a note for the user's eyes, one line.
    Notice(&'a [u8]),
}

impl<'a> Message<'a> {
    /// Writes the packet into `buffer`, which is cleared first.
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        let (kind, payload): (u8, &[u8]) = match self {
            Self::Attach => (b'A', &[]),
            Self::Start => (b'G', &[]),
            Self::Detach => (b'D', &[]),
            Self::CheckHealth => (b'H', &[]),
            Self::Namespace(kind) => (b'J', kind),
            Self::Reload => (b'U', &[]),
            Self::Stdin(data) => (b'I', data),
            Self::StdinClosed => (b'C', &[]),
            Self::Resize { rows, columns } => {
                buffer.push(b'W');
                buffer.extend_from_slice(&rows.to_le_bytes());
                buffer.extend_from_slice(&columns.to_le_bytes());
                return;
            }
            Self::ReaderGone(stream) => (b'P', &[*stream]),
            Self::Signal(number) => (b'S', &number.to_le_bytes()),
            Self::Stdout(data) => (b'O', data),
            Self::Stderr(data) => (b'E', data),
            Self::Initialized => (b'Y', &[]),
            Self::Started(pid) => (b'R', &pid.to_le_bytes()),
            Self::Exited(code) => (b'X', &code.to_le_bytes()),
            Self::Failed(data) => (b'F', data),
            Self::Notice(data) => (b'N', data),
        };
        buffer.push(kind);
        buffer.extend_from_slice(payload);
    }

    /// Reads one packet; `None` for what no version of rctr sends.
    pub fn decode(packet: &'a [u8]) -> Option<Self> {
        let (kind, payload) = packet.split_first()?;
        Some(match kind {
            b'A' if payload.is_empty() => Self::Attach,
            b'G' if payload.is_empty() => Self::Start,
            b'D' if payload.is_empty() => Self::Detach,
            b'H' if payload.is_empty() => Self::CheckHealth,
            b'J' if !payload.is_empty() => Self::Namespace(payload),
            b'U' if payload.is_empty() => Self::Reload,
            b'I' => Self::Stdin(payload),
            b'C' if payload.is_empty() => Self::StdinClosed,
            b'W' => {
                let (rows, columns) = payload.split_at_checked(2)?;
                Self::Resize {
                    rows: u16::from_le_bytes(rows.try_into().ok()?),
                    columns: u16::from_le_bytes(columns.try_into().ok()?),
                }
            }
            b'P' => match payload {
                [stream @ 1..=2] => Self::ReaderGone(*stream),
                _ => return None,
            },
            b'S' => Self::Signal(i32::from_le_bytes(payload.try_into().ok()?)),
            b'O' => Self::Stdout(payload),
            b'E' => Self::Stderr(payload),
            b'Y' if payload.is_empty() => Self::Initialized,
            b'R' => Self::Started(u32::from_le_bytes(payload.try_into().ok()?)),
            b'X' => Self::Exited(i32::from_le_bytes(payload.try_into().ok()?)),
            b'F' => Self::Failed(payload),
            b'N' => Self::Notice(payload),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_the_wire() {
        let messages = [
            Message::Attach,
            Message::Start,
            Message::Detach,
            Message::CheckHealth,
            Message::Namespace(b"net"),
            Message::Reload,
            Message::Stdin(b"in"),
            Message::StdinClosed,
            Message::Resize { rows: 24, columns: 80 },
            Message::ReaderGone(2),
            Message::Signal(15),
            Message::Stdout(b""),
            Message::Stderr(b"\0err"),
            Message::Initialized,
            Message::Started(77),
            Message::Exited(-1),
            Message::Failed(b"{}"),
            Message::Notice(b"note"),
        ];
        let mut packet = Vec::new();
        for message in messages {
            message.encode(&mut packet);
            assert_eq!(Message::decode(&packet), Some(message));
        }
    }

    #[test]
    fn garbage_is_refused() {
        for packet in [&b""[..], b"?", b"W123", b"S12", b"Cx", b"Ax", b"J", b"P\x03"] {
            assert_eq!(Message::decode(packet), None, "{packet:?}");
        }
    }
}
