//! The `rctr` binary: hands over to the library and exits with its code. Under the name `rctr-oci` it is an OCI runtime.

use std::ffi::OsString;

fn main() -> std::process::ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match rctr::oci::called(&words) {
        Some(rest) => rctr::oci::main(rest),
        None => rctr::cli::main(),
    }
}
