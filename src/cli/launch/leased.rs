//! What opens the account that an agent works with, asked of the instance where it is
//! connected, before the terminal is given up.

use std::time::Duration;

use crate::agent::prepare::{self, InTheWay, ModelFault};
use crate::api::Client;
use crate::cli::context::CommandContext;
use crate::credentials::Credentials;
use crate::environment::Environment;
use crate::error::{AppError, ErrorKind};
use crate::i18n::{Message, printable};
use crate::model::{Instance, LaunchPlan};
use crate::provider::registry::Registry;
use crate::provider::spec;
use crate::wire::{Lease, NewLease};

/// How long the instance is waited for: a provider that it asks first may take 16 s.
const PATIENCE: Duration = Duration::from_secs(18);

/// What was leased for the same the last time, as long as that is good: nobody is asked.
pub(super) fn kept(
    plan: &LaunchPlan,
    credentials: &Credentials,
    env: &Environment,
) -> Option<Lease> {
    let lease = credentials.kept_lease(&plan.instance, plan.provider.as_deref()?)?;
    let is_given = prepare::in_the_way(plan, env).is_none()
        && prepare::model_fault(plan, &lease.connection, env).is_none();
    (is_given && prepare::takes(&plan.agent, &lease.connection, env)).then_some(lease)
}

/// What the agent of `plan` works with; `None` where that is its own affair.
///
/// # Errors
/// Exit code 3 where the agent takes no such thing, 5 where nothing is connected; those of
/// the instance, and where it does not answer in time.
pub(super) fn lease(
    plan: &LaunchPlan,
    context: &CommandContext,
) -> Result<Option<Lease>, AppError> {
    let Some(wanted) = &plan.provider else { return Ok(None) };
    let takes = prepare::providers_of(&plan.agent, true);
    if spec::find(wanted).is_some() && !takes.contains(wanted) {
        return Err(not_taken(plan, &spec::title(wanted), &takes));
    }
    if let Some(what) = prepare::in_the_way(plan, &context.env) {
        return Err(in_the_way(plan, &what));
    }
    let context = context.at(&plan.instance);
    if Instance::local().name == plan.instance {
        // It is this process that asks providers then: what was said of them wrong is said.
        Registry::read(None, &context.env)?.with_secrets()?;
    }
    let asked = NewLease { machine: Some(plan.machine.clone()), agent: Some(plan.agent.clone()) };
    let leased = context.signed_in(async |signed_in| {
        let lease = own_or_shared(&signed_in.client, plan, wanted, &asked);
        let lease = tokio::time::timeout(PATIENCE, lease).await.map_err(|_| {
            let message = Message::new("launch-provider-late").with("host", signed_in.instance());
            AppError::new(ErrorKind::Unreachable, "timeout", message)
        })?;
        lease.map_err(|error| match error.kind {
            ErrorKind::NotFound if spec::find(wanted).is_none() => {
                let message = Message::new("launch-provider-unknown");
                let message = message.with("name", printable(wanted));
                AppError::new(ErrorKind::NotFound, "not_connected", message)
                    .hint(Message::new("launch-provider-unknown-hint"))
            }
            ErrorKind::NotFound => {
                let message =
                    Message::new("launch-provider-none").with("provider", spec::title(wanted));
                AppError::new(ErrorKind::NotFound, "not_connected", message)
                    .hint(Message::new("launch-provider-none-hint").with("name", wanted.as_str()))
            }
            _ => match error.code.as_str() {
                "connection_revoked" => over("launch-provider-revoked", error, wanted),
                "connection_not_renewed" => over("launch-provider-not-renewed", error, wanted),
                _ => error,
            },
        })
    });
    let own = || Message::new("launch-provider-own-hint");
    let is_stopped =
        |kind| matches!(kind, ErrorKind::Interrupted | ErrorKind::Terminated | ErrorKind::HungUp);
    let (mut lease, is_own) = leased.map_err(|error| {
        if error.hint.is_none() && !is_stopped(error.kind) { error.hint(own()) } else { error }
    })?;
    if lease.connection.endpoint.is_none() {
        let spec = Registry::read(None, &context.env)?.find(&lease.connection.provider);
        let at = spec.and_then(|spec| spec.at(spec.endpoint.as_deref()?));
        lease.connection.endpoint = at.map(|at| at.as_str().trim_end_matches('/').to_owned());
    }
    if !prepare::takes(&plan.agent, &lease.connection, &context.env) {
        let title = spec::title(&lease.connection.provider);
        if !takes.contains(&lease.connection.provider) {
            return Err(not_taken(plan, &title, &takes));
        }
        // The agent takes something of that provider.
        let could = prepare::could_take(&plan.agent, true)(&lease.connection);
        let id = if could { "launch-provider-only-root" } else { "launch-provider-other-kind" };
        let message = Message::new(id)
            .with("agent", plan.agent.as_str())
            .with("provider", title)
            .with("end", lease.connection.last_four.as_str());
        return Err(AppError::new(ErrorKind::BadArguments, "provider_not_taken", message)
            .hint(Message::new("launch-provider-own-hint")));
    }
    if let Some(fault) = prepare::model_fault(plan, &lease.connection, &context.env) {
        return Err(model_fault(plan, &spec::title(&lease.connection.provider), fault));
    }
    // What somebody else shares is asked for at each start: it may have ended.
    if is_own {
        context.credentials.keep_lease(&plan.instance, wanted, &lease);
    }
    Ok(Some(lease))
}

