// Package command has the commands that Discord registers for the bot.
package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"summitbot/bot"
	"summitbot/bot/discord/object"
	"summitbot/bot/discord/render"
	"summitbot/bot/discord/rest"
	"summitbot/bot/wording"

	"github.com/bwmarrin/discordgo"
)

// A Command is a slash command, or one of a message's menu, as Discord
// registers it. discordgo's own type writes its nil slices as null, which
// Discord may refuse.
// https://docs.discord.com/developers/interactions/application-commands#application-command-object
type Command struct {
	Name         string    `json:"name"`
	Names        localized `json:"name_localizations,omitempty"`
	Type         int       `json:"type"`
	Description  string    `json:"description"`
	Descriptions localized `json:"description_localizations,omitempty"`
	Options      []Option  `json:"options"`
	// Permissions are those that a member needs to see it, as long as the
	// server does not say otherwise; a number as text, nil for none.
	Permissions  *string `json:"default_member_permissions,omitempty"`
	Contexts     []int   `json:"contexts,omitempty"`          // only of global commands
	Integrations []int   `json:"integration_types,omitempty"` // only of global commands
}

// An Option is a parameter of a command.
type Option struct {
	Type         int       `json:"type"`
	Name         string    `json:"name"`
	Names        localized `json:"name_localizations,omitempty"`
	Description  string    `json:"description"`
	Descriptions localized `json:"description_localizations,omitempty"`
	Required     bool      `json:"required"`
	MinValue     *float64  `json:"min_value,omitempty"`
	MaxValue     *float64  `json:"max_value,omitempty"`
	MaxLength    int       `json:"max_length,omitempty"`
	Choices      []Choice  `json:"choices,omitempty"`
	Autocomplete bool      `json:"autocomplete,omitempty"`
}

// A Choice is one of the values that an option may have, or that are
// suggested for it.
type Choice struct {
	Name  string    `json:"name"`
	Names localized `json:"name_localizations,omitempty"`
	Value string    `json:"value"`
}

// localized is a text by Discord's locales.
type localized map[string]string

// locales are Discord's for the languages that the bot speaks; English is the
// default and has none.
var locales = map[string][]string{"de": {"de"}, "es": {"es-ES", "es-419"}, "fr": {"fr"}, "ru": {"ru"}, "uk": {"uk"}}

// everywhere is a text in all languages but English.
func everywhere(text func(*wording.Words) string) localized {
	all := localized{}
	for language, codes := range locales {
		for _, code := range codes {
			all[code] = text(wording.For(language))
		}
	}
	return all
}

// english is a text as it is without a locale.
func english(text func(*wording.Words) string) string { return text(wording.For("en")) }

// Numbers of Discord's enumerations.
const (
	SlashCommand      = 1
	MessageCommand    = 3
	EntryPointCommand = 4

	stringOption  = 3
	integerOption = 4

	inServer, inBotDM, inOtherDM = 0, 1, 2
	forServers, forUsers         = 0, 1
)

// The commands' names and options, as they arrive in every language.
const (
	Ask       = "ask"
	Takeaways = "takeaways"
	Risks     = "risks"
	Outline   = "outline"
	Passage   = "passage"
	Sources   = "sources"
	Help      = "help"
	Privacy   = "privacy"
	Forget    = "forget-me"
	Report    = "report"

	OptQuestion = "question"
	OptShow     = "show"
	OptCount    = "count"
	OptFor      = "for"
	OptStyle    = "style"
	OptPlace    = "place"
	OptDays     = "days"

	ShowAll, ShowMe = "all", "me"

	maxTakeaways = 20

	UsualDays, MostDays = 7, 90 // that a report tells of
)

// MenuAsk and menuCheck are the names of the commands in a message's menu.
func MenuAsk() string   { return wording.For("en").MenuAsk }
func MenuCheck() string { return wording.For("en").MenuCheck }

// phrase picks a text out of a language's.
type phrase = func(*wording.Words) string

func slash(name, description phrase, options ...Option) Command {
	return Command{
		Name: english(name), Names: everywhere(name), Type: SlashCommand,
		Description: english(description), Descriptions: everywhere(description), Options: options,
	}
}

func inMenu(name phrase) Command {
	return Command{Name: english(name), Names: everywhere(name), Type: MessageCommand}
}

func opt(kind int, name, description phrase) Option {
	return Option{Type: kind, Name: english(name), Names: everywhere(name), Description: english(description), Descriptions: everywhere(description)}
}

func oneOf(value string, name phrase) Choice {
	return Choice{Name: english(name), Names: everywhere(name), Value: value}
}

