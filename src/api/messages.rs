//! Messages of a mesh: `/api/my/meshes/:id/messages`, `/api/my/meshes/:id/inbox`.

use std::time::Duration;

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::wire::{Inbox, InboxRead, MeshMessage, NewMessage};

impl Client {
    /// Writes a message, once: where no answer arrived it is sent again as the same.
    ///
    /// # Errors
    /// `unknown_peer`, which names who is there; `blocked`; too many requests; those
    /// of every route.
    pub async fn write_message(
        &self,
        mesh_id: &str,
        new: &NewMessage,
    ) -> Result<MeshMessage, AppError> {
        self.post_once(&["api", "my", "meshes", segment(mesh_id)?, "messages"], new).await
    }

    /// The messages of a mesh after number `after` that whoever asks may read, theirs
    /// too.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn messages(&self, mesh_id: &str, after: i64) -> Result<Inbox, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "messages"];
        self.get(&path, &[("after", &after.to_string())]).await
    }

    /// What is to be read by a peer, or by the person where there is none: after number
    /// `after`, else after what was said to be read. Where nothing is, what comes
    /// within `wait`.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn inbox(
        &self,
        mesh_id: &str,
        peer: Option<&str>,
        after: Option<i64>,
        wait: Option<Duration>,
    ) -> Result<Inbox, AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "inbox"];
        let after = after.map(|after| after.to_string());
        let mut query = Vec::new();
        query.extend(peer.map(|peer| ("as", peer)));
        query.extend(after.as_deref().map(|after| ("after", after)));
        match wait {
            Some(wait) => self.read(&self.held(&path, &query, wait, None).await?),
            None => self.get(&path, &query).await,
        }
    }

    /// Says that everything up to a message was read.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn have_read(&self, mesh_id: &str, read: &InboxRead) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, "inbox"];
        self.act(Method::PUT, &path, Some(read)).await
    }

    /// Hears nothing of a member any more, or does again.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn mute_member(
        &self,
        mesh_id: &str,
        member_id: &str,
        is_muted: bool,
    ) -> Result<(), AppError> {
        self.switch(mesh_id, "mutes", member_id, is_muted).await
    }

    /// Forbids a member to write anything in a mesh, or allows it again.
    ///
    /// # Errors
    /// Not allowed (administrators do that); not found; those of every route.
    pub async fn block_member(
        &self,
        mesh_id: &str,
        member_id: &str,
        is_blocked: bool,
    ) -> Result<(), AppError> {
        self.switch(mesh_id, "blocks", member_id, is_blocked).await
    }

    async fn switch(
        &self,
        mesh_id: &str,
        what: &str,
        member_id: &str,
        on: bool,
    ) -> Result<(), AppError> {
        let path = ["api", "my", "meshes", segment(mesh_id)?, what, segment(member_id)?];
        let method = if on { Method::PUT } else { Method::DELETE };
        self.act(method, &path, None::<&()>).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use serde_json::json;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use url::Url;

    use super::*;
    use crate::environment::{Environment, Variables};
    use crate::http::Http;
    use crate::wire::MessageKind;

    /// An instance whose first answers get lost; the keys it was shown.
    async fn losing(lost: usize, listener: TcpListener) -> Vec<String> {
        let mut keys = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let (mut request, mut part) = (String::new(), [0; 4_096]);
            while !request.contains("\"text\"") {
                let read = stream.read(&mut part).await.expect("a request");
                request.push_str(&String::from_utf8_lossy(&part[..read]));
            }
            let key = request.lines().find_map(|line| line.strip_prefix("idempotency-key: "));
            keys.push(key.expect("a key").to_owned());
            if keys.len() <= lost {
                continue;
            }
            let body = json!({
                "number": 7, "id": "m7", "from": "ana", "person": "Ana", "to": "ben",
                "kind": "note", "text": "x", "at": "2026-01-01T00:00:00Z",
            });
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).await.expect("it is read");
            return keys;
        }
    }

    #[tokio::test]
    async fn a_message_whose_answer_was_lost_is_sent_again_as_the_same() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let base = Url::parse(&format!("http://{address}")).expect("an address");
        let http = Arc::new(Http::new(&Environment::of(Variables::default())).expect("a client"));
        let client = Client::new(http, base, "mesh");
        let new = NewMessage {
            to: "ben".into(),
            text: "x".into(),
            kind: MessageKind::default(),
            reply_to: None,
            by_peer: None,
        };
        let both = async { tokio::join!(client.write_message("m", &new), losing(1, listener)) };
        let (sent, keys) = both.await;
        assert_eq!(sent.expect("it arrived").number, 7);
        assert_eq!((keys.len(), keys.iter().collect::<BTreeSet<_>>().len()), (2, 1));
    }
}
