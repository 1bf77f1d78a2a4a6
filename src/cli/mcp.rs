//! The mesh as tools for a code agent: `crewmesh mcp serve` is what an agent starts.
//! It answers at once; who is signed in and where is looked up when a tool needs it,
//! and what is wrong with that is the tool's answer. As long as it runs the agent is
//! seen in its mesh.

mod desk;
mod given;
mod own_peer;
mod presence;

use std::time::Duration;

use clap::{Args, Subcommand};

use self::desk::Desk;
use self::own_peer::OwnPeer;
use super::context::CommandContext;
use crate::error::{AppError, ErrorKind};
use crate::mcp;

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
}

pub(super) fn run(command: &Mcp, context: &CommandContext) -> Result<u8, AppError> {
    let What::Serve { mesh } = &command.what;
    let (desk, workplace) = Desk::new(mesh.clone(), OwnPeer::of(&context.env));
    let own = workplace.own_peer();
    let served = context.online(async |connector| {
        let seen = presence::stay(own.clone(), workplace.clone());
        // Who is signed in is looked up on this thread.
        let answering = desk.answer(context, connector);
        let served = tokio::select! {
            served = mcp::serve_stdio(workplace.clone()) => served.map_err(AppError::internal),
            () = answering => Ok(()),
            () = seen => Ok(()),
        };
        own.leave(GOODBYE).await;
        served
    });
    match served {
        // How agents end a server: nothing of it is left to be seen.
        Err(error) if matches!(error.kind, ErrorKind::Interrupted | ErrorKind::Terminated) => {
            CommandContext::afterwards(own.leave(GOODBYE));
            Ok(0)
        }
        served => served.map(|()| 0),
    }
}
