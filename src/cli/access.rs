//! The flags about registries that several commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::model::registry_request::{PlatformRequest, ProgressMode, RegistryAccess};
use crate::spec::{SpecError, duration, platform};

/// How to reach a registry.
#[derive(Args, Debug)]
#[command(next_help_heading = "Registry")]
pub(super) struct AccessArgs {
    /// Read and keep credentials in FILE instead of where they usually are
    #[arg(long, value_name = "FILE")]
    pub authfile: Option<PathBuf>,
    /// Find the registry's authorities (*.crt) and our certificate (*.cert, *.key) in DIR
    #[arg(long, value_name = "DIR")]
    pub cert_dir: Option<PathBuf>,
    /// Insist on TLS and a valid certificate; =false takes any, and plain HTTP
    #[arg(long)]
    pub tls_verify: Option<bool>,
}

impl AccessArgs {
    /// As a request has it.
    pub fn request(self) -> RegistryAccess {
        RegistryAccess {
            authfile: self.authfile,
            cert_dir: self.cert_dir,
            tls_verify: self.tls_verify,
            ..RegistryAccess::default()
        }
    }
}

/// Which images are let in.
#[derive(Args, Debug)]
pub(super) struct PolicyFileArgs {
    /// Let images in by the policy in FILE instead of the usual policy.json
    #[arg(long, value_name = "FILE")]
    pub signature_policy: Option<PathBuf>,
}

/// When something is tried again.
#[derive(Args, Debug)]
#[command(next_help_heading = "Registry")]
pub(super) struct RetryArgs {
    /// Log in as USER with PASSWORD for this once
    #[arg(long, value_name = "USER[:PASSWORD]")]
    creds: Option<String>,
    /// Try again N times what failed on the way
    #[arg(long, value_name = "N")]
    retry: Option<u32>,
    /// Wait so long before that; without it longer each time
    #[arg(long, value_name = "DURATION")]
    retry_delay: Option<String>,
}

impl RetryArgs {
    /// Puts them into a request; a password that is missing is asked for on the terminal.
    pub fn fill(self, access: &mut RegistryAccess) -> Result<(), Failure> {
        access.retry = self.retry;
        let wait = |text: &String| {
            let bad = || SpecError::flag("--retry-delay", text, "want a span of time like 5s or 500ms");
            duration::parse(text).ok_or_else(bad)
        };
        access.retry_delay_ms = self.retry_delay.as_ref().map(wait).transpose()?;
        access.credentials = match self.creds {
            Some(text) => Some(match text.split_once(':') {
                Some((user, password)) => (user.to_owned(), password.to_owned()),
                None => {
                    let password = super::login::ask("Password: ", true)?;
                    (text, password)
                }
            }),
            None => None,
        };
        Ok(())
    }
}

/// Which machine an image is to be for.
#[derive(Args, Debug)]
pub(super) struct PlatformArgs {
    /// Take the image for OS/ARCH or OS/ARCH/VARIANT instead of the one for this machine
    #[arg(long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Take the image for this operating system
    #[arg(long, value_name = "OS")]
    os: Option<String>,
    /// Take the image for this architecture
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// Take the image for this variant of the architecture
    #[arg(long, value_name = "VARIANT")]
    variant: Option<String>,
}

impl PlatformArgs {
    /// As a request has it.
    pub fn request(&self) -> Result<PlatformRequest, Failure> {
        let text = |option: &Option<String>| option.clone();
        let (platform, os, arch, variant) =
            (text(&self.platform), text(&self.os), text(&self.arch), text(&self.variant));
        Ok(platform::parse(platform.as_deref(), os.as_deref(), arch.as_deref(), variant.as_deref())?)
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum ProgressArg {
    /// Moving lines on a terminal, else nothing
    Auto,
    /// A line for each layer that is done
    Plain,
    /// A JSON object a line on stderr, four times a second
    Json,
    /// Nothing
    None,
}

impl From<ProgressArg> for ProgressMode {
    fn from(arg: ProgressArg) -> Self {
        match arg {
            ProgressArg::Auto => Self::Auto,
            ProgressArg::Plain => Self::Plain,
            ProgressArg::Json => Self::Json,
            ProgressArg::None => Self::None,
        }
    }
}
