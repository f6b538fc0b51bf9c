package discord

import (
	"summitbot/bot/discord/markdown"
	"summitbot/bot/discord/object"
)

// gallery is one of the one picture that is sent along under a name.
func gallery(name, description string) object.Component {
	var i object.MediaItem
	i.Media.URL, i.Description = "attachment://"+name, description
	return object.Component{Type: object.TypeGallery, Items: []object.MediaItem{i}}
}

func text(content string) object.Component {
	return object.Component{Type: object.TypeText, Content: content}
}

func row(children ...object.Component) object.Component {
	return object.Component{Type: object.TypeRow, Components: children}
}

func button(label string, id customID) object.Component {
	return object.Component{Type: object.TypeButton, Style: object.StyleSecondary, Label: markdown.Clip(label, object.MaxLabel), CustomID: id.String()}
}

// line is a view of some lines of the bot's own.
func line(content string) object.View {
	return object.View{Components: []object.Component{text(content)}}
}

// count is the number of components, nested ones included.
func count(components []object.Component) int {
	n := len(components)
	for _, c := range components {
		n += count(c.Components)
		if c.Accessory != nil {
			n++
		}
	}
	return n
}
