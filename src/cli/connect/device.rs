//! Signing in at a provider with a device code: the instance asks for it and polls, what
//! to do is shown here, and the token never comes by.

use std::io::{self, Write as _};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::Url;

use super::Asking;
use crate::api::Client;
use crate::connect;
use crate::desktop::browser;
use crate::error::{AppError, ErrorKind};
use crate::i18n::Message;
use crate::plain::window_columns;
use crate::terminal::line::cut;
use crate::terminal::qr;
use crate::terminal::theme::{Color, TerminalStyle};
use crate::wire::{Connection, DeviceFlow, DeviceFlowState, LONGEST_HOLD, NewDeviceFlow};
use crate::wizard::words::clock;

/// How long it is waited before an instance that does not answer is asked again.
const PAUSE: Duration = Duration::from_secs(2);

/// How long an instance may be away before that ends the waiting.
const OUTAGE: Duration = Duration::from_mins(2);

/// Rows that the rest of what is said takes beside the QR code.
const ROWS_BESIDE: usize = 8;

/// A line that is written over, where whoever sits there sees it.
struct Countdown<'a> {
    asking: &'a Asking<'a>,
    is_seen: bool,
}

impl Asking<'_> {
    /// Whether somebody can sign in so at this instance. One that is older cannot say.
    pub(super) async fn has_device(&self, client: &Client) -> bool {
        let offers = client.device_flow_offers().await.unwrap_or_default();
        offers.iter().any(|offer| offer.provider == self.name)
    }

    /// What was connected once somebody signed in.
    ///
    /// # Errors
    /// Where the instance or the provider gives no code; refused, run out.
    pub(super) async fn by_device(
        &self,
        client: &Client,
        label: &str,
    ) -> Result<Connection, AppError> {
        let new = NewDeviceFlow { label: label.to_owned() };
        let begun = client.start_device_flow(self.name, &new).await;
        let title = self.spec.title.as_str();
        let flow = begun.map_err(|error| connect::no_device_code(self.name, title, error))?;
        self.tell(&flow);
        self.open(&flow);
        let waited = self.wait(client, &flow).await;
        match waited {
            Ok(DeviceFlow { connection: Some(connection), .. }) => Ok(connection),
            Ok(flow) => Err(connect::device_ended(title, flow)
                .hint(Message::new("provider-device-again").with("name", self.name))),
            Err(error) => Err(error),
        }
    }

    /// Says what is to be typed where.
    fn tell(&self, flow: &DeviceFlow) {
        let link = flow.verification_uri_complete.as_ref().unwrap_or(&flow.verification_uri);
        let columns = self.context.env.terminals.stderr.then(window_columns).flatten();
        let qr = columns.filter(|_| !self.context.env.is_dumb()).and_then(|columns| {
            let look = TerminalStyle::of(&self.context.env, Color::Auto);
            // With the lines around it, all of it is seen at once.
            let rows = usize::from(crossterm::terminal::size().ok()?.1).checked_sub(ROWS_BESIDE)?;
            qr::in_window(link, look, columns, rows)
        });
        self.context.out.notes(columns, |lines| {
            let title = self.spec.title.as_str();
            lines.say(&Message::new("provider-device-open").with("provider", title));
            lines.raw("").raw(&format!("  {}", flow.verification_uri)).raw("");
            let code = flow.user_code.as_str();
            lines.say(&Message::new("provider-device-code").with("code", code)).raw("");
        });
        if let Some(qr) = qr {
            // Drawn as it is: what is in it is of our own making.
            let _ = io::stderr().write_all(qr.as_bytes());
        }
    }

    /// Opens it where the person sees it, while it is waited for.
    fn open(&self, flow: &DeviceFlow) {
        let link = flow.verification_uri_complete.as_ref().unwrap_or(&flow.verification_uri);
        let Ok(url) = Url::parse(link) else { return };
        if self.context.can_ask() && self.context.env.can_open_browser() {
            let env = self.context.env.clone();
            // Where none opens, the link stands there.
            tokio::task::spawn_blocking(move || browser::open(&env, &url));
        }
    }

    async fn wait(&self, client: &Client, begun: &DeviceFlow) -> Result<DeviceFlow, AppError> {
        let countdown = Countdown { asking: self, is_seen: self.is_seen() };
        if !countdown.is_seen {
            let message = Message::new("provider-device-waits");
            self.context.out.note(&message.with("provider", self.spec.title.as_str()));
        }
        let (mut trouble, mut away): (Option<String>, Option<Instant>) = (None, None);
        loop {
            let asked = client.device_flow(&begun.id, LONGEST_HOLD);
            let answer = countdown.during(begun.expires_at, asked).await;
            match answer {
                Ok(flow) if flow.state != DeviceFlowState::Pending => return Ok(flow),
                Ok(flow) => {
                    away = None;
                    if flow.trouble != trouble {
                        trouble = flow.trouble;
                        let title = self.spec.title.as_str();
                        if trouble.is_some() {
                            let message = Message::new("provider-device-trouble");
                            self.context.out.note(&message.with("provider", title));
                        }
                    }
                }
                // The code goes on: whichever node is asked next goes on with it.
                Err(error) if error.kind == ErrorKind::Unreachable => {
                    let since = *away.get_or_insert_with(Instant::now);
                    if since.elapsed() > OUTAGE {
                        return Err(error);
                    }
                    countdown.during(begun.expires_at, tokio::time::sleep(PAUSE)).await;
                }
                Err(error) if error.kind == ErrorKind::NotFound => {
                    return Err(connect::device_replaced());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether somebody sees what is written over, and wants it so.
    fn is_seen(&self) -> bool {
        let env = &self.context.env;
        env.terminals.stderr && !env.is_dumb() && !TerminalStyle::of(env, Color::Auto).calm
    }
}

impl Countdown<'_> {
    /// Counts down to `end` as long as `work` takes.
    async fn during<T>(&self, end: Timestamp, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            let left = Duration::try_from(end.duration_since(Timestamp::now())).unwrap_or_default();
            self.draw(left);
            // To the next whole second, so that none is left out.
            let tick = Duration::from_nanos(left.subsec_nanos().max(1).into());
            let tick = if left.is_zero() { PAUSE } else { tick };
            tokio::select! {
                done = &mut work => {
                    self.clear();
                    return done;
                }
                () = tokio::time::sleep(tick), if self.is_seen => {}
            }
        }
    }

    fn draw(&self, left: Duration) {
        if !self.is_seen {
            return;
        }
        let message = Message::new("provider-device-left")
            .with("provider", self.asking.spec.title.as_str())
            .with("left", clock(left));
        let line = self.asking.context.out.catalog().say(&message);
        let columns = window_columns().unwrap_or(usize::MAX).saturating_sub(1);
        let line = cut(&line, columns);
        let _ = write!(io::stderr(), "\r{line}\u{1b}[K");
    }

    /// What comes next begins on a line of its own.
    fn clear(&self) {
        if self.is_seen {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

impl Drop for Countdown<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}
