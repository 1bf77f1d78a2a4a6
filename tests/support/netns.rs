//! A second machine on a network: a network namespace with an address of its
//! own, joined to this one by a pair of virtual cables. The program under
//! test runs in there; the phone is out here. Needs root.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A network namespace, gone when dropped.
pub struct Apart {
    name: String,
    /// Its address, as seen from both sides.
    pub address: String,
}

impl Apart {
    /// A new one with a network of its own.
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let name = format!("cm-{process}-{number}");
        // One network of four addresses (RFC 2544's test range) for each pair.
        let base = (process % 0x1000) * 4 + number * 0x4000;
        let address = |last: u32| {
            let [_, _, third, fourth] = (base + last).to_be_bytes();
            format!("198.18.{third}.{fourth}")
        };
        let (outer, inner) = (format!("cmo{process}{number}"), format!("cmi{process}{number}"));
        let apart = Self { name: name.clone(), address: address(1) };
        ip(&["netns", "add", &name]);
        ip(&["link", "add", &outer, "type", "veth", "peer", "name", &inner, "netns", &name]);
        ip(&["addr", "add", &format!("{}/30", address(2)), "dev", &outer]);
        ip(&["link", "set", &outer, "up"]);
        ip(&["-n", &name, "addr", "add", &format!("{}/30", address(1)), "dev", &inner]);
        ip(&["-n", &name, "link", "set", &inner, "up"]);
        ip(&["-n", &name, "link", "set", "lo", "up"]);
        ip(&["-n", &name, "route", "add", "default", "via", &address(2)]);
        apart
    }

    /// The words that start a program in there.
    pub fn inside(&self) -> [&str; 4] {
        ["ip", "netns", "exec", &self.name]
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // The cable goes with the namespace it ends in.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

#[track_caller]
fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("need(\"netns\") was asked");
    assert!(
        output.status.success(),
        "ip {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
}
