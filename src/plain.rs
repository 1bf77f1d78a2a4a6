//! Plain lines.
