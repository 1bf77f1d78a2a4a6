//! Where people may sign in besides the instance itself: a TOML file with a
//! table for each, its secret beside it.
//!
//! ```toml
//! [github]
//! client_id = "Iv1.0123456789abcdef"
//!
//! [acme]
//! name = "Acme"
//! issuer = "https://login.acme.example"
//! client_id = "crewmesh"
//! client_secret_file = "/etc/crewmesh/acme.secret"
//! ```
//!
//! A table with an issuer is an OIDC issuer, one without is GitHub. The secret
//! never stands in the file itself, which is passed around too easily.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use url::Url;

use crate::cli::context::CommandContext;
use crate::error::{AppError, ErrorKind};
use crate::http::{Http, url_without_secrets};
use crate::i18n::Message;
use crate::input::peel::peel_blanks;
use crate::regular_file;
use crate::secret::Secret;
use crate::server::Running;
use crate::server::upstreams::{Site, UNDERSTOOD, UpstreamConfig, Upstreams, is_private};

/// The most that is read of a file, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Where GitHub is, unless it is one's own.
const GITHUB: &str = "https://github.com";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// What people call it.
    name: Option<String>,
    #[serde(default, deserialize_with = "address")]
    issuer: Option<Url>,
    /// A GitHub Enterprise Server.
    #[serde(default, deserialize_with = "address")]
    url: Option<Url>,
    client_id: String,
    client_secret_file: Option<PathBuf>,
}

/// What `file`, or the one that CREWMESH_UPSTREAMS names, says.
///
/// # Errors
/// When it cannot be read, makes no sense, or a secret is missing.
pub(super) fn read(file: Option<&Path>, context: &CommandContext) -> Result<Upstreams, AppError> {
    let named = || context.env.variables.get_os("CREWMESH_UPSTREAMS").map(Path::new);
    let Some(path) = file.or_else(named) else { return Ok(Upstreams::default()) };
    let unusable = |why: String| {
        let path = path.display().to_string();
        let message =
            Message::new("server-upstreams-unreadable").with("path", path).with("why", why);
        AppError::new(ErrorKind::BadArguments, "upstreams_unreadable", message)
            .hint(Message::new("server-upstreams-hint"))
    };
    let text =
        regular_file::read_text(path, LARGEST_FILE).map_err(|why| unusable(why.to_string()))?;
    // The message alone: the whole error repeats the line, which may hold a
    // secret that does not belong there.
    let tables = tables(&text).map_err(unusable)?;
    let secret = |slug: &str| context.env.variables.get(&variable(slug)).map(Secret::new);
    let all = tables.into_iter().map(|(slug, table)| table.named(slug, secret));
    Ok(Upstreams::new(Http::new(&context.env)?, all.collect::<Result<_, _>>()?))
}

/// The tables in `text`.
///
/// # Errors
/// What is wrong with it, without a value that stands there: it may be a secret.
fn tables(text: &str) -> Result<BTreeMap<String, Table>, String> {
    let told = |why: toml::de::Error| why.message().to_owned();
    let all: toml::Table = toml::from_str(text).map_err(told)?;
    all.into_iter()
        .map(|(slug, value)| match value {
            toml::Value::Table(table) => Ok((slug, table.try_into().map_err(told)?)),
            _ => Err(format!("`{slug}` is no table")),
        })
        .collect()
}

/// An address, whose fault is told without it: a password may be in it.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| Url::parse(&text).map_err(serde::de::Error::custom)).transpose()
}

