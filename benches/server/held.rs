//! Many polls held at once, as clients do that ask again as soon as they are
//! answered: what they cost while nothing happens, and how soon an approval is
//! answered among them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::fill;
use super::load::{average, cpu, memory};

/// Polls held at once.
const POLLS: usize = 19_000;

/// Of them, how many are approved.
const APPROVED: usize = 50;

/// How long the server is watched while they are held: longer than it holds
/// one, so that each is answered and asked again meanwhile.
const WATCHED: Duration = Duration::from_secs(30);

/// How long a poll is held at least that nobody approves; it asks for 25 s.
const HOLD: Duration = Duration::from_millis(24_900);

/// Connections that are made at the same time.
const AT_ONCE: usize = 64;

/// How long all of them may take to be held.
const PATIENCE: Duration = Duration::from_mins(2);

const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// What became of the polls.
#[derive(Debug, Default)]
struct Seen {
    /// Asked and not answered.
    held: AtomicUsize,
    /// Answered with "pending" when their time was over.
    renewed: AtomicUsize,
    /// Answered with anything else, or before.
    wrong: AtomicUsize,
    /// Nobody asks again.
    over: AtomicBool,
}

/// Holds them at the server `pid` at `host` and prints what that costs. The
/// codes that are held without an approval begin with the number `first`.
pub fn measure(host: &str, pid: u32, first: usize) {
    raise_open_files();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run(host.to_owned(), pid, first));
}

