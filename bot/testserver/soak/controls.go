package main

import (
	"encoding/json"
	"slices"

	"summitbot/bot/testserver"
	"summitbot/bot/wording"
)

// A control is a component of a message or a form that members use.
type control struct {
	Type        int
	CustomID    string `json:"custom_id"`
	Label       string
	Placeholder string
	Disabled    bool
	Options     []struct{ Value string }
	Components  []control
	Accessory   *control
	Component   *control
}

const (
	controlSelect = 3
	controlInput  = 4
)

// controls are all that stand in components.
func controls(list []control) (all []control) {
	for _, c := range list {
		all = append(append(all, c), controls(c.Components)...)
		for _, inner := range []*control{c.Accessory, c.Component} {
			if inner != nil {
				all = append(all, controls([]control{*inner})...)
			}
		}
	}
	return all
}

// find are the controls of a message with one of some labels, in any language.
func find(message testserver.Message, labels func(*wording.Words) []string) (found []control) {
	for _, raw := range message.Components {
		var c control
		if json.Unmarshal(raw, &c) != nil {
			continue
		}
		for _, c := range controls([]control{c}) {
			for _, l := range wording.Languages {
				if slices.ContainsFunc(labels(wording.For(l)), func(s string) bool { return s == c.Label || s == c.Placeholder }) && !c.Disabled && c.CustomID != "" {
					found = append(found, c)
					break
				}
			}
		}
	}
	return found
}
