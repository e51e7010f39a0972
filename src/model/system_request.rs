//! What can be asked of the store as a whole.

/// `rctr system prune`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PruneRequest {
    /// `-a`: also images with a name, if no container was made from them.
    pub all: bool,
    /// `--filter KEY=VALUE`.
    pub filters: Vec<String>,
}

/// `rctr system check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckRequest {
    /// `--quick`: records only.
    pub quick: bool,
    /// `--repair`: remove what is damaged.
    pub repair: bool,
    /// `--force`: also what containers were made from.
    pub force: bool,
}

/// Everything that can be asked of the store as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SystemRequest {
    /// Look whether it is what was put into it.
    Check(CheckRequest),
    /// How much room things take.
    DiskUsage,
    /// Take away what is not used.
    Prune(PruneRequest),
    /// Take away everything.
    Reset,
}
