//! Links that others gave, and that a person is to follow.

use url::Url;

use crate::i18n::printable;

/// Bytes of a link.
const LONGEST_LINK: usize = 2048;

/// A link without control characters, spaces or a name and password in front
/// of the host, that a person may be sent to.
pub fn link(text: &str, may_open: &impl Fn(&Url) -> bool) -> Option<Url> {
    if text.len() > LONGEST_LINK || printable(text) != text || text.contains(char::is_whitespace) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    (plain && may_open(&url)).then_some(url)
}
