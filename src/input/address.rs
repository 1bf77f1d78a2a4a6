//! What somebody types for an instance: a host, with or without a port, or a
//! URL. Pure. Surprising rule: no path, name, password or query is cut off in
//! silence; whoever typed one meant something by it, so they are told.

use url::Url;

use crate::error::{AppError, ErrorKind};
use crate::http::{address, is_loopback};
use crate::i18n::{Message, spelled};
use crate::input::peel::peel;
use crate::model::{Instance, Place};

/// The instance at what was typed; named after its host. Without a scheme it
/// is https, except on this computer.
///
/// # Errors
/// What is wrong with the address, and what was expected.
pub fn parse(typed: &str) -> Result<Instance, AppError> {
    let typed = peel(typed);
    if typed == "local" {
        return Ok(Instance::local());
    }
    let url = read(typed)?;
    Ok(Instance { name: address(&url), place: Place::At(url), id: None, signed_in: false })
}

/// Whether an instance is at this address, the embedded one at any of this
/// computer: its pages have a port of their own.
pub fn is_at(instance: &Instance, url: &Url) -> bool {
    match &instance.place {
        Place::Embedded => is_loopback(url),
        Place::At(place) => place.origin() == url.origin(),
    }
}

fn read(typed: &str) -> Result<Url, AppError> {
    let fault = |code: &str, id: &'static str| {
        AppError::new(ErrorKind::BadArguments, code, Message::new(id).with("typed", shown(typed)))
            .hint(Message::new("instance-address-hint"))
    };
    let nonsense = || fault("address_malformed", "instance-address-malformed");
    if typed.is_empty() {
        return Err(fault("address_malformed", "instance-address-missing"));
    }
    if typed.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(nonsense());
    }
    let with_scheme =
        if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&with_scheme).map_err(|_| nonsense())?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(nonsense());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault("address_with_password", "instance-address-with-password"));
    }
    if url.query().is_some() || url.fragment().is_some() || !matches!(url.path(), "" | "/") {
        return Err(fault("address_with_path", "instance-address-with-path"));
    }
    if !typed.contains("://") && is_loopback(&url) {
        // Port 443 was lost as the https default.
        url = Url::parse(&format!("http://{typed}")).map_err(|_| nonsense())?;
    }
    Ok(url)
}

/// What was typed, without a password that may be in it.
fn shown(typed: &str) -> String {
    let bare = typed.rsplit_once('@').map_or(typed, |(_, host)| host);
    spelled(bare).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(typed: &str) -> String {
        match parse(typed).expect("an address").place {
            Place::Embedded => "local".into(),
            Place::At(url) => url.into(),
        }
    }

    #[test]
    fn a_host_is_enough() {
        assert_eq!(place("local"), "local");
        assert_eq!(place(" Mesh.Example.org "), "https://mesh.example.org/");
        assert_eq!(place("mesh.example.org:8443"), "https://mesh.example.org:8443/");
        assert_eq!(place("http://mesh.example.org"), "http://mesh.example.org/");
        assert_eq!(place("localhost:7777"), "http://localhost:7777/");
        assert_eq!(place("127.0.0.1:443"), "http://127.0.0.1:443/");
        assert_eq!(place("[::1]:80"), "http://[::1]/");
        assert_eq!(
            parse("https://mesh.example.org:8443/").expect("one").name,
            "mesh.example.org:8443"
        );
    }

    #[test]
    fn what_is_no_bare_address_is_said_to_be_none() {
        let code = |typed| parse(typed).expect_err("no address").code;
        assert_eq!(code("https://mesh.example.org/team"), "address_with_path");
        assert_eq!(code("mesh.example.org?x=1"), "address_with_path");
        assert_eq!(code("https://a:b@mesh.example.org"), "address_with_password");
        assert_eq!(code("ftp://mesh.example.org"), "address_malformed");
        assert_eq!(code("two words"), "address_malformed");
        assert_eq!(code(""), "address_malformed");
    }

    #[test]
    fn a_password_typed_by_mistake_is_not_repeated() {
        let error = parse("https://ann:hunter2@mesh.example.org").expect_err("refused");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
