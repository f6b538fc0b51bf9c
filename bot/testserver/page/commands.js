// Slash commands as a person types them: "/name opt:value other:value", and
// "/name some words" where the words belong to the first open text option.
// No document here: text goes in, values come out.

/** Option types of Discord's application commands. */
export const TYPE = { SUB: 1, GROUP: 2, STRING: 3, INTEGER: 4, BOOLEAN: 5, USER: 6, CHANNEL: 7, ROLE: 8, MENTIONABLE: 9, NUMBER: 10 };

/**
 * catalogue lists what can be typed after "/" by a member with a locale, in a
 * server or in direct messages (dm): one entry for each chat-input command or
 * subcommand of each bot, as {bot, path, name, description, options}, where
 * name has spaces between a command and its subcommand, and an option's id is
 * the name that the server knows it by.
 */
export function catalogue(bots, locale, dm) {
  const entries = [];
  for (const bot of bots) {
    for (const command of bot.commands ?? []) {
      if ((command.type ?? 1) === 1 && offered(command, dm)) expand(bot, [], "", command, entries, locale);
    }
  }
  return entries.sort((a, b) => a.name.localeCompare(b.name));
}

/** menuCommands are the context menu commands of a type (2: user, 3: message), as {bot, name, label}. */
export function menuCommands(bots, type, locale, dm) {
  return bots.flatMap((bot) => (bot.commands ?? []).filter((c) => c.type === type && offered(c, dm))
    .map((c) => ({ bot, name: c.name, label: c.name_localizations?.[locale] ?? c.name })));
}

const offered = (command, dm) => !command.contexts?.length || command.contexts.includes(dm ? 1 : 0);

// expand adds a command, or its subcommands, in the member's language; path is
// the names under which the server knows it.
function expand(bot, path, above, node, entries, locale) {
  const local = (x) => ({ ...x, id: x.name, name: x.name_localizations?.[locale] ?? x.name, description: x.description_localizations?.[locale] ?? x.description ?? "" });
  const options = (node.options ?? []).map((o) => ({ ...local(o), choices: o.choices?.map((c) => ({ ...c, name: c.name_localizations?.[locale] ?? c.name })) }));
  const nested = options.filter((o) => o.type === TYPE.SUB || o.type === TYPE.GROUP);
  const { name, description } = local(node);
  if (nested.length === 0) entries.push({ bot, path: [...path, node.name], name: `${above}${name}`, description, options });
  for (const child of node.options ?? []) if (nested.some((n) => n.id === child.name)) expand(bot, [...path, node.name], `${above}${name} `, child, entries, locale);
}

/** invocation is an entry with its options as the server wants them: a subcommand is an option that holds options. */
export function invocation(entry, options) {
  const [name, ...path] = entry.path;
  return { name, options: path.reduceRight((inner, key) => ({ [key]: inner }), options) };
}

/** commandIn finds the entry that text starts with, the longest name first. */
export function commandIn(text, entries) {
  let found = null;
  for (const entry of entries) {
    const head = `/${entry.name}`;
    const starts = text.toLowerCase().startsWith(head) && (text.length === head.length || /\s/.test(text[head.length]));
    if (starts && (!found || entry.name.length > found.name.length)) found = entry;
  }
  return found;
}

/**
 * segments splits what follows the command's name: loose is the text before
 * the first "option:", parts are the options in order, each as
 * {option, start, valueStart, end} with offsets into text.
 */
export function segments(text, entry) {
  const from = entry.name.length + 1;
  const parts = [];
  for (const match of text.slice(from).matchAll(/(^|\s)([-_\p{L}\p{N}]{1,32}):/gu)) {
    const option = entry.options.find((o) => o.name === match[2].toLowerCase());
    if (!option || parts.some((p) => p.option === option)) continue;
    const start = from + match.index + match[1].length;
    if (parts.length) parts.at(-1).end = start;
    parts.push({ option, start, valueStart: start + match[2].length + 1, end: text.length });
  }
  return { loose: text.slice(from, parts[0]?.start ?? text.length), parts };
}

