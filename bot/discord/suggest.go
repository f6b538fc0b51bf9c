package discord

import (
	"slices"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/command"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

// findPassage shows the passage that was chosen, or the first that holds the
// words typed.
func (b *Bot) findPassage(w *wording.Words, place string) object.View {
	for _, a := range b.Answerer.Articles() {
		if slug, id, found := strings.Cut(place, "/"); found && slug == a.Slug {
			return render.Passage(w, a, id, nil)
		}
	}
	if found := b.passagesWith(w, place, 1); len(found) > 0 {
		slug, id, _ := strings.Cut(found[0].Value, "/")
		for _, a := range b.Answerer.Articles() {
			if a.Slug == slug {
				return render.Passage(w, a, id, nil)
			}
		}
	}
	return render.Line(w.NoPassage)
}

// passagesWith are the passages that hold all the words typed, in their text
// or their section's heading, as choices whose values are "slug/p12".
func (b *Bot) passagesWith(w *wording.Words, typed string, most int) []command.Choice {
	words := strings.FieldsFunc(strings.ToLower(typed), retrieval.Blank)
	var out []command.Choice
	for _, a := range b.Answerer.Articles() {
		for _, q := range bot.Passages(a) {
			heading, body := w.Section(q), markdown.Flat(q.Text)
			searched := strings.ToLower(heading + " " + body)
			if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(searched, word) }) {
				continue
			}
			name := markdown.Clip(markdown.Flat(heading), 40) + ", " + w.Spot(q) + ": " + body
			if out = append(out, command.Choice{Name: markdown.Clip(name, object.MaxOption), Value: a.Slug + "/" + q.Passage}); len(out) == most {
				return out
			}
		}
	}
	return out
}

// suggestions are the choices for the option that somebody is typing.
func (b *Bot) suggestions(i object.Interaction) []command.Choice {
	name, typed := i.Data.Focused()
	switch {
	case i.Data.Name == command.Passage && name == command.OptPlace:
		return b.passagesWith(wording.For(i.Locale), typed, object.MaxOptions)
	case i.Data.Name == command.Ask && name == command.OptQuestion:
		var out []command.Choice
		for _, q := range b.Answerer.Complete(typed, wording.For(i.Locale).Language, object.MaxOptions, object.MaxOption) {
			out = append(out, command.Choice{Name: q, Value: q})
		}
		return out
	}
	return nil
}
