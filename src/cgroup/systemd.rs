//! Scopes of the user's systemd (org.freedesktop.systemd1(5)): one a container, whose subtree is ours.

use std::time::{Duration, Instant};

use super::dbus::{Bus, BusError, Message, Value};
use super::{CgroupError, own_path};

/// How long systemd may take to make a scope.
const PATIENCE: Duration = Duration::from_secs(20);

const DESTINATION: &str = "org.freedesktop.systemd1";
const PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";

/// A scope as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// `rctr-….scope`.
    pub unit: &'a str,
    /// What `systemctl status` says of it.
    pub description: &'a str,
    /// The slice that it is to be in; the manager's own choice without.
    pub slice: Option<&'a str>,
    /// The process that begins it.
    pub pid: i32,
}

/// Makes a scope with a process in it, whose cgroup below the v2 mount it gives.
///
/// # Errors
/// No bus, one that does not answer in time, systemd's refusal.
pub fn start_scope(address: &str, uid: u32, scope: Scope<'_>) -> Result<String, CgroupError> {
    let Scope { unit, pid, .. } = scope;
    let on_bus = |source| CgroupError::Bus { address: address.to_owned(), source };
    let result = start(address, uid, scope).map_err(on_bus)?;
    if result != "done" {
        return Err(CgroupError::Job { unit: unit.to_owned(), result });
    }
    match own_path(pid) {
        Some(path) if path.rsplit('/').next() == Some(unit) => Ok(path),
        path => Err(CgroupError::Elsewhere { unit: unit.to_owned(), pid, path: path.unwrap_or_default() }),
    }
}

/// systemd's word for how that went.
fn start(address: &str, uid: u32, scope: Scope<'_>) -> Result<String, BusError> {
    let Scope { unit, description, slice, pid } = scope;
    let mut bus = Bus::connect(address, uid, Instant::now() + PATIENCE)?;
    let rule = format!(
        "type='signal',sender='{DESTINATION}',path='{PATH}',interface='{MANAGER}',member='JobRemoved'"
    );
    let add =
        Message::call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch");
    bus.call(add.with(vec![Value::Str(rule)]))?;
    bus.call(Message::call(DESTINATION, PATH, MANAGER, "Subscribe"))?;
    let text = |text: &str| Value::Str(text.to_owned());
    let property =
        |name: &str, value: Value| Value::Struct(vec![text(name), Value::Variant(Box::new(value))]);
    let mut properties = vec![
        property("Description", text(description)),
        property("Delegate", Value::Bool(true)),
        property("CollectMode", text("inactive-or-failed")),
        property("PIDs", Value::Array("u", vec![Value::U32(pid.unsigned_abs())])),
    ];
    properties.extend(slice.map(|slice| property("Slice", text(slice))));
    let start = Message::call(DESTINATION, PATH, MANAGER, "StartTransientUnit").with(vec![
        text(unit),
        text("fail"),
        Value::Array("(sv)", properties),
        Value::Array("(sa(sv))", Vec::new()),
    ]);
    let reply = bus.call(start)?;
    let [Value::Path(job), ..] = reply.as_slice() else {
        return Err(BusError::Malformed("StartTransientUnit gave no job"));
    };
    // uint32 id, object path, unit, result.
    bus.signal(MANAGER, "JobRemoved", |body| match body {
        [_, Value::Path(path), _, Value::Str(result), ..] if path == job => Some(result.clone()),
        _ => None,
    })
}

/// Moves a process into a cgroup of a scope, which only systemd may do for one from elsewhere.
///
/// # Errors
/// As [`start_scope`].
pub fn attach(address: &str, uid: u32, unit: &str, below: &str, pid: i32) -> Result<(), CgroupError> {
    let on_bus = |source| CgroupError::Bus { address: address.to_owned(), source };
    let mut bus = Bus::connect(address, uid, Instant::now() + PATIENCE).map_err(on_bus)?;
    let call = Message::call(DESTINATION, PATH, MANAGER, "AttachProcessesToUnit").with(vec![
        Value::Str(unit.to_owned()),
        Value::Str(below.to_owned()),
        Value::Array("u", vec![Value::U32(pid.unsigned_abs())]),
    ]);
    bus.call(call).map_err(on_bus).map(drop)
}
