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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Powers {
    /// One by one. What is part of another is not told twice.
    pub near: Vec<Words>,
    /// What goes beyond the person's own work, or lets others in.
    pub far: Vec<Words>,
}

impl Powers {
    /// Those of somebody with `scopes`.
    pub fn of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let scopes: Vec<_> = scopes.into_iter().collect();
        let is_told = |scope: &&&str| match **scope {
            MESH_READ => !scopes.contains(&MESH_WRITE),
            MACHINE_READ => !scopes.contains(&MACHINE_WRITE),
            _ => true,
        };
        let words = |scope: &&str| {
            may(scope).map_or_else(|| Words::verbatim(scope), |id| Message::new(id).into())
        };
        let is_far = |scope: &&&str| matches!(**scope, PROVIDER_USE | TOKEN_MANAGE | ADMIN);
        let (far, near): (Vec<_>, Vec<_>) = scopes.iter().filter(is_told).partition(is_far);
        Self {
            near: near.into_iter().map(words).collect(),
            far: far.into_iter().map(words).collect(),
        }
    }
}

/// All of `powers` in one line; `None` where there are none.
pub fn in_a_line(powers: Vec<Words>) -> Option<Words> {
    powers.into_iter().rev().reduce(|rest, first| {
        Message::new("may-and").with("first", first).with("rest", rest).into()
    })
}

/// What somebody with `scope` may do, as the end of "may not …".
pub fn verb(scope: &str) -> Option<&'static str> {
    Some(match scope {
        PROFILE_READ => "may-not-profile-read",
        MESH_READ => "may-not-mesh-read",
        MESH_WRITE => "may-not-mesh-write",
        INVITE_CREATE => "may-not-invite-create",
        MACHINE_READ => "may-not-machine-read",
        MACHINE_WRITE => "may-not-machine-write",
        PRESENCE_WRITE => "may-not-presence-write",
        PROVIDER_USE => "may-not-provider-use",
        TOKEN_MANAGE => "may-not-token-manage",
        TOKEN_INTROSPECT => "may-not-token-introspect",
        ADMIN => "may-not-admin",
        _ => return None,
    })
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
    use crate::i18n::{Catalog, Language};

    #[test]
    fn what_is_part_of_another_is_told_once_and_what_goes_far_apart() {
        let may = |id| Words::from(Message::new(id));
        let scopes = ["admin", "mesh:read", "mesh:write", "machine:read", "x\u{1b}:y"];
        let Powers { near, far } = Powers::of(scopes);
        assert_eq!(near, [may("may-mesh-write"), may("may-machine-read"), Words::verbatim("x:y")]);
        assert_eq!(far, [may("may-admin")]);
        assert_eq!(in_a_line(far), Some(may("may-admin")));
        assert_eq!(in_a_line(Vec::new()), None);
        let line =
            in_a_line(near).map(|line| Catalog::new(Language::ENGLISH).words(&line).into_owned());
        assert_eq!(
            line.as_deref(),
            Some("Create, join and change meshes · See your machines · x:y")
        );
    }

    #[test]
    fn each_of_ours_has_words() {
        assert!(ALL.iter().all(|scope| may(scope).is_some()));
        for scope in ALL.iter().chain(&OF_SERVICES) {
            let id = verb(scope).expect("words");
            for language in Language::ALL {
                assert_ne!(Catalog::new(language).say(&Message::new(id)), id);
            }
        }
    }
}
