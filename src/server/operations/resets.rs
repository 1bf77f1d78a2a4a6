//! Links that set a new password for whoever lost theirs.
//!
//! The surprising rule: nothing is kept of a link. It is a MAC over the
//! account, its end and the password that holds now, so it opens until that
//! password is another one: once.

use subtle::ConstantTimeEq as _;

use crate::secret::Secret;
use crate::server::domain::keys::Keys;
use crate::server::store::Account;

/// Milliseconds a link opens.
pub const LIFE: i64 = 3_600_000;

/// What the link of `account` carries when it is made at `now`.
pub fn token(keys: &Keys, account: &Account, now: i64) -> Secret {
    let until = now + LIFE;
    Secret::new(format!("{}-{until}-{}", account.id, mac(keys, account, until).expose()))
}

/// Whose link this says it is.
pub fn account_of(token: &str) -> Option<&str> {
    parts(token).map(|(id, ..)| id)
}

/// Whether `token` sets a new password for `account` at `now`.
pub fn opens(keys: &Keys, account: &Account, token: &str, now: i64) -> bool {
    let Some((id, until, given)) = parts(token) else { return false };
    let expected = mac(keys, account, until);
    let same: bool = expected.expose().as_bytes().ct_eq(given.as_bytes()).into();
    same && id == account.id && now < until
}

fn parts(token: &str) -> Option<(&str, i64, &str)> {
    let mut parts = token.split('-');
    let found = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    parts.next().is_none().then_some(found)
}

fn mac(keys: &Keys, account: &Account, until: i64) -> Secret {
    let password = account.password.as_ref().map_or("", |password| password.expose());
    let what = Secret::new(format!("password of {} until {until}, now {password}", account.id));
    keys.form_token(what.expose())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, password: Option<&str>) -> Account {
        Account {
            id: id.to_owned(),
            name: "Ana".to_owned(),
            email: "ana@example.org".to_owned(),
            password: password.map(Secret::new),
            admin: false,
            created_at: 0,
        }
    }

    #[test]
    fn a_link_opens_its_own_account_for_an_hour_and_one_password() {
        let keys = Keys::random();
        let ana = account("a", Some("one"));
        let token = token(&keys, &ana, 5);
        let token = token.expose();
        assert_eq!(account_of(token), Some("a"));
        assert!(opens(&keys, &ana, token, LIFE + 4));
        assert!(!opens(&keys, &ana, token, LIFE + 5));
        assert!(!opens(&keys, &account("a", Some("two")), token, 5));
        assert!(!opens(&keys, &account("a", None), token, 5));
        assert!(!opens(&keys, &account("b", Some("one")), token, 5));
        assert!(!opens(&Keys::random(), &ana, token, 5));
        let longer = token.replacen("-3600005-", "-9999999-", 1);
        assert_ne!(longer, token);
        assert!(!opens(&keys, &ana, &longer, 5));
        for wrong in ["", "a", "a-x-b", "a-1-b-c"] {
            assert!(!opens(&keys, &ana, wrong, 0), "{wrong}");
        }
    }
}
