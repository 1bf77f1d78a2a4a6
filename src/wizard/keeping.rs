//! Keeping a sign-in.
