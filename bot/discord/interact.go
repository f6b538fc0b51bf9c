package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/event"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"
	"summitbot/bot/wording"
)

// A response is what becomes of an interaction: it is answered at once, or after
// some work for its member alone, or it is a question, which becomes a row.
type response struct {
	now   *rest.Response
	later func(ctx context.Context) object.View
	asks  *event.Envelope
}

// onInteraction takes an interaction: a command, a click, a form, or a request
// for suggestions while somebody types.
func (b *Bot) onInteraction(work, post context.Context, i object.Interaction) {
	if i.ID == "" || i.Token == "" || seen(b.heard, i.ID) {
		return
	}
	by := time.Now().Add(b.Timing.Acknowledge)
	r := b.respond(i)
	if r.asks != nil {
		b.take(work, post, *r.asks, by)
		return
	}
	if r.now == nil && r.later == nil {
		return // there is no such kind
	}
	b.Aside(post, event.OfInteraction(i, "", ""), "", func(ctx context.Context) error {
		within, cancel := context.WithDeadline(ctx, by)
		defer cancel()
		if r.now != nil {
			return b.API.Respond(within, i, *r.now)
		}
		if err := b.API.Acknowledge(within, i, true); err != nil {
			return err
		}
		_, err := b.API.EditOriginal(ctx, i, r.later(ctx))
		return err
	})
}

// say answers an interaction at once, for its member alone.
func say(v object.View) response {
	v.Ephemeral = true
	return response{now: &rest.Response{Type: rest.RespondMessage, Data: rest.BodyOf(v)}}
}

// opens answers an interaction with a form.
func opens(f render.Form) response {
	return response{now: &rest.Response{Type: rest.RespondModal, Data: f}}
}

// respond is what an interaction is answered with.
func (b *Bot) respond(i object.Interaction) response {
	w := wording.For(i.Locale)
	if i.Data == nil {
		return say(render.Line(w.UnknownCommand))
	}
	switch i.Type {
	case object.InteractionAutocomplete:
		return response{now: &rest.Response{Type: rest.RespondChoices, Data: map[string]any{"choices": append([]command.Choice{}, b.suggestions(i)...)}}}
	case object.InteractionCommand:
		if i.Data.Type == command.MessageCommand {
			return b.onMenu(i, w)
		}
		return b.onCommand(i, w)
	case object.InteractionComponent, object.InteractionModal:
		if id, ok := customid.Parse(i.Data.CustomID); ok {
			return b.onCustom(i, w, id)
		}
		return say(render.Stale(w))
	}
	return response{}
}

// onCommand is what a slash command is answered with.
func (b *Bot) onCommand(i object.Interaction, w *wording.Words) response {
	switch i.Data.Name {
	case command.Help:
		return say(b.help(w))
	case command.Privacy:
		return say(b.privacy(w))
	case command.Sources:
		return say(render.Sources(w, b.Answerer.Articles()))
	case command.Outline:
		return say(render.Outline(w, b.Answerer.Articles()))
	case command.Passage:
		var place string
		if err := i.Data.Option(command.OptPlace, &place); err != nil {
			b.Log.Warn("a command could not be read", "interaction", i.ID, "cause", err)
		}
		return say(b.findPassage(w, place))
	case command.Report:
		if !i.Manages() {
			return say(render.Line(w.ReportDenied))
		}
		return response{later: func(ctx context.Context) object.View { return b.report(ctx, i, w) }}
	case command.Forget:
		return response{later: func(ctx context.Context) object.View { return b.forget(ctx, i.By(), w) }}
	}
	e, ok, err := event.Asked(i)
	if !ok || err != nil {
		b.Log.Warn("a command could not be read", "interaction", i.ID, "name", i.Data.Name, "cause", err)
		return say(render.Line(w.UnknownCommand))
	}
	return response{asks: &e}
}

