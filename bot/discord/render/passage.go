package render

import (
	"fmt"
	"slices"
	"strings"

	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/wording"
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

// Passage shows a passage, with the quoted sentences in bold, where it
// stands, and buttons to go on from it.
func Passage(w *wording.Words, article *retrieval.Article, id string, quoted []string) object.View {
	all := bot.Passages(article)
	i := slices.IndexFunc(all, func(q bot.Quote) bool { return q.Passage == id })
	if i < 0 {
		return Line(w.NoPassage)
	}
	q := all[i]
	at, _ := article.Find(q.Sentence)
	body := passageText(article, at.Passage, quoted)
	if markdown.Length(body) > object.MaxText-600 {
		body = markdown.Cut(body, object.MaxText-600)[0] + "…"
	}
	box := object.Component{Type: object.TypeContainer, Accent: colourOne, Components: []object.Component{
		Text("### " + markdown.Escape(markdown.Clip(markdown.Flat(w.Section(q)), 200)) + "\n" + Small + w.Spot(q)),
		Text(body),
	}}
	var around []string
	step := func(label, arrow string, to int) object.Component {
		b := Button(label, customid.ID{Verb: customid.GoToPassage, Article: article.Hash[:customid.HashLength]})
		b.Disabled = to < 0 || to >= len(all)
		if b.Disabled {
			b.CustomID = customid.ID{Verb: customid.GoToPassage, Article: article.Hash[:customid.HashLength], Passage: arrow}.String()
			return b
		}
		b.CustomID = customid.ID{Verb: customid.GoToPassage, Article: article.Hash[:customid.HashLength], Passage: all[to].Passage}.String()
		around = append(around, Small+arrow+" "+markdown.Escape(markdown.Clip(markdown.Flat(w.Section(all[to])), 200))+", "+w.Spot(all[to]))
		return b
	}
	buttons := Row(step(w.Previous, "←", i-1), step(w.Next, "→", i+1))
	box.Components = append(box.Components, Text(strings.Join(around, "\n")))
	return object.View{Components: []object.Component{box, buttons}}
}

// Outline lists the sections of the articles and what they hold, with a
// menu to read one.
func Outline(w *wording.Words, articles []*retrieval.Article) object.View {
	var v object.View
	for _, article := range articles {
		lines := []string{"### " + w.OutlineHeading}
		menu := object.Component{Type: object.TypeSelect, Placeholder: w.PassageSelect, CustomID: customid.ID{Verb: customid.PickPassage, Article: article.Hash[:customid.HashLength]}.String()}
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
		if markdown.Length(body) > object.MaxText-markdown.Length(object.TextOf(v.Components))-reserve || object.Count(v.Components)+4 > object.MaxComponents {
			break // what does not fit is found by /passage
		}
		box := object.Component{Type: object.TypeContainer, Components: []object.Component{Text(body)}}
		if len(menu.Options) > 0 {
			box.Components = append(box.Components, Row(menu))
		}
		v.Components = append(v.Components, box)
	}
	return v
}

// Sources says what the bot answers from.
func Sources(w *wording.Words, articles []*retrieval.Article) object.View {
	lines := []string{"### " + w.SourcesHeading}
	for _, a := range articles {
		lines = append(lines, "- **"+markdown.Escape(markdown.Clip(markdown.Flat(a.Name), 200))+"** · "+
			fmt.Sprintf(w.SourceLine, len(a.Sections), len(bot.Passages(a)), a.Len())+" · SHA-256 `"+a.Hash[:customid.HashLength]+"`")
		if markdown.Length(strings.Join(lines, "\n")) > object.MaxText-600 {
			break
		}
	}
	return Line(strings.Join(append(lines, Small+w.AsOfWriting), "\n"))
}
