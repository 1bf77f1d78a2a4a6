//! What stands between a connection and a route: listening, the checks that
//! every request comes through, who asks, and how a refusal goes out.

pub mod api_error;
pub mod client_ip;
pub mod connections;
pub mod cookie;
pub mod csrf;
pub mod extract;
pub mod health;
mod in_mesh_error;
pub mod listen;
pub mod metrics;
pub mod openapi;
pub mod prefer;
pub mod proxy_protocol;
pub mod quoted;
pub mod request_guard;
pub mod routes;
pub mod tls;