/**
 * parse turns a command line into {entry, options}, with options a map of
 * name to value, or into {error} with a sentence for the person. chosen maps
 * "option=name" to the value of an autocompleted choice.
 */
export function parse(text, entries, chosen = new Map()) {
  const entry = commandIn(text, entries);
  if (!entry) return { error: `No bot here has the command ${text.split(/\s/)[0]}. Type / to see those there are.` };
  const { loose, parts } = segments(text, entry);
  const given = new Map(parts.map((p) => [p.option, text.slice(p.valueStart, p.end).trim()]));
  if (loose.trim() !== "") {
    const target = looseOption(entry, given);
    if (!target) return { error: `/${entry.name} does not know what to do with “${loose.trim()}”.` };
    given.set(target, loose.trim());
  }
  const options = {};
  for (const [option, raw] of given) {
    if (raw === "") return { error: `The option ${option.name} has no value.` };
    const known = chosen.get(`${option.name}=${raw}`);
    const value = known === undefined ? valueOf(option, raw) : { value: known };
    if (value.error) return value;
    options[option.id] = value.value;
  }
  const missing = entry.options.find((o) => o.required && !given.has(o));
  if (missing) return { error: `/${entry.name} needs the option ${missing.name}: ${missing.description}` };
  return { entry, options };
}

// looseOption is where words without a name go: the first required option
// still open, else the first open text option, else the only open one.
function looseOption(entry, given) {
  const open = entry.options.filter((o) => !given.has(o));
  return open.find((o) => o.required) ?? open.find((o) => o.type === TYPE.STRING) ?? (open.length === 1 ? open[0] : null);
}

