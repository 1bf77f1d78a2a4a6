//! Opening a link where the person sees it.

use url::Url;

use crate::surroundings::Surroundings;
use crate::trouble::Trouble;

/// Starts a browser on `url`. Blocks for as long as starting takes: not for
/// the thread that draws.
///
/// # Errors
/// When no browser can be started that the person would see.
pub fn open(here: &Surroundings, url: &Url) -> Result<(), Trouble> {
    let _ = (here, url);
    Err(Trouble::internal("opening a browser is not there yet"))
}
