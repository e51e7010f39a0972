//! What can be asked about the processes of containers.

use super::container_request::Which;
use super::process_table::Table;

/// `rctr top`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopRequest {
    /// One container.
    pub which: Which,
    /// What to tell of each process.
    pub table: Table,
}

/// `rctr stats`, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatsRequest {
    /// Which; those that run when none is named.
    pub which: Which,
}

/// What `rctr wait` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is made (podman's `configured` too).
    Created,
    /// It has ended (also `stopped`).
    Exited,
    /// Its health check says so.
    Healthy,
    /// It is about to run.
    Initialized,
    /// All its processes are stopped.
    Paused,
    /// It is gone.
    Removing,
    /// Its first process runs.
    Running,
    /// Its first process has ended, its monitor has not.
    Stopping,
    /// Its health check says so.
    Unhealthy,
    /// Its record cannot be read.
    Unknown,
}

impl Condition {
    /// All words that there are for it, podman's, in alphabetical order.
    pub const WORDS: [(&'static str, Self); 12] = [
        ("configured", Self::Created),
        ("created", Self::Created),
        ("exited", Self::Exited),
        ("healthy", Self::Healthy),
        ("initialized", Self::Initialized),
        ("paused", Self::Paused),
        ("removing", Self::Removing),
        ("running", Self::Running),
        ("stopped", Self::Exited),
        ("stopping", Self::Stopping),
        ("unhealthy", Self::Unhealthy),
        ("unknown", Self::Unknown),
    ];

    /// Reads a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, condition)| *condition)
    }

    /// Podman's word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().rev().find(|(_, condition)| *condition == self).map_or("", |(word, _)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_conditions() {
        for (word, condition) in Condition::WORDS {
            assert_eq!(Condition::parse(word), Some(condition));
        }
        assert_eq!((Condition::parse("foo"), Condition::Healthy.word()), (None, "healthy"));
        assert!(Condition::WORDS.is_sorted_by_key(|(word, _)| *word));
    }
}
