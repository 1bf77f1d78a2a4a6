//! A port that is one's own before anybody listens on it, and between two who
//! do. Bound and let go, it could be given to another test of this process.

use std::net::SocketAddr;

use tokio::net::TcpSocket;

/// A port of 127.0.0.1 where nobody listens yet, kept until dropped.
pub struct Port {
    number: u16,
    _kept: Option<TcpSocket>,
}

impl Port {
    /// A free one.
    pub fn free() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_reuseaddr(true).expect("a socket takes options");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port");
        let number = socket.local_addr().expect("an address").port();
        // Linux lets others listen beside a socket that does not, and gives its
        // port to nobody who asks for any. Elsewhere it has to go.
        Self { number, _kept: cfg!(target_os = "linux").then_some(socket) }
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Where whoever listens on it is reached.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.number)
    }
}
