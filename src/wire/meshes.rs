//! Meshes and who is in them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A person's permission in a mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May invite, change and remove.
    Admin,
    /// May take part, and no more.
    #[default]
    Member,
}

impl Role {
    /// Its word on the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

/// A mesh as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mesh {
    pub id: String,
    pub name: String,
    /// Unique on the instance.
    pub slug: String,
    /// What the asking person may do in it.
    pub role: Role,
    /// How many people are in it.
    pub member_count: u64,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Mesh {
    /// The one that somebody calls so: by short name or id, else by a name that only
    /// one of `meshes` has.
    pub fn named(meshes: &[Self], wanted: &str) -> Option<Self> {
        let exact = meshes.iter().find(|mesh| mesh.slug == wanted || mesh.id == wanted);
        let found = exact.or_else(|| {
            let mut named = meshes.iter().filter(|mesh| mesh.name == wanted);
            named.next().filter(|_| named.next().is_none())
        });
        found.cloned()
    }
}

/// `POST /api/my/meshes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMesh {
    pub name: String,
    /// Derived from the name when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
}

/// `PATCH /api/my/meshes/:id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshChange {
    /// A new display name; the slug stays.
    pub name: String,
}

/// Somebody in a mesh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The account's id.
    pub id: String,
    pub name: String,
    /// E-mail; empty for the owner of an embedded instance.
    #[serde(default)]
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether it is a program that signs in as itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub service: bool,
    pub joined_at: Timestamp,
}

/// `PATCH /api/my/meshes/:id/members/:member`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChange {
    /// What they may do from now on.
    pub role: Role,
}
