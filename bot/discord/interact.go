package discord

import (
	"context"
	"fmt"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/retrieval"
)

// onInteraction takes an interaction: a command, a click, a form, or a request
// for suggestions while somebody types.
func (b *Bot) onInteraction(work, post context.Context, i interaction) {
	if i.ID == "" || i.Token == "" || b.isHeard(i.ID, i.by()) {
		return
	}
	r := &interactionReply{bot: b, interaction: i, until: time.Now().Add(b.timing.acknowledge)}
	if i.Data == nil {
		b.note(post, r, line(r.words().UnknownCommand))
		return
	}
	switch i.Type {
	case interactionAutocomplete:
		b.soon(post, r, func(ctx context.Context) error { return b.api.suggest(ctx, i, b.suggestions(i)) })
	case interactionCommand:
		if i.Data.Type == messageCommand {
			b.onMenu(work, post, r)
		} else {
			b.onCommand(work, post, r)
		}
	case interactionComponent, interactionModal:
		id, ok := parseCustomID(i.Data.CustomID)
		if !ok {
			b.note(post, r, b.stale(r))
			return
		}
		b.onCustom(work, post, r, id)
	}
}

// soon runs a short piece of work that answers an interaction at once.
func (b *Bot) soon(post context.Context, r *interactionReply, run func(context.Context) error) {
	b.aside(post, r, func(ctx context.Context) error {
		ctx, cancel := context.WithDeadline(ctx, r.until)
		defer cancel()
		return run(ctx)
	})
}

// later acknowledges an interaction for its member alone, runs what may take
// its time, and shows what comes of it.
func (b *Bot) later(post context.Context, r *interactionReply, run func(context.Context) view) {
	r.alone = true
	b.aside(post, r, func(ctx context.Context) error {
		if err := r.begin(ctx); err != nil {
			return err
		}
		_, err := b.api.editOriginal(ctx, r.interaction, run(ctx))
		return err
	})
}

// onCommand takes a slash command.
func (b *Bot) onCommand(work, post context.Context, r *interactionReply) {
	i, w := r.interaction, r.words()
	switch i.Data.Name {
	case cmdHelp:
		b.note(post, r, b.help(w))
	case cmdPrivacy:
		b.note(post, r, b.privacy(w))
	case cmdSources:
		b.note(post, r, b.sourcesView(w))
	case cmdOutline:
		b.note(post, r, b.outlineView(w))
	case cmdPassage:
		var place string
		if err := i.Data.option(optPlace, &place); err != nil {
			b.log.Warn("a command could not be read", "interaction", i.ID, "cause", err)
		}
		b.note(post, r, b.findPassage(w, place))
	case cmdReport:
		if !i.manages() {
			b.note(post, r, line(w.ReportDenied))
			return
		}
		b.later(post, r, func(ctx context.Context) view { return b.report(ctx, r) })
	case cmdForget:
		b.aside(post, r, func(context.Context) error { // it looks through all that is kept
			if b.paced(post, r, bot.Question{ID: i.ID, Member: i.by()}) {
				b.later(post, r, func(ctx context.Context) view { return b.forget(ctx, i.by(), w) })
			}
			return nil
		})
	default:
		q, alone, ok, err := asked(i)
		if !ok || err != nil {
			b.log.Warn("a command could not be read", "interaction", i.ID, "name", i.Data.Name, "cause", err)
			b.note(post, r, line(w.UnknownCommand))
			return
		}
		r.alone = alone
		b.take(work, post, r, q)
	}
}

// report tells what was asked in the server, to the member alone, who manages
// it. Discord shows the command to no others, unless the server says otherwise.
func (b *Bot) report(ctx context.Context, r *interactionReply) view {
	i, w := r.interaction, r.words()
	days := usualDays
	if err := i.Data.option(optDays, &days); err != nil || days < 1 || days > mostDays || i.GuildID == "" || b.reports == nil {
		b.log.Warn("a report could not be made", "interaction", i.ID, "days", days, "cause", err)
		return line(w.UnknownCommand)
	}
	told, picture, err := b.reports.Report(ctx, i.GuildID, b.clock.Now().AddDate(0, 0, -days))
	if err != nil {
		b.log.Error("a report could not be made", "interaction", i.ID, "cause", err)
		return line(w.Failed)
	}
	return view{components: []component{text(told), gallery(mapFile, w.ReportMap)}, files: []file{{mapFile, picture}}}
}

