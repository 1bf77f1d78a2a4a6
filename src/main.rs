//! Parse, look around, run, exit code. Nothing else.

fn main() {}