/// What is wanted of the person's own, else of what is shared in the mesh of `plan`; and
/// whether it is their own.
async fn own_or_shared(
    client: &Client,
    plan: &LaunchPlan,
    wanted: &str,
    asked: &NewLease,
) -> Result<(Lease, bool), AppError> {
    let none = match client.lease(wanted, asked).await {
        Err(error) if error.kind == ErrorKind::NotFound => error,
        own => return Ok((own?, true)),
    };
    let mut meshes = client.meshes().await?.into_iter();
    let Some(mesh) = meshes.find(|mesh| mesh.slug == plan.mesh) else { return Err(none) };
    match client.lease_shared(&mesh.id, wanted, asked).await {
        // An older instance has nothing that is shared.
        Err(error) if error.kind == ErrorKind::NotFound => Err(none),
        shared => Ok((shared?, false)),
    }
}

/// `error` in words of ours: what opens the account at `wanted` is over.
fn over(id: &'static str, error: AppError, wanted: &str) -> AppError {
    // An id says nothing of the provider; the instance said what to do.
    if spec::find(wanted).is_none() {
        return error;
    }
    let message = Message::new(id).with("provider", spec::title(wanted));
    let hint = Message::new("launch-provider-none-hint").with("name", wanted);
    let error = AppError::new(error.kind, error.code, message);
    // What passes by itself needs no new sign-in.
    if id == "launch-provider-revoked" { error.hint(hint) } else { error }
}

fn in_the_way(plan: &LaunchPlan, what: &InTheWay) -> AppError {
    let message = match what {
        InTheWay::Option(option) => {
            Message::new("launch-provider-option").with("option", option.as_str())
        }
        InTheWay::Variable(variable) => {
            Message::new("launch-provider-variable").with("variable", variable.as_str())
        }
    };
    let message = message.with("agent", plan.agent.as_str());
    AppError::new(ErrorKind::BadArguments, "provider_not_given", message)
        .hint(Message::new("launch-provider-own-hint"))
}

fn model_fault(plan: &LaunchPlan, title: &str, fault: ModelFault) -> AppError {
    let (code, message) = match fault {
        ModelFault::Missing => ("model_missing", Message::new("launch-provider-no-model")),
        ModelFault::Refused(model) => {
            let message = Message::new("launch-provider-not-model").with("model", model);
            ("model_refused", message)
        }
    };
    let message = message.with("agent", plan.agent.as_str()).with("provider", title);
    AppError::new(ErrorKind::BadArguments, code, message)
        .hint(Message::new("launch-provider-no-model-hint"))
}

fn not_taken(plan: &LaunchPlan, title: &str, takes: &[String]) -> AppError {
    let message = Message::new("launch-provider-not-taken")
        .with("agent", plan.agent.as_str())
        .with("provider", title);
    let error = AppError::new(ErrorKind::BadArguments, "provider_not_taken", message);
    if takes.is_empty() {
        return error.hint(Message::new("launch-provider-own-hint"));
    }
    error.hint(Message::new("launch-provider-taken-hint").with("providers", takes.join(", ")))
}
