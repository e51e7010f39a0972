use std::os::unix::net::UnixListener;

use super::super::super::{CgroupError, Scope, start_scope};
use super::*;

const SOON: Duration = Duration::from_secs(30);

/// A bus with this behaviour after the authentication: it gets each message and says what is sent for it.
fn bus_that(
    first_line: &'static [u8],
    mut answer: impl FnMut(Message) -> Option<Vec<u8>> + Send + 'static,
) -> (tempfile::TempDir, String, std::thread::JoinHandle<Vec<String>>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bus");
    let listener = UnixListener::bind(&path).unwrap();
    let thread = std::thread::spawn(move || {
        let mut calls = Vec::new();
        let (mut stream, _) = listener.accept().unwrap();
        let mut auth = Vec::new();
        while !auth.ends_with(b"\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).unwrap() == 0 {
                return calls;
            }
            auth.push(byte[0]);
        }
        calls.push(String::from_utf8_lossy(auth.trim_ascii()).trim_matches('\0').to_owned());
        stream.write_all(first_line).unwrap();
        let mut begin = [0; 7];
        if stream.read_exact(&mut begin).is_err() {
            return calls;
        }
        let mut head = [0; 16];
        while stream.read_exact(&mut head).is_ok() {
            let mut bytes = head.to_vec();
            bytes.resize(Message::length(&head).unwrap(), 0);
            stream.read_exact(&mut bytes[16..]).unwrap();
            let message = Message::decode(&bytes).unwrap();
            calls.push(message.member.clone());
            match answer(message) {
                Some(bytes) => stream.write_all(&bytes).unwrap(),
                None => break,
            }
        }
        calls
    });
    let address = format!("unix:path={}", path.display());
    (dir, address, thread)
}

fn reply(to: u32, body: Vec<Value>) -> Vec<u8> {
    Message { kind: Kind::Return, serial: 1, reply_to: to, body, ..Message::default() }.encode()
}

/// A systemd that makes every scope with this result.
fn systemd(result: &'static str) -> impl FnMut(Message) -> Option<Vec<u8>> {
    move |message| {
        if message.member != "StartTransientUnit" {
            return Some(reply(message.serial, Vec::new()));
        }
        let job = "/org/freedesktop/systemd1/job/7".to_owned();
        let signal = |path: &str| {
            let manager = "org.freedesktop.systemd1.Manager";
            let body = vec![
                Value::U32(7),
                Value::Path(path.to_owned()),
                Value::Str("x.scope".to_owned()),
                Value::Str(result.to_owned()),
            ];
            let message = Message::call("", "/org/freedesktop/systemd1", manager, "JobRemoved");
            Message { kind: Kind::Signal, serial: 2, body, ..message }.encode()
        };
        // The signal of another job, then ours before the reply: both orders are seen.
        Some([signal("/other"), signal(&job), reply(message.serial, vec![Value::Path(job)])].concat())
    }
}

fn ask(address: &str) -> Result<String, CgroupError> {
    let pid = std::process::id().cast_signed();
    start_scope(address, 1000, Scope { unit: "x.scope", description: "a test", slice: None, pid })
}

#[test]
fn a_refused_scope_is_told_and_a_made_one_must_hold_us() {
    let (_dir, address, thread) = bus_that(b"OK 1234\r\n", systemd("failed"));
    let error = ask(&address).unwrap_err().to_string();
    assert_eq!(error, "systemd started x.scope with result \"failed\"");
    let calls = thread.join().unwrap();
    assert_eq!(calls, ["AUTH EXTERNAL 31303030", "Hello", "AddMatch", "Subscribe", "StartTransientUnit"]);
    let (_dir, address, thread) = bus_that(b"OK 1234\r\n", systemd("done"));
    assert!(matches!(ask(&address), Err(CgroupError::Elsewhere { .. })), "this process is in no scope");
    thread.join().unwrap();
}

#[test]
fn refusals() {
    let (_dir, address, thread) = bus_that(b"REJECTED EXTERNAL\r\n", |_| None);
    let error = ask(&address).unwrap_err().to_string();
    assert!(error.ends_with("the bus refuses us: \"REJECTED EXTERNAL\""), "{error}");
    thread.join().unwrap();
    let (_dir, address, thread) = bus_that(b"OK 1\r\n", |message| {
        let body = vec![Value::Str("no such unit".to_owned())];
        let error = "org.x.Refused".to_owned();
        Some(
            Message {
                kind: Kind::Error,
                serial: 1,
                reply_to: message.serial,
                error,
                body,
                ..Message::default()
            }
            .encode(),
        )
    });
    let error = ask(&address).unwrap_err().to_string();
    assert!(error.ends_with("Hello: org.x.Refused: no such unit"), "{error}");
    thread.join().unwrap();
}

#[test]
fn nobody_there_and_no_address() {
    let error = ask("unix:path=/no/such/bus").unwrap_err().to_string();
    assert!(error.contains("unix:path=/no/such/bus") && error.contains("connect"), "{error}");
    for address in ["", "tcp:host=localhost", "unix:dir=/tmp", "unix:path="] {
        let bus = Bus::connect(address, 1000, Instant::now() + SOON);
        assert!(matches!(bus, Err(BusError::Address)), "{address}");
    }
}

#[test]
fn silence_ends_at_the_deadline() {
    let (_dir, address, thread) = bus_that(b"OK 1\r\n", |_| Some(Vec::new()));
    let bus = Bus::connect(&address, 1000, Instant::now() + Duration::from_millis(50));
    assert!(matches!(bus, Err(BusError::Silent)), "{bus:?}");
    drop(bus);
    thread.join().unwrap();
}

#[test]
fn malformed_answers() {
    let long_line: &'static [u8] = Box::leak(vec![b'x'; 600].into_boxed_slice());
    for (line, answer) in [
        (&b"OK 1\r\n"[..], &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..]),
        (b"OK 1\r\n", b"l\x02\x00\x01\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00"),
        (
            b"OK 1\r\n",
            b"l\x02\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff",
        ),
        (long_line, b""),
    ] {
        let (_dir, address, thread) = bus_that(line, move |_| Some(answer.to_vec()));
        let bus = Bus::connect(&address, 1000, Instant::now() + SOON);
        assert!(matches!(bus, Err(BusError::Malformed(_))), "{bus:?}");
        drop(bus);
        thread.join().unwrap();
    }
}

#[test]
fn address_lists() {
    for (list, want) in [
        ("unix:path=/run/user/1000/bus", vec![&b"/run/user/1000/bus"[..]]),
        ("unix:abstract=/tmp/dbus-x,guid=1;unix:path=/a%20b", vec![b"\0/tmp/dbus-x", b"/a b"]),
        ("unix:guid=1,path=/x", vec![b"/x"]),
        ("tcp:host=x;unix:path=/%zz;unix:path=/%0;unix:path=/%00", vec![]),
    ] {
        assert_eq!(addresses(list), want, "{list}");
    }
}
