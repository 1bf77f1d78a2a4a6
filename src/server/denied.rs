//! Why an operation refused. Said in words by whoever asked: the API and OAuth
//! in theirs (`http::api_error`, `oauth`), the pages in theirs
//! (`pages::denied`).
//!
//! A refusal inside a transaction takes back what that wrote.

use std::time::Duration;

use crate::error::AppError;
use crate::server::db::DbError;
use crate::server::domain::device_code_state::TooLate;
use crate::server::domain::plans::Full;
use crate::server::domain::vault::Unopened;
use crate::server::passwords::PasswordError;

/// Why an operation was not done. Nothing was changed.
#[derive(Debug)]
pub enum Denied {
    /// The bearer token, or the browser's session, is unknown, was revoked, or has
    /// expired.
    InvalidToken,
    /// What they came with does not have this scope.
    MissingScope(String),
    /// It takes a person at a signed-in terminal or browser.
    StepUpRequired,
    /// It takes the account's password as well.
    PasswordRequired,
    /// It takes the account's password, which it has none of: a page will do.
    PageRequired,
    /// It takes a code of the account's second factor as well.
    OneTimeCodeRequired,
    /// It is no code of the account's second factor, or was taken before.
    WrongOneTimeCode,
    /// It takes a second factor, which the account has none of: a page sets one up.
    SecondFactorRequired,
    /// The sign-in that lacks its code is over; this is where it led.
    SignInEnded(String),
    /// The browser was signed in too long ago.
    SignInTooOld,
    /// There is none, or none that they may know of; called by its noun.
    NotFound(&'static str),
    /// It is for the administrators of the mesh.
    NotMeshAdmin,
    /// A mesh, or the instance, keeps its last administrator.
    LastAdmin,
    /// The e-mail address has an account already.
    EmailTaken,
    /// The account has no password yet.
    NoPassword,
    /// It is not the password that holds, or holds no more.
    WrongPassword,
    /// The link is used up, or too old.
    LinkEnded,
    /// Nobody makes an account here.
    SignUpClosed,
    /// Only whoever holds an invite makes an account here.
    InviteRequired,
    /// The invite lets nobody in.
    InviteClosed(InviteClosed),
    /// Another way into the account has to be there first.
    LastLoginMethod,
    /// The slug belongs to something else; this one is free.
    SlugTaken(String),
    /// The plan has no room for one more.
    PlanFull(Full),
    /// What is kept of a connection does not open.
    Unopened(Unopened),
    /// They have connected as much as anybody may.
    ConnectionsFull,
    /// They started as many agents today with what is shared as they may.
    ShareUsedUp,
    /// The provider lets the connection in no more.
    Revoked,
    /// What opens the connection is over, and the provider does not say what follows.
    NotRenewed,
    /// Nobody signs in at the provider so: there is no client for it.
    WayNotOffered,
    /// The provider does not do what it is asked for.
    ProviderFailed(AppError),
    /// Why not, of what is done among the peers of a mesh.
    InMesh(DeniedInMesh),
    /// What they asked for is not as it should be.
    Invalid(Invalid),
    /// The code was decided about before, or has expired.
    TooLate(TooLate),
    /// What was granted is not for that (RFC 8707).
    WrongResource,
    /// Too much in too short a time: wait so long.
    TooMany(Duration),
    /// The database failed.
    Db(DbError),
    /// Something else failed, or is busy ([`AppError::retry_after`]).
    Failed(AppError),
}

/// Why an invite lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteClosed {
    /// There is none with this code.
    Unknown,
    /// Taken back.
    Revoked,
    /// Its time is over.
    Expired,
    /// As many used it as may.
    Exhausted,
}

/// Why something among the peers of a mesh was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeniedInMesh {
    /// Nobody is called so, nor has such a role; this is who is there.
    UnknownPeer { to: String, there: Vec<String> },
    /// Whoever is called so takes no messages.
    TakesNone(String),
    /// An administrator of the mesh forbade them to write there.
    Blocked,
    /// Somebody has the task: whoever is called so.
    TaskClaimed(String),
    /// The task is done, or was given up.
    TaskEnded,
    /// The task is somebody else's.
    NotTheHolder,
    /// They write too much there.
    TooMuch(Duration),
    /// They write too much to one who is there.
    TooMuchToOne(Duration),
    /// Everybody there together writes too much.
    TooMuchInMesh(Duration),
}

/// What is not as it should be, of what is done among the peers of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidInMesh {
    /// It is no id of a session.
    PeerId,
    /// A message says something, in text.
    Text,
    TextTooLong,
    /// A task has a title, on one line.
    Title,
}

/// What is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// The name is empty or too long.
    Name(Named),
    /// A token ends in 30, 90 or 365 days or never.
    TokenDays,
    /// There is no such scope.
    UnknownScope(String),
    /// A token without a scope would be good for nothing.
    NoScope,
    /// No service client has this scope.
    UnknownServiceScope(String),
    /// A service client without a scope would be good for nothing.
    NoServiceScope,
    /// A service client has at most ten redirect addresses.
    ManyRedirects,
    /// No browser should be sent there.
    Redirect(String),
    /// It is no e-mail address.
    Email,
    /// It cannot be a password of theirs.
    Password(PasswordError),
    /// The instance has no such plan.
    Plan,
    /// It cannot be a slug.
    Slug,
    /// An invite ends in 1 to 365 days.
    InviteDays,
    /// 1 to 1,000 people use an invite.
    InviteUses,
    /// A machine is told from others by 64 hexadecimal digits.
    Anchor,
    /// It is no key of a zone.
    Zone,
    /// It cannot be a provider, or a kind of credential.
    Provider,
    /// No provider gives out such a credential, or it is missing.
    Credential,
    /// It is no address of a model server.
    ModelServer,
    /// The name of a model.
    Model,
    /// How often a day something is used.
    Daily,
    InMesh(InvalidInMesh),
}

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// A person.
    Account,
    /// A personal access token.
    Token,
    /// A code agent.
    Agent,
    ServiceClient,
    Mesh,
    Machine,
    /// What is connected at a provider.
    Connection,
}

impl From<DbError> for Denied {
    fn from(fault: DbError) -> Self {
        Self::Db(fault)
    }
}

impl From<Invalid> for Denied {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl From<DeniedInMesh> for Denied {
    fn from(why: DeniedInMesh) -> Self {
        Self::InMesh(why)
    }
}

impl From<InvalidInMesh> for Denied {
    fn from(invalid: InvalidInMesh) -> Self {
        Self::Invalid(Invalid::InMesh(invalid))
    }
}

impl From<InviteClosed> for Denied {
    fn from(why: InviteClosed) -> Self {
        Self::InviteClosed(why)
    }
}

impl From<AppError> for Denied {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}
