//! Whatever a person, a file, a server or a proxy may give a parser: each property
//! holds for every input, not only that nothing panics. What is not public is tried
//! beside its code (`crate::cases`).

mod files;
#[cfg(feature = "server")]
mod operator;
mod replies;
#[cfg(feature = "server")]
mod requests;
mod shown;
mod typed;
