//! Pure: what has to be done, in which place and order, for a decided container.
