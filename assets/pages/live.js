// Who is at work in a mesh, as it changes: one request at a time, which the
// instance holds until there is something new, and only while the page is seen,
// for a browser has few connections for all its tabs. Without it the page is
// whole, and its link loads it again.
const live = document.querySelector("[data-live]");
const board = live.querySelector(".board");
const voice = live.querySelector("[role=status]");
const PACE = 1000; // the least between two requests
const LONGEST = 60000; // the most between two that fail
const HELD = 25; // seconds that an answer may be held
let tag = live.dataset.tag;
let asked; // the request that is under way
let isFollowing = false;

const rows = (node) =>
  new Map([...node.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row.dataset]));

// What is new, in sentences for whoever hears the page. That time passes is not.
function news(before, now) {
  const said = [];
  for (const [key, row] of now) {
    const old = before.get(key);
    if (!old) said.push(row.came);
    else if (old.now !== row.now) said.push(row.now);
  }
  for (const [key, row] of before) if (!now.has(key)) said.push(row.gone);
  return said.length > 3 ? live.dataset.many : said.join(" ");
}

// Makes `node` like `other`, and touches nothing that is so already: what
// somebody marked there stays marked.
function become(node, other) {
  const all = [...other.childNodes];
  all.forEach((fresh, at) => {
    const old = node.childNodes[at];
    if (!old) node.append(fresh);
    else if (old.isEqualNode(fresh)) return;
    else if (old.nodeType !== Node.ELEMENT_NODE || old.nodeName !== fresh.nodeName)
      old.replaceWith(fresh);
    else {
      for (const { name } of [...old.attributes])
        if (!fresh.hasAttribute(name)) old.removeAttribute(name);
      for (const { name, value } of fresh.attributes) old.setAttribute(name, value);
      become(old, fresh);
    }
  });
  while (node.childNodes.length > all.length) node.lastChild.remove();
}

function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const said = news(rows(board), rows(fresh));
  board.style.height = `${board.getBoundingClientRect().height}px`;
  become(board, fresh);
  // So that the keys reach what is scrolled to.
  if (board.scrollHeight > board.clientHeight) board.tabIndex = 0;
  if (said) voice.textContent = said;
}

// Asks once; whether there is any use in asking again.
async function ask(isHeld) {
  const headers = { Accept: "text/html", "If-None-Match": tag };
  if (isHeld) headers.Prefer = `wait=${HELD}`;
  asked = new AbortController();
  // A connection that was lost while the computer slept answers nothing.
  const late = setTimeout(() => asked.abort(), (HELD + 15) * 1000);
  try {
    const { signal } = asked;
    const answer = await fetch(live.dataset.live, { headers, signal, redirect: "manual" });
    if (answer.status === 304) return true;
    if (answer.status === 429 || answer.status >= 500) throw new Error(answer.statusText);
    // Signed out, or not in the mesh any more.
    if (answer.status !== 200) return false;
    const html = await answer.text();
    tag = answer.headers.get("etag");
    show(html);
    return true;
  } finally {
    clearTimeout(late);
  }
}

async function follow() {
  if (isFollowing) return;
  isFollowing = true;
  let pause = PACE;
  let isHeld = true;
  while (!document.hidden) {
    live.classList.toggle("on", isHeld);
    try {
      if (!(await ask(isHeld))) {
        live.classList.remove("on");
        voice.textContent = live.dataset.ended;
        return;
      }
      isHeld = true;
      pause = PACE;
    } catch {
      // Away: then it is asked whether it is there before it is asked to wait.
      isHeld = document.hidden;
      pause = Math.min(pause * 2, LONGEST);
    }
    // Not all at once after an instance was started again.
    await new Promise((go) => setTimeout(go, pause * (1 + Math.random() / 2)));
  }
  isFollowing = false;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) asked?.abort();
  else follow();
});
// Everything is elsewhere in another window anyway.
addEventListener("resize", () => {
  board.style.height = "";
});
follow();
