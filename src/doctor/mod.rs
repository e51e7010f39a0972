//! What this machine can do: each check a pure function over what was probed.
