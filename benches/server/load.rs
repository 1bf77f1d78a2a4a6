//! Driving a server with wrk, and reading what it cost in the server's own
//! account with the operating system.

use std::fs;
use std::process::Command;
use std::time::Instant;

/// Ticks of a second in /proc: USER_HZ, on every Linux.
const TICKS: f64 = 100.0;

/// Counts the answers that are not what was asked for.
const SCRIPT: &str = r#"
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init(args)
  kind, number, known, wrong = args[1], tonumber(args[2]), tonumber(args[3]), 0
  cookie, csrf, expected = args[4], args[5], {}
  for one in args[6]:gmatch("[^|]+") do table.insert(expected, one) end
end
local function letters(n)
  local text = tostring(n):gsub("%d", function(d) return string.char(97 + tonumber(d)) end)
  return string.rep("k", 52 - #text) .. text
end
local form = { ["Content-Type"] = "application/x-www-form-urlencoded" }
function request()
  number = number + 1
  if kind == "bearers" then
    local token = "cm_session_" .. letters(number % known)
    return wrk.format("GET", "/api/my/profile", { ["Authorization"] = "Bearer " .. token })
  elseif kind == "connections" or kind == "leases" then
    local headers = { ["Authorization"] = "Bearer cm_session_" .. letters(number % known) }
    headers["Content-Type"] = "application/json"
    if kind == "leases" then
      local body = '{"machine":"laptop","agent":"claude"}'
      return wrk.format("POST", "/api/my/providers/anthropic/lease", headers, body)
    end
    local body = '{"provider":"anthropic","way":"token","kind":"api_key","secret":"'
      .. string.rep("k", 108) .. '"}'
    return wrk.format("POST", "/api/my/providers", headers, body)
  elseif kind == "codes" then
    local body = "client_id=crewmesh&device_name=laptop&device_os=linux&device_arch=x86_64"
    return wrk.format("POST", "/oauth/device_authorization", form, body)
  elseif kind == "sign-ins" then
    form["Cookie"] = cookie
    local body = "csrf=" .. csrf .. "&email=n" .. number .. "%40example.org&password=wrong-enough"
    return wrk.format("POST", "/login", form, body)
  end
  local body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"
    .. "&client_id=crewmesh&device_code=cm_dc_" .. letters(number % known)
  return wrk.format("POST", "/oauth/token", form, body)
end
function response(status, headers, body)
  for _, one in ipairs(expected) do
    if string.find(body, one, 1, true) then return end
  end
  wrong = wrong + 1
end
function done(summary)
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("wrong") end
  print("counted " .. summary.requests .. " wrong " .. all)
end
"#;

/// What a run of wrk came to.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Requests answered.
    pub requests: f64,
    /// Answers other than the one expected.
    pub wrong: f64,
    /// Seconds of the server's processors.
    pub cpu: f64,
    /// Seconds of the clock.
    pub clock: f64,
}

impl Figure {
    /// Requests for each second of the server's processors.
    pub fn a_cpu_second(self) -> f64 {
        self.requests / self.cpu.max(0.01)
    }
}

/// What wrk is to ask for.
#[derive(Clone, Copy, Debug)]
pub struct Load<'a> {
    /// `polls` (of pending codes, or of approved ones), `codes`, `bearers`,
    /// `connections` to a provider, `leases` of them, or `sign-ins`.
    pub kind: &'a str,
    /// Where counting begins: each request is about the next code or token,
    pub first: usize,
    /// of so many.
    pub known: usize,
    /// What stands in a right answer; one of these, with `|` between them.
    pub expected: &'a str,
    /// Cookie and form token, where there is a form.
    pub form: [&'a str; 2],
    /// Connections.
    pub connections: usize,
    /// How long.
    pub seconds: usize,
}

/// Lets wrk ask the server `pid` at `host`.
pub fn run(host: &str, pid: u32, load: Load<'_>) -> Figure {
    let script = tempfile::NamedTempFile::with_suffix(".lua").expect("a temporary file");
    fs::write(script.path(), SCRIPT).expect("it is ours");
    let (before, start) = (cpu(pid), Instant::now());
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{}", load.connections), &format!("-d{}s", load.seconds)])
        .args(["--timeout", "30s", "-s"])
        .arg(script.path())
        .arg(format!("http://{host}"))
        .args(["--", load.kind, &load.first.to_string(), &load.known.to_string()])
        .args(load.form)
        .arg(load.expected)
        .output()
        .expect("wrk can be started");
    let (cpu, clock) = (cpu(pid) - before, start.elapsed().as_secs_f64());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let counted = text.lines().find_map(|line| line.strip_prefix("counted "));
    let (requests, wrong) = counted
        .and_then(|line| line.split_once(" wrong "))
        .and_then(|(all, wrong)| Some((all.parse().ok()?, wrong.parse().ok()?)))
        .unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    Figure { requests, wrong, cpu, clock }
}

/// Seconds of processor that process `pid` has had.
pub fn cpu(pid: u32) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> =
        text.rsplit_once(')').expect("a name in brackets").1.split_ascii_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) / TICKS
}

/// How many programs wanted a processor in the last minute.
pub fn average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// Megabytes of memory that process `pid` has (`VmRSS`) or had at most (`VmHWM`).
pub fn memory(pid: u32, what: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = text.lines().find(|line| line.starts_with(what)).expect("Linux says it");
    let kilobytes = line.split_ascii_whitespace().nth(1).and_then(|number| number.parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1_000.0)
}