impl Table {
    fn named(
        self,
        slug: String,
        secret: impl Fn(&str) -> Option<Secret>,
    ) -> Result<UpstreamConfig, AppError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if slug.is_empty() || !slug.bytes().all(plain) {
            let message = Message::new("server-upstream-slug").with("name", slug);
            return Err(AppError::new(ErrorKind::BadArguments, "upstream_malformed", message));
        }
        let client_secret = match (secret(&slug), &self.client_secret_file) {
            (Some(secret), _) => secret,
            (None, Some(path)) => from_file(path)?,
            (None, None) => {
                let message = Message::new("server-upstream-secret").with("name", slug.as_str());
                let hint =
                    Message::new("server-upstream-secret-hint").with("variable", variable(&slug));
                return Err(AppError::new(
                    ErrorKind::BadArguments,
                    "upstream_secret_missing",
                    message,
                )
                .hint(hint));
            }
        };
        let (site, title) = match (self.issuer, self.url) {
            (Some(issuer), _) => (Site::Issuer(private(issuer)?), slug.clone()),
            (None, Some(url)) => (Site::GitHub(private(url)?), "GitHub".to_owned()),
            (None, None) => {
                let url = Url::parse(GITHUB).map_err(AppError::internal)?;
                (Site::GitHub(url), "GitHub".to_owned())
            }
        };
        let title = self.name.unwrap_or(title);
        Ok(UpstreamConfig { slug, title, site, client_id: self.client_id, client_secret })
    }
}

/// What the secret of `slug` is called in the environment.
fn variable(slug: &str) -> String {
    format!("CREWMESH_UPSTREAM_{}_SECRET", slug.to_ascii_uppercase().replace('-', "_"))
}

fn from_file(path: &Path) -> Result<Secret, AppError> {
    let text = regular_file::read_text(path, LARGEST_FILE).map_err(|why| {
        let message = Message::new("server-upstreams-unreadable")
            .with("path", path.display().to_string())
            .with("why", why.to_string());
        AppError::new(ErrorKind::BadArguments, "upstreams_unreadable", message)
    })?;
    Ok(Secret::new(peel_blanks(&text)))
}

/// `url`, where nobody in between reads along.
fn private(url: Url) -> Result<Url, AppError> {
    let is_bare = url.query().is_none() && url.fragment().is_none();
    let is_named = url.username().is_empty() && url.password().is_none();
    if is_private(&url) && is_bare && is_named {
        return Ok(url);
    }
    let message = Message::new("server-upstream-address").with("url", url_without_secrets(&url));
    Err(AppError::new(ErrorKind::BadArguments, "upstream_malformed", message))
}

/// Says which issuers sign with nothing that is understood: nobody can come in by
/// them, and whoever named them is still there to read it.
pub(super) async fn note_strange_signatures(running: &Running, context: &CommandContext) {
    for (issuer, algorithms) in running.state().config.upstreams.strange_signatures().await {
        context.out.note(
            &Message::new("serve-upstream-signs")
                .with("issuer", issuer)
                .with("algorithms", algorithms)
                .with("understood", UNDERSTOOD.join(", ")),
        );
    }
}

