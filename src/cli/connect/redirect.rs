//! Signing in at a provider in a browser that comes back here: to a port of this computer
//! that is open for that alone, or, where no browser opens here, with a code that is
//! pasted.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::Asking;
use crate::desktop::browser;
use crate::error::{AppError, ErrorKind};
use crate::http::Http;
use crate::i18n::Message;
use crate::input::peel::peel;
use crate::plain::window_columns;
use crate::provider::credential::Credential;
use crate::provider::redirect::RoundTrip;
use crate::provider::spec::Redirect;
use crate::secret::{Secret, random_bytes, random_value};

/// How long somebody may take at the provider: so long its codes are good.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long one request may take, and how much of it is read: more is no browser's.
const REQUEST: Duration = Duration::from_secs(5);
const LONGEST_REQUEST: usize = 16 * 1024;

/// How long is waited where no request can be taken, for want of a file say.
const AGAIN: Duration = Duration::from_millis(100);

/// Where a browser comes back to.
struct Door {
    listener: TcpListener,
    /// Known to whoever was sent here.
    address: Url,
}

impl Door {
    async fn open() -> Option<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.ok()?;
        let port = listener.local_addr().ok()?.port();
        let way = random_value();
        let address = Url::parse(&format!("http://127.0.0.1:{port}/{}", way.expose())).ok()?;
        Some(Self { listener, address })
    }

    /// The code with which somebody comes; `None` where they come with a refusal. Whoever
    /// comes and says nothing is in nobody's way.
    async fn code(self, page: &str) -> Option<Secret> {
        let (came, mut coming) = tokio::sync::mpsc::unbounded_channel();
        let (address, page): (_, Arc<str>) = (Arc::new(self.address), page.into());
        loop {
            tokio::select! {
                biased;
                asked = coming.recv() => {
                    let asked: Url = asked?;
                    let code = asked.query_pairs().find(|(name, _)| name == "code");
                    return code.map(|(_, code)| Secret::new(code)).filter(|code| !code.is_empty());
                }
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        tokio::time::sleep(AGAIN).await;
                        continue;
                    };
                    let (address, page, came) = (address.clone(), page.clone(), came.clone());
                    tokio::spawn(async move {
                        let answered = answered(stream, &address, &page);
                        if let Ok(Some(asked)) = tokio::time::timeout(REQUEST, answered).await {
                            let _ = came.send(asked);
                        }
                    });
                }
            }
        }
    }
}

/// Answers one request: what was asked for, where it is what somebody was sent here with.
async fn answered(mut stream: TcpStream, address: &Url, page: &str) -> Option<Url> {
    let asked = asked(&mut stream, address).await;
    // Icons and whoever knocks at every port find nothing.
    let (status, body) = if asked.is_some() { ("200 OK", page) } else { ("404 Not Found", "") };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n\
         Content-Length: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // Whoever does not wait for it has come all the same.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
    let _ = stream.shutdown().await;
    asked
}

/// What was asked for, where it is at `address`.
async fn asked(stream: &mut TcpStream, address: &Url) -> Option<Url> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut bytes = [0; 1024];
        let read = stream.read(&mut bytes).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&bytes[..read]);
        if head.len() > LONGEST_REQUEST {
            return None;
        }
    }
    let line = head.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let ("GET", Some(target)) = (words.next()?, words.next()) else { return None };
    let asked = address.join(target).ok()?;
    (asked.origin() == address.origin() && asked.path() == address.path()).then_some(asked)
}

impl Asking<'_> {
    /// What the provider gives whoever signs in there in a browser.
    ///
    /// # Errors
    /// Where there is no terminal, nobody comes back, or it takes the code not.
    pub(super) async fn by_redirect(
        &self,
        http: &Http,
        redirect: &Redirect,
    ) -> Result<Credential, AppError> {
        let title = self.spec.title.as_str();
        if !self.context.can_ask() {
            let message = Message::new("provider-redirect-no-terminal").with("provider", title);
            return Err(AppError::new(ErrorKind::BadArguments, "no_terminal", message)
                .hint(Message::new("provider-nothing-here-hint").with("name", self.name)));
        }
        let verifier = Secret::new(BASE64URL_NOPAD.encode(&random_bytes::<32>()));
        let (spec, verifier) = (self.spec, &verifier);
        let way = |callback: Option<&Url>| {
            let trip = RoundTrip { spec, redirect, verifier, callback };
            let url = trip.authorization(None, "crewmesh");
            url.ok_or_else(|| AppError::internal("no address to sign in at"))
        };
        // What a browser elsewhere comes back to is not here.
        let env = &self.context.env;
        let can_open = env.can_open_browser() && !env.desktop.ssh;
        let door = if can_open { Door::open().await } else { None };
        let opened = match door {
            Some(door) => {
                let url = way(Some(&door.address))?;
                self.opened(&url).await.then_some((door, url))
            }
            None => None,
        };
        let code = match opened {
            Some((door, url)) => self.came_back(door, &url).await?,
            None => self.code_shown(&way(None)?).await?,
        };
        let trip = RoundTrip { spec, redirect, verifier, callback: None };
        let issued = trip.exchange(http, &code).await?;
        Ok(Credential { secret: issued.token, kind: redirect.kind.clone() })
    }

    /// Whether a browser opens there that the person sees.
    async fn opened(&self, url: &Url) -> bool {
        let (env, url) = (self.context.env.clone(), url.clone());
        let opened = tokio::task::spawn_blocking(move || browser::open(&env, &url)).await;
        match opened {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                let why = self.context.out.catalog().words(&error.message).into_owned();
                self.context.out.notes(window_columns(), |lines| {
                    lines.raw(&why);
                });
                false
            }
            Err(_) => false,
        }
    }

    async fn came_back(&self, door: Door, url: &Url) -> Result<Secret, AppError> {
        let title = self.spec.title.as_str();
        self.tell_link("provider-redirect-open", url);
        let waits = Message::new("provider-device-waits").with("provider", title);
        self.context.out.note(&waits);
        let say = |id| self.context.out.catalog().say(&Message::new(id).with("provider", title));
        let page = format!(
            "<!doctype html><meta charset=utf-8><meta name=viewport \
             content='width=device-width'><title>crewmesh</title><h1>{}</h1><p>{}</p>",
            say("provider-redirect-page-title"),
            say("provider-redirect-page"),
        );
        let over = |code, id| {
            AppError::new(ErrorKind::Failed, code, Message::new(id).with("provider", title))
        };
        let came = tokio::time::timeout(PATIENCE, door.code(&page)).await;
        let came = came.map_err(|_| over("timeout", "provider-redirect-nobody"))?;
        came.ok_or_else(|| over("access_denied", "provider-device-denied"))
    }

    /// Where no browser opens here, the provider shows the code.
    async fn code_shown(&self, url: &Url) -> Result<Secret, AppError> {
        let title = self.spec.title.as_str();
        self.tell_link("provider-redirect-elsewhere", url);
        let question = Message::new("provider-redirect-code").with("provider", title);
        let pasted = self.context.hidden(&question).await?;
        let code = Secret::new(peel(pasted.expose()));
        if code.is_empty() {
            let message = Message::new("provider-redirect-empty");
            return Err(AppError::new(ErrorKind::Failed, "no_code", message));
        }
        Ok(code)
    }

    fn tell_link(&self, id: &'static str, url: &Url) {
        let columns = self.context.env.terminals.stderr.then(window_columns).flatten();
        self.context.out.notes(columns, |lines| {
            lines.say(&Message::new(id).with("provider", self.spec.title.as_str()));
            lines.raw("").raw(&format!("  {url}")).raw("");
        });
    }
}
