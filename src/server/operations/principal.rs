//! Who acts: an account, and what it acts by.

use std::borrow::Cow;

use super::Denied;
use crate::server::clock::MINUTE;
use crate::server::domain::audit_action::AuditAction;
use crate::server::domain::client_ip::ClientIp;
use crate::server::domain::resource::Resource;
use crate::server::domain::scopes::{self, ADMIN};
use crate::server::store::{Account, Credential, CredentialKind, Event, WebSession};

/// Milliseconds for which a browser's sign-in is recent enough to give away
/// what goes on without the person.
const RECENT: i64 = 30 * MINUTE;

/// Whoever acts, and by what authority.
#[derive(Clone, Debug)]
pub struct Principal {
    /// In whose name. Without the password.
    pub account: Account,
    /// What shows that it is theirs to say.
    pub authority: Authority,
    /// The network address they act from.
    pub ip: ClientIp,
    /// The scope that is taken by what they do.
    pub required: Option<&'static str>,
    /// Where they came to with what they act by.
    pub at: Resource,
}

/// What somebody acts by.
#[derive(Clone, Debug)]
pub enum Authority {
    /// A bearer token.
    Credential(Credential),
    /// A browser that is signed in.
    WebSession(WebSession),
    /// The owner's ticket, for the one card it opens.
    Ticket,
    /// The terminal that runs the instance in its own process.
    Terminal,
}

impl Principal {
    /// Whoever is at the terminal that runs the instance in its own process.
    pub fn at_terminal(account: Account) -> Self {
        let (authority, at) = (Authority::Terminal, Resource::Instance);
        Self { account, authority, ip: ClientIp::NONE, required: None, at }
    }

    /// How the audit calls the way they came.
    pub fn via(&self) -> &'static str {
        match &self.authority {
            Authority::Credential(_) if self.at == Resource::Mcp => "mcp",
            Authority::Credential(credential) => match credential.kind {
                CredentialKind::Session => "session",
                CredentialKind::Agent => "agent",
                CredentialKind::Pat => "pat",
                CredentialKind::Service => "service",
            },
            Authority::WebSession(_) => "web",
            Authority::Ticket => "ticket",
            Authority::Terminal => "terminal",
        }
    }

    /// What they may do, space-separated: what their token was given; without
    /// one, all that the account may.
    pub fn scopes(&self) -> Cow<'_, str> {
        match &self.authority {
            Authority::Credential(credential) => Cow::Borrowed(&credential.scopes),
            _ => scopes::of_account(self.account.admin).into(),
        }
    }

    /// The id of what they act by, where it has one.
    pub fn authority_id(&self) -> &str {
        match &self.authority {
            Authority::Credential(credential) => &credential.id,
            Authority::WebSession(session) => &session.id,
            Authority::Ticket | Authority::Terminal => "",
        }
    }

    /// The credential they came with, where it was one.
    pub fn credential(&self) -> Option<&Credential> {
        match &self.authority {
            Authority::Credential(credential) => Some(credential),
            _ => None,
        }
    }

    /// The web session they came with, where it was one.
    pub fn web_session(&self) -> Option<&WebSession> {
        match &self.authority {
            Authority::WebSession(session) => Some(session),
            _ => None,
        }
    }

    /// Refuses unless they may do what `scope` stands for. What is for
    /// administrators ([`ADMIN`]) ends with their being one, whatever an older
    /// token says.
    ///
    /// # Errors
    /// [`Denied::MissingScope`].
    pub fn require_scope(&self, scope: &str) -> Result<(), Denied> {
        let is_for_them = scope != ADMIN || self.account.admin;
        if is_for_them && scopes::has(&self.scopes(), scope) {
            return Ok(());
        }
        Err(Denied::MissingScope(scope.to_owned()))
    }

    /// Refuses a token that acts without its person: minting and approving are
    /// for whoever is at a signed-in terminal or browser.
    ///
    /// # Errors
    /// [`Denied::StepUpRequired`].
    pub fn require_session(&self) -> Result<(), Denied> {
        let Some(credential) = self.credential() else { return Ok(()) };
        match (credential.kind, credential.resource) {
            (CredentialKind::Session, Resource::Instance) => Ok(()),
            // A code agent's own.
            (CredentialKind::Session, Resource::Mcp)
            | (CredentialKind::Agent | CredentialKind::Pat | CredentialKind::Service, _) => {
                Err(Denied::StepUpRequired)
            }
        }
    }

    /// Refuses whoever does not run the instance.
    ///
    /// # Errors
    /// [`Denied::MissingScope`].
    pub fn require_admin(&self) -> Result<(), Denied> {
        self.require_scope(ADMIN)
    }

    /// Refuses a browser whose sign-in is not recent at `now` (Unix
    /// milliseconds).
    ///
    /// # Errors
    /// [`Denied::SignInTooOld`].
    pub fn require_recent(&self, now: i64) -> Result<(), Denied> {
        if self.is_recent(now) { Ok(()) } else { Err(Denied::SignInTooOld) }
    }

    /// Whether what they do at `now` (Unix milliseconds) is done by whoever
    /// signed in; a terminal is as good as its session, a browser for half an
    /// hour.
    pub fn is_recent(&self, now: i64) -> bool {
        self.signed_in_within(RECENT, now)
    }

    /// Whether a browser was signed in less than `span` milliseconds before
    /// `now`.
    pub fn signed_in_within(&self, span: i64, now: i64) -> bool {
        self.web_session().is_none_or(|session| now - session.created_at < span)
    }

    /// What the audit is told of `action` done by them to `target`.
    pub fn event(&self, action: AuditAction, target: &str) -> Event {
        Event::new(action, &self.account.id, self.via(), target).from(self.ip.told())
    }
}
