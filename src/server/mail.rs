//! Invites and links for lost passwords by e-mail, where the operator named a
//! mail server.
//!
//! The surprising rule: a mail that cannot be sent fails nothing. The invite is
//! there all the same, and whoever made it is told to send the link themselves.

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor};
use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::i18n::{Catalog, Language, Message};
use crate::secret::Secret;
use crate::server::config::{Smtp, is_whole};

/// How long the mail server may take: somebody waits for the invite.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mailer").finish_non_exhaustive()
    }
}

/// What an invite's mail says.
#[derive(Debug)]
pub struct Invitation<'a> {
    /// The address it goes to.
    pub to: &'a str,
    /// The name of whoever invites.
    pub inviter: &'a str,
    /// The mesh's name.
    pub mesh: &'a str,
    pub link: &'a Secret,
    /// Days it can be used.
    pub days: u32,
}

impl Mailer {
    /// Sends as `smtp` says, for the instance at `base`.
    ///
    /// # Errors
    /// When the address makes no sense, or a password would cross the network
    /// in the clear.
    pub fn new(smtp: &Smtp, base: &Url) -> Result<Self, AppError> {
        let host = base.host_str().unwrap_or("localhost");
        let from = smtp.from.clone().unwrap_or_else(|| format!("crewmesh <crewmesh@{host}>"));
        let from = from.parse().map_err(|_| malformed("server-smtp-from-malformed"))?;
        let url = Url::parse(smtp.url.expose()).ok().filter(is_whole);
        let url = url.ok_or_else(|| malformed("server-smtp-malformed"))?;
        let loopback = crate::http::is_loopback(&url)
            || url
                .host_str()
                .and_then(|host| host.parse::<std::net::IpAddr>().ok())
                .is_some_and(|ip| ip.is_loopback());
        let required = url.query_pairs().any(|(key, value)| key == "tls" && value == "required");
        if url.scheme() != "smtps" && !required && !loopback {
            return Err(malformed("server-smtp-in-the-clear"));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp.url.expose())
            .map_err(|_| malformed("server-smtp-malformed"))?
            .timeout(Some(PATIENCE))
            .build();
        Ok(Self { transport, from })
    }

    /// Sends an invite; says whether the mail server took it.
    pub async fn invite(&self, invitation: &Invitation<'_>) -> bool {
        let say = |id, between: &str| {
            in_every_language(between, |catalog| {
                let message = Message::new(id)
                    .with("inviter", invitation.inviter)
                    .with("mesh", invitation.mesh)
                    .with("days", i64::from(invitation.days));
                catalog.say(&message)
            })
        };
        let parts = [say("mail-invite", "\n"), say("mail-once", "\n")];
        self.send(invitation.to, say("mail-subject", " / "), &parts, invitation.link).await
    }

    /// Sends a link that sets a new password and opens for `minutes`; says
    /// whether the mail server took it. `host` is what the instance is called.
    pub async fn reset(&self, to: &str, host: &str, link: &Secret, minutes: i64) -> bool {
        let say = |id, between: &str| {
            in_every_language(between, |catalog| {
                catalog.say(&Message::new(id).with("host", host).with("minutes", minutes))
            })
        };
        let parts = [say("mail-reset", "\n"), say("mail-reset-once", "\n")];
        self.send(to, say("mail-reset-subject", " / "), &parts, link).await
    }

    async fn send(
        &self,
        to: &str,
        subject: String,
        [above, below]: &[String; 2],
        link: &Secret,
    ) -> bool {
        let body = format!("{above}\n\n{}\n\n{below}\n", link.expose());
        let Some(mail) = self.written(to, subject, body) else { return false };
        match tokio::time::timeout(PATIENCE, self.transport.send(mail)).await {
            Ok(Ok(_)) => true,
            // What a mail server says repeats addresses: the kind of it is enough.
            Ok(Err(fault)) => {
                let (passing, refused) = (fault.is_transient(), fault.is_permanent());
                tracing::warn!(passing, refused, "a mail could not be sent");
                false
            }
            Err(_) => {
                tracing::warn!("the mail server took too long");
                false
            }
        }
    }

    fn written(&self, to: &str, subject: String, body: String) -> Option<Mail> {
        Mail::builder()
            .from(self.from.clone())
            .to(to.parse().ok()?)
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .ok()
    }
}

/// In every language, because nobody knows which one is read there.
fn in_every_language(between: &str, say: impl Fn(&Catalog) -> String) -> String {
    Language::ALL.map(|language| say(&Catalog::new(language))).join(between)
}

fn malformed(id: &'static str) -> AppError {
    AppError::new(ErrorKind::BadArguments, "smtp_malformed", Message::new(id))
        .hint(Message::new("server-smtp-hint"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_cross_the_network_in_the_clear() {
        let base = Url::parse("https://mesh.example.org").unwrap();
        let made = |url: &str| {
            let smtp = Smtp { url: Secret::new(url), from: None };
            Mailer::new(&smtp, &base).map(|mailer| mailer.from.to_string())
        };
        for url in [
            "smtps://a:b@mail.example.org",
            "smtp://a:b@mail.example.org:587?tls=required",
            "smtp://127.0.0.1:2525",
        ] {
            assert!(
                made(url).is_ok_and(|from| from.contains("crewmesh@mesh.example.org")),
                "{url}"
            );
        }
        for password in ["Aq+Amk/fKu/U8", "12/fKu", "12#fKu", "12?fKu", "fKu#1", "/fKu"] {
            for scheme in ["smtp", "smtps"] {
                let error =
                    made(&format!("{scheme}://AKIA:{password}@mail.example.org")).unwrap_err();
                assert_eq!(error.code, "smtp_malformed", "{password}");
                let said = format!("{error:?}");
                assert!(!said.contains("fKu") && !said.contains("AKIA"), "{said}");
                assert!(said.contains("server-smtp-hint"), "{said}");
            }
        }
        assert!(made("smtps://AKIA:Aq+Amk%2FfKu%2FU8@mail.example.org").is_ok());
        for url in [
            "smtp://a:b@mail.example.org",
            "smtp://a:b@mail.example.org?tls=opportunistic",
            "mail.example.org",
            "https://mail.example.org",
        ] {
            let error = made(url).unwrap_err();
            assert!(!format!("{error:?}").contains("a:b"), "{url}");
        }
    }
}
