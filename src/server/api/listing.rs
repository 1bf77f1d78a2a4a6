//! Lists as they go over the wire.

use axum::Json;

use crate::server::operations::Rows;
use crate::wire::Listing;

/// One page of a list as it goes over the wire.
pub(super) fn listing<T>(rows: Rows<T>) -> Json<Listing<T>> {
    listing_of(rows, std::convert::identity)
}

/// The same of rows that go over the wire as `wire` makes them.
pub(super) fn listing_of<R, T>(rows: Rows<R>, wire: impl Fn(R) -> T) -> Json<Listing<T>> {
    let Rows { data, total, next } = rows.map(wire);
    Json(Listing { data, total, next_cursor: next })
}

/// Scopes as they go over the wire, of those in one text.
pub(super) fn words(scopes: &str) -> Vec<String> {
    scopes.split_ascii_whitespace().map(str::to_owned).collect()
}
