//! End to end: the rctr binary, run by an unprivileged user, against real kernels, archives and containers.
//! One module a theme; `support` is the harness.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod archives;
mod attach;
mod attached;
mod basics;
mod bundles;
mod ceilings;
mod commit;
mod completion;
mod confinement;
mod containers;
mod copy;
mod copy_faults;
mod crashes;
mod damage;
mod detached;
mod doctor;
mod errors;
mod escapes;
mod events;
mod exec;
mod full_disk;
mod fuse;
mod harness;
mod health;
mod hostile;
mod image_verbs;
mod images;
mod init;
mod listing;
mod login;
mod logs;
mod manifest;
mod mounts;
mod namespaces;
mod power_cuts;
mod processes;
mod pull;
mod pull_faults;
mod push;
mod push_faults;
mod reach;
mod restarts;
mod rootfs;
mod runtime;
mod saved;
mod search;
mod seccomp;
mod signals;
mod support;
mod system;
mod terminal;
mod together;
mod uplink;
