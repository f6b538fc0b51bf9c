// The server's scripting interface under /test/, as calls and one event stream.

/** Refusal is an error fit to be read; status is HTTP's, 0 when there was no answer. */
export class Refusal extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

async function call(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Refusal("The test server cannot be reached. Is it still running?");
  }
  const text = await response.text();
  let body;
  try {
    body = text === "" ? null : JSON.parse(text);
  } catch {
    body = null;
  }
  if (response.ok) return body;
  throw new Refusal(explain(body) || text.slice(0, 200) || `The server answered ${response.status}.`, response.status);
}

// explain reads Discord's error body: the innermost messages of a 50035, else
// the message itself.
function explain(body) {
  if (!body || typeof body !== "object") return "";
  const inner = [];
  const walk = (node, path) => {
    if (!node || typeof node !== "object") return;
    for (const fault of node._errors ?? []) inner.push(`${path.join(".")}: ${fault.message}`);
    for (const [key, child] of Object.entries(node)) if (key !== "_errors") walk(child, [...path, key]);
  };
  walk(body.errors, []);
  const head = body.message || body.error || "";
  return inner.length ? `${head}: ${inner.join("; ")}` : head;
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const api = {
  state: () => call("/test/state"),
  messages: (channel, user, limit = 100) =>
    call(`/test/channels/${encodeURIComponent(channel)}/messages?html=1&limit=${limit}&user=${encodeURIComponent(user)}`),
  channel: (user, name) => post("/test/channels", { user, name }),
  send: (body) => post("/test/messages", body),
  command: (body) => post("/test/commands", body),
  component: (body) => post("/test/components", body),
  modal: (body) => post("/test/modals", body),
  reaction: (body) => post("/test/reactions", body),
  user: (body) => post("/test/users", body),
  sockets: (body) => post("/test/sockets", body),
  faults: (body) => post("/test/faults", body),
  pendingFaults: () => call("/test/faults"),
  autocomplete: (body) => post("/test/autocomplete", body),
};

const EVENTS = ["MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "TYPING_START", "CHANNEL_CREATE", "CHANNEL_UPDATE",
  "THREAD_CREATE", "BOT_UPDATE", "INTERACTION_UPDATE"];

/**
 * Stream follows /test/events for one user and never gives up: a lost
 * connection is reported once and tried again after 0.5 to 5 seconds.
 * Handlers: event(data), open(), lost().
 */
export class Stream {
  #handlers;
  #source = null;
  #timer = 0;
  #wait = 500;
  #user = "";

  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** follow drops the present connection and opens one as user. */
  follow(user) {
    this.#user = user;
    this.#wait = 500;
    this.#open();
  }

  /** retry connects at once instead of when the pause is over. */
  retry() {
    this.#open();
  }

  #open() {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = new EventSource(`/test/events?user=${encodeURIComponent(this.#user)}`);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#wait = 500;
      this.#handlers.open();
    });
    source.addEventListener("error", () => {
      if (source !== this.#source) return;
      source.close();
      this.#handlers.lost();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#open(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, 5000);
    });
    for (const name of EVENTS) {
      source.addEventListener(name, (e) => {
        if (source === this.#source) this.#handlers.event({ type: name, ...JSON.parse(e.data) });
      });
    }
  }
}
