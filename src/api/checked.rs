//! The door: what a reply must be beyond its shape before anything behind the
//! client may rely on it. Texts a person will read lose their control
//! characters here; ids and slugs that could not be what they say are a fault
//! of the server's.

use serde_json::Value;

use crate::http::link::link;
use crate::i18n::printable;
use crate::secret::Secret;
use crate::slug::is_slug;
use crate::wire::{
    AccessToken, AgentSession, ApprovalCard, AuditEvent, Connection, DeviceFlow, DeviceFlowOffer,
    Inbox, InvitePreview, Lease, Listing, Machine, Member, Mesh, MeshLog, MeshMessage,
    MintedAccessToken, MintedInvite, MintedServiceClient, OpenInvite, Peer, Profile, ServiceClient,
    Session, Share, Task, WaitingCode, are_code_words, is_id, is_network,
};

/// A reply that is not what the route promises.
#[derive(Debug)]
pub(crate) struct MalformedReply;

/// A type that is read from a reply.
pub(crate) trait Checked: Sized {
    /// The value without control characters in its texts, or that an id, slug
    /// or token in it cannot be one.
    fn checked(self) -> Result<Self, MalformedReply>;
}

fn id(id: &str) -> Result<(), MalformedReply> {
    if is_id(id) { Ok(()) } else { Err(MalformedReply) }
}

/// An id that an older instance does not say.
fn known_id(text: &str) -> Result<(), MalformedReply> {
    if text.is_empty() { Ok(()) } else { id(text) }
}

fn slug(slug: &str) -> Result<(), MalformedReply> {
    if is_slug(slug) { Ok(()) } else { Err(MalformedReply) }
}

fn clean(texts: &mut [&mut String]) {
    for text in texts {
        **text = printable(text);
    }
}

/// Every text of what is only shown, and every name in it.
fn clean_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(printable(&text)),
        Value::Array(all) => all.into_iter().map(clean_value).collect(),
        Value::Object(all) => {
            all.into_iter().map(|(name, value)| (printable(&name), clean_value(value))).collect()
        }
        other => other,
    }
}

/// Whether a token can be sent in a header at all.
pub fn is_token(token: &Secret) -> bool {
    let token = token.expose();
    (1..=16 * 1024).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic())
}

impl<T: Checked> Checked for Listing<T> {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        // Whatever it is, it is a text that goes back as it came.
        if self.next_cursor.as_ref().is_some_and(|cursor| printable(cursor) != *cursor) {
            return Err(MalformedReply);
        }
        self.data = self.data.into_iter().map(T::checked).collect::<Result<_, _>>()?;
        Ok(self)
    }
}

impl Checked for Profile {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.user.id)?;
        clean(&mut [&mut self.user.name, &mut self.user.email, &mut self.token.name]);
        clean(&mut self.token.scopes.iter_mut().collect::<Vec<_>>());
        Ok(self)
    }
}

impl Checked for Mesh {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        slug(&self.slug)?;
        clean(&mut [&mut self.name]);
        Ok(self)
    }
}

impl Checked for Member {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        clean(&mut [&mut self.name, &mut self.email]);
        Ok(self)
    }
}

impl Checked for Machine {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        slug(&self.slug)?;
        clean(&mut [&mut self.name]);
        self.location = self.location.map(|zone| printable(&zone));
        Ok(self)
    }
}

impl Checked for ServiceClient {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        self.meshes.iter().try_for_each(|mesh| slug(mesh))?;
        clean(&mut [&mut self.name]);
        self.scopes.iter_mut().chain(&mut self.redirect_uris).for_each(|text| clean(&mut [text]));
        Ok(self)
    }
}

impl Checked for MintedServiceClient {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        self.facts = self.facts.checked()?;
        id(&self.client_id)?;
        if is_token(&self.client_secret) { Ok(self) } else { Err(MalformedReply) }
    }
}

impl Checked for Session {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        clean(&mut [&mut self.program, &mut self.name, &mut self.os, &mut self.arch]);
        self.ip = self.ip.map(|ip| printable(&ip));
        self.parent.as_deref().map_or(Ok(()), id)?;
        Ok(self)
    }
}

impl Checked for AgentSession {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        self.scopes.iter_mut().for_each(|scope| *scope = printable(scope));
        if is_token(&self.token) { Ok(self) } else { Err(MalformedReply) }
    }
}

impl Checked for AuditEvent {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        clean(&mut [&mut self.actor, &mut self.via, &mut self.action, &mut self.target]);
        self.source_ip = self.source_ip.map(|ip| printable(&ip));
        self.meta = clean_value(self.meta);
        Ok(self)
    }
}

impl Checked for AccessToken {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        clean(&mut [&mut self.name, &mut self.last_four]);
        clean(&mut self.scopes.iter_mut().collect::<Vec<_>>());
        Ok(self)
    }
}

