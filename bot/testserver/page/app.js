// The page of the test server: one member's view of one channel, kept current
// by the event stream. Everything here goes through the scripting interface.

import { api, Refusal, Stream } from "./api.js";
import { catalogue, commandIn, invocation, menuCommands, parse, segments } from "./commands.js";
import { Composer } from "./composer.js";
import { el } from "./dom.js";
import { startFaults } from "./faults.js";
import { openMenu } from "./menu.js";
import { dots, nameOf } from "./message.js";
import { openModal } from "./modal.js";
import { isDM, Sidebar } from "./sidebar.js";
import { startTheme } from "./theme.js";
import { Timeline } from "./timeline.js";
import { welcomeView } from "./welcome.js";
import { startWire } from "./wire.js";

const SILENT = "The application did not respond";
const TYPING = 10_000; // how long a typing signal lasts on Discord, in milliseconds
const byID = (id) => document.getElementById(id);

const view = {
  me: sessionStorage.getItem("member") || "ana",
  place: placeInAddress() || "general",
  state: { guild: "Test server", channels: [], users: [], bots: [] },
  entries: [], // the slash commands, see catalogue
  made: new Set(), // channels opened here that the server does not know yet
  joined: new Set(["ana", "ben"]),
  unread: new Map(),
  typing: new Map(), // name -> the timer that ends it
};
const interactions = new Map(); // id -> what to do once its state is known
const early = new Map(); // id -> state that came before the answer to the POST
const opened = new Set(); // interactions whose modal has been shown
let welcomed = ""; // what the head of the channel was drawn from
let loading = null; // {touched: Map, removed: Set} while a history is on its way
let sending = Promise.resolve(); // messages leave one after the other

const timeline = new Timeline({ scroller: byID("scroller"), log: byID("log"), jump: byID("jump") }, {
  reply: (m) => composer.reply(m),
  react,
  menu,
  leave: () => composer.focus(),
  choose,
  choices: entityChoices,
  nameByID,
  me: view.me,
});
const composer = new Composer({ submit, vocabulary, complete, up: () => timeline.focusLast() });
const sidebar = new Sidebar({ goTo, actAs, create, speak });
const stream = new Stream({
  open: () => { banner(""); refetch(); },
  lost: () => banner("Connection to the test server lost. Trying again…"),
  event: receive,
});

// What the server knows, and what follows from it.

const guildName = () => view.state.guild?.name ?? view.state.guild ?? "Test server";
const userName = (u) => (typeof u === "string" ? u : u.name ?? nameOf(u));
const people = () => (view.state.users ?? []).filter((u) => !u.bot).map(userName).filter((n) => !view.state.bots.some((b) => b.name === n));

function channels() {
  const known = (view.state.channels ?? []).filter((c) => c.type !== 1);
  const threads = known.filter((c) => c.type >= 10 && c.type <= 12);
  const list = known.filter((c) => !threads.includes(c)).map((c) => ({ name: c.name, id: c.id, topic: c.topic }));
  for (const name of view.made) if (!known.some((c) => c.name === name)) list.push({ name });
  if (!list.length) list.push({ name: "general" });
  return list.flatMap((c) => [c, ...threads.filter((t) => t.parent === c.id).map((t) => ({ name: t.name, id: t.id, thread: true }))]);
}

function members() {
  return [...new Set([...view.joined, ...people(), view.me])].sort();
}

function nameByID(id) {
  const user = [...view.state.bots, ...(view.state.users ?? [])].find((u) => u.id === id);
  return user && userName(user);
}

function vocabulary() {
  const bots = view.state.bots.map((b) => ({ name: b.name, bot: true }));
  return {
    entries: view.entries,
    people: [...bots, ...members().filter((n) => n !== view.me).map((name) => ({ name, bot: false }))],
    channels: channels().filter((c) => !c.thread).map((c) => c.name),
  };
}

