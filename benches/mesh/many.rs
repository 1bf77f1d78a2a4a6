//! Ten thousand agents: that they live, and that they wait.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::LocalSet;

use crate::crew::MANY;
use crate::fill;
use crate::load::{average, cpu, memory};
use crate::support::server::Instance;
use crate::wire::{Wire, bearer};

/// Between two words of one agent that it lives.
const BEAT: Duration = Duration::from_secs(30);

/// How long the server is watched: each agent is heard from, or waits anew, once or
/// twice meanwhile.
const WATCHED: Duration = Duration::from_mins(1);

/// Connections that are made at the same time.
const AT_ONCE: usize = 64;

/// How long all of them may take to be there.
const PATIENCE: Duration = Duration::from_mins(3);

/// What ten thousand wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// That a sign-in is approved.
    Polls,
    /// That something is written to them.
    Reads,
}

#[derive(Debug, Default)]
struct Counts {
    there: Cell<usize>,
    asked: Cell<usize>,
    wrong: Cell<usize>,
}

fn more(cell: &Cell<usize>) {
    cell.set(cell.get() + 1);
}

/// Every agent says every 30 s that it lives, on a connection of its own.
pub async fn present(instance: &Instance) {
    raise_open_files();
    let (counts, gate) = (Rc::new(Counts::default()), Rc::new(Semaphore::new(AT_ONCE)));
    let (local, start) = (LocalSet::new(), Instant::now());
    for agent in 0..MANY.agents {
        let (host, counts, gate) = (instance.host(), counts.clone(), gate.clone());
        local.spawn_local(async move {
            let turn = gate.acquire().await;
            let mut wire = Wire::to(&host, &host, agent).await;
            drop(turn);
            more(&counts.there);
            let line =
                format!("PATCH /api/my/meshes/{}/peers/session-of-agent-{agent}", MANY.mesh(agent));
            let header = bearer(&fill::token(agent));
            let part = u32::try_from(agent).expect("few");
            let mut next = tokio::time::Instant::from_std(start)
                + BEAT * part / u32::try_from(MANY.agents).expect("few");
            loop {
                tokio::time::sleep_until(next).await;
                next += BEAT;
                let (status, _) = wire.ask(&line, &header, "{}").await;
                more(if status == 204 { &counts.asked } else { &counts.wrong });
            }
        });
    }
    let watched = watched(instance, &counts, start);
    let (share, said, held) = local.run_until(watched).await;
    println!(
        "present: {} agents, {said} words that they live in {:.0} s, {} refused; {share:.1} % of \
         a core, {held:.0} MB; load {}",
        MANY.agents,
        WATCHED.as_secs_f64(),
        counts.wrong.get(),
        average()
    );
}

/// Every agent waits for a message, or as many programs for an approval.
pub async fn waiting(instance: &Instance, waits: Waits) {
    raise_open_files();
    let before = memory(instance.pid().expect("it runs"), "VmRSS");
    let (counts, gate) = (Rc::new(Counts::default()), Rc::new(Semaphore::new(AT_ONCE)));
    let (local, start) = (LocalSet::new(), Instant::now());
    for agent in 0..MANY.agents {
        let (host, counts, gate) = (instance.host(), counts.clone(), gate.clone());
        local.spawn_local(async move {
            let turn = gate.acquire().await;
            let mut wire = Wire::to(&host, &host, agent).await;
            drop(turn);
            more(&counts.there);
            let (line, header, body) = question(waits, agent);
            loop {
                let from = Instant::now();
                let (_, body) = wire.ask(&line, &header, &body).await;
                let nothing =
                    body.contains("authorization_pending") || body.contains("\"data\":[]");
                let held = from.elapsed() > Duration::from_millis(24_900);
                more(if held && nothing { &counts.asked } else { &counts.wrong });
            }
        });
    }
    let watched = watched(instance, &counts, start);
    let (share, asked, held) = local.run_until(watched).await;
    println!(
        "waiting: {} held {} for {:.0} s, {asked} of them asked again, {} answered early or \
         wrong; {share:.1} % of a core, {held:.0} MB ({before:.0} before); load {}",
        MANY.agents,
        if waits == Waits::Polls { "polls" } else { "reads" },
        WATCHED.as_secs_f64(),
        counts.wrong.get(),
        average()
    );
}

fn question(waits: Waits, agent: usize) -> (String, String, String) {
    let wait = "Prefer: wait=25\r\n";
    match waits {
        Waits::Polls => {
            let form = "Content-Type: application/x-www-form-urlencoded\r\n";
            let body = format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code\
                 &client_id=crewmesh&device_code={}",
                fill::code(agent).expose()
            );
            ("POST /oauth/token".to_owned(), format!("{wait}{form}"), body)
        }
        Waits::Reads => {
            let line = format!(
                "GET /api/my/meshes/{}/inbox?as=session-of-agent-{agent}&after=0",
                MANY.mesh(agent)
            );
            (line, format!("{wait}{}", bearer(&fill::token(agent))), String::new())
        }
    }
}

/// Once all are there: the part of a core that the server took while it was watched,
/// how often it was asked meanwhile, and its memory.
async fn watched(instance: &Instance, counts: &Counts, start: Instant) -> (f64, usize, f64) {
    while counts.there.get() < MANY.agents {
        assert!(start.elapsed() < PATIENCE, "they are never all there: {counts:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The last of them is read and registered by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let pid = instance.pid().expect("it runs");
    let (spent, from, asked) = (cpu(pid), Instant::now(), counts.asked.get());
    tokio::time::sleep(WATCHED).await;
    let share = (cpu(pid) - spent) / from.elapsed().as_secs_f64() * 100.0;
    (share, counts.asked.get() - asked, memory(pid, "VmRSS"))
}

fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("up to the maximum");
}
