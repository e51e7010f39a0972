use super::*;

/// As libdbus sends it (strace of `dbus-send`).
const HELLO: &[u8] = b"l\x01\0\x01\0\0\0\0\x01\0\0\0n\0\0\0\
    \x01\x01o\0\x15\0\0\0/org/freedesktop/DBus\0\0\0\
    \x06\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
    \x02\x01s\0\x14\0\0\0org.freedesktop.DBus\0\0\0\0\
    \x03\x01s\0\x05\0\0\0Hello\0\0\0";

#[test]
fn the_first_call_of_every_connection() {
    let (name, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
    let hello = Message { serial: 1, ..Message::call(name, path, name, "Hello") };
    assert_eq!(hello.encode(), HELLO);
    assert_eq!(Message::decode(HELLO), Ok(hello));
}

fn scope() -> Message {
    let property =
        |name: &str, value| Value::Struct(vec![Value::Str(name.to_owned()), Value::Variant(Box::new(value))]);
    Message { serial: 7, ..Message::call("a.b", "/a", "a.b", "StartTransientUnit") }.with(vec![
        Value::Str("x.scope".to_owned()),
        Value::Array(
            "(sv)",
            vec![
                property("Delegate", Value::Bool(true)),
                property("PIDs", Value::Array("u", vec![Value::U32(42)])),
            ],
        ),
        Value::Array("(sa(sv))", Vec::new()),
    ])
}

/// What is read has no element types at hand.
fn untyped(value: Value) -> Value {
    match value {
        Value::Array(_, values) => Value::Array("", values.into_iter().map(untyped).collect()),
        Value::Struct(values) => Value::Struct(values.into_iter().map(untyped).collect()),
        Value::Variant(value) => Value::Variant(Box::new(untyped(*value))),
        other => other,
    }
}

#[test]
fn what_is_written_is_read() {
    let message = scope();
    let read = Message::decode(&message.encode()).unwrap();
    assert_eq!(read.body, message.body.into_iter().map(untyped).collect::<Vec<_>>());
    assert_eq!((read.serial, read.member.as_str()), (7, "StartTransientUnit"));
}

#[test]
fn big_endian_is_read_too() {
    let bytes = b"B\x04\0\x01\0\0\0\0\0\0\0\x09\0\0\0\x2a\
        \x01\x01o\0\0\0\0\x02/a\0\0\0\0\0\0\
        \x02\x01s\0\0\0\0\x03a.b\0\0\0\0\0\
        \x03\x01s\0\0\0\0\x01C\0\0\0\0\0\0\0";
    let want = Message { kind: Kind::Signal, serial: 9, ..Message::call("", "/a", "a.b", "C") };
    assert_eq!(Message::decode(bytes), Ok(want));
}

#[test]
fn every_cut_and_every_changed_byte_is_borne() {
    let whole = scope().encode();
    for length in 0..whole.len() {
        assert!(Message::decode(&whole[..length]).is_err(), "{length}");
    }
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff, b'a', b'(', b'v'] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            let _any = Message::decode(&bytes);
        }
    }
}

#[test]
fn lies_about_length_and_depth() {
    for (head, why) in [
        (b"l\x01\0\x01\0\0\0\x10\x01\0\0\0\0\0\0\0", "too long"),
        (b"l\x01\0\x01\0\0\0\0\x01\0\0\0\0\0\0\x10", "too long"),
        (b"z\x01\0\x01\0\0\0\0\x01\0\0\0\0\0\0\0", "no message"),
        (b"l\x01\0\x02\0\0\0\0\x01\0\0\0\0\0\0\0", "another version"),
    ] {
        let error = Message::length(head).expect_err(why);
        assert!(error.contains(why), "{error}");
    }
    let deep = Message { serial: 1, ..Message::default() }
        .with(vec![(0..64).fold(Value::Byte(1), |inner, _| Value::Variant(Box::new(inner)))]);
    assert_eq!(Message::decode(&deep.encode()), Err("values in values without end"));
    for signature in ["a", "(", "()", "(s", "aaaaaaaaaaaaaaaaaaaau", "z", "a{s", ")"] {
        assert!(type_length(signature.as_bytes(), 0).is_err(), "{signature}");
    }
    assert_eq!(type_length(b"a(sv)u", 0), Ok(5));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_borne(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _any = Message::decode(&bytes);
        let mut framed = b"l\x04\0\x01".to_vec();
        framed.extend((bytes.len() as u32).to_le_bytes());
        framed.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        framed.extend(&bytes);
        let _any = Message::decode(&framed);
    }
}
