package command

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"summitbot/bot/discord/render/rendertest"
	"summitbot/bot/wording"
)

// The commands, as they are registered, keep within Discord's limits.
func TestCommands(t *testing.T) {
	data, err := json.MarshalIndent(All(false, true), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	rendertest.Golden(t, "commands", string(data)+"\n")
	for _, c := range All(false, true) {
		texts := append(slices.Collect(maps.Values(c.Descriptions)), c.Description)
		names := append(slices.Collect(maps.Values(c.Names)), c.Name)
		for _, o := range c.Options {
			texts = append(append(texts, o.Description), slices.Collect(maps.Values(o.Descriptions))...)
			names = append(append(names, o.Name), slices.Collect(maps.Values(o.Names))...)
		}
		for _, s := range texts {
			if len([]rune(s)) > 100 {
				t.Errorf("a description is too long: %q", s)
			}
		}
		for _, s := range names {
			if n := len([]rune(s)); n < 1 || n > 32 {
				t.Errorf("a name is too long: %q", s)
			}
		}
	}
}

// Every language that the bot speaks has its commands in it.
func TestLocales(t *testing.T) {
	for _, language := range wording.Languages[1:] { // English is what they are in anyhow
		if len(locales[language]) == 0 {
			t.Errorf("%s has no locale of Discord's", language)
		}
	}
}
