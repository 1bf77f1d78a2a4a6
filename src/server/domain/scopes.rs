//! What a credential may do. Pure.

pub use crate::api::scopes::*;

/// What a program is given that asks for nothing (RFC 6749 §3.3): to know whom it
/// acts for.
pub const LEAST: &str = PROFILE_READ;

/// What the tools at `/mcp` need: all of it is asked for at once, because hardly
/// any client asks for more later.
pub const OF_TOOLS: [&str; 5] =
    [PROFILE_READ, MESH_READ, INVITE_CREATE, MACHINE_READ, PRESENCE_WRITE];

/// To be given a token that is renewed (OpenID Connect Core §11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// Whether a program is told of `scope` and given it where it cannot ask by name:
/// not what lets others in, nor what opens somebody's accounts elsewhere.
pub fn is_ordinary(scope: &str) -> bool {
    !matches!(scope, PROVIDER_USE | TOKEN_MANAGE | ADMIN)
}

/// What a program is given that asks by the older dialect, which names no scopes.
pub fn of_dialect() -> String {
    let all: Vec<_> = ALL.into_iter().filter(|scope| is_ordinary(scope)).collect();
    all.join(" ")
}

/// What a code agent may do of what its device may (`held`): its person's own work.
pub fn of_agent(held: &str) -> String {
    let own: Vec<_> = held.split(' ').filter(|scope| is_ordinary(scope)).collect();
    own.join(" ")
}

/// All that a person may do, space-separated.
pub fn of_account(admin: bool) -> String {
    let all: Vec<_> = ALL.into_iter().filter(|scope| admin || *scope != ADMIN).collect();
    all.join(" ")
}

/// What clients of OpenID providers ask for by habit (OpenID Connect Core
/// §5.4), which is what [`PROFILE_READ`] lets them see at the userinfo endpoint.
const OPENID: [&str; 3] = ["openid", "profile", "email"];

/// Whether nothing is asked for by name but to have it for long.
pub fn names_none(asked: &str) -> bool {
    asked.split_ascii_whitespace().all(|scope| scope == OFFLINE_ACCESS)
}

/// Those of `asked` (space-separated) that exist, once each, in our order.
/// Scopes of other systems are passed over, as RFC 6749 §3.3
/// allows; `None` when nothing that exists is left of something. Nothing asked for
/// is [`LEAST`].
pub fn known(asked: &str) -> Option<String> {
    let read = |scope| if OPENID.contains(&scope) { PROFILE_READ } else { scope };
    let asked = asked.split_ascii_whitespace().filter(|scope| *scope != OFFLINE_ACCESS);
    let asked: Vec<_> = asked.map(read).collect();
    if asked.is_empty() {
        return Some(LEAST.to_owned());
    }
    let known: Vec<_> = ALL.into_iter().filter(|scope| asked.contains(scope)).collect();
    (!known.is_empty()).then(|| known.join(" "))
}

/// `scopes` in our order.
pub fn in_order(scopes: &str) -> String {
    let ordered: Vec<_> = ALL.into_iter().filter(|scope| has(scopes, scope)).collect();
    ordered.join(" ")
}

/// Those of `asked` that a person who may do `allowed` can give.
pub fn granted(asked: &str, allowed: &str) -> String {
    let granted: Vec<_> = allowed.split(' ').filter(|scope| has(asked, scope)).collect();
    granted.join(" ")
}

/// What a service client that holds `held` is granted when it asks for `asked`:
/// everything when for nothing, `None` when for more than it holds. Scopes of
/// other systems are passed over.
pub fn granted_to_service(asked: &str, held: &str) -> Option<String> {
    let ours = |scope: &&str| OF_SERVICES.contains(scope) || ALL.contains(scope);
    let asked: Vec<_> = asked.split_ascii_whitespace().collect();
    if asked.is_empty() {
        return Some(held.to_owned());
    }
    if asked.iter().filter(|scope| ours(scope)).any(|scope| !has(held, scope)) {
        return None;
    }
    let granted: Vec<_> = held.split(' ').filter(|scope| asked.contains(scope)).collect();
    (!granted.is_empty()).then(|| granted.join(" "))
}

/// Whether `scopes` (space-separated) hold `scope`.
pub fn has(scopes: &str, scope: &str) -> bool {
    scopes.split(' ').any(|held| held == scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_administrator_gets_admin() {
        assert!(has(&of_account(true), ADMIN));
        assert!(!has(&of_account(false), ADMIN));
        assert_eq!(granted("admin mesh:read", &of_account(false)), "mesh:read");
        assert_eq!(granted("", &of_account(false)), "");
    }

    #[test]
    fn a_service_client_gets_no_more_than_it_holds() {
        let held = "mesh:read machine:read";
        assert_eq!(granted_to_service("", held).as_deref(), Some(held));
        assert_eq!(
            granted_to_service("machine:read openid", held).as_deref(),
            Some("machine:read")
        );
        assert_eq!(granted_to_service("machine:read admin", held), None);
        assert_eq!(granted_to_service("openid", held), None);
    }

    #[test]
    fn how_long_is_asked_for_beside_what() {
        assert_eq!(known("offline_access mesh:read").as_deref(), Some("mesh:read"));
        assert_eq!(known("offline_access").as_deref(), Some(LEAST));
    }

    #[test]
    fn scopes_of_other_systems_are_passed_over() {
        assert_eq!(known("elsewhere:x mesh:read mesh:read").as_deref(), Some("mesh:read"));
        assert_eq!(known("openid email mesh:read").as_deref(), Some("profile:read mesh:read"));
        assert_eq!(known(" ").as_deref(), Some(LEAST));
        assert_eq!(known("elsewhere:x"), None);
    }
}
