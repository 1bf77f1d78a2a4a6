//! Why a request did not arrive, or its reply did not, each in its own words.

use std::error::Error;
use std::io;

use crate::error::{AppError, ErrorKind};
use crate::http::reply::clipped;
use crate::i18n::Message;

/// A reply went on after it should have ended.
pub fn reply_too_large(host: &str) -> AppError {
    AppError::new(
        ErrorKind::Unreachable,
        "reply_too_large",
        Message::new("reach-reply-too-large").with("host", host),
    )
    .hint(Message::new("reach-not-an-instance-hint"))
}

/// Why a request did not arrive, or its reply did not.
pub fn unreachable(error: &reqwest::Error, host: &str) -> AppError {
    let (code, id, hint) = if error.is_timeout() {
        ("timed_out", "reach-timed-out", "reach-network-hint")
    } else {
        cause(error)
    };
    let mut message = Message::new(id).with("host", host);
    if code == "certificate_rejected" {
        message = message.with("what", deepest(error));
    }
    AppError::new(ErrorKind::Unreachable, code, message).hint(Message::new(hint).with("host", host))
}

/// A code, its message and its hint.
type ErrorWords = (&'static str, &'static str, &'static str);

fn cause(error: &reqwest::Error) -> ErrorWords {
    for current in causes(error) {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(_) => {
                    ("certificate_rejected", "reach-certificate", "reach-certificate-hint")
                }
                _ => ("tls_failed", "reach-tls-failed", "reach-tls-failed-hint"),
            };
        }
        if let Some(io) = current.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::ConnectionRefused => {
                    return ("connection_refused", "reach-refused", "reach-refused-hint");
                }
                io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
                    return ("no_route", "reach-no-route", "reach-network-hint");
                }
                io::ErrorKind::TimedOut => {
                    return ("timed_out", "reach-timed-out", "reach-network-hint");
                }
                _ => {}
            }
        }
        // hyper-util names the stage in words and keeps its type to itself.
        match current.to_string().as_str() {
            "dns error" => return ("name_not_found", "reach-name-not-found", "reach-name-hint"),
            text if text.starts_with("tunnel error") || text.starts_with("proxy") => {
                return ("proxy_failed", "reach-proxy-failed", "reach-proxy-hint");
            }
            _ => {}
        }
    }
    ("connection_lost", "reach-connection-lost", "reach-network-hint")
}

/// The error and everything behind it. An `io::Error` made of another error
/// names that one's source as its own and leaves the error itself out.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    std::iter::successors(Some(first), |&current| {
        let inner = current.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => current.source(),
        }
    })
}

fn deepest(error: &reqwest::Error) -> String {
    let cause = causes(error).last().map(ToString::to_string).unwrap_or_default();
    crate::i18n::printable(&clipped(&cause))
}
