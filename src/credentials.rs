//! Where a sign-in is kept, and which one wins.
