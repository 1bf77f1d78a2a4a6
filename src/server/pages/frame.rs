//! What every page has around its own matter: its language, who is signed in,
//! the rooms beside it; and how the words on it are said.

use std::borrow::Borrow;
use std::sync::LazyLock;

use askama::Template;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::words::{self, LocalizedText};
use crate::i18n::{Language, Message, Words};
use crate::machine::location;
use crate::server::clock::timestamp;
use crate::server::domain::clients::{ClientKind, vouched_by};
use crate::server::domain::scopes;
use crate::server::operations::Account;
use crate::server::state::{State, origin};
use crate::wire::{Role, User};

pub(super) const CSS: &str = include_str!("../../../assets/pages/style.css");

/// The script that copies what is shown once.
pub(super) const COPY_SCRIPT: &str = include_str!("../../../assets/pages/copy.js");

/// The script that shows who is at work in a mesh as it changes.
pub(super) const LIVE_SCRIPT: &str = include_str!("../../../assets/pages/live.js");

static STYLE: LazyLock<String> = LazyLock::new(|| marked("/style.css", CSS));

static COPY: LazyLock<String> = LazyLock::new(|| marked("/copy.js", COPY_SCRIPT));

static LIVE: LazyLock<String> = LazyLock::new(|| marked("/live.js", LIVE_SCRIPT));

/// Where `text` is, with a mark that changes when it does.
fn marked(path: &str, text: &str) -> String {
    let mark = HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..4]);
    format!("{path}?v={mark}")
}

/// What a program may do, in words.
pub(super) struct Powers {
    /// One by one.
    pub(super) near: Vec<String>,
    /// What goes far, which stays in sight beside the buttons.
    pub(super) far: String,
}

/// How a program is known here, in words.
pub(super) struct KnownAs {
    pub(super) words: String,
    /// Whether that is to be looked at twice: it says who it is itself.
    pub(super) is_careful: bool,
}

/// What every template is given as `page`.
pub(super) struct Frame {
    language: Language,
    now: Timestamp,
    /// What the instance is called: its host.
    pub(super) host: String,
    /// What is typed after `--instance`.
    pub(super) instance: String,
    /// Where the wordmark leads, where it leads anywhere.
    pub(super) home: Option<&'static str>,
    /// Where the stylesheet is.
    pub(super) style: &'static str,
    /// Where the script is, for a page with something to copy.
    pub(super) copy: &'static str,
    /// Where the one is for a page that changes while it is seen.
    pub(super) live: &'static str,
    /// Whether there is an icon to show.
    pub(super) icon: bool,
    /// The same page in the other languages; none where following one would
    /// lose something.
    pub(super) others: Vec<OtherLanguage>,
    /// Whom the browser is signed in as.
    pub(super) person: Option<User>,
    /// Whether they run the instance.
    runs_it: bool,
    /// Whether there are other ways to sign in than by password.
    pub(super) ways: bool,
    /// The token that forms carry; empty where nobody is signed in.
    pub(super) csrf: String,
    path: String,
}

/// The same page in another language.
pub(super) struct OtherLanguage {
    pub(super) href: String,
    pub(super) tag: &'static str,
    pub(super) name: &'static str,
}

/// One of the pages about an account.
pub(super) struct NavLink {
    pub(super) href: &'static str,
    pub(super) name: &'static str,
    pub(super) is_current: bool,
}

impl Frame {
    /// What is around the page at `path_and_query`, for `account` where
    /// somebody is signed in. `is_card`: a listener that shows one card and
    /// nothing else.
    pub(super) fn new(
        state: &State,
        language: Language,
        path_and_query: &str,
        is_card: bool,
        account: Option<&Account>,
        csrf: String,
    ) -> Self {
        let is_local = state.is_embedded() && !is_card;
        let host = match (is_local, state.pages.host_str(), state.pages.port()) {
            (true, ..) => words::say(language, &Message::new("page-host-local")),
            (false, Some(host), Some(port)) => format!("{host}:{port}"),
            (false, host, _) => host.unwrap_or_default().to_owned(),
        };
        let instance = match state.pages.scheme() {
            "https" => host.clone(),
            _ => origin(&state.pages),
        };
        Self {
            language,
            now: timestamp(state.now()),
            host,
            instance,
            home: (!is_card).then_some("/"),
            style: &STYLE,
            copy: &COPY,
            live: &LIVE,
            icon: !is_card,
            others: OtherLanguage::all(language, path_and_query),
            person: account.map(Account::user),
            runs_it: account.is_some_and(|account| account.admin),
            ways: !state.config.upstreams.is_empty(),
            csrf,
            path: path_and_query.split('?').next().unwrap_or_default().to_owned(),
        }
    }

    /// The text with this id.
    pub(super) fn t(&self, id: &'static str) -> LocalizedText {
        LocalizedText::new(self.language, id)
    }

    /// A message in words.
    pub(super) fn say(&self, message: &Message) -> String {
        words::say(self.language, message)
    }

    /// The same, or somebody's own words.
    pub(super) fn words(&self, words: &Words) -> String {
        match words {
            Words::Message(message) => self.say(message),
            Words::Verbatim(text) => text.clone(),
        }
    }

