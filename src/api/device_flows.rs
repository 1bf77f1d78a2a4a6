//! Signing in at a provider by device code: `/api/device-flow`.

use std::time::Duration;

use reqwest::Method;

use crate::api::{Client, segment};
use crate::error::AppError;
use crate::http::PATIENCE;
use crate::wire::{DeviceFlow, DeviceFlowOffer, NewDeviceFlow};

impl Client {
    /// Where somebody can sign in so.
    pub async fn device_flow_offers(&self) -> Result<Vec<DeviceFlowOffer>, AppError> {
        self.list(&["api", "device-flow"], &[]).await
    }

    /// Begins one.
    ///
    /// # Errors
    /// Not found, `way_not_offered`, `provider_failed`, `step_up_required`; those of every
    /// route.
    pub async fn start_device_flow(
        &self,
        provider: &str,
        new: &NewDeviceFlow,
    ) -> Result<DeviceFlow, AppError> {
        let path = ["api", "device-flow", segment(provider)?, "start"];
        let request = self.request(Method::POST, &path, &[])?.json(new);
        // The instance asks the provider, and has an answer after as long as anybody.
        let reply = self.http.send(request, PATIENCE * 2).await?;
        if reply.is_success() {
            return self.read(&reply);
        }
        Err(self.explained(self.context().refusal(&reply)).await)
    }

    /// Where one stands, held back by the instance for up to `hold` unless something is
    /// decided.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn device_flow(&self, id: &str, hold: Duration) -> Result<DeviceFlow, AppError> {
        let path = ["api", "device-flow", "status", segment(id)?];
        let request = self.request(Method::GET, &path, &[])?;
        let request = request.header("prefer", format!("wait={}", hold.as_secs()));
        let reply = self.http.send(request, hold + PATIENCE).await?;
        if reply.is_success() {
            return self.read(&reply);
        }
        Err(self.explained(self.context().refusal(&reply)).await)
    }

    /// Gives one up.
    ///
    /// # Errors
    /// Not found; those of every route.
    pub async fn drop_device_flow(&self, id: &str) -> Result<(), AppError> {
        let path = ["api", "device-flow", segment(id)?];
        self.act(Method::DELETE, &path, None::<&()>).await
    }
}
