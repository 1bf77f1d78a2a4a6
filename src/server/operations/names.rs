//! What something that is made is called: its name, and its slug.

use data_encoding::HEXLOWER;

use super::{Invalid, Named};
use crate::secret::random_bytes;
use crate::slug::{is_slug, slugify};
use crate::wire::display_name;

/// A display name as it is kept: printable, trimmed, not empty.
pub(super) fn name(given: &str, named: Named) -> Result<String, Invalid> {
    display_name(given).ok_or(Invalid::Name(named))
}

/// The slug that was `asked` for, or the one that `name` gives; a name with
/// nothing of it left gets `kind` and eight random digits.
pub(super) fn slug(asked: Option<&str>, name: &str, kind: &str) -> Result<String, Invalid> {
    match asked {
        Some(slug) if is_slug(slug) => Ok(slug.to_owned()),
        Some(_) => Err(Invalid::Slug),
        None => Ok(Some(slugify(name))
            .filter(|slug| !slug.is_empty())
            .unwrap_or_else(|| format!("{kind}-{}", HEXLOWER.encode(&random_bytes::<4>())))),
    }
}
