//! Which server, and how it is reached.
