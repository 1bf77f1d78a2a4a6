//! The protocol by HTTP (streamable HTTP), each request by itself: there is no session
//! that a node would have to remember. Who asks, from where and by what name was
//! looked at before.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::handler::Handler;
use super::workplace::Workplace;

/// Answers `request` from `workplace`. Whoever goes away in the middle of it has it
/// given up.
pub async fn answer(workplace: impl Workplace, request: Request) -> Response {
    let handler = Handler::new(workplace);
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    let make = move || Ok(handler.clone());
    let service = StreamableHttpService::new(make, Arc::<NeverSessionManager>::default(), config);
    service.handle(request).await.map(Body::new)
}
