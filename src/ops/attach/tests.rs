use std::fs::File;
use std::io::{Read, Write};
use std::thread;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, raise};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

use super::*;
use crate::sys::signal::block_forwarded_signals;

fn all() -> AttachOptions {
    AttachOptions { interactive: true, sig_proxy: true, ..AttachOptions::default() }
}

fn output_only() -> AttachOptions {
    AttachOptions { interactive: false, ..all() }
}

/// The monitor's end.
struct Monitor(OwnedFd);

impl Monitor {
    fn say(&self, message: &Message<'_>) {
        let mut packet = Vec::new();
        message.encode(&mut packet);
        nix::sys::socket::send(self.0.as_raw_fd(), &packet, MsgFlags::MSG_NOSIGNAL).unwrap();
    }

    /// The next message, as the owned form of what `Message` prints.
    fn hear(&self) -> Vec<u8> {
        let mut packet = vec![0; CHUNK + 1];
        let count = recv(self.0.as_raw_fd(), &mut packet, MsgFlags::empty()).unwrap();
        packet.truncate(count);
        packet
    }

    fn expect(&self, message: &Message<'_>) {
        assert_eq!(Message::decode(&self.hear()), Some(message.clone()));
    }
}

fn sockets() -> (OwnedFd, Monitor) {
    let (a, b) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
    (a, Monitor(b))
}

fn pipe() -> (File, File) {
    let (read, write) = rustix::pipe::pipe().unwrap();
    (read.into(), write.into())
}

/// Attaches with these streams while `monitor` plays the other end in a thread.
fn attach_to(
    options: AttachOptions,
    [stdin, stdout, stderr]: [&File; 3],
    monitor: impl FnOnce(Monitor) + Send + 'static,
) -> (Result<AttachEnd, AttachError>, Vec<String>) {
    let mask = block_forwarded_signals().unwrap();
    let (socket, theirs) = sockets();
    let player = thread::spawn(move || monitor(theirs));
    let streams = Streams { stdin: stdin.as_fd(), stdout: stdout.as_fd(), stderr: stderr.as_fd() };
    let mut events = Vec::new();
    let end = attach_streams(socket, options, &mask, streams, &mut |e| events.push(format!("{e:?}")));
    player.join().unwrap();
    (end, events)
}

fn null() -> File {
    File::options().read(true).write(true).open("/dev/null").unwrap()
}

fn drain(mut file: File) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Bytes in which every position is recognisable.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i / 251 + i % 251) as u8).collect()
}

#[test]
fn both_streams_arrive_whole_and_the_code_comes_back() {
    let (out, stdout) = pipe();
    let (err, stderr) = pipe();
    let (out, err) = (drain(out), drain(err));
    let (end, events) = attach_to(output_only(), [&null(), &stdout, &stderr], |monitor| {
        monitor.say(&Message::Started(7));
        for chunk in pattern(3_000_000).chunks(CHUNK) {
            monitor.say(&Message::Stdout(chunk));
            monitor.say(&Message::Stderr(&chunk[..1]));
        }
        monitor.say(&Message::Notice(b"bye"));
        monitor.say(&Message::Exited(3));
    });
    drop((stdout, stderr));
    assert_eq!(end.unwrap(), AttachEnd::Exited(3));
    assert_eq!(events, ["Started(7)", "Notice([98, 121, 101])"]);
    assert_eq!(out.join().unwrap(), pattern(3_000_000));
    assert_eq!(err.join().unwrap().len(), 3_000_000_usize.div_ceil(CHUNK));
}

#[test]
fn stdin_arrives_whole_and_its_end_is_told() {
    let (stdin, mut feed) = pipe();
    let feeder = thread::spawn(move || feed.write_all(&pattern(2_000_000)).unwrap());
    let (end, _) = attach_to(all(), [&stdin, &null(), &null()], |monitor| {
        let mut got = Vec::new();
        loop {
            match Message::decode(&monitor.hear()) {
                Some(Message::Stdin(bytes)) => got.extend_from_slice(bytes),
                other => break assert_eq!(other, Some(Message::StdinClosed)),
            }
        }
        assert!(got == pattern(2_000_000));
        monitor.say(&Message::Exited(0));
    });
    feeder.join().unwrap();
    assert_eq!(end.unwrap(), AttachEnd::Exited(0));
}

