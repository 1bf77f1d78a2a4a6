//! The protocol on stdin and stdout, as agents start a server: a message a line. It
//! ends with stdin, whatever is still being answered then.

use std::io;
use std::time::Duration;

use rmcp::ServiceExt as _;
use rmcp::transport::io::stdio_pipes;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::oneshot;

use super::handler::Handler;
use super::workplace::Workplace;

/// How long what is being answered may take once nobody writes any more.
const GRACE: Duration = Duration::from_millis(500);

/// Bytes on the way from stdin to the service.
const BUFFER: usize = 64 * 1_024;

/// Serves `workplace` on stdin and stdout.
///
/// # Errors
/// As [`serve`].
pub async fn serve_stdio(workplace: impl Workplace) -> io::Result<()> {
    let (input, output) = stdio_pipes();
    serve(workplace, input, output).await
}

/// Serves `workplace` to whoever writes to `input` and reads `output`, until `input`
/// ends.
///
/// # Errors
/// When what is read cannot be passed on.
pub async fn serve(
    workplace: impl Workplace,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> io::Result<()> {
    let (passed_on, service_input) = tokio::io::duplex(BUFFER);
    let (ended, end) = oneshot::channel();
    tokio::spawn(async move {
        let passed = pass_on(input, passed_on).await;
        let _ = ended.send(passed);
    });
    let serving = async {
        // Whoever only asked what is there and went has done nothing wrong.
        if let Ok(running) = Handler::new(workplace).serve((service_input, output)).await {
            let _ = running.waiting().await;
        }
    };
    let mut serving = Box::pin(serving);
    tokio::select! {
        () = &mut serving => Ok(()),
        passed = end => {
            let _ = tokio::time::timeout(GRACE, serving).await;
            passed.unwrap_or(Ok(()))
        }
    }
}

/// Passes lines on. Before the first request there is nobody whom a notification or a
/// reply could be for, and rmcp takes one for the end (3.11).
async fn pass_on(
    input: impl AsyncRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut lines = BufReader::new(input);
    let (mut line, mut begun) = (Vec::new(), false);
    while lines.read_until(b'\n', &mut line).await? > 0 {
        begun = begun || is_request(&line);
        if begun {
            output.write_all(&line).await?;
            output.flush().await?;
        }
        line.clear();
    }
    Ok(())
}

/// Whether a line asks for an answer, or cannot be read, which is answered too.
fn is_request(line: &[u8]) -> bool {
    if line.trim_ascii().is_empty() {
        return false;
    }
    match serde_json::from_slice::<Value>(line) {
        Ok(Value::Object(message)) => message.contains_key("id") && message.contains_key("method"),
        Ok(_) | Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_nobody_could_be_told_of_is_left_out_before_the_first_request() {
        let lines = concat!(
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n",
            "\n",
            "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n",
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n",
        );
        let mut passed = Vec::new();
        pass_on(lines.as_bytes(), &mut passed).await.expect("it can be done");
        let passed = String::from_utf8(passed).expect("text");
        let kept: Vec<_> = lines.lines().skip(3).collect();
        assert_eq!(passed.lines().collect::<Vec<_>>(), kept);
    }
}
