//! The names of what a credential may do (RFC 6749 §3.3), as both sides know
//! them.

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