// report tells what was asked in the server, to the member alone, who manages
// it. Discord shows the command to no others, unless the server says otherwise.
func (b *Bot) report(ctx context.Context, i object.Interaction, w *wording.Words) object.View {
	days := command.UsualDays
	if err := i.Data.Option(command.OptDays, &days); err != nil || days < 1 || days > command.MostDays || i.GuildID == "" || b.reports == nil {
		b.Log.Warn("a report could not be made", "interaction", i.ID, "days", days, "cause", err)
		return render.Line(w.UnknownCommand)
	}
	told, picture, err := b.reports.Report(ctx, i.GuildID, b.Clock.Now().AddDate(0, 0, -days))
	if err != nil {
		b.Log.Error("a report could not be made", "interaction", i.ID, "cause", err)
		return render.Line(w.Failed)
	}
	return object.View{Components: []object.Component{render.Text(told), render.Gallery(mapFile, w.ReportMap)}, Files: []object.File{{Name: mapFile, Data: picture}}}
}

// mapFile is the name of a report's picture.
const mapFile = "article.png"

// help says what the bot can do, and why it quotes alone where it has a model.
func (b *Bot) help(w *wording.Words) object.View {
	why := ""
	if b.Model {
		why = w.Judge(b.Answerer.JudgeState())
	}
	return render.Line(strings.TrimSpace(w.Help + "\n" + why))
}

// privacy says what is kept and for how long, which messages are read, and what
// is sent to a model and its judge, where there are such.
func (b *Bot) privacy(w *wording.Words) object.View {
	parts := []string{w.PrivacyShort, w.PrivacyMentions}
	if b.keptDays > 0 {
		parts[0] = fmt.Sprintf(w.Privacy, b.keptDays)
	}
	if b.content {
		parts[1] = w.PrivacyContent
	}
	if b.Model {
		parts = append(parts, w.PrivacyModel)
	}
	if b.elsewhere {
		parts = append(parts, w.PrivacyJudge)
	}
	return render.Line(strings.Join(append(parts, w.PrivacyForget), "\n"))
}

// onMenu is what a command of a message's menu is answered with.
func (b *Bot) onMenu(i object.Interaction, w *wording.Words) response {
	target := event.Says(i.Data.Target())
	if target == "" {
		return say(render.Line(w.NoText))
	}
	switch i.Data.Name {
	case command.MenuAsk():
		return opens(render.QuestionForm(w, target))
	case command.MenuCheck():
		e := event.OfInteraction(i, bot.Check, target)
		e.Alone = true
		return response{asks: &e}
	}
	return say(render.Line(w.UnknownCommand))
}

// onCustom is what a click on a button, a choice in a menu, or a form is answered
// with.
func (b *Bot) onCustom(i object.Interaction, w *wording.Words, id customid.ID) response {
	var e event.Envelope
	switch id.Verb {
	case customid.AskAgain:
		return opens(render.QuestionForm(w, ""))
	case customid.AskForm:
		e = event.OfInteraction(i, bot.Ask, event.Clean(i.Data.Input(render.FieldQuestion)))
		return response{asks: &e}
	case customid.AskNext:
		e = event.OfInteraction(i, bot.Ask, event.Clean(i.Data.Chosen()))
		return response{asks: &e}
	case customid.OpenThread:
		return response{later: func(ctx context.Context) object.View { return b.openThread(ctx, i, w) }}
	case customid.StopWriting:
		if i.By() != id.Style && !i.Manages() {
			return say(render.Line(w.StopDenied))
		}
		return response{later: func(ctx context.Context) object.View { return b.stop(ctx, id.Message, w) }}
	}
	article := b.ArticleOf(id.Article)
	if article == nil {
		return say(render.Stale(w))
	}
	switch id.Verb {
	case customid.ShowPassage:
		return say(render.Passage(w, article, id.Passage, id.IDs()))
	case customid.PickPassage:
		passage, rest, _ := strings.Cut(i.Data.Chosen(), ":")
		sentences, _ := customid.ParseSentences(rest)
		return say(render.Passage(w, article, passage, customid.ID{Sentences: sentences}.IDs()))
	case customid.GoToPassage:
		return response{now: &rest.Response{Type: rest.RespondUpdate, Data: rest.BodyOf(render.Passage(w, article, id.Passage, nil))}}
	case customid.Retell:
		e = event.OfInteraction(i, bot.Retell, "")
		e.Alone = true
		return response{asks: &e}
	case customid.VoteDown:
		return opens(render.DownVoteForm(w, id, i.Clicked().ID))
	case customid.DownForm:
		v := bot.Vote{Answer: id.Message, Reason: i.Data.Input(render.FieldReason), Words: i.Data.Input(render.FieldWords)}
		return response{later: func(ctx context.Context) object.View { return b.vote(ctx, i, w, id, v) }}
	case customid.VoteUp:
		v := bot.Vote{Answer: i.Clicked().ID, Up: true}
		return response{later: func(ctx context.Context) object.View { return b.vote(ctx, i, w, id, v) }}
	}
	return say(render.Stale(w))
}