// mapFile is the name of a report's picture.
const mapFile = "article.png"

// help says what the bot can do, and why it quotes alone where it has a model.
func (b *Bot) help(w *bot.Wording) view {
	why := ""
	if b.model {
		why = w.Judge(b.answerer.JudgeState())
	}
	return line(strings.TrimSpace(w.Help + "\n" + why))
}

// privacy says what is kept and for how long, which messages are read, and what
// is sent to a model and its judge, where there are such.
func (b *Bot) privacy(w *bot.Wording) view {
	parts := []string{w.PrivacyShort, w.PrivacyMentions}
	if b.keptDays > 0 {
		parts[0] = fmt.Sprintf(w.Privacy, b.keptDays)
	}
	if b.content {
		parts[1] = w.PrivacyContent
	}
	if b.model {
		parts = append(parts, w.PrivacyModel)
	}
	if b.elsewhere {
		parts = append(parts, w.PrivacyJudge)
	}
	return line(strings.Join(append(parts, w.PrivacyForget), "\n"))
}

// onMenu takes a command of a message's menu.
func (b *Bot) onMenu(work, post context.Context, r *interactionReply) {
	i, w := r.interaction, r.words()
	target := i.Data.target().says()
	if target == "" {
		b.note(post, r, line(w.NoText))
		return
	}
	switch i.Data.Name {
	case menuAsk():
		b.soon(post, r, func(ctx context.Context) error { return b.api.ask(ctx, i, questionForm(w, target)) })
	case menuCheck():
		r.alone = true
		q := bot.Question{ID: i.ID, Place: i.ChannelID, Server: i.GuildID, Member: i.by(), Kind: bot.Ask, Text: target}
		b.pacedWork(work, post, r, q, func(ctx context.Context, l Look, _ func(bot.Answer)) outcome {
			c, err := b.answerer.Check(ctx, target)
			return outcome{views: renderCheck(c, l), err: err}
		})
	default:
		b.note(post, r, line(w.UnknownCommand))
	}
}

// onCustom takes a click on a button, a choice in a menu, or a form.
func (b *Bot) onCustom(work, post context.Context, r *interactionReply, id customID) {
	i, w := r.interaction, r.words()
	asks := func(text string) bot.Question {
		return bot.Question{ID: i.ID, Place: i.ChannelID, Server: i.GuildID, Member: i.by(), Kind: bot.Ask, Text: text}
	}
	switch id.verb {
	case askAgain:
		b.soon(post, r, func(ctx context.Context) error { return b.api.ask(ctx, i, questionForm(w, "")) })
		return
	case askForm:
		b.take(work, post, r, asks(clean(i.Data.input(fieldQuestion))))
		return
	case askNext:
		b.take(work, post, r, asks(clean(i.Data.chosen())))
		return
	case openThread:
		b.later(post, r, func(ctx context.Context) view { return b.openThread(ctx, r) })
		return
	}
	article := b.articleOf(id.article)
	if article == nil {
		b.note(post, r, b.stale(r))
		return
	}
	switch id.verb {
	case showPassage:
		b.note(post, r, passageView(w, article, id.passage, id.ids()))
	case pickPassage:
		passage, rest, _ := strings.Cut(i.Data.chosen(), ":")
		sentences, _ := parseSentences(rest)
		b.note(post, r, passageView(w, article, passage, customID{sentences: sentences}.ids()))
	case goToPassage:
		b.soon(post, r, func(ctx context.Context) error {
			return b.api.update(ctx, i, passageView(w, article, id.passage, nil))
		})
	case retell:
		r.alone = true
		b.pacedWork(work, post, r, asks(""), func(ctx context.Context, l Look, _ func(bot.Answer)) outcome {
			return b.retell(ctx, l, asks(""), article, id)
		})
	case voteUp:
		b.later(post, r, func(ctx context.Context) view { return b.vote(ctx, r, id, bot.Vote{Answer: i.message().ID, Up: true}) })
	case voteDown:
		b.soon(post, r, func(ctx context.Context) error { return b.api.ask(ctx, i, downVoteForm(w, id, i.message().ID)) })
	case downForm:
		v := bot.Vote{Answer: id.message, Reason: i.Data.input(fieldReason), Words: i.Data.input(fieldWords)}
		b.later(post, r, func(ctx context.Context) view { return b.vote(ctx, r, id, v) })
	}
}

