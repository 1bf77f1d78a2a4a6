//! Signing in by device code (RFC 8628), the client's side.
