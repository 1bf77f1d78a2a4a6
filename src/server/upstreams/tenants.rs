//! An issuer that speaks for many tenants: Microsoft's Entra at `/common/v2.0`
//! and `/organizations/v2.0`. Its description calls it
//! `https://login.microsoftonline.com/{tenantid}/v2.0`, with those very braces,
//! and each token names the tenant that its person belongs to. Pure.
//!
//! The surprising rule: who somebody is, is said by their own tenant, whatever
//! door they came by. An account stays theirs when `common` becomes the one
//! tenant of the team, or the other way round.

/// What stands for the tenant.
const TENANT: &str = "{tenantid}";

/// Whether a description that calls its issuer `issuer` may be found at `named`.
pub(super) fn matches_issuer(issuer: &str, named: &str) -> bool {
    let Some((before, after)) = issuer.split_once(TENANT) else { return issuer == named };
    let between = named.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    between.is_some_and(|word| !word.is_empty() && !word.contains('/'))
}

/// Whether `issuer` is for more than one tenant.
pub(super) fn is_multi_tenant(issuer: &str) -> bool {
    issuer.contains(TENANT)
}

/// `issuer` as it is for somebody of `tenant`; `None` where a tenant is
/// needed and that is none.
pub(super) fn issuer_of(issuer: &str, tenant: Option<&str>) -> Option<String> {
    if !is_multi_tenant(issuer) {
        return Some(issuer.to_owned());
    }
    tenant.filter(|tenant| is_tenant(tenant)).map(|tenant| issuer.replace(TENANT, tenant))
}

/// Whether whoever `issuer` vouched for may come by the one that was named
/// `named`: it is the same, or stands at the place of all tenants.
pub(super) fn accepts_issuer(named: &str, issuer: &str) -> bool {
    if named == issuer {
        return true;
    }
    let (named, issuer): (Vec<_>, Vec<_>) =
        (named.split('/').collect(), issuer.split('/').collect());
    let mut apart = named.iter().zip(&issuer).filter(|(one, other)| one != other);
    let one = apart.next().is_some_and(|(all, tenant)| is_tenant(tenant) && !is_tenant(all));
    named.len() == issuer.len() && one && apart.next().is_none()
}

/// Tenants are GUIDs: nothing else is put into an address.
fn is_tenant(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "https://login.example/{tenantid}/v2.0";
    const ONE: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

    #[test]
    fn a_description_of_many_is_found_in_the_place_of_one() {
        assert!(matches_issuer(SAID, "https://login.example/common/v2.0"));
        assert!(matches_issuer("https://a.example", "https://a.example"));
        for named in [
            "https://login.example//v2.0",
            "https://login.example/v2.0",
            "https://login.example/a/b/v2.0",
            "https://login.example.evil/common/v2.0",
            "https://login.example/common/v1.0",
        ] {
            assert!(!matches_issuer(SAID, named), "{named}");
        }
        assert!(!matches_issuer("https://evil.example", "https://a.example"));
    }

    #[test]
    fn a_token_speaks_for_its_own_tenant_and_nothing_but_a_tenant() {
        assert_eq!(
            issuer_of(SAID, Some(ONE)).unwrap(),
            format!("https://login.example/{ONE}/v2.0")
        );
        assert_eq!(issuer_of("https://a.example", None).unwrap(), "https://a.example");
        for tenant in [None, Some(""), Some("common"), Some("../evil"), Some(&ONE[1..])] {
            assert_eq!(issuer_of(SAID, tenant), None, "{tenant:?}");
        }
    }

    #[test]
    fn a_way_of_all_tenants_is_that_of_each() {
        let at = |tenant: &str| format!("https://login.example/{tenant}/v2.0");
        assert!(accepts_issuer(&at("common"), &at(ONE)) && accepts_issuer(&at(ONE), &at(ONE)));
        let other = ONE.replace('9', "8");
        assert!(
            !accepts_issuer(&at(ONE), &at(&other))
                && !accepts_issuer(&at("common"), &at("another"))
        );
        assert!(!accepts_issuer("https://evil.example/common/v2.0", &at(ONE)));
        assert!(!accepts_issuer("https://login.example/common", &at(ONE)));
    }
}