// pacedWork enqueues what may cost as much as a question, if the member is
// not too fast.
func (b *Bot) pacedWork(work, post context.Context, r reply, q bot.Question, answer answering) {
	work, post = bot.About(work, q.ID), bot.About(post, q.ID)
	b.aside(post, r, func(context.Context) error {
		if b.paced(post, r, q) { // what it says goes on when this is over
			b.enqueue(work, post, r, q, answer)
		}
		return nil
	})
}

// retell tells the claims of an earlier answer in another style.
func (b *Bot) retell(ctx context.Context, l Look, q bot.Question, article *retrieval.Article, id customID) outcome {
	a, err := b.answerer.Recite(q, article.Slug, id.ids())
	if err != nil {
		return outcome{err: err}
	}
	if id.style != asWritten {
		a = b.answerer.Retell(ctx, a, bot.Style(id.style))
	}
	return outcome{views: Render(a, l), answer: a, err: ctx.Err()}
}

// stale is said of a button that belongs to an article which has changed.
func (b *Bot) stale(r *interactionReply) view {
	w := r.words()
	again := button(w.AskAgain, customID{verb: askAgain})
	again.Style = stylePrimary
	return view{components: []component{text(w.Stale), row(again)}}
}

// articleOf is the article whose hash begins so, nil if there is none now.
func (b *Bot) articleOf(hash string) *retrieval.Article {
	for _, a := range b.answerer.Articles() {
		if len(hash) == hashLength && strings.HasPrefix(a.Hash, hash) {
			return a
		}
	}
	return nil
}

// vote keeps a vote, with what it is about.
func (b *Bot) vote(ctx context.Context, r *interactionReply, id customID, v bot.Vote) view {
	v.Member, v.Article, v.Sentences, v.At = r.interaction.by(), id.article, id.ids(), b.clock.Now()
	v.Asked = r.interaction.message().answers()
	v.Question = b.askedFor(ctx, r.interaction.message())
	v.Text = said(r.interaction.message().Components)
	if err := b.records.Vote(ctx, v); err != nil {
		b.log.ErrorContext(ctx, "a vote was not kept", "answer", v.Answer, "cause", err)
		return line(r.words().Failed)
	}
	b.log.Info("vote", "answer", v.Answer, "up", v.Up, "reason", v.Reason)
	return line(r.words().Thanks)
}

// forget deletes what is kept about a member.
func (b *Bot) forget(ctx context.Context, member string, w *bot.Wording) view {
	b.asked.dropIf(func(q question) bool { return q.member == member })
	b.given.dropIf(func(g given) bool { return g.member == member })
	if err := b.records.Forget(ctx, member); err != nil {
		b.log.ErrorContext(ctx, "a member was not forgotten", "cause", err)
		return line(w.Failed)
	}
	return line(w.Forgotten)
}

// renderCheck shows what the article says of each claim of a message, the worst
// first.
func renderCheck(c bot.Checked, l Look) []view {
	p := newPage(l)
	a := bot.Answer{Mode: bot.Quotes, Fallback: c.Fallback}
	for i, part := range c.Parts {
		p.add(block{first: small, text: escape(l.Words.Claimed + ": “" + clip(part.Text, 300) + "”"), apart: i > 0})
		p.add(block{text: "**" + l.Words.Judged(part.Finding) + "**"})
		if part.Finding == bot.NotSaid {
			p.add(block{text: l.Words.Nearest, keep: true})
		}
		for j, q := range part.Claims {
			p.claim(a, j, q)
		}
	}
	for _, part := range c.Parts {
		a.Claims = append(a.Claims, part.Claims...)
	}
	if len(c.Parts) == 0 {
		p.add(block{text: l.Words.NothingToCheck})
	}
	if c.More {
		p.add(block{first: small, text: fmt.Sprintf(l.Words.MoreToCheck, len(c.Parts)), apart: true})
	}
	worst := bot.NotSaid
	if len(c.Parts) > 0 {
		worst = c.Parts[0].Finding
	}
	return p.views("", p.foot(a), checkedColour(worst))
}

func checkedColour(f bot.Finding) int {
	switch f {
	case bot.Supported:
		return colourSeveral
	case bot.Contradicted:
		return colourExpectation
	}
	return colourNone
}

func tooFast(w *bot.Wording, wait time.Duration) view {
	return line(fmt.Sprintf(w.TooFast, int(wait.Seconds())+1))
}
