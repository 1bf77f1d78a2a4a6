//! A refresh token's life (RFC 6749 §6, RFC 9700 §4.14.2), pure: used once, which
//! gives the next one.
//!
//! The surprising rule: for a minute it gives the same answer again. Two windows
//! of one program send the same token at once, and whoever came second would be
//! signed out for it. Only after that is its use a sign that somebody else has it.

/// Milliseconds an access token lives that is renewed. Clients renew some minutes
/// before its end; of a much shorter one they would before nearly every request.
pub const ACCESS_LIFE: i64 = 60 * 60_000;

/// Milliseconds after its use in which a token gives the same answer again.
pub const GRACE: i64 = 60_000;

/// Milliseconds after its use for which a token is known again.
pub const REMEMBERED: i64 = 30 * 86_400_000;

/// What a refresh token that is shown is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The next one, and an access token.
    First,
    /// The same once more.
    Again,
    /// Nothing: two have it, and nobody may.
    Reuse,
    /// Nothing: its time is over.
    Over,
}

/// What a token is good for at `now` that was used at `used_at`, and ends unused at
/// `expires_at` (Unix milliseconds).
pub fn used(used_at: Option<i64>, expires_at: i64, now: i64) -> Use {
    match used_at {
        None if now < expires_at => Use::First,
        None => Use::Over,
        // Another node's clock may be behind.
        Some(at) if now - at < GRACE => Use::Again,
        Some(_) => Use::Reuse,
    }
}

/// When an access token ends that is given at `now` for what ends at `ends_at`.
pub fn access_ends(now: i64, ends_at: i64) -> i64 {
    (now + ACCESS_LIFE).min(ends_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_used_once_and_for_a_minute_more() {
        for (used_at, now, good_for) in [
            (None, 0, Use::First),
            (None, 999, Use::First),
            (None, 1_000, Use::Over),
            (Some(500), 400, Use::Again),
            (Some(500), 500, Use::Again),
            (Some(500), 60_499, Use::Again),
            (Some(500), 60_500, Use::Reuse),
        ] {
            assert_eq!(used(used_at, 1_000, now), good_for, "{used_at:?} {now}");
        }
        assert_eq!(access_ends(0, 2 * ACCESS_LIFE), ACCESS_LIFE);
        assert_eq!(access_ends(0, 5), 5);
    }
}
