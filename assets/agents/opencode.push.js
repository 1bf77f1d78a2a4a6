// Gives opencode what others in the mesh wrote, as it comes: for one session, beside its
// MCP server, which knows when something has. Before there is a session nothing is
// asked for.
import { spawn } from "node:child_process"

const [program, ...args] = COMMAND
// The server may not be there yet, or be gone: then nothing is to be had for a while.
const AGAIN = 5000

export const Crewmesh = async ({ client }) => {
  let session
  let hook

  const wait = () => {
    if (hook || !session) return
    hook = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] })
    let words = ""
    hook.stderr.on("data", (part) => (words += part))
    hook.on("error", () => {})
    hook.on("close", async (code) => {
      hook = undefined
      if (code !== 2) return setTimeout(wait, AGAIN).unref()
      const body = { parts: [{ type: "text", text: words }] }
      await client.session.promptAsync({ path: { id: session }, body }).catch(() => {})
      wait()
    })
  }

  process.on("exit", () => hook?.kill())
  return {
    event: async ({ event }) => {
      const { info } = event.properties ?? {}
      if (event.type === "session.created" && !info.parentID) session = info.id
      // One that was taken up again.
      if (event.type === "message.updated") session ??= info.sessionID
      wait()
    },
  }
}
