//! What was done in one's name, or by everybody for whoever runs the instance:
//! newest first.

use clap::Args;
use serde_json::{Value, json};

use super::context::CommandContext;
use crate::error::AppError;
use crate::i18n::{Message, Words};
use crate::wire::AuditEvent;

/// Show what was done in your name
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh audit
  crewmesh audit --limit 500 --json
  crewmesh audit --all                  everybody, for who runs the instance")]
pub(crate) struct Audit {
    /// Everybody's, not only yours: for who runs the instance
    #[arg(long)]
    all: bool,
    /// At most so many, the newest
    #[arg(long, value_name = "COUNT", default_value = "50",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

/// What it was done to: by the name that the event tells, else by its id.
fn target_name(event: &AuditEvent) -> &str {
    let known = ["name", "slug", "device_name", "email"].into_iter().find_map(|key| {
        event.meta.get(key).and_then(Value::as_str).filter(|name| !name.is_empty())
    });
    known.unwrap_or(&event.target)
}

pub(super) fn run(audit: &Audit, context: &CommandContext) -> Result<u8, AppError> {
    let most = usize::try_from(audit.limit).unwrap_or(usize::MAX);
    let (instance, events) = context.signed_in(async |signed_in| {
        let client = &signed_in.client;
        let events =
            if audit.all { client.audit_of_all(most).await? } else { client.audit(most).await? };
        Ok((signed_in.access.instance.name, events))
    })?;
    let object = json!({
        "instance": instance, "events": events, "total": events.len(),
    });
    context.out.answer(object, |lines| {
        let rows: Vec<_> = events
            .iter()
            .map(|event| {
                let when = event.ts.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
                let mut row = vec![
                    Words::verbatim(&when),
                    Words::verbatim(&event.action),
                    Words::verbatim(&event.via),
                    Words::verbatim(event.source_ip.as_deref().unwrap_or("–")),
                ];
                if audit.all {
                    row.push(Words::verbatim(&event.actor));
                }
                row.push(Words::verbatim(target_name(event)));
                row
            })
            .collect();
        let mut headings = vec!["column-when", "column-what", "column-by-way-of", "column-from"];
        headings.extend(audit.all.then_some("column-who"));
        headings.push("column-target");
        lines.table(&headings, &rows);
        if events.is_empty() {
            lines.say(&Message::new("audit-none").with("instance", instance));
        }
    })?;
    Ok(0)
}