// stop stops the writing of an answer.
func (b *Bot) stop(ctx context.Context, question string, w *wording.Words) object.View {
	ctx, cancel := b.Asking(ctx)
	defer cancel()
	switch stopped, err := b.Ledger.Stop(ctx, question); {
	case err != nil:
		b.Log.ErrorContext(ctx, "an answer was not stopped", "question", question, "cause", err)
		return render.Line(w.Failed)
	case !stopped:
		return render.Line(w.StopLate)
	}
	return render.Line(w.StopDone)
}

// vote keeps a vote, with what it is about.
func (b *Bot) vote(ctx context.Context, i object.Interaction, w *wording.Words, id customid.ID, v bot.Vote) object.View {
	v.Member, v.Article, v.Sentences, v.At = i.By(), id.Article, id.IDs(), b.Clock.Now()
	v.Asked = i.Clicked().Answers()
	v.Question = b.AskedFor(ctx, i.Clicked())
	v.Text = object.TextOf(i.Clicked().Components)
	if err := b.Records.Vote(ctx, v); err != nil {
		b.Log.ErrorContext(ctx, "a vote was not kept", "answer", v.Answer, "cause", err)
		return render.Line(w.Failed)
	}
	b.Log.Info("vote", "answer", v.Answer, "up", v.Up, "reason", v.Reason)
	return render.Line(w.Thanks)
}

// forget deletes what is kept about a member. As it looks through all that is
// kept, it counts as a question.
func (b *Bot) forget(ctx context.Context, member string, w *wording.Words) object.View {
	within, cancel := b.Asking(ctx)
	wait, err := b.Records.Take(within, member, b.perMinute)
	cancel()
	if err != nil {
		b.Log.WarnContext(ctx, "how fast a member asks is not known", "cause", err)
	}
	if wait > 0 {
		b.meter.Heard(worker.TooFast)
		return worker.TooFastLine(w, wait)
	}
	if err := b.Records.Forget(ctx, member); err != nil {
		b.Log.ErrorContext(ctx, "a member was not forgotten", "cause", err)
		return render.Line(w.Failed)
	}
	return render.Line(w.Forgotten)
}

// openThread opens a thread below the answer that was clicked on, takes the
// conversation there, and says where it is.
func (b *Bot) openThread(ctx context.Context, i object.Interaction, w *wording.Words) object.View {
	m := i.Clicked()
	name := b.AskedFor(ctx, m)
	if name == "" {
		a := b.Answerer.Articles()[0]
		name = a.Name
	}
	id, err := b.API.Thread(ctx, i.ChannelID, m.ID, markdown.Clip(markdown.Flat(name), 100))
	switch {
	case rest.RefusedWith(err, rest.CodeThreadExists):
		return render.Line(fmt.Sprintf(w.ThreadThere, "<#"+m.ID+">"))
	case errors.As(err, new(*rest.Refusal)):
		b.Log.WarnContext(ctx, "a thread could not be opened", "channel", i.ChannelID, "cause", err)
		return render.Line(w.ThreadDenied)
	case err != nil:
		b.Log.ErrorContext(ctx, "a thread could not be opened", "channel", i.ChannelID, "cause", err)
		return render.Line(w.Failed)
	}
	b.threads.Add(id, thread{own: true, parent: i.ChannelID})
	if err := b.Records.Move(ctx, i.ChannelID, id, i.By()); err != nil {
		b.Log.WarnContext(ctx, "a conversation does not go on in its thread", "thread", id, "cause", err)
	}
	hello := w.ThreadHello
	if b.content {
		hello = w.ThreadHelloAll
	}
	if _, err := b.API.Send(ctx, id, render.Line(hello), m.ID+"t", ""); err != nil {
		b.Failed(ctx, id, err)
	}
	return render.Line(fmt.Sprintf(w.ThreadOpened, "<#"+id+">"))
}
