package testserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// commandsOf checks the application and guild of a call's path.
func (s *Server) commandsOf(c *call) (guildID string, err error) {
	if c.param("app") != c.bot.user.ID {
		return "", &apiError{Status: http.StatusForbidden, Code: 20012, Message: "You are not authorized to perform this action on this application"}
	}
	guildID = c.param("guild")
	if g := s.guildByID(guildID); guildID != "" && (g == nil || !c.bot.in(g)) {
		return "", errMissingAccess()
	}
	return guildID, nil
}

func (b *bot) commandsIn(guildID string) []*command {
	list := []*command{}
	for _, c := range b.commands {
		if c.GuildID == guildID {
			list = append(list, c)
		}
	}
	return list
}

func (s *Server) listCommands(c *call) (reply, error) {
	guildID, err := s.commandsOf(c)
	if err != nil {
		return reply{}, err
	}
	list := c.bot.commandsIn(guildID)
	if c.r.URL.Query().Get("with_localizations") != "true" {
		for i, cmd := range list {
			list[i] = cmd.untranslated()
		}
	}
	return reply{body: list}, nil
}

// untranslated is a command as a list without with_localizations shows it.
func (c *command) untranslated() *command {
	var plain func([]commandOption) []commandOption
	plain = func(options []commandOption) []commandOption {
		options = slices.Clone(options)
		for i := range options {
			o := &options[i]
			o.NameLocalizations, o.DescriptionLocalizations = nil, nil
			o.Options, o.Choices = plain(o.Options), slices.Clone(o.Choices)
			for j := range o.Choices {
				o.Choices[j].NameLocalizations = nil
			}
		}
		return options
	}
	copied := *c
	copied.NameLocalizations, copied.DescriptionLocalizations = nil, nil
	copied.Options = plain(c.Options)
	return &copied
}

func (s *Server) findCommand(c *call) (*command, error) {
	guildID, err := s.commandsOf(c)
	if err != nil {
		return nil, err
	}
	id := c.param("command")
	i := slices.IndexFunc(c.bot.commands, func(o *command) bool { return o.ID == id && o.GuildID == guildID })
	if i < 0 {
		return nil, errUnknownCommand()
	}
	return c.bot.commands[i], nil
}

func (s *Server) readCommand(c *call) (reply, error) {
	found, err := s.findCommand(c)
	if err != nil {
		return reply{}, err
	}
	return reply{body: found}, nil
}

func (s *Server) deleteCommand(c *call) (reply, error) {
	found, err := s.findCommand(c)
	if err != nil {
		return reply{}, err
	}
	c.bot.commands = slices.DeleteFunc(c.bot.commands, func(o *command) bool { return o == found })
	s.emitBot(c.bot)
	return reply{}, nil
}

