//! The names of what a credential may do (RFC 6749 §3.3), as both sides know
//! them, and what whoever lets a program in is told of them.

use crate::i18n::{Message, Words};

/// Every scope, in the order they are listed.
pub const ALL: [&str; 10] = [
    PROFILE_READ,
    MESH_READ,
    MESH_WRITE,
    INVITE_CREATE,
    MACHINE_READ,
    MACHINE_WRITE,
    PRESENCE_WRITE,
    PROVIDER_USE,
    TOKEN_MANAGE,
    ADMIN,
];

/// What a service client may have: nothing that makes or ends what is a
/// person's.
pub const OF_SERVICES: [&str; 9] = [
    PROFILE_READ,
    MESH_READ,
    MESH_WRITE,
    INVITE_CREATE,
    MACHINE_READ,
    MACHINE_WRITE,
    PRESENCE_WRITE,
    PROVIDER_USE,
    TOKEN_INTROSPECT,
];

/// Who am I.
pub const PROFILE_READ: &str = "profile:read";
/// See meshes.
pub const MESH_READ: &str = "mesh:read";
/// Make, join and change meshes.
pub const MESH_WRITE: &str = "mesh:write";
/// Invite others.
pub const INVITE_CREATE: &str = "invite:create";
/// See machines.
pub const MACHINE_READ: &str = "machine:read";
/// Register and change machines.
pub const MACHINE_WRITE: &str = "machine:write";
/// Be seen at work in a mesh.
pub const PRESENCE_WRITE: &str = "presence:write";
/// Use connected providers.
pub const PROVIDER_USE: &str = "provider:use";
/// See and revoke sessions and tokens.
pub const TOKEN_MANAGE: &str = "token:manage";
/// Ask whether any token is good (RFC 7662). Service clients only.
pub const TOKEN_INTROSPECT: &str = "token:introspect";
/// Run the instance.
pub const ADMIN: &str = "admin";

/// What a program may do, as whoever lets it in is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Power {
    /// What it is.
    pub words: Words,
    /// Whether it outlives the program or goes beyond the person's own work.
    pub far: bool,
}

/// What somebody with `scopes` may do, the far-reaching last. What is part of
/// another is not told twice.
pub fn powers<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Vec<Power> {
    let scopes: Vec<_> = scopes.into_iter().collect();
    let told = |scope: &&&str| match **scope {
        MESH_READ => !scopes.contains(&MESH_WRITE),
        MACHINE_READ => !scopes.contains(&MACHINE_WRITE),
        _ => true,
    };
    let mut powers: Vec<_> = scopes
        .iter()
        .filter(told)
        .map(|scope| {
            let words =
                may(scope).map_or_else(|| Words::verbatim(scope), |id| Message::new(id).into());
            Power { words, far: matches!(*scope, TOKEN_MANAGE | ADMIN) }
        })
        .collect();
    powers.sort_by_key(|power| power.far);
    powers
}

fn may(scope: &str) -> Option<&'static str> {
    Some(match scope {
        PROFILE_READ => "may-profile-read",
        MESH_READ => "may-mesh-read",
        MESH_WRITE => "may-mesh-write",
        INVITE_CREATE => "may-invite-create",
        MACHINE_READ => "may-machine-read",
        MACHINE_WRITE => "may-machine-write",
        PRESENCE_WRITE => "may-presence-write",
        PROVIDER_USE => "may-provider-use",
        TOKEN_MANAGE => "may-token-manage",
        ADMIN => "may-admin",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_far_is_told_last_and_what_is_part_of_another_once() {
        let id = |power: &Power| match &power.words {
            Words::Message(message) => message.id.to_owned(),
            Words::Verbatim(words) => words.clone(),
        };
        let told: Vec<_> =
            powers(["admin", "mesh:read", "mesh:write", "machine:read", "x\u{1b}:y"])
                .iter()
                .map(|power| (id(power), power.far))
                .collect();
        let near = ["may-mesh-write", "may-machine-read", "x:y"].map(|id| (id.to_owned(), false));
        assert_eq!(told, [&near[..], &[("may-admin".to_owned(), true)]].concat());
        // Each of ours has words.
        assert!(ALL.iter().all(|scope| may(scope).is_some()));
    }
}
