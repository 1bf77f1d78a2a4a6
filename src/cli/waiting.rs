//! Whoever sits at a command that waits is told whom for; the wizard tells it on its
//! pages.

use std::sync::Arc;

use super::context::CommandContext;
use super::output::Output;
use crate::http::{SLOW, Slow};
use crate::i18n::{Catalog, Message};
use crate::instance::Connector;

impl CommandContext {
    /// A way to every instance, which names one that does not answer on stderr: to a
    /// person at a terminal, never beside what a program reads.
    pub fn connector(&self) -> Connector {
        let terminals = self.env.terminals;
        let is_seen = terminals.stdout && terminals.stderr && !self.out.is_json();
        let language = self.out.catalog().language();
        let tell = move |host: &str| {
            let seconds = i64::try_from(SLOW.as_secs()).unwrap_or(i64::MAX);
            let slow = Message::new("server-slow").with("host", host);
            Output::new(Catalog::new(language), false).note(&slow.with("seconds", seconds));
        };
        Connector::new(Arc::clone(&self.env)).naming(is_seen.then(|| Slow::new(tell)))
    }
}