// replaceCommands is https://docs.discord.com/developers/interactions/application-commands#bulk-overwrite-global-application-commands
func (s *Server) replaceCommands(c *call) (reply, error) {
	guildID, err := s.commandsOf(c)
	if err != nil {
		return reply{}, err
	}
	var list []*command
	var f formErrors
	if len(bytes.TrimSpace(c.body)) == 0 || json.Unmarshal(c.body, &list) != nil || list == nil || slices.Contains(list, nil) {
		f.add("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
		return reply{}, f.err()
	}
	seen := map[string]bool{}
	for i, cmd := range list {
		checkCommand(&f, fmt.Sprint(i), cmd)
		key := fmt.Sprint(cmd.Type, cmd.Name)
		if seen[key] {
			f.add(fmt.Sprint(i), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[key] = true
	}
	if err := f.err(); err != nil {
		return reply{}, err
	}
	if err := tooManyCommands(list); err != nil {
		return reply{}, err
	}
	old := c.bot.commandsIn(guildID)
	entry := func(o *command) bool { return o.Type == commandEntry }
	if slices.ContainsFunc(old, entry) && !slices.ContainsFunc(list, entry) {
		return reply{}, badRequest(50240, "You cannot remove this app's Entry Point command in a bulk update operation. Please include the Entry Point command in your update request or delete it separately.")
	}
	if err := s.create(c.bot, guildID, list, old); err != nil {
		return reply{}, err
	}
	c.bot.commands = slices.DeleteFunc(c.bot.commands, func(o *command) bool { return o.GuildID == guildID })
	for _, cmd := range list {
		s.register(c.bot, guildID, cmd, old)
	}
	s.emitBot(c.bot)
	return reply{body: c.bot.commandsIn(guildID)}, nil
}

// create counts the new ones of some commands against what an application may
// create in a day, globally and in each guild, unless they are too many.
// https://docs.discord.com/developers/interactions/application-commands#registering-a-command
func (s *Server) create(b *bot, guildID string, list, old []*command) error {
	created := 0
	for _, cmd := range list {
		if !slices.ContainsFunc(old, func(o *command) bool { return o.Name == cmd.Name && o.Type == cmd.Type }) {
			created++
		}
	}
	day, now := b.created[guildID], time.Now()
	if now.Sub(day.began) >= 24*time.Hour {
		day = quota{began: now}
	}
	if day.calls += created; day.calls > s.opts.CommandCreates {
		return badRequest(30034, fmt.Sprintf("Max number of daily application command creates has been reached (%d)", s.opts.CommandCreates))
	}
	b.created[guildID] = day
	return nil
}

// tooManyCommands enforces 100 chat input commands and 15 of each menu, and
// one Entry Point.
// https://docs.discord.com/developers/interactions/application-commands#registering-a-command
func tooManyCommands(list []*command) error {
	count := map[int]int{}
	for _, cmd := range list {
		count[cmd.Type]++
	}
	if count[commandEntry] > 1 {
		return badRequest(30032, "Maximum number of application commands reached (1)")
	}
	if count[commandChatInput] > 100 || count[commandUser] > 15 || count[commandMessage] > 15 {
		return badRequest(30032, "Maximum number of application commands reached (100)")
	}
	return nil
}

// register adds a command; one that replaces another keeps its id.
func (s *Server) register(b *bot, guildID string, cmd *command, old []*command) {
	cmd.ID, cmd.ApplicationID, cmd.GuildID, cmd.Version = s.clock.next(), b.user.ID, guildID, s.clock.next()
	if len(cmd.IntegrationTypes) == 0 {
		cmd.IntegrationTypes = []int{0}
	}
	for _, o := range old {
		if o.Name == cmd.Name && o.Type == cmd.Type {
			cmd.ID = o.ID
		}
	}
	b.commands = append(b.commands, cmd)
}

// upsertCommand is https://docs.discord.com/developers/interactions/application-commands#create-global-application-command
func (s *Server) upsertCommand(c *call) (reply, error) {
	guildID, err := s.commandsOf(c)
	if err != nil {
		return reply{}, err
	}
	cmd := &command{}
	var f formErrors
	if json.Unmarshal(c.body, cmd) != nil {
		f.add("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
		return reply{}, f.err()
	}
	checkCommand(&f, "", cmd)
	if err := f.err(); err != nil {
		return reply{}, err
	}
	same := func(o *command) bool { return o.GuildID == guildID && o.Name == cmd.Name && o.Type == cmd.Type }
	old := c.bot.commandsIn(guildID)
	existed := slices.ContainsFunc(c.bot.commands, same)
	others := slices.DeleteFunc(slices.Clone(old), same)
	if err := tooManyCommands(append(others, cmd)); err != nil {
		return reply{}, err
	}
	if err := s.create(c.bot, guildID, []*command{cmd}, old); err != nil {
		return reply{}, err
	}
	c.bot.commands = slices.DeleteFunc(c.bot.commands, same)
	s.register(c.bot, guildID, cmd, old)
	s.emitBot(c.bot)
	if existed {
		return reply{body: cmd}, nil
	}
	return reply{status: http.StatusCreated, body: cmd}, nil
}

func (s *Server) editCommand(c *call) (reply, error) {
	found, err := s.findCommand(c)
	if err != nil {
		return reply{}, err
	}
	next := *found
	next.Options = nil
	var f formErrors
	if json.Unmarshal(c.body, &next) != nil {
		f.add("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
		return reply{}, f.err()
	}
	if form, err := newForm(c.body); err == nil && form.fields["options"] == nil {
		next.Options = found.Options
	}
	next.ID, next.ApplicationID, next.GuildID, next.Type = found.ID, found.ApplicationID, found.GuildID, found.Type
	checkCommand(&f, "", &next)
	if err := f.err(); err != nil {
		return reply{}, err
	}
	next.Version = s.clock.next()
	*found = next
	s.emitBot(c.bot)
	return reply{body: found}, nil
}
