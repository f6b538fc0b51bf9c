package discord

import (
	"fmt"
	"slices"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/retrieval"
)

// passageText is a passage as it stands, with some of its sentences in bold.
func passageText(a *retrieval.Article, p *retrieval.Passage, bold []string) string {
	var out strings.Builder
	at := p.Start
	for _, sentence := range p.Sentences {
		between := a.Text[at:sentence.Start]
		if markdown.Flat(between) != "" {
			out.WriteString(markdown.Escape(between) + " ")
		} else if out.Len() > 0 {
			out.WriteString(" ")
		}
		words := markdown.Escape(a.Slice(sentence.Span))
		if slices.Contains(bold, sentence.ID) {
			words = "**" + words + "**"
		}
		out.WriteString(words)
		at = sentence.End
	}
	return out.String()
}

// passageView shows a passage, with the quoted sentences in bold, where it
// stands, and buttons to go on from it.
func passageView(w *bot.Wording, article *retrieval.Article, id string, quoted []string) object.View {
	all := bot.Passages(article)
	i := slices.IndexFunc(all, func(q bot.Quote) bool { return q.Passage == id })
	if i < 0 {
		return line(w.NoPassage)
	}
	q := all[i]
	at, _ := article.Find(q.Sentence)
	body := passageText(article, at.Passage, quoted)
	if markdown.Length(body) > object.MaxText-600 {
		body = markdown.Cut(body, object.MaxText-600)[0] + "…"
	}
	box := object.Component{Type: object.TypeContainer, Accent: colourOne, Components: []object.Component{
		text("### " + markdown.Escape(markdown.Clip(markdown.Flat(w.Section(q)), 200)) + "\n" + small + w.Spot(q)),
		text(body),
	}}
	var around []string
	step := func(label, arrow string, to int) object.Component {
		b := button(label, customID{verb: goToPassage, article: article.Hash[:hashLength]})
		b.Disabled = to < 0 || to >= len(all)
		if b.Disabled {
			b.CustomID = customID{verb: goToPassage, article: article.Hash[:hashLength], passage: arrow}.String()
			return b
		}
		b.CustomID = customID{verb: goToPassage, article: article.Hash[:hashLength], passage: all[to].Passage}.String()
		around = append(around, small+arrow+" "+markdown.Escape(markdown.Clip(markdown.Flat(w.Section(all[to])), 200))+", "+w.Spot(all[to]))
		return b
	}
	buttons := row(step(w.Previous, "←", i-1), step(w.Next, "→", i+1))
	box.Components = append(box.Components, text(strings.Join(around, "\n")))
	return object.View{Components: []object.Component{box, buttons}}
}

// outlineView lists the sections of the articles and what they hold, with a
// menu to read one.
func (b *Bot) outlineView(w *bot.Wording) object.View {
	var v object.View
	for _, article := range b.answerer.Articles() {
		lines := []string{"### " + w.OutlineHeading}
		menu := object.Component{Type: object.TypeSelect, Placeholder: w.PassageSelect, CustomID: customID{verb: pickPassage, article: article.Hash[:hashLength]}.String()}
		for i := range article.Sections {
			s := &article.Sections[i]
			heading := article.Slice(s.Heading)
			if heading == "" {
				heading = w.Introduction
			}
			bullets := 0
			for _, p := range s.Passages {
				if p.Kind == retrieval.Bullet {
					bullets++
				}
			}
			if len(s.Passages) == 0 {
				continue
			}
			var holds []string
			if n := len(s.Passages) - bullets; n > 0 {
				holds = append(holds, fmt.Sprintf(w.HoldsParagraphs, n))
			}
			if bullets > 0 {
				holds = append(holds, fmt.Sprintf(w.HoldsPoints, bullets))
			}
			lines = append(lines, fmt.Sprintf("%d. **%s** · %s", len(lines), markdown.Escape(markdown.Clip(markdown.Flat(heading), 150)), strings.Join(holds, ", ")))
			if len(menu.Options) < object.MaxOptions {
				menu.Options = append(menu.Options, object.SelectOption{Label: markdown.Clip(markdown.Flat(heading), object.MaxOption), Value: s.Passages[0].ID})
			}
		}
		body := strings.Join(lines, "\n")
		if markdown.Length(body) > object.MaxText-markdown.Length(object.TextOf(v.Components))-reserve || count(v.Components)+4 > object.MaxComponents {
			break // what does not fit is found by /passage
		}
		box := object.Component{Type: object.TypeContainer, Components: []object.Component{text(body)}}
		if len(menu.Options) > 0 {
			box.Components = append(box.Components, row(menu))
		}
		v.Components = append(v.Components, box)
	}
	return v
}

// sourcesView says what the bot answers from.
func (b *Bot) sourcesView(w *bot.Wording) object.View {
	lines := []string{"### " + w.SourcesHeading}
	for _, a := range b.answerer.Articles() {
		lines = append(lines, "- **"+markdown.Escape(markdown.Clip(markdown.Flat(a.Name), 200))+"** · "+
			fmt.Sprintf(w.SourceLine, len(a.Sections), len(bot.Passages(a)), a.Len())+" · SHA-256 `"+a.Hash[:hashLength]+"`")
		if markdown.Length(strings.Join(lines, "\n")) > object.MaxText-600 {
			break
		}
	}
	return line(strings.Join(append(lines, small+w.AsOfWriting), "\n"))
}

// findPassage shows the passage that was chosen, or the first that holds the
// words typed.
func (b *Bot) findPassage(w *bot.Wording, place string) object.View {
	for _, a := range b.answerer.Articles() {
		if slug, id, found := strings.Cut(place, "/"); found && slug == a.Slug {
			return passageView(w, a, id, nil)
		}
	}
	if found := b.passagesWith(w, place, 1); len(found) > 0 {
		slug, id, _ := strings.Cut(found[0].Value, "/")
		for _, a := range b.answerer.Articles() {
			if a.Slug == slug {
				return passageView(w, a, id, nil)
			}
		}
	}
	return line(w.NoPassage)
}

// passagesWith are the passages that hold all the words typed, in their text
// or their section's heading, as choices whose values are "slug/p12".
func (b *Bot) passagesWith(w *bot.Wording, typed string, most int) []choice {
	words := strings.FieldsFunc(strings.ToLower(typed), retrieval.Blank)
	var out []choice
	for _, a := range b.answerer.Articles() {
		for _, q := range bot.Passages(a) {
			heading, body := w.Section(q), markdown.Flat(q.Text)
			searched := strings.ToLower(heading + " " + body)
			if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(searched, word) }) {
				continue
			}
			name := markdown.Clip(markdown.Flat(heading), 40) + ", " + w.Spot(q) + ": " + body
			if out = append(out, choice{Name: markdown.Clip(name, object.MaxOption), Value: a.Slug + "/" + q.Passage}); len(out) == most {
				return out
			}
		}
	}
	return out
}

// suggestions are the choices for the option that somebody is typing.
func (b *Bot) suggestions(i object.Interaction) []choice {
	name, typed := i.Data.Focused()
	switch {
	case i.Data.Name == cmdPassage && name == optPlace:
		return b.passagesWith(bot.Words(i.Locale), typed, object.MaxOptions)
	case i.Data.Name == cmdAsk && name == optQuestion:
		var out []choice
		for _, q := range b.answerer.Complete(typed, bot.Words(i.Locale).Language, object.MaxOptions, object.MaxOption) {
			out = append(out, choice{Name: q, Value: q})
		}
		return out
	}
	return nil
}
