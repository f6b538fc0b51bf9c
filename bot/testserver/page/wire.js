// The panel that shows what goes over the wire: every REST call and gateway
// event, the newest last, with what was refused in red.

import { el } from "./dom.js";
import { panel as sidePanel } from "./panel.js";

const KEPT = 500; // records
const EVERY = 1000; // milliseconds between two looks, while the panel is open
const CODES = "https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes";

/** bad says whether a record is of something against Discord's rules. */
const bad = (r) => r.status >= 400 || r.close > 1001 || r.violations?.length > 0;

/** title is a record in one line. */
function title(r) {
  if (r.kind === "rest") return `${r.method} ${r.path}`;
  if (r.close) return `closed with ${r.close}`;
  const { op, t } = r.payload ?? {};
  return t ?? OPS[op] ?? `op ${op}`;
}

const OPS = {
  1: "Heartbeat", 2: "Identify", 3: "Presence Update", 4: "Voice State Update", 6: "Resume", 7: "Reconnect",
  8: "Request Guild Members", 9: "Invalid Session", 10: "Hello", 11: "Heartbeat ACK",
};

/** violations are what a record does against the rules, each with its section of the documentation. */
function violations(r) {
  if (r.close > 1001) return [{ message: `closed with ${r.close}`, section: CODES }];
  return r.violations ?? [];
}

/** shown is a record as a row that opens. */
function shown(r) {
  const outcome = r.kind === "rest" ? String(r.status) : r.dir === "in" ? "from the bot" : "to the bot";
  const row = el("details", { class: bad(r) ? "wire-row bad" : "wire-row" },
    el("summary", {},
      el("span", { class: "wire-kind", text: r.kind === "rest" ? "REST" : "gateway" }),
      el("span", { class: "wire-title", text: title(r) }),
      el("span", { class: "wire-outcome", text: r.status >= 400 || r.close > 1001 ? `${outcome} refused` : bad(r) ? `${outcome}, but odd` : outcome })));
  // A row is filled when it is opened first: most never are.
  row.addEventListener("toggle", () => {
    const part = (name, value) => value !== undefined && value !== null &&
      el("div", {}, el("h3", { text: name }), el("pre", { tabindex: "0", text: typeof value === "string" ? value : JSON.stringify(value, null, 2) }));
    const rules = violations(r).length > 0 && el("ul", { class: "violations" }, ...violations(r).map((v) => el("li", {},
      v.at && el("code", { text: v.at }), v.at && ": ", `${v.message} `,
      el("a", { href: v.section, target: "_blank", rel: "noopener noreferrer", text: "Discord’s documentation" }))));
    const when = `${new Date(r.time).toLocaleTimeString()}${r.bot ? `, ${r.bot}` : ""}${r.took_us ? `, ${(r.took_us / 1000).toFixed(1)} ms` : ""}`;
    row.append(...[el("p", { class: "muted small", text: when }), rules, part("Request", r.request), part("Answer", r.response), part("Payload", r.payload)].filter(Boolean));
  }, { once: true });
  return row;
}

/** startWire makes button open and close the panel. */
export function startWire(button, panel) {
  const filter = panel.querySelector("#wire-filter");
  const beats = panel.querySelector("#wire-beats");
  const list = panel.querySelector("#wire-list");
  const pause = panel.querySelector("#wire-pause");
  const status = panel.querySelector("#wire-status");
  let records = [];
  let last = 0;
  let timer = 0;

  const wanted = (r) => (beats.checked || !/^Heartbeat/.test(title(r))) &&
    (!filter.value || `${title(r)} ${r.kind} ${r.status ?? ""} ${r.bot ?? ""} ${bad(r) ? "refused violation" : ""}`.toLowerCase().includes(filter.value.toLowerCase()));
  const draw = () => {
    list.replaceChildren(...records.filter(wanted).map(shown));
    list.scrollTop = list.scrollHeight;
  };
  const look = async () => {
    try {
      const response = await fetch(`/test/wire?after=${last}`, { cache: "no-store" });
      const fresh = (await response.text()).split("\n").filter(Boolean).map((line) => JSON.parse(line));
      if (fresh.length) {
        const stick = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
        last = fresh.at(-1).n;
        records = records.concat(fresh).slice(-KEPT);
        for (const r of fresh.filter(wanted)) list.append(shown(r));
        while (list.children.length > KEPT) list.firstChild.remove();
        if (stick) list.scrollTop = list.scrollHeight;
      }
      status.textContent = `${records.length} records${records.some(bad) ? `, ${records.filter(bad).length} against the rules` : ""}`;
    } catch {
      status.textContent = "The test server does not answer.";
    }
    if (!panel.hidden && pause.getAttribute("aria-pressed") !== "true") timer = setTimeout(look, EVERY);
  };
  sidePanel(button, panel, () => filter, (yes) => {
    clearTimeout(timer);
    if (yes) look();
  });
  pause.addEventListener("click", () => {
    const paused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(paused));
    clearTimeout(timer);
    if (!paused) look();
  });
  panel.querySelector("#wire-clear").addEventListener("click", () => { records = []; draw(); status.textContent = "0 records"; });
  filter.addEventListener("input", draw);
  beats.addEventListener("change", draw);
}