function valueOf(option, raw) {
  const choices = option.choices ?? [];
  if (choices.length) {
    const wanted = raw.toLowerCase();
    const choice = choices.find((c) => c.name.toLowerCase() === wanted || String(c.value).toLowerCase() === wanted);
    if (!choice) return { error: `${option.name} is one of: ${choices.map((c) => c.name).join(", ")}.` };
    return { value: choice.value };
  }
  switch (option.type) {
    case TYPE.INTEGER:
      return /^[-+]?\d+$/.test(raw) ? within(option, Number(raw)) : { error: `${option.name} is a whole number.` };
    case TYPE.NUMBER:
      return Number.isFinite(Number(raw)) ? within(option, Number(raw)) : { error: `${option.name} is a number.` };
    case TYPE.BOOLEAN:
      if (/^(true|yes|on|1)$/i.test(raw)) return { value: true };
      if (/^(false|no|off|0)$/i.test(raw)) return { value: false };
      return { error: `${option.name} is true or false.` };
    case TYPE.USER:
    case TYPE.MENTIONABLE:
    case TYPE.ROLE:
      return { value: raw.replace(/^@/, "") };
    case TYPE.CHANNEL:
      return { value: raw.replace(/^#/, "") };
    default:
      return { value: raw };
  }
}

function within(option, number) {
  if (option.min_value !== undefined && number < option.min_value) return { error: `${option.name} is at least ${option.min_value}.` };
  if (option.max_value !== undefined && number > option.max_value) return { error: `${option.name} is at most ${option.max_value}.` };
  return { value: number };
}

/**
 * suggestionsFor says what could be typed at the caret: {head, items, picks}
 * or null. An item is {label, detail, kind, from, to, insert}: picking it puts
 * insert in place of text[from:to]. picks tells whether Enter takes the first
 * item without the person having moved to one. people are names for "@",
 * channels names for channel options. With autocomplete, items are empty and
 * the answer names {entry, option, value, from, to} for the bot to be asked.
 */
export function suggestionsFor(text, caret, { entries, people, channels }) {
  if (text.startsWith("/")) return slash(text, caret, entries, people, channels);
  const before = text.slice(0, caret);
  const at = before.match(/(^|\s)@([-\p{L}\p{N}_.]*)$/u);
  if (!at) return null;
  const typed = at[2].toLowerCase();
  const from = caret - at[2].length - 1;
  const items = people.filter((p) => p.name.toLowerCase().includes(typed))
    .sort((a, b) => Number(b.name.toLowerCase().startsWith(typed)) - Number(a.name.toLowerCase().startsWith(typed)) || Number(b.bot) - Number(a.bot))
    .slice(0, 10)
    .map((p) => ({ label: p.name, detail: p.bot ? "bot" : "", kind: p.bot ? "bot" : "member", from, to: caret, insert: `@${p.name} ` }));
  return items.length ? { head: "Members", items, picks: true } : null;
}

function slash(text, caret, entries, people, channels) {
  const entry = commandIn(text, entries);
  if (!entry || caret <= entry.name.length + 1) {
    const typed = text.slice(1).toLowerCase().trimStart();
    const items = entries.filter((e) => e.name.startsWith(typed) || (typed.length > 1 && e.name.includes(typed)))
      .sort((a, b) => Number(b.name.startsWith(typed)) - Number(a.name.startsWith(typed)))
      .map((e) => ({ label: `/${e.name}`, detail: e.description, kind: "command", by: e.bot.name, from: 0, to: text.length,
        insert: e.options.length ? `/${e.name} ` : `/${e.name}` }));
    const complete = entry && !entry.options.some((o) => o.required);
    return items.length ? { head: typed ? `Commands matching /${typed}` : "Commands", items, picks: !complete } : null;
  }
  const { loose, parts } = segments(text, entry);
  const part = parts.findLast((p) => caret >= p.valueStart);
  const open = entry.options.filter((o) => !parts.some((p) => p.option === o));
  const word = text.slice(0, caret).match(/(^|\s)(\S*)$/)[2].toLowerCase();
  if (part) {
    const value = text.slice(part.valueStart, caret).trimStart();
    const values = valuesOf(part, value, people, channels, text);
    if (values) return { entry, ...values };
    if (/\S\s$/.test(text.slice(part.valueStart, caret)) && open.length) return names(entry, open, "", caret);
    return { head: `${part.option.name}: ${part.option.description}`, entry, items: [], picks: false };
  }
  const inLoose = loose.trim();
  if (inLoose !== "" && inLoose.toLowerCase() !== word) return { head: headOf(entry), entry, items: [], picks: false };
  return names(entry, open.filter((o) => o.name.startsWith(word)), word, caret);
}

const headOf = (entry) => `/${entry.name}${entry.description ? ` · ${entry.description}` : ""}`;

function names(entry, options, word, caret) {
  const items = options.map((o) => ({ label: `${o.name}:`, detail: o.description, kind: o.required ? "required" : "option",
    from: caret - word.length, to: caret, insert: `${o.name}:` }));
  return { head: headOf(entry), entry, items, picks: false };
}

function valuesOf(part, value, people, channels, text) {
  const { option, valueStart } = part;
  const to = part.end === text.length ? text.length : part.end - 1;
  const item = (label, insert, detail = "") => ({ label, detail, kind: "choice", from: valueStart, to: Math.max(to, valueStart), insert: `${insert} ` });
  const head = `${option.name}: ${option.description}`;
  if (option.autocomplete) return { head, items: [], picks: false, ask: { option, value, from: valueStart, to: Math.max(to, valueStart) } };
  let all;
  if (option.choices?.length) all = option.choices.map((c) => item(c.name, c.name));
  else if (option.type === TYPE.BOOLEAN) all = [item("true", "true"), item("false", "false")];
  else if (option.type === TYPE.USER || option.type === TYPE.MENTIONABLE) all = people.map((p) => item(`@${p.name}`, `@${p.name}`, p.bot ? "bot" : ""));
  else if (option.type === TYPE.CHANNEL) all = channels.map((c) => item(`#${c}`, `#${c}`));
  else return null;
  const wanted = value.trim().toLowerCase();
  if (all.some((i) => i.label.toLowerCase() === wanted)) return null;
  return { head, items: all.filter((i) => i.label.toLowerCase().includes(wanted)), picks: true };
}
