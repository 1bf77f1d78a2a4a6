//! The mesh as tools for a code agent: `crewmesh mcp serve` is what an agent starts.
//! It answers at once; who is signed in and where is looked up when a tool needs it,
//! and what is wrong with that is the tool's answer. As long as it runs the agent is
//! seen in its mesh.

mod desk;
mod farewell;
mod given;
mod hook;
mod own_peer;
mod presence;
#[cfg(unix)]
mod push;
mod unread;
mod watch;
mod watched;

use std::time::Duration;

use clap::{Args, Subcommand};

use self::desk::{Desk, Here};
use self::farewell::Farewell;
use self::hook::Hook;
use self::own_peer::OwnPeer;
use super::context::CommandContext;
use super::globals::Globals;
use crate::error::{AppError, ErrorKind};
use crate::mcp;
use crate::model::Delivery;

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(800);

/// Give a code agent the mesh as tools
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  crewmesh mcp serve                what an agent starts; it speaks MCP
  claude mcp add mesh -- crewmesh mcp serve")]
pub(crate) struct Mcp {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Speak the Model Context Protocol on stdin and stdout
    Serve {
        /// The mesh: its short name, name or id; the one in use where not given
        #[arg(long)]
        mesh: Option<String>,
    },
    /// Say that an agent is gone whose server was killed
    #[command(hide = true)]
    Farewell {
        /// This process waits itself
        #[arg(long)]
        alone: bool,
    },
    /// Give an agent what others wrote, as a hook of it
    #[command(hide = true)]
    Hook(Hook),
}

pub(super) fn run(
    command: &Mcp,
    globals: &Globals,
    context: &CommandContext,
) -> Result<u8, AppError> {
    let mesh = match &command.what {
        What::Serve { mesh } => mesh,
        What::Farewell { alone } => return Ok(farewell::run(globals, context, *alone)),
        What::Hook(hook) => return Ok(hook::run(hook, &context.env)),
    };
    let own = OwnPeer::of(&context.env, Farewell::of(globals, &context.env));
    during(context, mesh.clone(), own.clone(), async |workplace| {
        tokio::select! {
            done = mcp::serve_stdio(workplace.clone()) => done.map_err(AppError::internal),
            () = with_messages(&own, &workplace, context) => Ok(()),
        }
    })
}

/// What is done about messages for as long as the agent is served.
async fn with_messages(own: &OwnPeer, workplace: &Here, context: &CommandContext) {
    if own.messages == Delivery::Off {
        return std::future::pending().await;
    }
    let watching = watch::watch(own.clone(), workplace.clone());
    #[cfg(unix)]
    if own.messages == Delivery::Push {
        tokio::join!(watching, push::serve(&context.env, workplace.clone()));
        return;
    }
    watching.await;
}

/// Has the agent that the environment tells of seen in its mesh for as long as `work`
/// goes on.
///
/// # Errors
/// Those of `work`.
pub(super) fn seen_during(
    context: &CommandContext,
    work: impl Future<Output = ()>,
) -> Result<u8, AppError> {
    let own = OwnPeer::of(&context.env, Farewell::default());
    during(context, None, own, async |_| {
        work.await;
        Ok(())
    })
}

fn during(
    context: &CommandContext,
    mesh: Option<String>,
    own: OwnPeer,
    work: impl AsyncFnOnce(Here) -> Result<(), AppError>,
) -> Result<u8, AppError> {
    let (desk, workplace) = Desk::new(mesh, own.clone());
    let done = context.online(async |connector| {
        let seen = presence::stay(own.clone(), workplace.clone());
        // Who is signed in is looked up on this thread.
        let answering = desk.answer(context, connector);
        let done = tokio::select! {
            done = work(workplace.clone()) => done,
            () = answering => Ok(()),
            () = seen => Ok(()),
        };
        own.leave(GOODBYE).await;
        done
    });
    match done {
        // How it is told to end: nothing of it is left to be seen.
        Err(AppError {
            kind: ErrorKind::Interrupted | ErrorKind::Terminated | ErrorKind::HungUp,
            ..
        }) => {
            CommandContext::afterwards(own.leave(GOODBYE));
            Ok(0)
        }
        done => done.map(|()| 0),
    }
}