function entityChoices(type) {
  const users = [...(view.state.users ?? []), ...view.state.bots].filter((u) => u.id).map((u) => ({ label: `@${userName(u)}`, value: u.id }));
  const roles = (view.state.roles ?? []).filter((r) => r.guild === guildName()).map((r) => ({ label: r.name, value: r.id }));
  const people = [...new Map(users.map((u) => [u.value, u])).values()];
  return { 5: people, 6: roles, 7: [...people, ...roles], 8: channels().filter((c) => c.id).map((c) => ({ label: `#${c.name}`, value: c.id })) }[type] ?? [];
}

const locale = () => view.state.users?.find((u) => u.username === view.me)?.locale ?? "en-US";

function draw() {
  const dm = isDM(view.place);
  view.entries = catalogue(view.state.bots, locale(), dm);
  sidebar.draw({ guild: guildName(), channels: channels(), bots: view.state.bots, members: members(), me: view.me, locale: locale(), place: view.place, unread: view.unread });
  const here = channels().find((c) => c.name === view.place);
  byID("place-icon").setAttribute("href", dm ? "#i-at" : here?.thread ? "#i-thread" : "#i-hash");
  byID("place-name").textContent = dm ? view.place.slice(1) : view.place;
  byID("place-topic").textContent = here?.topic ?? (dm ? "Direct messages" : "");
  byID("log").setAttribute("aria-label", `Messages in ${dm ? view.place : `#${view.place}`}`);
  composer.label(dm ? view.place : `#${view.place}`);
  const shown = JSON.stringify([view.place, view.state.bots, locale()]);
  if (shown !== welcomed) byID("welcome").replaceChildren(welcomeView(view.place, view, (text) => composer.write(text)));
  welcomed = shown;
  const unread = [...view.unread.values()].reduce((a, b) => a + b, 0);
  document.title = `${unread ? `(${unread}) ` : ""}${dm ? view.place : `#${view.place}`} | ${guildName()}`;
}

async function refreshState() {
  try {
    const state = await api.state();
    view.state = { ...state, bots: state.bots ?? [] };
    draw();
  } catch (err) {
    banner(`The server's state could not be read: ${err.message}`);
  }
}

// load fetches the history of the present place. Events that come meanwhile
// are newer than what it brings and win.
async function load(depth = 100) {
  const mark = { touched: new Map(), removed: new Set() };
  loading = mark;
  let list;
  try {
    list = await api.messages(view.place, view.me, depth);
  } catch (err) {
    if (loading !== mark) return;
    list = [];
    // A channel that nobody has written to yet is not an error.
    if (!(err instanceof Refusal) || err.status !== 404) banner(`The messages could not be read: ${err.message}`);
  }
  if (loading !== mark) return;
  loading = null;
  const entries = new Map((list ?? []).map((e) => entryOf(e)).map((e) => [e.message.id, e]));
  for (const [id, entry] of mark.touched) entries.set(id, entry);
  for (const id of mark.removed) entries.delete(id);
  timeline.show([...entries.values()]);
  timeline.loaded();
  byID("earlier").hidden = (list ?? []).length < depth || depth >= 1000;
  draw();
}

const entryOf = ({ message, html, component_html, embed_html }) => ({ message, html, componentHTML: component_html, embedHTML: embed_html });

async function refetch() {
  interactions.clear();
  await refreshState();
  await load();
}

// Events.

function receive(e) {
  switch (e.type) {
    case "MESSAGE_CREATE":
    case "MESSAGE_UPDATE":
      return received(e);
    case "MESSAGE_DELETE": {
      const id = e.message?.id ?? e.message_id ?? e.id;
      loading?.removed.add(id);
      timeline.remove(id);
      return draw();
    }
    case "TYPING_START":
      return isHere(e) && typing(e);
    case "INTERACTION_UPDATE":
      return progressed(e.interaction);
    default:
      return refreshState();
  }
}

const isHere = (e) => e.channel === view.place || e.channel_id === view.place;

function received(e) {
  const { message } = e;
  const own = message.author?.username === view.me;
  stopTyping(message.author?.username);
  if (!isHere(e)) {
    if (e.type === "MESSAGE_CREATE" && !own) view.unread.set(e.channel, (view.unread.get(e.channel) ?? 0) + 1);
    return draw();
  }
  if (e.type === "MESSAGE_CREATE" && own) timeline.arrived(message.id);
  loading?.touched.set(message.id, entryOf(e));
  timeline.put(entryOf(e));
  if (!own && !message.author?.bot && !people().includes(message.author?.username)) refreshState();
}

function typing(e) {
  const name = typeof e.typing === "string" ? e.typing : nameByID(e.user_id) ?? "Somebody";
  if (name === view.me) return;
  stopTyping(name);
  view.typing.set(name, setTimeout(() => stopTyping(name), TYPING));
  drawTyping();
}

function stopTyping(name) {
  if (!view.typing.has(name)) return;
  clearTimeout(view.typing.get(name));
  view.typing.delete(name);
  drawTyping();
}

function drawTyping() {
  const names = [...view.typing.keys()];
  const line = byID("typing");
  line.replaceChildren();
  if (names.length) line.append(dots(), el("span", {}, el("strong", { text: names.join(", ") }), names.length > 1 ? " are typing…" : " is typing…"));
}

// Sending.

function submit(text, { replyTo, ping, chosen }) {
  composer.error("");
  if (text.startsWith("/")) return command(text, chosen);
  const key = timeline.expect({ kind: "message", author: view.me, text });
  draw();
  const body = { user: view.me, channel: view.place, content: text };
  if (replyTo) Object.assign(body, { reply_to: replyTo, ping });
  sending = sending.then(async () => {
    try {
      const message = await api.send(body);
      timeline.accept(key, message.id);
    } catch (err) {
      timeline.settle(key);
      composer.restore(text, err.message);
    }
    draw();
  });
  return true;
}

function command(text, chosen) {
  const { entry, options, error } = parse(text, view.entries, chosen);
  if (error) {
    composer.error(error);
    return false;
  }
  run(text, entry, invocation(entry, options));
  return true;
}

// menu opens what can be done with a message and with its author.
function menu(m, x, y) {
  const dm = isDM(view.place);
  const author = nameOf(m.author);
  const commands = (type, target) => menuCommands(view.state.bots, type, locale(), dm).map((c) => ({
    label: c.label, detail: c.bot.name, run: () => run("", { bot: c.bot, name: c.label, menu: true }, { name: c.name, target }),
  }));
  const [onMessage, onUser] = [commands(3, m.id), commands(2, m.author.username)];
  openMenu({
    x, y, label: `Message of ${author}`, back: document.getElementById(`m-${m.id}`), react: (emoji) => react(m, emoji, m.reactions?.some((r) => r.emoji.name === emoji && r.me)),
    items: [
      { label: "Reply", icon: "reply", run: () => composer.reply(m) },
      { label: "Copy the text", run: () => navigator.clipboard?.writeText(m.content) },
      { label: "Copy the message’s id", run: () => navigator.clipboard?.writeText(m.id) },
      ...(onMessage.length ? [{ heading: "Apps, on this message" }, ...onMessage] : []),
      ...(onUser.length ? [{ heading: `Apps, on ${author}` }, ...onUser] : []),
    ],
  });
}

async function react(m, emoji, remove) {
  try {
    await api.reaction({ user: view.me, message: m.id, emoji, remove: Boolean(remove) });
  } catch (err) {
    timeline.fail(m.id, err.message);
  }
}

// run sends a command; text is what was typed, "" for one of a menu.
async function run(text, entry, request) {
  let key = 0;
  let done = false;
  // A quick bot answers before a placeholder could be read.
  const slow = setTimeout(() => { if (!done) key = show(); }, 250);
  const show = () => timeline.expect({ kind: "command", author: view.me, bot: entry.bot.name, text: entry.menu ? entry.name : `/${entry.name}` });
  const finish = (state) => {
    done = true;
    clearTimeout(slow);
    if (state !== "failed") return key && timeline.settle(key);
    if (!key) key = show();
    timeline.refuse(key, SILENT);
  };
  try {
    const answer = await api.command({ user: view.me, channel: view.place, bot: entry.bot.name, ...request });
    whenSettled(answer, finish);
  } catch (err) {
    finish("refused");
    if (text) composer.restore(text, err.message);
    else composer.error(err.message);
  }
}

// whenSettled runs finish once an interaction is acknowledged or has failed.
function whenSettled({ interaction_id: id, state }, finish) {
  interactions.set(id, finish);
  settle(id, early.get(id) ?? state);
  early.delete(id);
}

// progressed takes a step of an interaction; one that fails after it was
// deferred has a message to fail under.
function progressed(interaction) {
  const { interaction_id: id, state, message_id: message, error } = interaction;
  if (state === "failed" && message && !interactions.has(id)) timeline.fail(message, error || SILENT);
  settle(id, state);
  if (interaction.modal && interaction.user === view.me && !opened.has(id)) form(interaction);
}

function form({ interaction_id: id, modal, bot }) {
  opened.add(id);
  openModal(modal, bot, async (values) => {
    try {
      const answer = await api.modal({ user: view.me, interaction: id, custom_id: modal.custom_id, values });
      whenSettled(answer, (state) => { if (state === "failed") composer.error(SILENT); });
      return "";
    } catch (err) {
      return err.message;
    }
  });
}

function settle(id, state) {
  if (!id || !state || state === "pending") return;
  const finish = interactions.get(id);
  if (finish) {
    interactions.delete(id);
    finish(state);
  } else {
    early.set(id, state);
    if (early.size > 100) early.delete(early.keys().next().value);
  }
}

async function choose(message, customID, values) {
  timeline.waiting(message.id, customID, true);
  const finish = (state) => {
    timeline.waiting(message.id, customID, false);
    if (state === "failed") timeline.fail(message.id, SILENT);
  };
  const body = { user: view.me, message: message.id, custom_id: customID };
  if (values) body.values = values;
  try {
    whenSettled(await api.component(body), finish);
  } catch (err) {
    timeline.waiting(message.id, customID, false);
    timeline.fail(message.id, err.message);
  }
}

async function complete(entry, text, option, value) {
  const options = {};
  if (commandIn(text, view.entries) === entry) {
    for (const p of segments(text, entry).parts) options[p.option.id] = text.slice(p.valueStart, p.end).trim();
  }
  options[option.id] = value;
  const answer = await api.autocomplete({ user: view.me, channel: view.place, bot: entry.bot.name, focused: option.id, ...invocation(entry, options) });
  return answer?.choices ?? answer ?? [];
}

// Going places.

function goTo(place) {
  sidebar.drawer(false);
  if (place !== view.place) location.hash = encodeURIComponent(place);
  else composer.focus();
}

// create makes a channel and goes there; it returns what went wrong, or "".
async function create(name) {
  try {
    await api.channel(view.me, name);
  } catch (err) {
    return err.message;
  }
  await refreshState();
  goTo(name);
  return "";
}

function arrive(place) {
  if (!isDM(place) && !channels().some((c) => c.name === place)) view.made.add(place);
  view.place = place;
  view.unread.delete(place);
  for (const name of [...view.typing.keys()]) stopTyping(name);
  composer.reply(null);
  composer.error("");
  timeline.clear();
  draw();
  load();
  if (!matchMedia("(pointer: coarse)").matches) composer.focus();
}

function actAs(name) {
  view.me = name;
  view.joined.add(name);
  timeline.me = name;
  sessionStorage.setItem("member", name);
  view.unread.clear();
  timeline.clear();
  composer.reply(null);
  composer.error("");
  draw();
  stream.follow(name);
  load();
}

// speak sets the language of the acting member's client.
async function speak(locale) {
  try {
    await api.user({ user: view.me, locale });
  } catch (err) {
    composer.error(err.message);
  }
  await refreshState();
}

function placeInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

function banner(text) {
  const node = byID("banner");
  node.hidden = text === "";
  node.replaceChildren(text);
  if (text) node.append(el("button", { type: "button", class: "link-button", text: "Try now", on: { click: () => stream.retry() } }));
}

addEventListener("hashchange", () => {
  const place = placeInAddress() || "general";
  if (place !== view.place) arrive(place);
});

byID("earlier").addEventListener("click", () => load(1000));
startTheme(byID("theme"));
startWire(byID("wire-button"), byID("wire"));
startFaults(byID("faults-button"), byID("faults"));
timeline.clear();
draw();
stream.follow(view.me);
composer.focus();
