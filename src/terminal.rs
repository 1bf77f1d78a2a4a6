//! The terminal, taken and given back: once, in one place.
