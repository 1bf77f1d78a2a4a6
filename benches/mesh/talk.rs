//! A hundred agents that write to each other: how soon what is sent has been read by
//! whoever waits for it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::LocalSet;

use crate::crew::TALKING;
use crate::fill;
use crate::load::{average, cpu};
use crate::support::server::Instance;
use crate::wire::{Wire, bearer};

/// Before it is measured: connections, caches, the first waits.
pub const SETTLING: Duration = Duration::from_secs(3);

/// How long it is measured.
pub const MEASURED: Duration = Duration::from_secs(30);

/// Between two messages of one agent.
pub const APART: Duration = Duration::from_secs(1);

/// What was read, by when it was sent and how long after that.
pub type Seen = Rc<RefCell<Vec<(Duration, Duration)>>>;

/// Measures it on `nodes`: whoever reads on one writes on the next. Gives the part
/// of a core that the server took.
pub async fn measure(name: &str, nodes: &[&Instance]) -> f64 {
    let start = Instant::now();
    let seen = Seen::default();
    let local = LocalSet::new();
    for agent in 0..TALKING.agents {
        let at = |number: usize| {
            let node = nodes[number % nodes.len()];
            (node.host(), node.public().trim_start_matches("http://").to_owned())
        };
        local.spawn_local(reads(agent, at(agent), start, seen.clone()));
        local.spawn_local(writes(agent, at(agent + 1), start));
    }
    let spent = || nodes.iter().map(|node| cpu(node.pid().expect("it runs"))).sum::<f64>();
    local.run_until(measured(name, &seen, spent)).await
}

/// Prints what was seen between the settling and the end, and gives the part of a
/// core that it took.
pub async fn measured(name: &str, seen: &Seen, spent: impl Fn() -> f64) -> f64 {
    tokio::time::sleep(SETTLING).await;
    let (before, from) = (spent(), Instant::now());
    tokio::time::sleep(MEASURED).await;
    let share = (spent() - before) / from.elapsed().as_secs_f64() * 100.0;
    // The last of them arrive.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let seen = seen.borrow();
    let counted = seen.iter().filter(|(sent, _)| (SETTLING..SETTLING + MEASURED).contains(sent));
    let mut took: Vec<f64> = counted.map(|(_, took)| took.as_secs_f64() * 1e3).collect();
    took.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    println!(
        "{name}: {} agents, {} messages in {:.0} s; milliseconds from send to whoever waits: \
         median {:.1}, p99 {:.1}, worst {:.1}; {share:.1} % of a core; load {}",
        TALKING.agents,
        took.len(),
        MEASURED.as_secs_f64(),
        at(50),
        at(99),
        at(100),
        average()
    );
    share
}

/// When agent `agent` writes for the first time: they do so one after the other.
pub fn first(agent: usize) -> Duration {
    APART * u32::try_from(agent).expect("few") / u32::try_from(TALKING.agents).expect("few")
}

async fn reads(agent: usize, (address, host): (String, String), start: Instant, seen: Seen) {
    let mut wire = Wire::to(&address, &host, agent).await;
    let more = format!("{}Prefer: wait=25\r\n", bearer(&fill::token(agent)));
    let mut after = 0;
    loop {
        let mesh = TALKING.mesh(agent);
        let line =
            format!("GET /api/my/meshes/{mesh}/inbox?as=session-of-agent-{agent}&after={after}");
        let (status, body) = wire.ask(&line, &more, "").await;
        let now = start.elapsed();
        assert_eq!(status, 200, "{body}");
        let inbox: Value = serde_json::from_str(&body).expect("JSON");
        after = inbox["last"].as_i64().expect("a number");
        for message in inbox["data"].as_array().expect("a list") {
            let sent = message["text"].as_str().and_then(|sent| sent.parse().ok());
            let sent = Duration::from_nanos(sent.expect("when it was sent"));
            seen.borrow_mut().push((sent, now.saturating_sub(sent)));
        }
    }
}

async fn writes(agent: usize, (address, host): (String, String), start: Instant) {
    let mut wire = Wire::to(&address, &host, agent).await;
    let more = bearer(&fill::token(agent));
    let line = format!("POST /api/my/meshes/{}/messages", TALKING.mesh(agent));
    let to = format!("p{}", (agent + 1) % TALKING.agents);
    let mut next = tokio::time::Instant::from_std(start) + first(agent);
    loop {
        tokio::time::sleep_until(next).await;
        next += APART;
        let text = start.elapsed().as_nanos().to_string();
        let id = format!("session-of-agent-{agent}");
        let body = json!({ "to": to, "text": text, "as": id }).to_string();
        let (status, body) = wire.ask(&line, &more, &body).await;
        assert_eq!(status, 201, "{body}");
    }
}
