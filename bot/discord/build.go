package discord

import "summitbot/bot/discord/markdown"

// gallery is one of the one picture that is sent along under a name.
func gallery(name, description string) component {
	var i mediaItem
	i.Media.URL, i.Description = "attachment://"+name, description
	return component{Type: typeGallery, Items: []mediaItem{i}}
}

func text(content string) component { return component{Type: typeText, Content: content} }

func row(children ...component) component { return component{Type: typeRow, Components: children} }

func button(label string, id customID) component {
	return component{Type: typeButton, Style: styleSecondary, Label: markdown.Clip(label, maxLabel), CustomID: id.String()}
}

// line is a view of some lines of the bot's own.
func line(content string) view { return view{components: []component{text(content)}} }

// count is the number of components, nested ones included.
func count(components []component) int {
	n := len(components)
	for _, c := range components {
		n += count(c.Components)
		if c.Accessory != nil {
			n++
		}
	}
	return n
}