#[test]
fn a_container_that_reads_nothing_holds_up_nothing() {
    // stdin never ends and is never read: output, signals and the end still pass, and what was sent unread does
    // not hide the monitor's last words.
    let zero = File::open("/dev/zero").unwrap();
    let (out, stdout) = pipe();
    let out = drain(out);
    let (end, _) = attach_to(all(), [&zero, &stdout, &null()], |monitor| {
        monitor.say(&Message::Stdout(&[b'x'; CHUNK]));
        monitor.say(&Message::Stdout(&[b'y'; CHUNK]));
        monitor.say(&Message::Exited(9));
    });
    drop(stdout);
    assert_eq!(end.unwrap(), AttachEnd::Exited(9));
    assert_eq!(out.join().unwrap().len(), 2 * CHUNK);
}

#[test]
fn ends_without_an_exit_code() {
    let streams = [&null(), &null(), &null()];
    let (end, _) = attach_to(all(), streams, drop);
    assert_eq!(end.unwrap(), AttachEnd::Disconnected);
    let (end, _) = attach_to(all(), streams, |monitor| monitor.say(&Message::Failed(b"{}")));
    assert_eq!(end.unwrap(), AttachEnd::Failed(b"{}".to_vec()));
    let (end, _) = attach_to(all(), streams, |monitor| monitor.say(&Message::StdinClosed));
    assert!(end.unwrap_err().to_string().contains("'C'"));
}

#[test]
fn a_reader_that_went_away() {
    let (_, closed) = pipe();
    let (end, _) = attach_to(output_only(), [&null(), &closed, &null()], |monitor| {
        monitor.say(&Message::Stdout(b"x"));
        monitor.expect(&Message::ReaderGone(1));
        monitor.say(&Message::Exited(141));
    });
    assert_eq!(end.unwrap(), AttachEnd::Exited(141));
    let (end, _) = attach_to(output_only(), [&null(), &null(), &closed], |monitor| {
        monitor.say(&Message::Stderr(b"x"));
        monitor.say(&Message::Stderr(b"y"));
        monitor.say(&Message::Exited(4));
    });
    assert_eq!(end.unwrap(), AttachEnd::Exited(4));
}

#[test]
fn signals_are_handed_on() {
    block_forwarded_signals().unwrap();
    raise(Signal::SIGTERM).unwrap();
    raise(Signal::SIGUSR1).unwrap();
    let (end, _) = attach_to(output_only(), [&null(), &null(), &null()], |monitor| {
        monitor.expect(&Message::Signal(libc_number(Signal::SIGUSR1)));
        monitor.expect(&Message::Signal(libc_number(Signal::SIGTERM)));
        monitor.say(&Message::Exited(143));
    });
    assert_eq!(end.unwrap(), AttachEnd::Exited(143));
}

fn libc_number(signal: Signal) -> i32 {
    signal as i32
}

#[test]
fn a_terminal_is_raw_meanwhile_and_its_size_is_told() {
    let size = Winsize { ws_row: 31, ws_col: 99, ws_xpixel: 0, ws_ypixel: 0 };
    let pty = openpty(Some(&size), None).unwrap();
    let user = File::from(pty.master);
    let mut keys = user.try_clone().unwrap();
    let slave = File::from(pty.slave);
    let modes = |file: &File| format!("{:?}", rustix::termios::tcgetattr(file).unwrap());
    let cooked = modes(&slave);
    block_forwarded_signals().unwrap();
    raise(Signal::SIGWINCH).unwrap();
    let options = AttachOptions { terminal: true, ..all() };
    let watch = slave.try_clone().unwrap();
    let before = cooked.clone();
    let (end, _) = attach_to(options, [&slave, &slave, &slave], move |monitor| {
        monitor.expect(&Message::Resize { rows: 31, columns: 99 });
        monitor.expect(&Message::Resize { rows: 31, columns: 99 });
        assert_ne!(modes(&watch), before);
        // Ctrl-C is a byte like any other, and a line feed stays one.
        keys.write_all(b"\x03\r").unwrap();
        monitor.expect(&Message::Stdin(b"\x03\r"));
        monitor.say(&Message::Stdout(b"a\nb"));
        monitor.say(&Message::Exited(0));
        let mut shown = [0; 3];
        keys.read_exact(&mut shown).unwrap();
        assert_eq!(&shown, b"a\nb");
    });
    assert_eq!(end.unwrap(), AttachEnd::Exited(0));
    assert_eq!(modes(&slave), cooked);
    drop(user);
}
