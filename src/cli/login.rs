//! `rctr login` and `rctr logout`: who we are at registries.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;

use clap::Args;

use super::access::AccessArgs;
use super::{Failure, output};
use crate::model::registry_request::{LoginRequest, LogoutRequest, RegistryRequest};
use crate::model::{GlobalOptions, Request};
use crate::ops::{self, Outcome};
use crate::sys::term::{HiddenInput, without_echo};

/// A password longer than this is none, in bytes.
const SECRET_LIMIT: u64 = 64 * 1024;

/// Log in to a registry.
///
/// Name and password are checked with the registry before they are kept. REGISTRY may be a repository (HOST/TEAM/APP),
/// which then has credentials of its own. They are kept in containers/auth.json below $XDG_RUNTIME_DIR, or in the file
/// that --authfile or REGISTRY_AUTH_FILE names, or by the credential helper that this file names.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct LoginArgs {
    /// Print the name that is kept for the registry
    #[arg(long)]
    get_login: Option<bool>,
    /// The password; others on this machine can see it there
    #[arg(short, long, value_name = "PASSWORD", conflicts_with = "password_stdin")]
    password: Option<String>,
    /// Read the password from stdin
    #[arg(long)]
    password_stdin: Option<bool>,
    /// The name
    #[arg(short, long, value_name = "NAME")]
    username: Option<String>,
    /// Say where the credentials are kept
    #[arg(short, long)]
    verbose: Option<bool>,
    /// A registry, or a repository of one
    #[arg(value_name = "REGISTRY")]
    registry: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
}

/// Forget the login for a registry.
#[derive(Args, Debug)]
#[command(args_override_self = true, mut_args(super::switch::like_podman))]
pub(super) struct LogoutArgs {
    /// Forget all of them
    #[arg(short, long)]
    all: Option<bool>,
    /// Forget what is in FILE instead
    #[arg(long, value_name = "FILE")]
    authfile: Option<PathBuf>,
    /// A registry, or a repository of one
    #[arg(value_name = "REGISTRY")]
    registry: Option<String>,
}

pub(super) fn login(args: LoginArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let mut request = LoginRequest {
        registry: args.registry,
        user: args.username,
        password: args.password,
        access: args.access.request(),
    };
    let ctx = super::context(global)?;
    if args.get_login == Some(true) {
        return output::outcome(ops::execute(&ctx, Request::Registry(RegistryRequest::GetLogin(request)))?);
    }
    if args.password_stdin == Some(true) {
        if request.user.is_none() {
            return Err(Failure::new("Must provide --username with --password-stdin"));
        }
        request.password = Some(secret_from(std::io::stdin().lock())?);
    }
    let execute = |request| ops::execute(&ctx, Request::Registry(RegistryRequest::Login(request)));
    let mut outcome = execute(request.clone())?;
    if let Outcome::WantsPassword { registry, user, stale } = &outcome {
        if *stale {
            output::notices(&[format!(
                "the credentials that are kept for {registry} are not valid any more"
            )]);
        }
        if request.user.is_none() {
            let question =
                user.as_ref().map_or("Username: ".to_owned(), |user| format!("Username ({user}): "));
            let answer = ask(&question, false)?;
            request.user = if answer.is_empty() { user.clone() } else { Some(answer) };
        }
        if request.user.as_ref().is_none_or(String::is_empty) {
            return Err(Failure::new("getting username and password: no username given"));
        }
        if request.password.is_none() {
            request.password = Some(ask("Password: ", true)?);
        }
        outcome = execute(request)?;
    }
    let Outcome::LoggedIn { registry, place, already } = outcome else { return Err(output::unexpected()) };
    let mut text = String::new();
    if args.verbose == Some(true) {
        text.push_str(&format!("Used:  {place}\n"));
    }
    text.push_str(&if already {
        format!("Existing credentials are valid. Already logged in to {registry}\n")
    } else {
        "Login Succeeded!\n".to_owned()
    });
    output::print(text).map(|()| 0)
}

pub(super) fn logout(args: LogoutArgs, global: &GlobalOptions) -> Result<u8, Failure> {
    let all = args.all.unwrap_or(false);
    if all && args.registry.is_some() {
        return Err(Failure::new("--all takes no arguments"));
    }
    let request = LogoutRequest { registry: args.registry, all, authfile: args.authfile };
    let ctx = super::context(global)?;
    output::outcome(ops::execute(&ctx, Request::Registry(RegistryRequest::Logout(request)))?)
}

/// Asks the user for one line; a secret is not shown, and only asked for on a terminal.
pub(super) fn ask(question: &str, secret: bool) -> Result<String, Failure> {
    let what = if secret { "password" } else { "username" };
    let failed = |why: &str| Failure::new(format!("getting username and password: reading {what}: {why}"));
    let stdin = std::io::stdin();
    if secret && !stdin.is_terminal() {
        return Err(
            failed("standard input is no terminal").hint("--password-stdin reads the password from a pipe")
        );
    }
    // Before the question, so that nothing of an answer is seen.
    let hidden =
        secret.then(|| without_echo(stdin.as_fd())).transpose().map_err(|e| failed(&e.to_string()))?;
    let mut stderr = std::io::stderr();
    // Without a stderr nobody sees the question, and may answer it all the same.
    let _ = stderr.write_all(question.as_bytes()).and_then(|()| stderr.flush());
    let hidden = hidden.map(HiddenInput::wait_for_line).transpose().map_err(|e| failed(&e.to_string()))?;
    let mut line = String::new();
    let read = stdin.lock().take(SECRET_LIMIT).read_line(&mut line);
    // The user's own end of line is not shown, or there was none.
    if hidden.is_some() || !line.ends_with('\n') {
        let _ = stderr.write_all(b"\n");
    }
    drop(hidden);
    match read {
        Ok(0) => Err(failed("EOF")),
        Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(failed(&crate::sys::describe(&error))),
    }
}

/// All of a stream, without the newline at its end.
fn secret_from(stream: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    let read = stream.take(SECRET_LIMIT).read_to_string(&mut text);
    read.map_err(|e| Failure::new(format!("read the password from stdin: {}", crate::sys::describe(&e))))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
