package render

import (
	"summitbot/bot"
	"summitbot/bot/discord/customid"
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
	"summitbot/bot/wording"
	"summitbot/retrieval"
)

// Gallery is one of the one picture that is sent along under a name.
func Gallery(name, description string) object.Component {
	var i object.MediaItem
	i.Media.URL, i.Description = "attachment://"+name, description
	return object.Component{Type: object.TypeGallery, Items: []object.MediaItem{i}}
}

func Text(content string) object.Component {
	return object.Component{Type: object.TypeText, Content: content}
}

func Row(children ...object.Component) object.Component {
	return object.Component{Type: object.TypeRow, Components: children}
}

func Button(label string, id customid.ID) object.Component {
	return object.Component{Type: object.TypeButton, Style: object.StyleSecondary, Label: markdown.Clip(label, object.MaxLabel), CustomID: id.String()}
}

// Line is a view of some lines of the bot's own.
func Line(content string) object.View {
	return object.View{Components: []object.Component{Text(content)}}
}

// Stale is said of a button that belongs to an article which has changed.
func Stale(w *wording.Words) object.View {
	again := Button(w.AskAgain, customid.ID{Verb: customid.AskAgain})
	again.Style = object.StylePrimary
	return object.View{Components: []object.Component{Text(w.Stale), Row(again)}}
}

// A Look says how answers are shown, and with which buttons.
type Look struct {
	Words *wording.Words
	// Articles are those whose passages the buttons show.
	Articles []*retrieval.Article
	// Retells says in which styles an answer can be told beside; nil is in none.
	Retells func(bot.Answer, bot.Style) bool
	// Thread offers to go on in a thread.
	Thread bool
	// Note stands below the answer; it may be empty.
	Note string
}

// passage is the button for the passage of a quotation, and whether there is
// one: a head stands in none, and the article may be gone.
func (l Look) passage(q bot.Quote) (customid.ID, bool) {
	article := l.article(q.Article)
	n, ok := sentence(q)
	if article == nil || !ok {
		return customid.ID{}, false
	}
	return customid.ID{Verb: customid.ShowPassage, Article: article.Hash[:customid.HashLength], Passage: q.Passage, Sentences: []int{n}}, true
}