    /// The BCP 47 tag of its language.
    pub(super) fn tag(&self) -> &'static str {
        self.language.tag()
    }

    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// When something was last used.
    pub(super) fn used(&self, at: Option<&Timestamp>) -> String {
        let message = at.map_or(Message::new("page-used-never"), |at| {
            Message::new("page-used").with("when", words::ago(self.now, *at))
        });
        self.say(&message)
    }

    /// How long ago something was, in words.
    pub(super) fn when(&self, at: impl Borrow<Timestamp>) -> String {
        self.say(&words::ago(self.now, *at.borrow()))
    }

    /// In how long something ends, in words; `None` never does.
    pub(super) fn ends(&self, at: Option<&Timestamp>) -> String {
        let message = at.map_or(Message::new("page-ends-never"), |at| {
            Message::new("page-ends").with("when", words::within(self.now, *at))
        });
        self.say(&message)
    }

    /// How far off something is.
    pub(super) fn until(&self, at: &Timestamp) -> String {
        self.say(&words::within(self.now, *at))
    }

    /// How long a code can still be answered.
    pub(super) fn left(&self, seconds: u64) -> String {
        self.say(&words::left(seconds))
    }

    /// A permission in words.
    pub(super) fn role(&self, role: impl Borrow<Role>) -> String {
        self.say(&role_name(*role.borrow()))
    }

    /// What a place is called.
    pub(super) fn place(&self, zone: &str) -> String {
        match location::name_of(zone, self.language) {
            Words::Verbatim(name) => name,
            Words::Message(message) => self.say(&message),
        }
    }

    /// What a scope lets somebody do.
    pub(super) fn scope(&self, scope: &str) -> String {
        match words::scope(scope) {
            Some(id) => self.t(id).to_string(),
            None => scope.to_owned(),
        }
    }

    /// What a program with `scopes` may do.
    pub(super) fn powers<'a>(&self, scopes: impl IntoIterator<Item = &'a str>) -> Powers {
        let scopes::Powers { near, far } = scopes::Powers::of(scopes);
        let in_words = |words: Words| match words {
            Words::Message(message) => self.say(&message),
            Words::Verbatim(words) => words,
        };
        let also = |what| self.say(&Message::new("page-may-also").with("what", what));
        Powers {
            near: near.into_iter().map(in_words).collect(),
            far: scopes::in_a_line(far).map(also).unwrap_or_default(),
        }
    }

    /// How the program with this id is known here.
    pub(super) fn known_as(&self, client_id: &str) -> KnownAs {
        let words = match ClientKind::of(client_id) {
            ClientKind::Service => Message::new("page-consent-registered"),
            ClientKind::BuiltIn => Message::new("page-consent-unregistered"),
            ClientKind::Dynamic => Message::new("page-consent-says"),
            ClientKind::Document => Message::new("page-consent-vouched")
                .with("host", vouched_by(client_id).unwrap_or_default()),
        };
        let is_careful = ClientKind::of(client_id) != ClientKind::Service;
        KnownAs { words: self.say(&words), is_careful }
    }

    /// The pages about an account.
    pub(super) fn nav_links(&self) -> Vec<NavLink> {
        let all = [
            ("/meshes", "page-nav-meshes"),
            ("/machines", "page-nav-machines"),
            ("/settings/providers", "page-nav-providers"),
            ("/settings/sessions", "page-nav-sessions"),
            ("/settings/tokens", "page-nav-tokens"),
            ("/audit", "page-nav-audit"),
            ("/admin/members", "page-nav-people"),
            ("/admin/service-clients", "page-nav-services"),
        ];
        let shown = if self.runs_it { all.len() } else { all.len() - 2 };
        // Everybody's activity is found beside one's own.
        let path = self.path.strip_prefix("/admin").filter(|path| *path == "/audit");
        let path = path.unwrap_or(&self.path);
        let is_current = |href: &str| {
            path == href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
        };
        all[..shown]
            .iter()
            .map(|&(href, name)| NavLink { href, name, is_current: is_current(href) })
            .collect()
    }
}

/// A permission in words.
pub(super) fn role_name(role: Role) -> Message {
    Message::new(match role {
        Role::Admin => "page-role-admin",
        Role::Member => "page-role-member",
    })
}

impl OtherLanguage {
    fn all(shown: Language, path_and_query: &str) -> Vec<Self> {
        let other = |language: Language| Self {
            href: in_language(path_and_query, language),
            tag: language.tag(),
            name: language.name(),
        };
        shown.others().map(other).collect()
    }
}

/// `path_and_query` asked for in `language`.
fn in_language(path_and_query: &str, language: Language) -> String {
    let uri = path_and_query.parse::<Uri>().unwrap_or_default();
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.filter(|(name, _)| name != "ui_locales"));
    query.append_pair("ui_locales", language.tag());
    format!("{}?{}", uri.path(), query.finish())
}

/// A template as an answer.
pub(super) fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(CONTENT_TYPE, kind)], html).into_response()
        }
        Err(fault) => {
            tracing::error!(%fault, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_page_in_another_language_keeps_what_was_asked() {
        assert_eq!(in_language("/d", Language::ALL[1]), "/d?ui_locales=es");
        assert_eq!(
            in_language("/login?next=%2FD%2FWDJBMJPV&ui_locales=es", Language::ENGLISH),
            "/login?next=%2FD%2FWDJBMJPV&ui_locales=en"
        );
    }
}