impl Checked for MintedAccessToken {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        self.facts = self.facts.checked()?;
        if is_token(&self.token) { Ok(self) } else { Err(MalformedReply) }
    }
}

impl Checked for DeviceFlowOffer {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        slug(&self.provider)?;
        clean(&mut self.scope.iter_mut().collect::<Vec<_>>());
        Ok(self)
    }
}

impl Checked for DeviceFlow {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        slug(&self.provider)?;
        clean(&mut [&mut self.user_code]);
        clean(&mut self.trouble.iter_mut().collect::<Vec<_>>());
        // The instance looked at it; that it is an address of the web is seen to here.
        let is_shown = |text: &str| link(text, &|url| matches!(url.scheme(), "http" | "https"));
        is_shown(&self.verification_uri).ok_or(MalformedReply)?;
        self.verification_uri_complete =
            self.verification_uri_complete.filter(|text| is_shown(text).is_some());
        self.connection = self.connection.map(Checked::checked).transpose()?;
        Ok(self)
    }
}

impl Checked for Connection {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        slug(&self.provider)?;
        clean(&mut [&mut self.label, &mut self.kind, &mut self.last_four]);
        self.shared_in.iter().try_for_each(|mesh| slug(mesh))?;
        clean(
            &mut [
                &mut self.endpoint,
                &mut self.model,
                &mut self.holder,
                &mut self.plan,
                &mut self.left,
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>(),
        );
        Ok(self)
    }
}

impl Checked for Share {
    fn checked(self) -> Result<Self, MalformedReply> {
        Ok(Self { connection: self.connection.checked()?, ..self })
    }
}

impl Checked for Lease {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        self.connection = self.connection.checked()?;
        if self.secret.as_ref().is_none_or(is_token) { Ok(self) } else { Err(MalformedReply) }
    }
}

impl Checked for MintedInvite {
    fn checked(self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        if is_token(&self.code) && is_token(&self.url) { Ok(self) } else { Err(MalformedReply) }
    }
}

impl Checked for OpenInvite {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        known_id(&self.created_by)?;
        clean(&mut [&mut self.inviter]);
        self.email = self.email.map(|email| printable(&email));
        Ok(self)
    }
}

impl Checked for InvitePreview {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        known_id(&self.id)?;
        slug(&self.mesh_slug)?;
        clean(&mut [&mut self.mesh_name, &mut self.inviter]);
        Ok(self)
    }
}

impl Checked for WaitingCode {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        known_id(&self.id)?;
        let device = &mut self.device;
        clean(&mut [
            &mut self.user_code,
            &mut device.device_name,
            &mut device.device_os,
            &mut device.device_arch,
        ]);
        self.words = self.words.filter(|words| are_code_words(words));
        self.network = self.network.filter(|network| is_network(network));
        Ok(self)
    }
}

impl Checked for ApprovalCard {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        known_id(&self.id)?;
        let device = &mut self.device;
        clean(&mut [
            &mut self.user_code,
            &mut self.program,
            &mut device.device_name,
            &mut device.device_os,
            &mut device.device_arch,
        ]);
        self.ip = self.ip.map(|ip| printable(&ip));
        if let Some(invite) = &mut self.invite {
            clean(&mut [&mut invite.mesh_name]);
        }
        self.words = self.words.filter(|words| are_code_words(words));
        if self.user_code.is_empty() { Err(MalformedReply) } else { Ok(self) }
    }
}

impl Checked for Peer {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        slug(&self.name)?;
        clean(&mut [&mut self.person]);
        let texts = [
            &mut self.role,
            &mut self.machine,
            &mut self.agent,
            &mut self.agent_version,
            &mut self.directory,
            &mut self.summary,
        ];
        clean(&mut texts.into_iter().flatten().collect::<Vec<_>>());
        Ok(self)
    }
}

impl Checked for MeshLog {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        for event in &mut self.data {
            clean(&mut [&mut event.who, &mut event.person, &mut event.subject]);
        }
        Ok(self)
    }
}

impl Checked for MeshMessage {
    /// Its text keeps its lines.
    fn checked(mut self) -> Result<Self, MalformedReply> {
        id(&self.id)?;
        clean(&mut [&mut self.from, &mut self.person, &mut self.to]);
        self.text = printable_lines(&self.text);
        Ok(self)
    }
}

impl Checked for Inbox {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        self.data = self.data.into_iter().map(MeshMessage::checked).collect::<Result<_, _>>()?;
        Ok(self)
    }
}

impl Checked for Task {
    fn checked(mut self) -> Result<Self, MalformedReply> {
        clean(&mut [&mut self.title, &mut self.author]);
        clean(&mut self.holder.iter_mut().collect::<Vec<_>>());
        self.text = printable_lines(&self.text);
        self.result = self.result.map(|result| printable_lines(&result));
        Ok(self)
    }
}

/// `text` without what a terminal obeys, line by line.
fn printable_lines(text: &str) -> String {
    let line = |line: &str| printable(&line.replace('\t', "    "));
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
