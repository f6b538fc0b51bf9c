// Package bot answers questions about an article. It
// knows no Discord, no HTTP and no SQL: what it needs of the outside comes in
// as values, and what it has to say goes out as an [Answer].
//
// # The tour
//
// This is the way of a question through the whole repository.
//
// A member writes "@summitbot why Alaska?". Package bot/discord/gateway, which keeps
// the bot connected, hands on the event; bot/discord (messages.go) has
// bot/discord/event read out of it that it is meant for the bot, and what it asks: a
// [Question] with the message's id. bot/store makes a row of that (accept.go,
// bot/store/rows.go): it is durable before it is acknowledged, and a repeated event
// finds its id taken. What may become of the row, package bot/queue draws. A process
// that has room claims it, the one that heard it or another: bot/discord/worker
// (claims.go, loop.go) calls [Answerer.Stream] (draft.go). If that process is killed,
// its claim ends, and the next one goes on.
//
//   - Package retrieval understands the message ([retrieval.Index.Understand]).
//     A follow-up is joined with what was asked before it, where it needs that
//     (followup.go); mistyped words are mended (mend.go). Package
//     retrieval/encoder makes its vector, which is compared with those of the
//     bank, the lines that were written ahead (seeds/README.md), and of the
//     article's sentences (lines.go, affinity.go), as are its letters (grams.go)
//     and words (words.go). That ranks the sentences (rank.go, search.go).
//   - One decision tells what kind of message it is (kind.go): one that a
//     sentence answers or several do, one that the article leaves open and which
//     gap that is, one with a false premise, one that asks for a section, for the
//     article, the bot or the last answer, or none of that. All weights and
//     thresholds are learned (learned.json, by package retrieval/learn).
//   - [Answerer] does what that kind asks for (ask.go): it quotes what answers
//     ([retrieval.Understanding.Quoted]), takes whole sections in order
//     (lists.go), corrects a premise, says something of its own
//     ([Reply]), or refuses, with the gap and what is near ([Refusal]).
//   - What is left are the article's sentences, which package proof quotes as a
//     [Claim]. Nothing else can make one, so that nothing else can be posted.
//   - Where there is a [Model], that answer is only what is fallen back on.
//     Package prompts writes the prompt over the article's numbered
//     sentences, package bot/llm asks the model's server, draft reads the
//     reply statement by statement as it comes (draft.go), and the sentences
//     that each cites are shown at once. Code examines its words
//     ([proof.Gate.Examine]); when the draft is whole a judge that has passed
//     its trial (judge.go, [proof.Judge]) is asked of all that are left, in one
//     request. What it upholds is said in those words, the rest stays quoted,
//     and what stands decides the verdict (compose.go). An answer is kept for a
//     day, and all who ask the same meanwhile get it (cache.go).
//
// The answer goes back to bot/discord/worker, which keeps it in the row, has
// bot/discord/render show it as messages of components, in the words of the member's
// language (bot/wording), and brings Discord in line with that (reconcile.go): a reply,
// with the question's id as the nonce, so that a repeated call makes no second message,
// or what takes the place of a command's acknowledgement (surface.go). The same
// function posts a draft, and follows an edited, stopped or deleted question. Package
// bot/discord/rest makes the requests, within Discord's limits. The answer's buttons
// hold in their ids (bot/discord/customid) all that they need, and come back through
// bot/discord (interact.go): a passage, a vote, which bot/store keeps, a thread, or, as
// a row of its own, the same claims in other words ([Answerer.Retell]). How shards are
// shared among processes, and how sessions outlive them, is in bot/discord/gateway.
// What is left of a question in the end ([Record]) is what bot/report and
// "summitbot export" read.
//
// The terminal ("summitbot ask") prints the same
// answer, and package bot/eval measures it. What became of all questions, what
// the article lacks and where members voted against an answer, package
// bot/report tells the operator ("summitbot report"), and what keeps the bot from
// working, and how to mend it, package bot/doctor ("summitbot doctor").
//
// What the others do is counted by package bot/metrics, through the [Meter]
// that each of them declares; it answers Prometheus, and whoever asks whether
// the bot is ready. All that is logged of a question tells its id ([About]).
//
// Package bot/testserver is a Discord of our own on loopback, for tests and
// for "summitbot local"; it knows nothing of this bot.
//
// # Reading order
//
// The packages of more than three files, what is imported first, each with its files
// in an order in which they can be read from top to bottom: with few exceptions a
// file uses no name of a later one.
//
//	retrieval/encoder: tensors.go product.go forward.go tokenizer.go encoder.go
//	retrieval: blank.go grams.go count.go rank.go metric.go vectorfile.go tokens.go lines.go affinity.go mend.go bank.go language.go vectors.go article.go sentences.go parse.go postings.go words.go learned.go search.go index.go notes.go bankread.go suggest.go load.go frontmatter.go kind.go followup.go understand.go parts.go signals.go
//	retrieval/learn: metric.go learner.go main.go fit.go report.go squad.go weights.go
//	prompts: passages.go prompts.go judge.go expand.go
//	bot/proof: claim.go judge.go language.go gate.go numbers.go names.go trial.go veto.go
//	bot: question.go answer.go budget.go cache.go clock.go draft.go hold.go model.go claims.go judge.go compose.go check.go lists.go ask.go record.go restyle.go answerer.go shard.go
//	bot/discord/object: component.go message.go permissions.go interaction.go snowflake.go
//	bot/discord/render: build.go form.go page.go render.go passage.go check.go
//	bot/discord/rest: budget.go errors.go line.go window.go meter.go proxy.go network.go redact.go session.go slots.go waitlog.go limiter.go client.go request.go api.go
//	bot/discord/gateway: barrier.go boot_linux.go boot_other.go fatal.go frames.go greet.go lease.go prime.go ready.go share.go identify.go timing.go watched.go connection.go shard.go loss.go gateway.go
//	bot/discord/worker: asides.go ledger.go meter.go pool.go timing.go worker.go notices.go surface.go reconcile.go draft.go loop.go claims.go
//	bot/discord: meter.go options.go intake.go bot.go suggest.go accept.go messages.go missed.go interact.go start.go run.go state.go
//	bot/llm: address.go config.go asking.go errors.go transport.go events.go health.go client.go object.go refusal.go room.go stream.go attempt.go probe.go thoughts.go answer.go
//	bot/store: batch.go store.go shards.go address.go files.go migrate.go fit.go postgres.go prepared.go liveness.go sqlite.go erase.go open.go questions.go slots.go conversation.go inspect.go backup.go usage.go quota.go rows.go retention.go standby.go move.go votes.go records.go
//	bot/doctor: doctor.go discord.go machine.go model.go judge.go network.go commands.go channels.go settings.go run.go sheet.go
//	bot/eval: answers.go gold.go model.go report.go bank.go
//	bot/llm/llmtest: llmtest.go judge.go quoting.go stream.go
//	bot/metrics: crowd.go host.go metrics.go serve.go watch.go
//	bot/report: row.go canvas.go clean.go cost.go counts.go series.go heat.go report.go gaps.go judged.go format.go mapview.go picture.go chart.go spending.go terms.go text.go short.go page.go
//	bot/testserver: clock.go listen.go errors.go files.go violations.go components.go shapes.go markdown.go objects.go guild.go server.go session.go draft.go state.go faults.go watch.go events.go permissions.go mentions.go messages.go interaction.go stream.go channels_rest.go connections.go component_types.go commands.go script.go options.go look.go invoke.go autocomplete.go markdown_nodes.go removals.go commands_rest.go threads.go wire.go application_rest.go snapshot.go callback.go compress.go rest.go script_http.go conn.go
//	bot/testserver/soak: checker.go controls.go item.go report.go samples.go result.go bot.go words.go members.go main.go acts.go
//	cmd/summitbot: disk_unix.go disk_windows.go disk_other.go dotenv.go environment.go network.go config.go articles.go memory_linux.go memory_other.go metrics.go model.go judge.go ask.go eval.go expand.go ready.go report.go serve.go local.go export.go doctor.go version.go main.go
package bot
