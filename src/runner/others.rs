//! Effects about other people, their devices, memberships and invites.

use crate::error::AppError;
use crate::input::user_code::{self, UserCode};
use crate::model::{Access, Instance, Invite, Mesh, Role};
use crate::runner::effects::EffectContext;
use crate::secret::Secret;
use crate::wire::{ApprovalCard, Member, StepUp, WaitingCode};
use crate::wizard::effect::Effect;
use crate::wizard::event::Reply;

impl EffectContext {
    /// What is asked and decided about other people, their devices and invites.
    pub(super) async fn about_others(&self, effect: Effect) -> Option<Reply> {
        Some(match effect {
            Effect::LookAtCode { access, user_code } => {
                Reply::Card(self.card(&access, &user_code).await)
            }
            Effect::SettleCode { access, user_code, approve, step_up } => {
                Reply::Settled(self.settle(&access, &user_code, approve, step_up).await)
            }
            Effect::ListMembers { access, mesh } => {
                Reply::Members(self.members(&access, &mesh).await)
            }
            Effect::ListPeers { access, mesh } => {
                Reply::Peers { names: self.peers(&access, &mesh).await, mesh }
            }
            Effect::ListWaiting(access) => {
                Reply::Waiting(self.waiting(&access).await.unwrap_or_default())
            }
            Effect::ChangeMember { access, mesh, member, role } => {
                Reply::MemberChanged(self.change_member(&access, &mesh, &member, Some(role)).await)
            }
            Effect::RemoveMember { access, mesh, member } => {
                Reply::MemberChanged(self.change_member(&access, &mesh, &member, None).await)
            }
            Effect::PreviewInvite { instance, code } => {
                Reply::Invite(self.preview(instance, code).await)
            }
            Effect::AcceptInvite { access, code } => Reply::Mesh(self.accept(&access, &code).await),
            _ => return None,
        })
    }

    /// Nothing below an agent looks at a card or answers one.
    async fn card(&self, access: &Access, user_code: &str) -> Result<ApprovalCard, AppError> {
        self.env.refuse_agents()?;
        self.connector.client(access).await?.card(user_code).await
    }

    async fn settle(
        &self,
        access: &Access,
        user_code: &str,
        approve: bool,
        step_up: StepUp,
    ) -> Result<(), AppError> {
        self.env.refuse_agents()?;
        let client = self.connector.client(access).await?;
        if approve {
            client.approve(user_code, step_up).await
        } else {
            client.deny(user_code).await
        }
    }

    async fn members(&self, access: &Access, mesh: &str) -> Result<Vec<Member>, AppError> {
        self.connector.client(access).await?.members(mesh).await
    }

    async fn peers(&self, access: &Access, mesh: &str) -> Result<Vec<String>, AppError> {
        let peers = self.connector.client(access).await?.peers(mesh).await?;
        Ok(peers.all.into_iter().map(|peer| peer.name).collect())
    }

    async fn waiting(&self, access: &Access) -> Result<Vec<UserCode>, AppError> {
        self.env.refuse_agents()?;
        let waiting = self.connector.client(access).await?.waiting_codes().await?;
        // Of what an older node made it may say only that it waits.
        let code = |waiting: &WaitingCode| user_code::parse(&waiting.user_code).ok();
        Ok(waiting.iter().filter_map(code).collect())
    }

    /// Takes the member out where no role is given.
    async fn change_member(
        &self,
        access: &Access,
        mesh: &str,
        member: &str,
        role: Option<Role>,
    ) -> Result<(), AppError> {
        let client = self.connector.client(access).await?;
        match role {
            Some(role) => client.change_member(mesh, member, role).await.map(|_| ()),
            None => client.remove_member(mesh, member).await,
        }
    }

    async fn accept(&self, access: &Access, code: &Secret) -> Result<Mesh, AppError> {
        self.connector.client(access).await?.accept_invite(code).await
    }

    async fn preview(&self, instance: Instance, code: Secret) -> Result<Invite, AppError> {
        let preview = self.connector.anonymous(&instance).await?.preview_invite(&code).await?;
        Ok(Invite {
            instance,
            code,
            mesh_name: preview.mesh_name,
            inviter: preview.inviter,
            role: preview.role,
            member_count: preview.member_count,
            expires_at: preview.expires_at,
        })
    }
}
