//! What happened in a mesh, for whoever waits there to hear of it: whom it
//! concerns, and where it stands among all that happened. Nodes tell each other in
//! these words. Pure.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// The peer, or the person, of this name, which is this account's.
    Peer { name: String, account: String },
    /// Whoever has this role.
    Role(String),
    /// Everybody.
    Mesh,
}

/// What is new in a mesh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Message(Address),
    /// Something of the log.
    Event,
    /// Who is there, or what they are at.
    Presence,
}

/// Where the counters of a mesh stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeshCounters {
    /// Of messages and events.
    pub number: i64,
    /// Of changes of who is there.
    pub presence: i64,
}

/// One thing that happened in one mesh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The node that wrote it.
    pub node: u64,
    pub mesh: String,
    /// The number it took: of messages and events, or of changes of who is there.
    pub counted: i64,
    pub topic: Topic,
}

impl News {
    /// What nodes send each other: JSON, far below the 8,000 bytes that PostgreSQL
    /// carries.
    pub fn to_payload(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What another node sent; `None` for what is something else.
    pub fn of_payload(payload: &str) -> Option<Self> {
        payload.starts_with('{').then(|| serde_json::from_str(payload).ok()).flatten()
    }
}

/// Who waits in a mesh, and what for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listener {
    /// For messages.
    Inbox(Arc<Inbox>),
    /// For the log.
    Log,
    /// For who is there.
    Presence,
}

/// Whose messages somebody waits for: those to this account, all of them or those to
/// one peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    pub account: String,
    pub peer: Option<PeerAddress>,
}

/// By what a peer is addressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerAddress {
    pub name: String,
    /// As messages are addressed to it.
    pub role: Option<String>,
}

impl Listener {
    /// Whether `topic` may be what it waits for.
    pub fn hears(&self, topic: &Topic) -> bool {
        match (self, topic) {
            (Self::Inbox(inbox), Topic::Message(to)) => match (to, &inbox.peer) {
                (Address::Peer { name, account }, peer) => {
                    inbox.account == *account && peer.as_ref().is_none_or(|it| it.name == *name)
                }
                (Address::Role(role), Some(peer)) => peer.role.as_ref() == Some(role),
                (Address::Role(_), None) | (Address::Mesh, _) => true,
            },
            (Self::Log, Topic::Event) | (Self::Presence, Topic::Presence) => true,
            _ => false,
        }
    }

    /// Whether it waits for what takes a number.
    pub fn is_numbered(&self) -> bool {
        *self != Self::Presence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(name: &str, account: &str) -> Topic {
        Topic::Message(Address::Peer { name: name.into(), account: account.into() })
    }

    #[test]
    fn a_peer_hears_what_is_for_it_and_a_person_what_is_for_any_of_theirs() {
        let peer = PeerAddress { name: "ana".into(), role: Some("reviewer".into()) };
        let of = |peer| Listener::Inbox(Inbox { account: "a".into(), peer }.into());
        let (peer, person) = (of(Some(peer)), of(None));
        let role = |role: &str| Topic::Message(Address::Role(role.into()));
        for (topic, heard_by_peer, heard_by_person) in [
            (to("ana", "a"), true, true),
            (to("ana-2", "a"), false, true),
            (to("ana", "b"), false, false),
            (role("reviewer"), true, true),
            (role("writer"), false, true),
            (Topic::Message(Address::Mesh), true, true),
            (Topic::Event, false, false),
            (Topic::Presence, false, false),
        ] {
            let heard = (peer.hears(&topic), person.hears(&topic));
            assert_eq!(heard, (heard_by_peer, heard_by_person), "{topic:?}");
        }
        assert!(Listener::Log.hears(&Topic::Event) && !Listener::Log.hears(&Topic::Presence));
    }

    #[test]
    fn what_nodes_tell_each_other_is_understood_and_nothing_else_is() {
        let news = News { node: 7, mesh: "m".into(), counted: 3, topic: to("ana", "a") };
        assert_eq!(News::of_payload(&news.to_payload()), Some(news));
        for other in ["", "{", "{}", "9f86d081884c7d65", "[1]"] {
            assert_eq!(News::of_payload(other), None, "{other}");
        }
    }
}
