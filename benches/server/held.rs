//! Many polls held at once: what they cost while nothing happens, and how soon
//! an approval is answered among them.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fill;
use super::load::{cpu, memory};

/// Polls held at once.
const POLLS: usize = 19_000;

/// Of them, how many are approved.
const APPROVED: usize = 50;

/// How long the server is watched while they are held.
const WATCHED: Duration = Duration::from_secs(8);

const GRANT: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

/// Holds them at the server `pid` at `host` and prints what that costs. The
/// codes that are held without an approval begin with the number `first`.
pub fn measure(host: &str, pid: u32, first: usize) {
    raise_open_files();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run(host, pid, first));
}

async fn run(host: &str, pid: u32, first: usize) {
    let mut asked = Vec::new();
    for _ in 0..APPROVED {
        asked.push(codes(host).await);
    }
    let before = memory(pid, "VmRSS");
    let start = Instant::now();
    let mut held = Vec::with_capacity(POLLS);
    for number in first..first + POLLS - APPROVED {
        let code = fill::code(number);
        held.push(poll(host, code.expose()).await);
    }
    // Last, so that there is time to approve them.
    let mut approved = Vec::new();
    for (device, user) in asked {
        approved.push((poll(host, &device).await, user));
    }
    // The last of them is read and registered by then.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (spent, from) = (cpu(pid), Instant::now());
    tokio::time::sleep(WATCHED).await;
    let share = (cpu(pid) - spent) / from.elapsed().as_secs_f64() * 100.0;
    let during = memory(pid, "VmRSS");
    let ended = held.iter().filter(|stream| is_answered(stream)).count();
    let ramp = from.duration_since(start).as_secs_f64();
    println!(
        "held polls: {POLLS} at once after {ramp:.1} s, {ended} of them answered meanwhile; memory \
         {during:.0} MB (before them {before:.0}), {share:.2} % of a processor"
    );
    let mut took = Vec::new();
    let bearer = format!("Authorization: Bearer {}\r\n", fill::token(0).expose());
    for (mut stream, user) in approved {
        let path = format!("/api/auth/cli/device-code/{user}/approve");
        let start = Instant::now();
        let mut approval = sent(host, &path, &bearer, "").await;
        let (answer, said) = tokio::join!(read(&mut stream), read(&mut approval));
        assert!(said.0.starts_with("HTTP/1.1 200"), "{}", said.0);
        assert!(answer.0.contains("access_token"), "{}", answer.0);
        took.push((answer.1 - start).as_secs_f64() * 1e3);
    }
    took.sort_unstable_by(f64::total_cmp);
    let at = |part: usize| took[(took.len() - 1) * part / 100];
    println!(
        "approval to held answer among them: median {:.1} ms, p95 {:.1}, worst {:.1}",
        at(50),
        at(95),
        at(100)
    );
}

fn is_answered(stream: &TcpStream) -> bool {
    stream.try_read(&mut [0; 1]).is_ok()
}

async fn poll(host: &str, code: &str) -> TcpStream {
    let body = format!("{GRANT}&client_id=crewmesh&device_code={code}");
    sent(host, "/oauth/token", "Prefer: wait=25\r\n", &body).await
}

async fn codes(host: &str) -> (String, String) {
    let mut stream = sent(host, "/oauth/device_authorization", "", "client_id=crewmesh").await;
    let answer = read(&mut stream).await.0;
    let body = answer.split_once("\r\n\r\n").expect("whole").1;
    let json: serde_json::Value = serde_json::from_str(body).expect(body);
    let text = |name: &str| json[name].as_str().expect(name).to_owned();
    (text("device_code"), text("user_code"))
}

/// The cookie and the token that a form must carry.
pub fn form(host: &str) -> (String, String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let mut stream = TcpStream::connect(host).await.expect("it listens");
        let request = format!("GET /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let page = read(&mut stream).await.0;
        let between = |from: &str, to: &str| {
            let rest = page.split_once(from).unwrap_or_else(|| panic!("no {from}: {page}")).1;
            rest.split_once(to).expect(to).0.to_owned()
        };
        (between("set-cookie: ", ";"), between("name=\"csrf\" value=\"", "\""))
    })
}

async fn sent(host: &str, path: &str, headers: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    stream
}

async fn read(stream: &mut TcpStream) -> (String, Instant) {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("it answers");
    (text, Instant::now())
}

fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    setrlimit(Resource::Nofile, raised).expect("up to the maximum");
}
