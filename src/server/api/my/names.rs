//! What something that is made is called: its name, and its slug.

use crate::secret::random_bytes;
use crate::server::http::api_error::{ApiError, ApiResult};
use crate::slug::{is_slug, slugify};
use crate::wire::display_name;

/// A display name as it is kept: printable, trimmed, not empty.
pub(super) fn name(given: &str) -> ApiResult<String> {
    display_name(given).ok_or_else(|| ApiError::invalid("A name has 1 to 100 characters."))
}

/// The slug that was asked for, or the one the name gives; a name with nothing
/// of it left gets `kind` and eight random digits.
pub(super) fn slug(asked: Option<&str>, name: &str, kind: &str) -> ApiResult<String> {
    match asked {
        Some(slug) if is_slug(slug) => Ok(slug.to_owned()),
        Some(_) => Err(ApiError::invalid(
            "A slug is 1 to 63 lower-case letters and digits, with single dashes between.",
        )),
        None => {
            let slug = slugify(name);
            if !slug.is_empty() {
                return Ok(slug);
            }
            Ok(format!("{kind}-{}", data_encoding::HEXLOWER.encode(&random_bytes::<4>())))
        }
    }
}
