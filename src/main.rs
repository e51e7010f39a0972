//! The `rctr` binary: hands over to the library and exits with its code.

fn main() -> std::process::ExitCode {
    rctr::cli::main()
}
