// The panel of faults: what the test server is to do wrong, and how often.

import { api } from "./api.js";
import { el } from "./dom.js";
import { panel } from "./panel.js";

/** FAULTS are those that the server knows, by their names in its scripting interface. */
const FAULTS = {
  "REST": {
    rate_limit_429: "429, the bot's own limit", rate_limit_shared: "429, a shared limit", rate_limit_global: "429, the global limit",
    internal_500: "500, not done", bad_gateway_502: "502, not done", bad_gateway_after: "502, though it was done",
    reject_token: "401, and 4004 on the gateway",
  },
  "Gateway": {
    drop_socket: "connection cut at an event", reconnect_at_event: "told to reconnect behind an event", duplicate_events: "event sent twice",
    unknown_event: "event of an unknown kind before an event", unknown_component: "unknown component in a message", no_ack: "heartbeat not acknowledged",
    invalid_session: "Identify or Resume refused", reconnect_instead_of_ready: "told to reconnect instead of READY", no_hello: "no Hello", silent: "mute after READY",
  },
};

const ACTIONS = [
  ["Cut the connections", { drop: true }], ["Ask to reconnect", { reconnect: true }],
  ["Close: session timed out (4009)", { close: 4009 }], ["Close: unknown error (4000)", { close: 4000 }],
];

/** startFaults makes button open and close the panel element. */
export function startFaults(button, element) {
  const form = element.querySelector("form");
  const status = element.querySelector("#faults-status");
  const seed = element.querySelector("#faults-seed");
  const slow = element.querySelector("#faults-slow");
  const inputs = new Map(); // name -> {count, rate}
  const table = el("div", { class: "fault-groups" });
  for (const [group, faults] of Object.entries(FAULTS)) {
    table.append(el("fieldset", {}, el("legend", { text: group }),
      el("div", { class: "fault-row fault-head", "aria-hidden": "true" }, el("span"), el("span", { text: "next" }), el("span", { text: "%" })),
      ...Object.entries(faults).map(([name, label]) => {
        const number = (what, max, step) => el("input", { type: "number", min: "0", max, step, placeholder: "0", "aria-label": `${label}: ${what}` });
        const pair = { count: number("the next how many times", "999", "1"), rate: number("in how many of a hundred cases", "100", "any") };
        inputs.set(name, pair);
        return el("div", { class: "fault-row" }, el("span", { text: label }), pair.count, pair.rate);
      })));
  }
  form.prepend(table);
  element.querySelector("#faults-now").append(...ACTIONS.map(([label, body]) =>
    el("button", { type: "button", text: label, on: { click: () => attempt(() => api.sockets(body), `${label}: done.`) } })));

  const fill = (faults) => {
    for (const [name, { count, rate }] of inputs) {
      count.value = faults[name] || "";
      rate.value = faults.rate?.[name] ? String(Math.round(faults.rate[name] * 10000) / 100) : "";
    }
    slow.value = faults.slow_rest ?? "";
    seed.value = faults.seed || "";
  };
  const wanted = () => {
    const faults = { rate: {} };
    for (const [name, { count, rate }] of inputs) {
      if (Number(count.value)) faults[name] = Number(count.value);
      if (Number(rate.value)) faults.rate[name] = Number(rate.value) / 100;
    }
    if (slow.value.trim()) faults.slow_rest = slow.value.trim();
    if (Number(seed.value)) faults.seed = Number(seed.value);
    return faults;
  };
  const attempt = async (ask, done) => {
    try {
      const faults = await ask();
      if (faults) fill(faults);
      status.textContent = done;
    } catch (err) {
      status.textContent = err.message;
    }
  };
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    attempt(() => api.faults(wanted()), "These faults are on.");
  });
  element.querySelector("#faults-nasty").addEventListener("click", () => attempt(() => api.faults({ nasty: true }), "A fair mix of faults is on."));
  element.querySelector("#faults-none").addEventListener("click", () => attempt(() => api.faults({}), "No faults."));
  panel(button, element, () => element.querySelector("#faults-nasty"), (yes) => { if (yes) attempt(api.pendingFaults, ""); });
}