/// Each, and where it has to send people back to.
pub(super) fn facts(running: &Running) -> Vec<Value> {
    let state = running.state();
    let upstreams = state.config.upstreams.iter();
    upstreams
        .map(|one| {
            json!({
                "name": one.slug,
                "title": one.title,
                "redirect_uri": state.way_back_from(&one.slug),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, secret: Option<&str>) -> Result<Vec<UpstreamConfig>, String> {
        let tables = tables(text)?;
        let named = tables.into_iter().map(|(slug, table)| {
            table.named(slug, |_| secret.map(Secret::new)).map_err(|error| error.code)
        });
        named.collect()
    }

    #[test]
    fn a_table_is_github_or_an_issuer() {
        let text = "[acme-1]\nname = 'Acme'\nissuer = 'https://login.acme.example'\n\
            client_id = 'a'\n[github]\nclient_id = 'b'\n\
            [work]\nurl = 'https://github.acme.example'\nclient_id = 'c'";
        let named = read(text, Some("s")).unwrap();
        let titles: Vec<_> = named.iter().map(|one| (&*one.slug, &*one.title)).collect();
        assert_eq!(titles, [("acme-1", "Acme"), ("github", "GitHub"), ("work", "GitHub")]);
        assert!(matches!(&named[0].site, Site::Issuer(url) if url.host_str().is_some()));
        assert!(
            matches!(&named[1].site, Site::GitHub(url) if url.as_str() == "https://github.com/")
        );
        assert_eq!(variable("acme-1"), "CREWMESH_UPSTREAM_ACME_1_SECRET");
    }

    #[test]
    fn what_cannot_be_used_is_said_without_its_secret() {
        let no = |text: &str, secret| read(text, secret).unwrap_err();
        assert_eq!(no("[github]\nclient_id = 'b'", None), "upstream_secret_missing");
        assert_eq!(no("[Git-Hub]\nclient_id = 'b'", Some("s")), "upstream_malformed");
        let clear = "[acme]\nissuer = 'http://login.acme.example'\nclient_id = 'a'";
        assert_eq!(no(clear, Some("s")), "upstream_malformed");
        for address in ["https://ana:hunter2@a.example", "http://ana:hunter2@a.example/?hunter2"] {
            let named = format!("[acme]\nissuer = '{address}'\nclient_id = 'a'");
            let tables = tables(&named).unwrap();
            let table = tables.into_values().next().unwrap();
            let error = table.named("acme".into(), |_| Some(Secret::new("s"))).unwrap_err();
            assert_eq!(error.code, "upstream_malformed", "{address}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        for unread in [
            "client_secret = 'hunter2'\n[github]\nclient_id = 'b'",
            "[acme]\nissuer = 'https://ana:hunter2#@a.example'\nclient_id = 'a'",
            "[acme]\nissuer = 'http://12127.0.0.1:90hunter2'\nclient_id = 'a'",
        ] {
            let why = no(unread, Some("s"));
            assert!(!why.is_empty() && !why.contains("hunter2"), "{why}");
        }
        let inside = no("[github]\nclient_id = 'b'\nclient_secret = 'hunter2'", None);
        assert!(inside.contains("client_secret_file") && !inside.contains("hunter2"), "{inside}");
    }

    #[test]
    fn whatever_names_a_site_is_private_and_tells_no_secret() {
        let seeds = &[
            "[acme]\nname = 'Acme'\nissuer = 'https://login.acme.example'\nclient_id = 'a'\n",
            "[github]\nclient_id = 'b'\nclient_secret = 'hunter2'\n",
            "[work-2]\nurl = 'https://ana:hunter2@github.acme.example'\nclient_id = 'c'\n",
            "client_secret = 'hunter2'\n[github]\nclient_id = 'b'\n",
            "[x]\nissuer = 'http://127.0.0.1:9000/?hunter2#x'\nclient_id = 'd'\n",
        ];
        crate::cases::hold(crate::cases::texts(seeds), |text| {
            // Written twice, it may stand where none belongs: in a host.
            let is_name =
                |line: &str| line.split_once('=').is_some_and(|(name, _)| name.contains("hunter2"));
            // Nor does it belong in a name, and a name that is unknown is told.
            if text.matches("hunter2").count() > 1 || text.lines().any(is_name) {
                return;
            }
            let tables = match tables(&text) {
                Ok(tables) => tables,
                Err(message) => {
                    assert!(!message.contains("hunter2"), "{message}");
                    return;
                }
            };
            for (slug, table) in tables {
                match table.named(slug, |_| Some(Secret::new("hunter3"))) {
                    Ok(named) => {
                        let plain =
                            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                        assert!(named.slug.bytes().all(plain) && !named.slug.is_empty());
                        let (Site::GitHub(url) | Site::Issuer(url)) = &named.site;
                        assert!(is_private(url) && url.password().is_none(), "{url}");
                        assert!(url.query().is_none() && url.fragment().is_none(), "{url}");
                        assert!(!format!("{named:?}").contains("hunter3"));
                    }
                    Err(error) => {
                        let said = format!("{error:?}");
                        // Without what makes it a password it is part of a path.
                        let is_secret = text.contains("hunter2@") || text.contains("?hunter2");
                        assert!(!is_secret || !said.contains("hunter2"), "{text:?}: {said}");
                    }
                }
            }
        });
    }
}
