//! Pure: (request, image configuration, host facts) -> a decided container.
