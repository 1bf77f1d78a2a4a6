//! How many connections each network address holds, so that one of them cannot
//! hold all there are.
//!
//! Loopback is not counted: it is this computer's own. Neither is a proxy of ours,
//! whose connections are everybody's; what it asks is counted for whom it asks.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The connections of everybody. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connections {
    limit: u32,
    held: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// A connection that is counted until this is let go of.
#[derive(Debug)]
pub struct Permit {
    held: Arc<Mutex<HashMap<IpAddr, u32>>>,
    network: IpAddr,
}

/// An address holds as many connections as it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyConnections;

impl Connections {
    /// At most `limit` for each address.
    pub fn of_each(limit: u32) -> Self {
        Self { limit, held: Arc::default() }
    }

    /// Counts one more of `ip`; `None` for what is not counted.
    ///
    /// # Errors
    /// [`TooManyConnections`].
    pub fn acquire(&self, ip: IpAddr) -> Result<Option<Permit>, TooManyConnections> {
        let network = network_of(ip);
        if network.is_loopback() {
            return Ok(None);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(network).or_default();
        if *count >= self.limit {
            return Err(TooManyConnections);
        }
        *count += 1;
        Ok(Some(Permit { held: Arc::clone(&self.held), network }))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.network) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.network);
            }
        }
    }
}

/// Whoever has one IPv6 address has every other of those 64 bits too (RFC 7421).
fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_network_holds_its_own_and_loopback_any_number() {
        let connections = Connections::of_each(2);
        let acquire = |ip: &str| connections.acquire(ip.parse().unwrap());
        let first = acquire("203.0.113.5").unwrap();
        let second = acquire("::ffff:203.0.113.5").unwrap();
        assert!(acquire("203.0.113.5").is_err() && acquire("203.0.113.6").is_ok());
        drop(first);
        assert!(acquire("203.0.113.5").is_ok());
        let v6 = [acquire("2001:db8::1").unwrap(), acquire("2001:db8::2").unwrap()];
        assert!(acquire("2001:db8::3").is_err() && acquire("2001:db8:0:1::1").is_ok());
        let here: Vec<_> = (0..9).map(|_| acquire("127.0.0.1").unwrap()).collect();
        assert!(here.iter().all(Option::is_none) && acquire("::1").is_ok_and(|it| it.is_none()));
        drop((second, v6));
        assert!(connections.held.lock().unwrap().is_empty(), "nothing is kept of who is gone");
    }
}