async fn run(host: String, pid: u32, first: usize) {
    let mut asked = Vec::new();
    for _ in 0..APPROVED {
        asked.push(codes(&host).await);
    }
    let (before, start) = (memory(pid, "VmRSS"), Instant::now());
    let (seen, gate) = (Arc::new(Seen::default()), Arc::new(Semaphore::new(AT_ONCE)));
    for number in first..first + POLLS - APPROVED {
        let (host, seen, gate) = (host.clone(), seen.clone(), gate.clone());
        tokio::spawn(async move { hold_on(&host, number, &seen, &gate).await });
    }
    let mut approved = Vec::new();
    for (device, user) in asked {
        approved.push((user, approval_of(&host, device, &seen, &gate)));
    }
    while seen.held.load(Ordering::Relaxed) < POLLS {
        assert!(start.elapsed() < PATIENCE, "they are never all held: {seen:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ramp = start.elapsed().as_secs_f64();
    // The last of them is read and registered by then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (spent, from, renewed) = (cpu(pid), Instant::now(), seen.renewed.load(Ordering::Relaxed));
    let mut least = POLLS;
    while from.elapsed() < WATCHED {
        tokio::time::sleep(Duration::from_millis(100)).await;
        least = least.min(seen.held.load(Ordering::Relaxed));
    }
    let share = (cpu(pid) - spent) / from.elapsed().as_secs_f64() * 100.0;
    println!(
        "held polls: {POLLS} at once after {ramp:.1} s and {least} at the least for {:.0} s, {} \
         of them asked again, {} answered early or wrong; memory at most {:.0} MB (before them \
         {before:.0}), {share:.2} % of a processor; load {}",
        WATCHED.as_secs_f64(),
        seen.renewed.load(Ordering::Relaxed) - renewed,
        seen.wrong.load(Ordering::Relaxed),
        memory(pid, "VmHWM"),
        average()
    );
    let mut took = Vec::new();
    let bearer = format!("Authorization: Bearer {}\r\n", fill::token(0).expose());
    let password = serde_json::json!({ "password": fill::PASSWORD }).to_string();
    for (user, waits) in approved {
        let path = format!("/api/auth/cli/device-code/{user}/approve");
        let mut stream = connected(&host, 0).await;
        let start = Instant::now();
        send(&mut stream, &host, &path, &bearer, &password).await;
        let said = answer(&mut stream).await;
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        let (answered, said) = waits.await.expect("it waits for its approval");
        assert!(said.contains("access_token"), "{said}");
        took.push((answered.saturating_duration_since(start)).as_secs_f64() * 1e3);
    }
    let wrong = seen.wrong.load(Ordering::Relaxed);
    seen.over.store(true, Ordering::Relaxed);
    took.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    println!(
        "approval sent to held poll answered, {APPROVED} of them, none else ({wrong} others): \
         median {:.1} ms, p95 {:.1}, worst {:.1}; load {}",
        at(50),
        at(95),
        at(100),
        average()
    );
}

/// Polls the code `number` for as long as nobody is told to stop.
async fn hold_on(host: &str, number: usize, seen: &Seen, gate: &Semaphore) {
    let body = poll_of(fill::code(number).expose());
    let mut stream = {
        let _turn = gate.acquire().await;
        connected(host, number).await
    };
    while !seen.over.load(Ordering::Relaxed) {
        let start = Instant::now();
        send(&mut stream, host, "/oauth/token", "Prefer: wait=25\r\n", &body).await;
        seen.held.fetch_add(1, Ordering::Relaxed);
        let said = answer(&mut stream).await;
        seen.held.fetch_sub(1, Ordering::Relaxed);
        let held = start.elapsed() >= HOLD && said.contains("authorization_pending");
        let count = if held { &seen.renewed } else { &seen.wrong };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls `device` until it is told something else than that it has to wait;
/// when that was, and what.
fn approval_of(
    host: &str,
    device: String,
    seen: &Arc<Seen>,
    gate: &Arc<Semaphore>,
) -> JoinHandle<(Instant, String)> {
    let (host, seen, gate) = (host.to_owned(), seen.clone(), gate.clone());
    tokio::spawn(async move {
        let body = poll_of(&device);
        let mut stream = {
            let _turn = gate.acquire().await;
            connected(&host, 0).await
        };
        loop {
            send(&mut stream, &host, "/oauth/token", "Prefer: wait=25\r\n", &body).await;
            seen.held.fetch_add(1, Ordering::Relaxed);
            let said = answer(&mut stream).await;
            seen.held.fetch_sub(1, Ordering::Relaxed);
            if !said.contains("authorization_pending") {
                return (Instant::now(), said);
            }
        }
    })
}

fn poll_of(code: &str) -> String {
    format!("{GRANT}&client_id=crewmesh&device_code={code}")
}

async fn codes(host: &str) -> (String, String) {
    let mut stream = connected(host, 0).await;
    send(&mut stream, host, "/oauth/device_authorization", "", "client_id=crewmesh").await;
    let answer = answer(&mut stream).await;
    let body = answer.split_once("\r\n\r\n").expect("whole").1;
    let json: serde_json::Value = serde_json::from_str(body).expect(body);
    let text = |name: &str| json[name].as_str().expect(name).to_owned();
    (text("device_code"), text("user_code"))
}

/// The cookie and the token that a form must carry.
pub fn form(host: &str) -> (String, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut stream = connected(host, 0).await;
        let request = format!("GET /login HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let page = answer(&mut stream).await;
        let between = |from: &str, to: &str| {
            let rest = page.split_once(from).unwrap_or_else(|| panic!("no {from}: {page}")).1;
            rest.split_once(to).expect(to).0.to_owned()
        };
        (between("set-cookie: ", ";"), between("name=\"csrf\" value=\"", "\""))
    })
}

/// From one of several addresses, each of which has its own ports.
async fn connected(host: &str, number: usize) -> TcpStream {
    let from = Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(number % 8).expect("small"));
    let socket = TcpSocket::new_v4().expect("an open file is left");
    socket.bind(SocketAddr::from((from, 0))).expect("a port is free");
    socket.connect(host.parse().expect("an address")).await.expect("it listens")
}

async fn send(stream: &mut TcpStream, host: &str, path: &str, headers: &str, body: &str) {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
}

/// One answer, head and body; the connection stays.
async fn answer(stream: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 2_048]);
    loop {
        if let Some((head, body)) =
            std::str::from_utf8(&bytes).ok().and_then(|text| text.split_once("\r\n\r\n"))
        {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                value.trim().parse::<usize>().ok().filter(|_| is_length)
            });
            if body.len() >= length.expect("it says how long it is") {
                return String::from_utf8(bytes).expect("text");
            }
        }
        let read = stream.read(&mut buffer).await.expect("it answers");
        assert!(read > 0, "it hung up: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..read]);
    }
}

fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("up to the maximum");
}
