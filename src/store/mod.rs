//! State on disk: images, layers, containers. Atomic writes, locks, crash recovery.
