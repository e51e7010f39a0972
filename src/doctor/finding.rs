//! What a check found.

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// rctr runs, with something less.
    Warn,
    /// rctr cannot run a container.
    Fail,
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: two or three words.
    pub name: &'static str,
    /// How bad it is.
    pub status: Status,
    /// What is there.
    pub found: String,
    /// Why it matters; empty when all is well.
    pub why: String,
    /// What to do: command lines that work as they stand, or a sentence.
    pub fix: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, found: found.into(), why: String::new(), fix: None }
    }

    /// Something less, and why it matters.
    pub fn warn(name: &'static str, found: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, found: found.into(), why: why.into(), fix: None }
    }

    /// No container runs, and why.
    pub fn fail(name: &'static str, found: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name, status: Status::Fail, found: found.into(), why: why.into(), fix: None }
    }

    /// With a remedy.
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}
