//! A plain TCP balancer: each connection goes to the next node, or to the one
//! that a test names, and past nodes that are not there.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// A balancer that runs as long as the runtime it was made in.
pub struct Balancer {
    /// Where it listens.
    pub address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    nodes: Mutex<Vec<SocketAddr>>,
    next: AtomicUsize,
    last: AtomicUsize,
}

impl Balancer {
    /// One that has no nodes yet.
    pub async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let line = Arc::new(Line::default());
        let serving = line.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serving.clone().carry(client));
            }
        });
        Self { address, line }
    }

    /// Serves these nodes from now on.
    pub fn over(&self, nodes: Vec<SocketAddr>) {
        *self.line.nodes.lock().expect("whole") = nodes;
    }

    /// The next connection goes to this node.
    pub fn next_is(&self, node: usize) {
        self.line.next.store(node, Ordering::SeqCst);
    }

    /// Where the last connection went.
    pub fn last(&self) -> usize {
        self.line.last.load(Ordering::SeqCst)
    }
}

impl Line {
    async fn carry(self: Arc<Self>, mut client: TcpStream) {
        let nodes = self.nodes.lock().expect("whole").clone();
        for _ in &nodes {
            let number = self.next.fetch_add(1, Ordering::SeqCst) % nodes.len();
            if let Ok(mut node) = TcpStream::connect(nodes[number]).await {
                self.last.store(number, Ordering::SeqCst);
                let _ = copy_bidirectional(&mut client, &mut node).await;
                return;
            }
        }
    }
}
