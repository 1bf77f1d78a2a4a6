//! Whether this instance can answer, found out now and then.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long whoever asks whether we can answer waits for that: a balancer has
/// turned away long before a request gives up.
const PROBED: Duration = Duration::from_secs(1);

/// How long that is good for: nobody makes us write by asking.
const GOOD: Duration = Duration::from_secs(1);

/// When it was last found out, and what it was.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// Whether `probe` works; those who ask at the same time are told the same.
    pub async fn is_ready(&self, probe: impl Future<Output = bool>) -> bool {
        let mut last = self.0.lock().await;
        if let Some((found, is_ready)) = *last
            && found.elapsed() < GOOD
        {
            return is_ready;
        }
        let is_ready = tokio::time::timeout(PROBED, probe).await.unwrap_or(false);
        *last = Some((Instant::now(), is_ready));
        is_ready
    }
}
