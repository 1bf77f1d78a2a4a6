//! Effects about the person's accounts at AI providers.

use jiff::Timestamp;

use crate::connect::{self, Brought, ProviderHere};
use crate::error::AppError;
use crate::model::Access;
use crate::provider::credential;
use crate::provider::registry::Registry;
use crate::provider::spec::{self, ProviderSpec};
use crate::runner::effects::EffectContext;
use crate::time_point::TimePoint;
use crate::wire::{
    Connection, DeviceFlow, LONGEST_HOLD, NewConnection, NewDeviceFlow, Share, Way, is_model,
};
use crate::wizard::effect::{Brings, Effect, ProviderFlow};
use crate::wizard::event::Reply;

impl EffectContext {
    pub(super) async fn about_providers(&self, effect: Effect) -> Option<Reply> {
        Some(match effect {
            Effect::ListConnections(access) => {
                Reply::Connections(self.connections(&access).await.unwrap_or_default())
            }
            Effect::ListShares { access, mesh } => {
                let shares = self.shares(&access, &mesh).await.unwrap_or_default();
                Reply::Shares { mesh, shares }
            }
            Effect::ListProviders(access) => Reply::Providers(self.providers(&access).await),
            Effect::Connect { access, provider, brings } => self
                .connect(&access, &provider, brings)
                .await
                .unwrap_or_else(|error| Reply::Connected(Err(error))),
            Effect::StartProviderFlow { access, provider } => {
                Reply::ProviderFlow(self.start_flow(access, &provider).await)
            }
            Effect::AwaitProviderFlow { access, id, after } => {
                tokio::time::sleep(after).await;
                Reply::ProviderFlow(self.await_flow(access, &id).await)
            }
            Effect::DropProviderFlow { access, id } => {
                // Its code ends by itself where this does not get there.
                if let Ok(client) = self.connector.client(&access).await {
                    let _ = client.drop_device_flow(&id).await;
                }
                return None;
            }
            _ => return None,
        })
    }

    async fn connections(&self, access: &Access) -> Result<Vec<Connection>, AppError> {
        self.connector.client(access).await?.connections().await
    }

    async fn shares(&self, access: &Access, mesh: &str) -> Result<Vec<Share>, AppError> {
        self.connector.client(access).await?.shares(mesh).await
    }

    async fn providers(
        &self,
        access: &Access,
    ) -> Result<(Vec<ProviderHere>, Vec<Connection>), AppError> {
        self.env.refuse_agents()?;
        let client = self.connector.client(access).await?;
        let connections = client.connections().await?;
        // An older instance cannot say.
        let offers = client.device_flow_offers().await.unwrap_or_default();
        let env = self.env.clone();
        let all = move || {
            let registry = Registry::read(None, &env)?;
            Ok::<_, AppError>(connect::providers(&registry, &offers, &env))
        };
        let all = tokio::task::spawn_blocking(all).await.map_err(AppError::internal)??;
        Ok((all, connections))
    }

    async fn connect(
        &self,
        access: &Access,
        name: &str,
        brings: Brings,
    ) -> Result<Reply, AppError> {
        self.env.refuse_agents()?;
        let spec = Registry::read(None, &self.env)?.find(name);
        let spec = spec.ok_or_else(|| AppError::internal("no such provider"))?;
        let named = match &brings {
            Brings::Server { model, .. } => model.clone(),
            Brings::Key(_) | Brings::Here(_) => None,
        };
        let Brought { new, said, models } = self.brought(name, &spec, brings).await?;
        let mut usable: Vec<_> = models.into_iter().filter(|name| is_model(name)).collect();
        if named.is_none() && usable.len() > 1 {
            return Ok(Reply::Models(usable));
        }
        let model = named.or_else(|| usable.pop());
        let new = NewConnection { provider: name.to_owned(), model, ..new };
        let connection = self.connector.client(access).await?.connect(&new).await?;
        self.credentials.forget_leases(&access.instance.name);
        let said = said.with("what", spec::called(&connection));
        Ok(Reply::Connected(Ok((Box::new(connection), said))))
    }

    async fn brought(
        &self,
        name: &str,
        spec: &ProviderSpec,
        brings: Brings,
    ) -> Result<Brought, AppError> {
        let http = self.connector.http()?;
        let (way, pasted) = match brings {
            Brings::Server { address, key, .. } => {
                let given = Some(address.as_str()).filter(|address| !address.is_empty());
                return connect::by_server(&http, name, spec, given, key.as_ref(), false).await;
            }
            Brings::Key(pasted) => (Way::Token, pasted),
            Brings::Here(kept_in) => {
                (Way::Import, connect::taken(name, spec, &self.env, Some(&kept_in)).await?)
            }
        };
        let credential = credential::read(name, spec, &pasted)?;
        connect::by_credential(&http, spec, way, credential, false).await
    }

    async fn start_flow(
        &self,
        access: Access,
        provider: &str,
    ) -> Result<Box<ProviderFlow>, AppError> {
        self.env.refuse_agents()?;
        let client = self.connector.client(&access).await?;
        let flow = client.start_device_flow(provider, &NewDeviceFlow::default()).await?;
        Ok(Box::new(seen(access, flow)))
    }

    async fn await_flow(&self, access: Access, id: &str) -> Result<Box<ProviderFlow>, AppError> {
        let client = self.connector.client(&access).await?;
        let flow = client.device_flow(id, LONGEST_HOLD).await?;
        if flow.connection.is_some() {
            self.credentials.forget_leases(&access.instance.name);
        }
        Ok(Box::new(seen(access, flow)))
    }
}

/// With the end of its code as everything that waits here counts it.
fn seen(access: Access, flow: DeviceFlow) -> ProviderFlow {
    let left = flow.expires_at.duration_since(Timestamp::now());
    let deadline = TimePoint::now().after(left.try_into().unwrap_or_default());
    ProviderFlow { access, flow, deadline }
}
