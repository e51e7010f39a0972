//! Why a request cannot become a container: each variant quotes what was asked for.

/// A request that makes no container.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// A flag's text that does not parse.
    #[error("invalid {flag} {text:?}: {why}")]
    Flag {
        /// The flag with its dashes.
        flag: &'static str,
        /// What was given.
        text: String,
        /// What is wrong with it, quoting the part.
        why: String,
    },
}

impl SpecError {
    /// A flag's text that does not parse.
    pub fn flag(flag: &'static str, text: &str, why: impl Into<String>) -> Self {
        Self::Flag { flag, text: text.chars().take(200).collect(), why: why.into() }
    }
}
