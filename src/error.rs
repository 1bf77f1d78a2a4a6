//! What went wrong, in a form every door can show: the wizard as a line, a
//! command as text or JSON with its exit code.
//!
//! A [`AppError`] is made where the fault is understood (a reply, a file, an
//! argument) and is passed up unchanged; nobody above needs to look into it,
//! except for its [`ErrorKind`].

use std::time::Duration;

use crate::i18n::{Message, Words};

/// One thing that went wrong: what happened, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppError {
    /// What sort of fault it is; decides the exit code.
    pub kind: ErrorKind,
    /// A stable `snake_case` word for scripts.
    pub code: String,
    /// What happened.
    pub message: Words,
    /// What to do about it.
    pub hint: Option<Words>,
    /// A free name the server offers instead of the one that was taken.
    pub suggestion: Option<String>,
    /// How long the server asked to be left alone.
    pub retry_after: Option<Duration>,
}

/// The sorts of fault, one for each exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Failed, timed out, refused, or a malformed token.
    Failed,
    /// Not signed in, or the sign-in was rejected.
    NotSignedIn,
    /// The arguments make no sense.
    BadArguments,
    /// The instance cannot be reached, or what answers there is no instance.
    Unreachable,
    /// No such thing.
    NotFound,
    /// There is one already.
    AlreadyExists,
    /// The person may not do that.
    NotAllowed,
    /// A fault of ours or of this machine.
    Internal,
    /// The agent to start is not there.
    AgentNotFound,
    /// Stopped by the person.
    Interrupted,
    /// The terminal went away (128 + SIGHUP, as shells count it).
    HungUp,
    /// Told to stop (128 + SIGTERM).
    Terminated,
}

impl ErrorKind {
    /// The process's exit code for it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::NotSignedIn => 2,
            Self::BadArguments => 3,
            Self::Unreachable => 4,
            Self::NotFound => 5,
            Self::AlreadyExists => 6,
            Self::NotAllowed => 7,
            Self::Internal => 8,
            Self::AgentNotFound => 9,
            Self::Interrupted => 130,
            Self::HungUp => 129,
            Self::Terminated => 143,
        }
    }
}

impl AppError {
    /// A trouble with nothing but its sort, its code and what happened.
    pub fn new(kind: ErrorKind, code: impl Into<String>, message: impl Into<Words>) -> Self {
        Self {
            kind,
            code: code.into(),
            message: message.into(),
            hint: None,
            suggestion: None,
            retry_after: None,
        }
    }

    /// The same, and what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Words>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether asking again may help by itself: nothing was refused, the answer
    /// did not arrive or was put off.
    pub fn may_pass(&self) -> bool {
        self.kind == ErrorKind::Unreachable || self.code == "too_many_requests"
    }

    /// Whether nobody was there to ask: the connection was refused.
    pub fn is_refused(&self) -> bool {
        self.code == "connection_refused"
    }

    /// Whether a server said that a token is none. What is kept here and cannot
    /// be read leaves nobody signed in either, and says nothing of a token.
    pub fn is_rejection(&self) -> bool {
        let ours = ["auth_", "keyring_"].iter().any(|begin| self.code.starts_with(begin));
        self.kind == ErrorKind::NotSignedIn && !ours
    }

    /// A fault of ours or of this machine, in the words of whoever reported it.
    pub fn internal(what: impl ToString) -> Self {
        Self::new(
            ErrorKind::Internal,
            "internal",
            Message::new("trouble-internal").with("what", what.to_string()),
        )
    }
}