// All returns the commands to register, for one server or globally; with
// styles, where lists can be told in other words than the article's.
func All(server, styles bool) []Command {
	type w = wording.Words
	question := opt(stringOption, func(w *w) string { return w.QuestionName }, func(w *w) string { return w.QuestionDescription })
	question.Required, question.MaxLength, question.Autocomplete = true, render.MaxQuestion, true
	show := opt(stringOption, func(w *w) string { return w.ShowName }, func(w *w) string { return w.ShowDescription })
	show.Choices = []Choice{oneOf(ShowAll, func(w *w) string { return w.Everyone }), oneOf(ShowMe, func(w *w) string { return w.OnlyMe })}
	one, most := 1.0, float64(maxTakeaways)
	number := opt(integerOption, func(w *w) string { return w.CountName }, func(w *w) string { return w.CountDescription })
	number.MinValue, number.MaxValue = &one, &most
	whom := opt(stringOption, func(w *w) string { return w.ForName }, func(w *w) string { return w.ForDescription })
	for _, t := range bot.Threatenable {
		whom.Choices = append(whom.Choices, oneOf(string(t), func(w *w) string { return w.Group(t) }))
	}
	place := opt(stringOption, func(w *w) string { return w.PlaceName }, func(w *w) string { return w.PlaceDescription })
	place.Required, place.Autocomplete = true, true
	days := opt(integerOption, func(w *w) string { return w.DaysName }, func(w *w) string { return w.DaysDescription })
	longest := float64(MostDays)
	days.MinValue, days.MaxValue = &one, &longest
	takeaways, risks := []Option{number}, []Option{whom}
	if styles {
		style := opt(stringOption, func(w *w) string { return w.StyleName }, func(w *w) string { return w.StyleDescription })
		style.Choices = []Choice{
			oneOf(string(bot.Brief), func(w *w) string { return w.Brief }),
			oneOf(string(bot.Plain), func(w *w) string { return w.Plain }),
			oneOf(string(bot.Debate), func(w *w) string { return w.Debate }),
		}
		takeaways, risks = append(takeaways, style), append(risks, style)
	}
	all := []Command{
		slash(func(w *w) string { return w.AskName }, func(w *w) string { return w.AskDescription }, question, show),
		slash(func(w *w) string { return w.TakeawaysName }, func(w *w) string { return w.TakeawaysDescription }, takeaways...),
		slash(func(w *w) string { return w.RisksName }, func(w *w) string { return w.RisksDescription }, risks...),
		slash(func(w *w) string { return w.OutlineName }, func(w *w) string { return w.OutlineDescription }),
		slash(func(w *w) string { return w.PassageName }, func(w *w) string { return w.PassageDescription }, place),
		slash(func(w *w) string { return w.SourcesName }, func(w *w) string { return w.SourcesDescription }),
		slash(func(w *w) string { return w.HelpName }, func(w *w) string { return w.HelpDescription }),
		slash(func(w *w) string { return w.PrivacyName }, func(w *w) string { return w.PrivacyDescription }),
		slash(func(w *w) string { return w.ForgetName }, func(w *w) string { return w.ForgetDescription }),
		slash(func(w *w) string { return w.ReportName }, func(w *w) string { return w.ReportDescription }, days),
		inMenu(func(w *w) string { return w.MenuAsk }),
		inMenu(func(w *w) string { return w.MenuCheck }),
	}
	for i := range all {
		if all[i].Name == Report { // it tells of the whole server
			manage := strconv.FormatUint(uint64(object.MayManageServer), 10)
			all[i].Permissions = &manage
			if !server {
				all[i].Contexts, all[i].Integrations = []int{inServer}, []int{forServers}
			}
			continue
		}
		if !server {
			all[i].Contexts = []int{inServer, inBotDM, inOtherDM}
			all[i].Integrations = []int{forServers, forUsers}
		}
	}
	return Normal(all, server)
}

// Normal puts commands into the one form in which equal ones look equal.
func Normal(all []Command, server bool) []Command {
	all = slices.Clone(all)
	for i := range all {
		c := &all[i]
		c.Type = cmp.Or(c.Type, SlashCommand)
		if c.Options == nil {
			c.Options = []Option{}
		}
		c.Contexts, c.Integrations = slices.Sorted(slices.Values(c.Contexts)), slices.Sorted(slices.Values(c.Integrations))
		if server {
			c.Contexts, c.Integrations = nil, nil
		}
	}
	slices.SortFunc(all, func(a, b Command) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name)) })
	return all
}

// URL is where the commands of a server are, or the global ones where
// its id is empty.
func URL(application, server string) string {
	if server != "" {
		return discordgo.EndpointApplicationGuildCommands(application, server)
	}
	return discordgo.EndpointApplicationGlobalCommands(application)
}

// Register makes the registered commands those of this program, of the
// server with the given id or, if that is empty, globally. It writes only
// when they differ: Discord limits how often that may be done in a day. An
// Entry Point command, which opens an Activity of the application's, is not
// this program's to take away, and goes along as it is.
func Register(ctx context.Context, a *rest.Client, application, server string, styles bool) (changed bool, err error) {
	url := URL(application, server)
	var there []json.RawMessage
	if err := a.Do(ctx, rest.Request{Name: "read the registered commands", Method: http.MethodGet, URL: url + "?with_localizations=true", Into: &there, Repeatable: true}); err != nil {
		return false, err
	}
	var registered []Command
	var all []any // to register
	for _, raw := range there {
		var c Command
		err := json.Unmarshal(raw, &c) // one that is not understood is not ours
		if c.Type == EntryPointCommand {
			all = append(all, raw)
			continue
		}
		if err != nil {
			c = Command{}
		}
		registered = append(registered, c)
	}
	want := All(server != "", styles)
	same, err := Equal(want, Normal(registered, server != ""))
	if same || err != nil {
		return false, err
	}
	for _, c := range want {
		all = append(all, c)
	}
	err = a.Do(ctx, rest.Request{Name: "register the commands", Method: http.MethodPut, URL: url, Body: all, Into: &there, Repeatable: true})
	return err == nil, err
}

// Equal compares two lists of commands as Discord would read them.
func Equal(a, b []Command) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, fmt.Errorf("encoding commands: %w", err)
	}
	y, err := json.Marshal(b)
	if err != nil {
		return false, fmt.Errorf("encoding commands: %w", err)
	}
	return bytes.Equal(x, y), nil
}

// Shown is a command's name as members see it.
func (c Command) Shown() string {
	if c.Type == SlashCommand {
		return "/" + c.Name
	}
	return `"` + c.Name + `"`
}
