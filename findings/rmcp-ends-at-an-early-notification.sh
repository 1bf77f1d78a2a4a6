#!/usr/bin/env bash
# A server on rmcp ends at a notification that comes before the first request.
#
# Guess: JSON-RPC 2.0 §4.1 has notifications answered by nothing, so one that means
#   nothing yet is passed over, as the TypeScript SDK's server does.
# Is: `serve()` takes it for the end of the handshake: it returns an error, the
#   server's process ends, and the request behind it is never answered. The same
#   request without the notification is.
# Who meets it: servers on stdio behind a client, a proxy or a multiplexer that says
#   `notifications/initialized` or `notifications/cancelled` of an earlier session
#   first. What helps: to pass on nothing before the first message with an id and a
#   method.
# Source: rmcp 3.11.0 from crates.io, as run below; MCP 2025-11-25, Lifecycle.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir -p server/src
cat >server/Cargo.toml <<'TEXT'
[package]
name = "server"
version = "0.1.0"
edition = "2024"

[dependencies]
rmcp = { version = "=3.11.0", default-features = false, features = ["server", "transport-io"] }
tokio = { version = "1", features = ["rt", "macros", "io-std"] }
TEXT
cat >server/src/main.rs <<'TEXT'
use rmcp::{ServerHandler, ServiceExt as _, transport::stdio};

struct Nothing;
impl ServerHandler for Nothing {}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    match Nothing.serve(stdio()).await {
        Ok(running) => drop(running.waiting().await),
        Err(why) => println!("ended: {}", why.to_string().split(':').next().unwrap_or_default()),
    }
}
TEXT
cargo build --quiet --manifest-path server/Cargo.toml 2>/dev/null
server=server/target/debug/server

notification='{"jsonrpc":"2.0","method":"notifications/initialized"}'
request='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}'

outcome() {
    local said
    # The pipe stays open for a while: it is not its end that ends the server.
    said=$( (printf '%s\n' "$@"; sleep 3) | timeout 10 "$server" | head -n 1)
    case "$said" in
        *'"id":1,"result"'* | *'"result"'*'"id":1'*) echo "answered" ;;
        "ended: "*) echo "the server ended" ;;
        *) echo "something else: $said" ;;
    esac
}

{
    grep -A 1 '^name = "rmcp"$' server/Cargo.lock | tail -n 1
    echo "the request:                  $(outcome "$request")"
    echo "a notification, the request:  $(outcome "$notification" "$request")"
} >seen
cat seen

cat >expected <<'TEXT'
version = "3.11.0"
the request:                  answered
a notification, the request:  the server ended
TEXT
diff expected seen
