//! This computer as the account knows it: its name and slug, what it is, and
//! where it stands.

pub mod facts;
pub mod location;
