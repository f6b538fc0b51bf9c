package discord

import (
	"path/filepath"
	"strings"
	"testing"

	"summitbot/bot"
)

// Members are told of the content of messages, and of a model, where the bot
// has them, and nowhere else.
func TestPrivacyLooks(t *testing.T) {
	for _, language := range bot.Languages {
		w := bot.Words(language)
		var views []view
		for _, b := range []*Bot{{keptDays: 30}, {}, {keptDays: 7, content: true}, {keptDays: 7, styles: true}, {content: true, styles: true}} {
			v := b.privacy(w)
			within(t, v)
			views = append(views, v)
			for sentence, want := range map[string]bool{w.PrivacyMentions: !b.content, w.PrivacyContent: b.content, w.PrivacyModel: b.styles, w.PrivacyForget: true} {
				if strings.Contains(said(v.components), sentence) != want {
					t.Errorf("content %v, a model %v: it says, or does not say, %q", b.content, b.styles, sentence)
				}
			}
		}
		golden(t, filepath.Join(language, "privacy"), drawn(views...))
	}
}
