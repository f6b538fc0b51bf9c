// Package testserver is a Discord to develop and test bots against, on this
// machine alone: the REST API (versions 9 and 10), the gateway, a page to talk
// to bots with, and a scripting interface. It knows no particular bot and
// works for any; it is as strict as Discord where Discord is strict, and it
// can be told to fail in the ways Discord fails ([Faults]). State is in
// memory, bounded, and lost when the process ends.
//
// A bot connects with any token (one of the form base64(id).x.y gives it that
// id) when its library's API base is this server's address and /api. It is in
// every guild, with every permission but ADMINISTRATOR, by a role of its own;
// [Bot] and [Portal] say otherwise of one that is known from the start.
// The message content rule, the clocks of interactions (3 s, 15 min),
// enforce_nonce, allowed mentions, permissions, and the rate limits are
// Discord's. What a bot does against the rules is answered as Discord answers
// it; the log, the page and /test/wire tell of it with the documentation's
// section, also of keys that Discord passes over in silence.
//
// # Names
//
// Users and channels of the scripting interface have names of 1 to 32
// letters, digits, dots, dashes or underscores, and are made when first used.
// The channel "general" is a text channel; "other/general" is one of the guild
// "other", for bots with several shards; "@bot" is the user's direct messages with the
// bot of that name. An id works wherever a name does, and threads are found
// by either. In content, "@name" of a known bot or user becomes a mention, and
// "@&name" one of a role: a bot's own role has its name.
//
// # Scripting
//
// Bodies are JSON and must say so; errors have Discord's form {code, message,
// errors}. With BASE=http://127.0.0.1:8080 and J='Content-Type: application/json':
//
//	# A person writes; the answer is the message object.
//	curl -H "$J" -d '{"user":"ana","channel":"general","content":"@bot hello"}' $BASE/test/messages
//	# ... replies; ping (default true) says whether that mentions the author.
//	curl -H "$J" -d '{"user":"ana","channel":"general","content":"and?","reply_to":"<message id>","ping":true}' $BASE/test/messages
//	# ... writes to the bot alone.
//	curl -H "$J" -d '{"user":"ana","channel":"@bot","content":"hello"}' $BASE/test/messages
//	# ... sends a file, its data in base64.
//	curl -H "$J" -d '{"user":"ana","channel":"general","files":[{"name":"a.txt","content_type":"text/plain","data":"d29yZHM="}]}' $BASE/test/messages
//	# ... forwards a message, or starts a poll.
//	curl -H "$J" -d '{"user":"ana","channel":"general","forward":"<message id>"}' $BASE/test/messages
//	curl -H "$J" -d '{"user":"ana","channel":"general","poll":{"question":{"text":"when?"},"answers":[{"poll_media":{"text":"now"}}]}}' $BASE/test/messages
//
//	# ... edits a message of theirs, deletes one.
//	curl -H "$J" -d '{"user":"ana","message":"<message id>","content":"@bot hello?"}' $BASE/test/edits
//	curl -H "$J" -d '{"user":"ana","message":"<message id>"}' $BASE/test/deletions
//	# A moderator, with MANAGE_MESSAGES, deletes several of anybody's at once.
//	curl -H "$J" -d '{"user":"ana","messages":["<message id>","<message id>"]}' $BASE/test/deletions
//	# Discord shows embeds for a message's links: it is updated, not edited.
//	curl -H "$J" -d '{"message":"<message id>","embeds":[{"title":"News"}]}' $BASE/test/unfurls
//	# ... a channel or a thread is deleted, a bot removed from a guild.
//	curl -H "$J" -d '{"channel":"random"}' $BASE/test/removals
//	curl -H "$J" -d '{"bot":"bot","guild":"other"}' $BASE/test/removals
//
//	# A person uses a slash command: {"interaction_id", "state", ...} at once,
//	# with ?wait=true once it is answered, with "message", the first answer.
//	# The state is pending, deferred, answered or failed. A subcommand is an
//	# option whose value is its own options: {"options":{"add":{"n":1}}}.
//	curl -H "$J" -d '{"user":"ana","channel":"general","name":"ask","options":{"question":"why?"}}' "$BASE/test/commands?wait=true"
//	# ... a context menu command, on a message's id or a user's name.
//	curl -H "$J" -d '{"user":"ana","channel":"general","name":"Quote","target":"<message id>"}' $BASE/test/commands
//	# ... types in an option: {"choices":[{"name","value"}]}.
//	curl -H "$J" -d '{"user":"ana","channel":"general","name":"ask","options":{"question":"wh"},"focused":"question"}' $BASE/test/autocomplete
//	# ... clicks a button, or chooses in a select menu.
//	curl -H "$J" -d '{"user":"ana","message":"<message id>","custom_id":"more","values":["a"]}' $BASE/test/components
//	# ... submits the modal that an interaction opened.
//	curl -H "$J" -d '{"user":"ana","interaction":"<interaction id>","custom_id":"form","values":{"name":"Ana"}}' $BASE/test/modals
//	# ... reacts, types, opens a channel.
//	curl -H "$J" -d '{"user":"ana","message":"<message id>","emoji":"👍","remove":false}' $BASE/test/reactions
//	curl -H "$J" -d '{"user":"ana","channel":"general"}' $BASE/test/typing
//	curl -H "$J" -d '{"user":"ana","name":"random","topic":"Anything"}' $BASE/test/channels
//	# A moderator archives or unarchives a thread, and locks or unlocks it.
//	curl -H "$J" -d '{"thread":"<thread id>","archived":true,"locked":false}' $BASE/test/threads
//	# A person has a client in another language.
//	curl -H "$J" -d '{"user":"ana","locale":"de"}' $BASE/test/users
//
//	# What a bot, a person or @everyone may do in a channel: this replaces its
//	# overwrite for them, and without allow and deny takes it away.
//	curl -H "$J" -d '{"user":"bot","channel":"general","deny":["SEND_MESSAGES"]}' $BASE/test/permissions
//	# ... in the whole guild, by a role.
//	curl -H "$J" -d '{"user":"ana","allow":["MANAGE_GUILD"]}' $BASE/test/permissions
//
//	# Messages, oldest first. user= leaves out what that user cannot see and
//	# is needed for "@bot"; html=1 gives {"message","html","component_html",
//	# "embed_html"} with the texts rendered safely.
//	curl "$BASE/test/channels/general/messages?limit=20&user=ana"
//	curl $BASE/test/messages/<message id>
//	curl $BASE/test/interactions/<interaction id>
//	curl $BASE/test/state
//
//	# What happens, as server-sent events MESSAGE_CREATE, MESSAGE_UPDATE,
//	# MESSAGE_DELETE, TYPING_START, CHANNEL_CREATE, THREAD_CREATE, BOT_UPDATE
//	# and INTERACTION_UPDATE: {"type","channel","channel_id","message","html",...}.
//	curl -N "$BASE/test/events?user=ana"
//
//	# The newest gateway and REST traffic as JSON lines, without tokens; with
//	# after=N only what came after the record with that "n".
//	curl $BASE/test/wire
//	curl "$BASE/test/wire?after=20"
//
//	# Faults to come (replacing those set before), and what is left of them.
//	curl -H "$J" -d '{"bad_gateway_after":1,"slow_rest":"200ms"}' $BASE/test/faults
//	# ... at a rate, repeatable by their seed; a fair mix of all.
//	curl -H "$J" -d '{"rate":{"drop_socket":0.02},"seed":7}' $BASE/test/faults
//	curl -H "$J" -d '{"nasty":true}' $BASE/test/faults
//	# ... calls answered otherwise, as if by something before the server.
//	curl -H "$J" -d '{"answers":[{"method":"PUT","path":"/commands$","status":400,"body":"{\"code\":30034}"}]}' $BASE/test/faults
//	curl $BASE/test/faults
//	# The gateway connections, now: cut, asked to reconnect, closed with a code.
//	curl -H "$J" -d '{"drop":true}' $BASE/test/sockets
//	curl -H "$J" -d '{"reconnect":true}' $BASE/test/sockets
//	curl -H "$J" -d '{"close":4009}' $BASE/test/sockets
//	# How far the server's clock is ahead of this machine's, from now on.
//	curl -H "$J" -d '{"ahead":"-20m"}' $BASE/test/clock
//
// The page and /test/ answer only under loopback names, and [Listen] opens
// nothing else. From Go the same is done with [Server.Post],
// [Server.Command] and their like, and awaited with [Server.AwaitMessage];
// [Options.Watch] is told of everything as it happens.
//
// # Reading the code
//
// A [Server] is an http.Handler over one state guarded by one mutex. rest.go
// has the table of REST routes, whose handlers return their reply; conn.go and
// session.go are the gateway; events.go, stream.go and watch.go tell bots,
// pages and programs what happens; draft.go, components.go and commands.go
// check what Discord checks,
// permissions.go and threads.go who may do what, shapes.go which keys there are, violations.go
// how that is told; interaction.go and callback.go are the life of an
// interaction; script.go, invoke.go, look.go, snapshot.go and script_http.go
// are the scripting interface; markdown.go is Discord's Markdown.
package testserver
