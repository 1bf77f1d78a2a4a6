//! Routes served on a thread of their own, for as long as a test keeps them.

use std::collections::HashMap;
use std::net::TcpListener;

use axum::Router;
use tokio::sync::oneshot;

/// Ends when dropped.
pub struct Running(#[allow(dead_code, reason = "kept, not read")] oneshot::Sender<()>);

/// A free port of 127.0.0.1.
pub fn bound() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a free port")
}

/// Serves `routes` on `listener`.
pub fn on(listener: TcpListener, routes: Router) -> Running {
    let (keep, gone) = oneshot::channel::<()>();
    listener.set_nonblocking(true).expect("a socket");
    std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            tokio::select! {
                _ = axum::serve(listener, routes) => {}
                _ = gone => {}
            }
        });
    });
    Running(keep)
}

/// These of what was asked, hidden in a form.
pub fn hidden(names: &[&str], asked: &HashMap<String, String>) -> String {
    let field =
        |name: &&str| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", asked[*name]);
    names.iter().map(field).collect::<Vec<_>>().concat()
}
