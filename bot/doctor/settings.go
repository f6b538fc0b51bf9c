package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// checkSettings tells how the settings were read. What is wrong with one of them
// keeps only from being checked what needs it.
func (d *doctor) checkSettings(context.Context) []Finding {
	s := d.Settings
	if _, unreadable := errors.AsType[*fs.PathError](s.Unread); unreadable {
		return []Finding{fault(s.Unread.Error(), "see to it that it is a plain file which the user that runs this may read, or take it away")}
	}
	if s.Unread != nil {
		return []Finding{failed(s.Unread, "correct the file, or begin anew with a copy of .env.example")}
	}
	var found []Finding
	for _, err := range s.Faults {
		f := failed(err, ".env.example tells what it can be; set it in the environment or in .env")
		f.spoils = map[string]string{}
		for _, name := range s.named(err.Error()) {
			f.spoils[name] = name
		}
		found = append(found, f)
	}
	found = append(found, d.unmeant()...)
	switch {
	case len(found) > 0:
		return found
	case len(s.Set) == 0:
		return []Finding{ok("none is set")}
	}
	return []Finding{ok(fmt.Sprintf("%d of %d are set: %s", len(s.Set), len(s.Known), strings.Join(s.Set, ", ")))}
}

// named are the settings that a text names.
func (s Settings) named(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return (r < 'A' || 'Z' < r) && r != '_' })
	return slices.DeleteFunc(slices.Clone(s.Known), func(name string) bool { return !slices.Contains(words, name) })
}

// unmeant tells of settings that are understood, and yet not what somebody will
// have meant.
func (d *doctor) unmeant() (found []Finding) {
	for _, name := range slices.Sorted(maps.Keys(d.Settings.Misspelt)) {
		found = append(found, warning(name+" in .env is no setting, and is not read", "perhaps "+d.Settings.Misspelt[name]+" is meant; .env.example lists them all"))
	}
	m := d.Model
	if slices.Contains(d.Settings.Set, "OPENAI_MODEL") && !m.Named {
		found = append(found, warning("OPENAI_MODEL has no effect: no model is asked", "set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"))
	}
	if least := m.promptTokens(); m.Named && m.DailyTokens > 0 && m.DailyTokens < least {
		found = append(found, warning(fmt.Sprintf("DAILY_TOKEN_BUDGET=%d is less than one answer may take, %d tokens", m.DailyTokens, least),
			"raise it; an answer takes about CONTEXT_TOKENS and the reply"))
	}
	return found
}
