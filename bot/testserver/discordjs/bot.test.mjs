// A bot of discord.js, a second client that owes nothing to this project,
// does what bots do, and the test server plays Discord.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import {
  ActionRowBuilder, ApplicationCommandType, AttachmentBuilder, ButtonBuilder, ButtonStyle, ChannelType, Client, ContainerBuilder, Events,
  GatewayIntentBits, MessageFlags, ModalBuilder, Partials, REST, Routes, SlashCommandBuilder, StringSelectMenuBuilder, TextDisplayBuilder,
  TextInputBuilder, TextInputStyle, UserSelectMenuBuilder,
} from "discord.js";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const id = "1000000000000000077";
const token = `${Buffer.from(id).toString("base64")}.x.secretsecret`;

let program, base, client;

/** call uses the scripting interface. */
async function call(path, body) {
  const response = await fetch(base + path, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const text = await response.text();
  assert.equal(response.ok, true, `${path}: HTTP ${response.status} ${text}`);
  return text && JSON.parse(text);
}

/** next waits for the next event of the client that the condition holds for. */
function next(event, condition = () => true) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ${event} came`)), 5000);
    const listen = (...args) => {
      if (!condition(...args)) return;
      clearTimeout(late);
      client.off(event, listen);
      resolve(args.length > 1 ? args : args[0]);
    };
    client.on(event, listen);
  });
}

const commands = [
  new SlashCommandBuilder().setName("quick").setDescription("Answers at once"),
  new SlashCommandBuilder().setName("slow").setDescription("Answers later")
    .addStringOption((o) => o.setName("text").setDescription("What to say").setRequired(true).setAutocomplete(true)),
  new SlashCommandBuilder().setName("secret").setDescription("Answers one member alone"),
  new SlashCommandBuilder().setName("form").setDescription("Opens a form"),
  new SlashCommandBuilder().setName("menu").setDescription("Shows a button and a menu"),
].map((c) => c.toJSON()).concat({ name: "Quote", type: ApplicationCommandType.Message });

before(async () => {
  const binary = process.env.SUMMITBOT ?? join(mkdtempSync(join(tmpdir(), "summitbot-")), "summitbot");
  if (!process.env.SUMMITBOT) execFileSync("go", ["build", "-o", binary, "./cmd/summitbot"], { cwd: repository, stdio: "inherit" });
  program = spawn(binary, ["local", "-no-bot", "-addr", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: program.stdout })) {
    base ||= line.match(/^page: (http:\/\/127\.0\.0\.1:\d+)$/)?.[1];
    if (line.startsWith("ready:")) break;
  }
  client = new Client({
    intents: [
      GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent, GatewayIntentBits.DirectMessages,
      GatewayIntentBits.GuildMessageReactions, GatewayIntentBits.GuildMessageTyping,
    ],
    partials: [Partials.Channel, Partials.Message, Partials.Reaction],
    rest: { api: `${base}/api` },
  });
  const ready = next(Events.ClientReady);
  await client.login(token);
  await ready;
  await new REST({ api: `${base}/api` }).setToken(token).put(Routes.applicationCommands(id), { body: commands });
});

after(async () => {
  await client.destroy();
  program.kill("SIGINT");
  const [code] = await once(program, "exit");
  assert.equal(code, 0);
});

test("connects, knows its server, its channels and itself", async () => {
  assert.equal(client.user.id, id);
  assert.equal(client.guilds.cache.size, 1);
  const guild = client.guilds.cache.first();
  assert.ok(guild.channels.cache.some((c) => c.name === "general" && c.type === ChannelType.GuildText));
  assert.ok(guild.members.me);
  assert.equal((await client.application.fetch()).id, id);
  assert.equal((await client.application.commands.fetch()).size, commands.length);
});

test("answers a message with a reply, edits it, and deletes it", async () => {
  const heard = next(Events.MessageCreate, (m) => !m.author.bot);
  await call("/test/messages", { user: "ana", channel: "general", content: "hello there" });
  const message = await heard;
  assert.equal(message.content, "hello there");
  assert.equal(message.author.username, "ana");
  assert.equal(message.member?.user.id, message.author.id);
  await message.channel.sendTyping();
  const reply = await message.reply({ content: "hello **you**", allowedMentions: { parse: [] } });
  assert.equal(reply.reference.messageId, message.id);
  const edited = next(Events.MessageUpdate, (_, m) => m.id === reply.id);
  await reply.edit("hello again");
  assert.equal((await edited)[1].content, "hello again");
  assert.equal((await call(`/test/messages/${reply.id}`)).content, "hello again");
  assert.equal((await message.channel.messages.fetch(reply.id)).content, "hello again");
  const gone = next(Events.MessageDelete, (m) => m.id === reply.id);
  await reply.delete();
  await gone;
});

test("answers a direct message", async () => {
  const heard = next(Events.MessageCreate, (m) => !m.author.bot && m.channel.type === ChannelType.DM);
  await call("/test/messages", { user: "ben", channel: `@${client.user.username}`, content: "just us" });
  const message = await heard;
  assert.equal(message.content, "just us");
  const reply = await message.reply("indeed");
  assert.equal((await call(`/test/messages/${reply.id}`)).content, "indeed");
});

test("answers a slash command at once", async () => {
  const used = next(Events.InteractionCreate, (i) => i.isChatInputCommand() && i.commandName === "quick");
  const answer = call("/test/commands?wait=true", { user: "ana", channel: "general", name: "quick" });
  await (await used).reply("here");
  const { state, message } = await answer;
  assert.equal(state, "answered");
  assert.equal(message.content, "here");
});

test("defers an answer, edits it in and follows up", async () => {
  const used = next(Events.InteractionCreate, (i) => i.isChatInputCommand() && i.commandName === "slow");
  const answer = call("/test/commands?wait=true", { user: "ana", channel: "general", name: "slow", options: { text: "later" } });
  const interaction = await used;
  assert.equal(interaction.options.getString("text"), "later");
  await interaction.deferReply();
  const message = await interaction.editReply(interaction.options.getString("text"));
  assert.equal((await answer).message.content, "later");
  const more = await interaction.followUp("and more");
  assert.notEqual(more.id, message.id);
  await interaction.deleteReply();
  await assert.rejects(interaction.reply("twice"));
});

test("suggests values while a member types", async () => {
  const typed = next(Events.InteractionCreate, (i) => i.isAutocomplete());
  const choices = call("/test/autocomplete", { user: "ana", channel: "general", name: "slow", options: { text: "la" }, focused: "text" });
  const interaction = await typed;
  assert.equal(interaction.options.getFocused(), "la");
  await interaction.respond([{ name: "later", value: "later" }, { name: "late", value: "late" }]);
  assert.deepEqual((await choices).choices.map((c) => c.value), ["later", "late"]);
});

test("answers one member alone", async () => {
  const used = next(Events.InteractionCreate, (i) => i.isChatInputCommand() && i.commandName === "secret");
  const answer = call("/test/commands?wait=true", { user: "ana", channel: "general", name: "secret" });
  await (await used).reply({ content: "psst", flags: MessageFlags.Ephemeral });
  const { message } = await answer;
  assert.ok(message.flags & MessageFlags.Ephemeral);
  const seen = async (user) => JSON.stringify(await call(`/test/channels/general/messages?limit=50&user=${user}`)).includes("psst");
  assert.equal(await seen("ana"), true);
  assert.equal(await seen("ben"), false);
});

test("opens a form and reads it", async () => {
  const used = next(Events.InteractionCreate, (i) => i.isChatInputCommand() && i.commandName === "form");
  const opened = await call("/test/commands", { user: "ana", channel: "general", name: "form" });
  const input = new TextInputBuilder().setCustomId("name").setLabel("Name").setStyle(TextInputStyle.Short);
  await (await used).showModal(new ModalBuilder().setCustomId("form").setTitle("A form").addComponents(new ActionRowBuilder().addComponents(input)));
  const sent = next(Events.InteractionCreate, (i) => i.isModalSubmit());
  await call("/test/modals", { user: "ana", interaction: opened.interaction_id, custom_id: "form", values: { name: "Ana" } });
  const form = await sent;
  assert.equal(form.fields.getTextInputValue("name"), "Ana");
  await form.reply({ content: "thanks", flags: MessageFlags.Ephemeral });
});

test("shows a button and a menu, and hears them", async () => {
  const used = next(Events.InteractionCreate, (i) => i.isChatInputCommand() && i.commandName === "menu");
  const answer = call("/test/commands?wait=true", { user: "ana", channel: "general", name: "menu" });
  const button = new ButtonBuilder().setCustomId("press").setLabel("Press").setStyle(ButtonStyle.Primary);
  const menu = new StringSelectMenuBuilder().setCustomId("choose").addOptions({ label: "One", value: "1" }, { label: "Two", value: "2" });
  await (await used).reply({ content: "choose", components: [new ActionRowBuilder().addComponents(button), new ActionRowBuilder().addComponents(menu)] });
  const { message } = await answer;
  const pressed = next(Events.InteractionCreate, (i) => i.isButton());
  await call("/test/components", { user: "ben", message: message.id, custom_id: "press" });
  const press = await pressed;
  assert.equal(press.user.username, "ben");
  await press.update({ content: "pressed", components: message.components });
  const chosen = next(Events.InteractionCreate, (i) => i.isStringSelectMenu());
  await call("/test/components", { user: "ben", message: message.id, custom_id: "choose", values: ["2"] });
  const choice = await chosen;
  assert.deepEqual(choice.values, ["2"]);
  await choice.deferUpdate();
  await choice.editReply({ content: "chosen", components: [] });
  assert.equal((await call(`/test/messages/${message.id}`)).content, "chosen");
});

test("posts Components V2", async () => {
  const channel = client.channels.cache.find((c) => c.name === "general");
  const message = await channel.send({
    flags: MessageFlags.IsComponentsV2,
    components: [new ContainerBuilder().setAccentColor(0x3366cc).addTextDisplayComponents(new TextDisplayBuilder().setContent("## Hello"))],
  });
  assert.equal(message.components[0].components[0].content, "## Hello");
  await assert.rejects(channel.send({ flags: MessageFlags.IsComponentsV2, content: "no", components: [] }), { code: 50035 });
});

test("hears a context menu command on a message", async () => {
  const message = await call("/test/messages", { user: "ben", channel: "general", content: "quote me" });
  const used = next(Events.InteractionCreate, (i) => i.isMessageContextMenuCommand());
  const answer = call("/test/commands?wait=true", { user: "ana", channel: "general", name: "Quote", target: message.id });
  const interaction = await used;
  assert.equal(interaction.targetMessage.content, "quote me");
  await interaction.reply(`> ${interaction.targetMessage.content}`);
  assert.equal((await answer).message.content, "> quote me");
});

test("opens a thread and talks in it", async () => {
  const heard = next(Events.MessageCreate, (m) => m.content === "a topic");
  await call("/test/messages", { user: "ana", channel: "general", content: "a topic" });
  const message = await heard;
  const thread = await message.startThread({ name: "The topic" });
  assert.equal(thread.id, message.id);
  const said = next(Events.MessageCreate, (m) => m.channelId === thread.id && !m.author.bot);
  await thread.send("go on");
  await call("/test/messages", { user: "ana", channel: thread.id, content: "in the thread" });
  assert.equal((await said).channel.isThread(), true);
});

test("reacts, and hears reactions", async () => {
  const channel = client.channels.cache.find((c) => c.name === "general");
  const message = await channel.send("react to me");
  await message.react("👍");
  const reacted = next(Events.MessageReactionAdd, (_, user) => user.id !== id);
  await call("/test/reactions", { user: "ben", message: message.id, emoji: "👍" });
  const [reaction] = await reacted;
  assert.equal(reaction.emoji.name, "👍");
  assert.equal((await channel.messages.fetch({ message: message.id, force: true })).reactions.cache.get("👍").count, 2);
});

test("sends a file", async () => {
  const channel = client.channels.cache.find((c) => c.name === "general");
  const message = await channel.send({ content: "a file", files: [new AttachmentBuilder(Buffer.from("words"), { name: "words.txt" })] });
  assert.equal(message.attachments.first().name, "words.txt");
  assert.equal(message.attachments.first().size, 5);
});

test("is refused as Discord refuses", async () => {
  const channel = client.channels.cache.find((c) => c.name === "general");
  await assert.rejects(channel.send("x".repeat(2001)), { code: 50035 });
  await assert.rejects(channel.messages.fetch("1"), { code: 10008 });
});

test("is told what it may not do", async () => {
  const channel = client.channels.cache.find((c) => c.name === "general");
  const changed = next(Events.ChannelUpdate);
  await call("/test/permissions", { user: client.user.username, channel: "general", deny: ["SEND_MESSAGES"] });
  await changed;
  assert.equal(channel.permissionsFor(client.user).has("SendMessages"), false);
  await assert.rejects(channel.send("no"), { code: 50013 });
  const again = next(Events.ChannelUpdate);
  await call("/test/permissions", { user: client.user.username, channel: "general" });
  await again;
  await channel.send("yes");
});

test("knows the member's language, and what may be chosen in a menu of members", async () => {
  await call("/test/users", { user: "ana", locale: "uk" });
  const used = next(Events.InteractionCreate, (i) => i.isChatInputCommand() && i.commandName === "menu");
  const answer = call("/test/commands?wait=true", { user: "ana", channel: "general", name: "menu" });
  const interaction = await used;
  assert.equal(interaction.locale, "uk");
  await interaction.reply({ content: "whom?", components: [new ActionRowBuilder().addComponents(new UserSelectMenuBuilder().setCustomId("whom"))] });
  const { message } = await answer;
  const chosen = next(Events.InteractionCreate, (i) => i.isUserSelectMenu());
  await call("/test/components", { user: "ana", message: message.id, custom_id: "whom", values: ["ben"] });
  const choice = await chosen;
  assert.equal(choice.users.first().username, "ben");
  await choice.update({ content: "thanks", components: [] });
});

test("bears what goes wrong at Discord", async () => {
  const made = next(Events.ChannelCreate);
  await call("/test/channels", { user: "ana", name: "trouble" }); // whose rate limit is still whole
  const channel = await made;
  await call("/test/faults", { rate_limit_429: 1, internal_500: 1, bad_gateway_502: 1, retry_after: "50ms" });
  const heard = next(Events.MessageCreate, (m) => m.content === "all the same");
  await channel.send("all the same");
  await heard;
  assert.deepEqual(await call("/test/faults"), { retry_after: "50ms" });
});

test("goes on after its connection was cut, and misses nothing", async () => {
  const resumed = next(Events.ShardResume);
  await call("/test/sockets", { drop: true });
  const heard = next(Events.MessageCreate, (m) => m.content === "while you were away");
  await call("/test/messages", { user: "ana", channel: "general", content: "while you were away" });
  await heard;
  await resumed;
});
