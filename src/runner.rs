//! Effects become tasks, their outcomes become events.
