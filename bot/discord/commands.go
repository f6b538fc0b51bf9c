package discord

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"summitbot/bot"

	"github.com/bwmarrin/discordgo"
)

// A command is a slash command as Discord registers it. discordgo's own type
// writes its nil slices as null, which Discord may refuse.
// https://docs.discord.com/developers/interactions/application-commands#application-command-object
type command struct {
	Name         string   `json:"name"`
	Type         int      `json:"type"` // 1: a slash command
	Description  string   `json:"description"`
	Options      []option `json:"options"`
	Contexts     []int    `json:"contexts,omitempty"`          // only of global commands
	Integrations []int    `json:"integration_types,omitempty"` // only of global commands
}

// An option is a parameter of a command.
type option struct {
	Type        int      `json:"type"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Required    bool     `json:"required"`
	MinValue    *float64 `json:"min_value,omitempty"`
	MaxValue    *float64 `json:"max_value,omitempty"`
	MaxLength   int      `json:"max_length,omitempty"`
	Choices     []choice `json:"choices,omitempty"`
}

// A choice is one of the values that an option may have.
type choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Numbers of Discord's enumerations.
const (
	slashCommand = 1

	stringOption  = 3
	integerOption = 4

	inServer, inBotDM, inOtherDM = 0, 1, 2
	forServers, forUsers         = 0, 1
)

// The commands' names and options.
const (
	cmdAsk       = "ask"
	cmdTakeaways = "takeaways"
	cmdRisks     = "risks"
	cmdHelp      = "help"

	optQuestion = "question"
	optCount    = "count"
	optFor      = "for"
	optStyle    = "style"

	maxQuestion  = 1000 // characters
	maxTakeaways = 20
)

// commands returns the commands to register, for one server or globally; with
// styles, where lists can be told in other words than the article's.
func commands(server, styles bool) []command {
	one, most := 1.0, float64(maxTakeaways)
	all := []command{
		{Name: cmdAsk, Description: words.askDescription, Options: []option{
			{Type: stringOption, Name: optQuestion, Description: words.questionDescription, Required: true, MaxLength: maxQuestion},
		}},
		{Name: cmdTakeaways, Description: words.takeawaysDescription, Options: []option{
			{Type: integerOption, Name: optCount, Description: words.countDescription, MinValue: &one, MaxValue: &most},
		}},
		{Name: cmdRisks, Description: words.risksDescription, Options: []option{
			{Type: stringOption, Name: optFor, Description: words.forDescription, Choices: []choice{
				{bot.Russia.String(), string(bot.Russia)},
				{bot.West.String(), string(bot.West)},
				{bot.World.String(), string(bot.World)},
			}},
		}},
		{Name: cmdHelp, Description: words.helpDescription},
	}
	if styles {
		style := option{Type: stringOption, Name: optStyle, Description: words.styleDescription, Choices: []choice{
			{words.brief, string(bot.Brief)}, {words.plain, string(bot.Plain)}, {words.debate, string(bot.Debate)},
		}}
		for i := range all {
			if all[i].Name == cmdTakeaways || all[i].Name == cmdRisks {
				all[i].Options = append(all[i].Options, style)
			}
		}
	}
	for i := range all {
		if !server {
			all[i].Contexts = []int{inServer, inBotDM, inOtherDM}
			all[i].Integrations = []int{forServers, forUsers}
		}
	}
	return normal(all, server)
}

// normal puts commands into the one form in which equal ones look equal.
func normal(all []command, server bool) []command {
	all = slices.Clone(all)
	for i := range all {
		c := &all[i]
		c.Type = cmp.Or(c.Type, slashCommand)
		if c.Options == nil {
			c.Options = []option{}
		}
		c.Contexts, c.Integrations = slices.Sorted(slices.Values(c.Contexts)), slices.Sorted(slices.Values(c.Integrations))
		if server {
			c.Contexts, c.Integrations = nil, nil
		}
	}
	slices.SortFunc(all, func(a, b command) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// register makes the registered commands those of this program, of the
// server with the given id or, if that is empty, globally. It writes only
// when they differ: Discord limits how often that may be done in a day.
func (a *api) register(ctx context.Context, application, server string, styles bool) (changed bool, err error) {
	url := discordgo.EndpointApplicationGlobalCommands(application)
	if server != "" {
		url = discordgo.EndpointApplicationGuildCommands(application, server)
	}
	body, err := a.do(ctx, request{"read the registered commands", http.MethodGet, url, nil, true})
	if err != nil {
		return false, err
	}
	var registered []command
	want := commands(server != "", styles)
	if json.Unmarshal(body, &registered) == nil { // if not, they are not ours
		same, err := equal(want, normal(registered, server != ""))
		if same || err != nil {
			return false, err
		}
	}
	_, err = a.do(ctx, request{"register the commands", http.MethodPut, url, want, true})
	return err == nil, err
}

// equal compares two lists of commands as Discord would read them.
func equal(a, b []command) (bool, error) {
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
