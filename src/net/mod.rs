//! The way out of a network namespace: slirp4netns, and the small files that name hosts.
