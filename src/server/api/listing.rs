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
    let data = rows.data.into_iter().map(wire).collect();
    Json(Listing { data, total: rows.total, next_cursor: rows.next })
}

/// Scopes as they go over the wire, of those in one text.
pub(super) fn words(scopes: &str) -> Vec<String> {
    scopes.split_ascii_whitespace().map(str::to_owned).collect()
}
