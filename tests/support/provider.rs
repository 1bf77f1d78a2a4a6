//! A stand-in for AI providers and model servers: each answers as documented to the one
//! key it knows, and to any other as it does to a wrong one.

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use wiremock::matchers::{any, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A key that looks like none of theirs and is in no file of ours.
pub const KEY: &str = "sk-test-stand-in-key-4711";

/// Where it is asked, until it is dropped.
pub struct Provider {
    server: MockServer,
    runtime: Runtime,
}

impl Provider {
    /// One that knows [`KEY`], in the header in which OpenAI's protocol has it.
    pub fn openai() -> Self {
        let models = json!({ "object": "list", "data": [{ "id": "gpt-x", "object": "model" }] });
        let wrong = json!({ "error": {
            "message": "Incorrect API key provided: sk-te****4711.", "type": "invalid_request_error",
            "param": null, "code": "invalid_api_key",
        } });
        Self::that("/v1/models", ("authorization", format!("Bearer {KEY}")), models, wrong)
    }

    /// One that knows [`KEY`] behind what Anthropic's keys begin with.
    pub fn anthropic() -> Self {
        let models = json!({ "data": [{ "id": "claude-x", "type": "model" }], "has_more": false });
        let wrong = json!({ "type": "error", "error": {
            "type": "authentication_error", "message": "invalid x-api-key",
        } });
        Self::that("/v1/models", ("x-api-key", format!("sk-ant-api03-{KEY}")), models, wrong)
    }

    fn that(asked: &str, knows: (&'static str, String), good: Value, wrong: Value) -> Self {
        let provider = Self::answering(401, &wrong.to_string());
        let right = Mock::given(method("GET")).and(path(asked)).and(header(knows.0, knows.1));
        let right = right.respond_with(ResponseTemplate::new(200).set_body_json(good));
        provider.runtime.block_on(right.with_priority(1).mount(&provider.server));
        provider
    }

    /// One that answers everything so.
    pub fn answering(status: u16, body: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(MockServer::start());
        let provider = Self { server, runtime };
        let answer = ResponseTemplate::new(status).set_body_string(body);
        provider.runtime.block_on(Mock::given(any()).respond_with(answer).mount(&provider.server));
        provider
    }

    /// The address that is put in place of its own.
    pub fn address(&self) -> String {
        self.server.uri()
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).expect("they are kept")
    }
}
