//! End to end: the rctr binary, run by an unprivileged user, against real kernels, archives and containers.
//! One module a theme; `support` is the harness.

mod attach;
mod doctor;
mod harness;
mod images;
mod reach;
mod seccomp;
mod support;
mod uplink;
