//! Languages. What is said is a [`Message`] (an id and its arguments) until
//! the very edge, where a [`Catalog`] turns it into words; so the wizard's
//! tests assert ids and the core knows no language.
//!
//! The texts are Fluent files under `assets/locales/LANGUAGE/`: `wizard.ftl`
//! (screens), `terminal.ftl` (both front ends), `reach.ftl` (getting to an
//! instance, signing in), `store.ftl` (keeping a sign-in), `commands.ftl`
//! (command line), `pages.ftl` (the server's pages). They are compiled in.

mod catalog;
mod language;
mod message;
mod printable;

pub use catalog::Catalog;
pub use language::Language;
pub use message::{Argument, Message, Words};
pub use printable::{folded, is_unseen, looks_blank, on_one_line, printable, spelled};
