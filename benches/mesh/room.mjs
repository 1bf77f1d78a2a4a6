// A room: whoever enters has a name, and writes to a name, to a role or to all.
// Nothing is kept.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const people = new Map();
const roles = new Map();
const server = createServer((_, response) => response.writeHead(426).end());
const room = new WebSocketServer({ server, maxPayload: 64 * 1024, perMessageDeflate: false });
let number = 0;

function send(to, text) {
  if (to && to.readyState === to.OPEN) to.send(text);
}

function deliver(from, message) {
  const text = JSON.stringify({
    number: ++number,
    from,
    to: message.to,
    text: message.text,
    at: Date.now(),
  });
  if (message.to === "*") {
    for (const [name, socket] of people) if (name !== from) send(socket, text);
  } else if (message.to.startsWith("@")) {
    for (const name of roles.get(message.to.slice(1)) ?? []) send(people.get(name), text);
  } else {
    send(people.get(message.to), text);
  }
}

room.on("connection", (socket, request) => {
  const query = new URL(request.url, "http://room").searchParams;
  const [name, role] = [query.get("name"), query.get("role")];
  if (!name || people.has(name)) {
    socket.close(1008, "name");
    return;
  }
  people.set(name, socket);
  if (role) roles.set(role, (roles.get(role) ?? new Set()).add(name));
  socket.on("message", (data) => {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (typeof message.to === "string" && typeof message.text === "string") deliver(name, message);
  });
  socket.on("close", () => {
    people.delete(name);
    roles.get(role)?.delete(name);
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
