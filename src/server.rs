//! The instance server.
