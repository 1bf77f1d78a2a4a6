//! The pages that say one thing: done, denied, ended, not found.

use std::time::Duration;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use super::frame::{Frame, render};
use crate::i18n::{Argument, Message};
use crate::server::domain::plans::{Bound, Full};
use crate::server::rate_limits::seconds;

/// How a page that says one thing looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Plain,
    Late,
}

/// A page that says one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MessagePage {
    status: StatusCode,
    tone: Tone,
    title: &'static str,
    text: Message,
    detail: Option<Message>,
    next: Option<(String, &'static str)>,
    other: Option<(String, &'static str)>,
    wait: Option<Duration>,
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessageTemplate<'a> {
    page: Frame,
    message: &'a MessagePage,
}

impl MessagePage {
    /// `title` and `text` are ids.
    pub(super) fn new(
        status: StatusCode,
        tone: Tone,
        title: &'static str,
        text: &'static str,
    ) -> Self {
        let text = Message::new(text);
        Self { status, tone, title, text, detail: None, next: None, other: None, wait: None }
    }

    /// The text has something put into it.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.text = self.text.with(name, value);
        self
    }

    /// And a quieter line below.
    pub(super) fn detail(mut self, detail: Message) -> Self {
        self.detail = Some(detail);
        self
    }

    /// And somewhere to go from here.
    pub(super) fn next(mut self, href: impl Into<String>, name: &'static str) -> Self {
        self.next = Some((href.into(), name));
        self
    }

    /// And somewhere else to go, for whom that is not it.
    pub(super) fn other(mut self, href: impl Into<String>, name: &'static str) -> Self {
        self.other = Some((href.into(), name));
        self
    }

    /// And when to come back.
    pub(super) fn wait(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    pub(super) fn show(&self, page: Frame) -> Response {
        let mut response = render(self.status, &MessageTemplate { page, message: self });
        if let Some(wait) = self.wait {
            response.headers_mut().insert(RETRY_AFTER, seconds(wait).into());
        }
        response
    }

    fn sign(&self) -> &'static str {
        match self.tone {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
            Tone::Late => "late",
        }
    }

    /// No page at this address.
    pub(super) fn missing() -> Self {
        let (title, text) = ("page-missing-title", "page-missing-text");
        Self::new(StatusCode::NOT_FOUND, Tone::Plain, title, text).next("/", "page-home")
    }

    /// The form's token is not there, or not this browser's.
    pub(super) fn stale() -> Self {
        Self::new(StatusCode::FORBIDDEN, Tone::Plain, "page-stale-title", "page-stale-text")
    }

    /// Another site's page wanted something done.
    pub(super) fn foreign() -> Self {
        let (title, text) = ("page-foreign-title", "page-foreign-text");
        Self::new(StatusCode::FORBIDDEN, Tone::Plain, title, text)
    }

    /// Too many requests.
    pub(super) fn too_fast(wait: Duration) -> Self {
        let (title, text) = ("page-slow-title", "page-slow-text");
        Self::new(StatusCode::TOO_MANY_REQUESTS, Tone::Late, title, text).wait(wait)
    }

    /// Too many passwords at once.
    pub(super) fn busy(wait: Duration) -> Self {
        let (title, text) = ("page-busy-title", "page-busy-text");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Tone::Late, title, text).wait(wait)
    }

    /// The plan has no room for one more.
    pub(super) fn full(full: &Full) -> Self {
        let text = match full.bound {
            Bound::Meshes => "page-full-meshes",
            Bound::Members => "page-full-members",
            Bound::Machines => "page-full-machines",
        };
        let detail = match &full.needed {
            Some(needed) => Message::new("page-full-needed").with("needed", needed.as_str()),
            None => Message::new("page-full-none"),
        };
        Self::new(StatusCode::FORBIDDEN, Tone::Plain, "page-full-title", text)
            .with("plan", full.plan.as_str())
            .with("room", i64::try_from(full.room).unwrap_or(i64::MAX))
            .detail(detail)
            .next("/meshes", "page-see-meshes")
    }

    /// The database is away: it comes back without anybody here.
    pub(super) fn away(wait: Duration) -> Self {
        let (title, text) = ("page-away-title", "page-away-text");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Tone::Late, title, text).wait(wait)
    }

    /// A fault of ours.
    pub(super) fn fault() -> Self {
        let (title, text) = ("page-fault-title", "page-fault-text");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Tone::Plain, title, text)
    }
}
