package testserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Application command types.
const (
	commandChatInput = 1
	commandUser      = 2
	commandMessage   = 3
	commandEntry     = 4 // opens the application's Activity; Discord makes one itself
)

// Option types.
// https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type
const (
	optionSubcommand  = 1
	optionGroup       = 2
	optionString      = 3
	optionInteger     = 4
	optionBoolean     = 5
	optionUser        = 6
	optionChannel     = 7
	optionRole        = 8
	optionMentionable = 9
	optionNumber      = 10
	optionAttachment  = 11
)

// command is Discord's application command object.
// https://docs.discord.com/developers/interactions/application-commands#application-command-object
type command struct {
	ID                       string            `json:"id"`
	ApplicationID            string            `json:"application_id"`
	GuildID                  string            `json:"guild_id,omitempty"`
	Version                  string            `json:"version"`
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Options                  []commandOption   `json:"options,omitempty"`
	DefaultMemberPermissions *string           `json:"default_member_permissions"`
	DMPermission             *bool             `json:"dm_permission,omitempty"`
	Contexts                 []int             `json:"contexts,omitempty"`
	IntegrationTypes         []int             `json:"integration_types,omitempty"`
	NSFW                     bool              `json:"nsfw"`
	Handler                  *int              `json:"handler,omitempty"` // of an Entry Point command: 1 the application, 2 Discord
}

type commandOption struct {
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Required                 bool              `json:"required,omitempty"`
	Choices                  []commandChoice   `json:"choices,omitempty"`
	Options                  []commandOption   `json:"options,omitempty"`
	ChannelTypes             []int             `json:"channel_types,omitempty"`
	MinValue                 *float64          `json:"min_value,omitempty"`
	MaxValue                 *float64          `json:"max_value,omitempty"`
	MinLength                *int              `json:"min_length,omitempty"`
	MaxLength                *int              `json:"max_length,omitempty"`
	Autocomplete             bool              `json:"autocomplete,omitempty"`
}

type commandChoice struct {
	Name              string            `json:"name"`
	NameLocalizations map[string]string `json:"name_localizations,omitempty"`
	Value             json.RawMessage   `json:"value"`
}

// commandName is what a chat input command's and an option's name is made of.
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]+$`)

// locales are the languages of Discord's clients.
// https://docs.discord.com/developers/reference#locales
var locales = []string{
	"id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR", "ro",
	"fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko",
}

// checkLocalized notes what is wrong with the translations of a text, each of
// which check looks at as it would at the text itself.
func checkLocalized(f *formErrors, path string, texts map[string]string, check func(path, text string)) {
	for locale, text := range texts {
		if !slices.Contains(locales, locale) {
			f.add(path+"."+locale, "BASE_TYPE_CHOICES", "Value must be one of (%s).", strings.Join(locales, ", "))
			continue
		}
		check(path+"."+locale, text)
	}
}

// checkCommand notes a command's faults below path, "" for a single command.
func checkCommand(f *formErrors, path string, c *command) {
	at := func(field string) string { return strings.TrimPrefix(path+"."+field, ".") }
	if c.Type == 0 {
		c.Type = commandChatInput
	}
	if c.Type != commandEntry && c.Handler != nil {
		f.add(at("handler"), "APPLICATION_COMMAND_INVALID_HANDLER", "Only Entry Point commands have a handler")
	}
	if c.Type != commandChatInput {
		checkContextMenu(f, at, c)
		return
	}
	checkName(f, at("name"), c.Name)
	checkText(f, at("description"), c.Description, 100)
	checkLocalized(f, at("name_localizations"), c.NameLocalizations, func(path, text string) { checkName(f, path, text) })
	checkLocalized(f, at("description_localizations"), c.DescriptionLocalizations, func(path, text string) { checkText(f, path, text, 100) })
	checkOptions(f, at("options"), c.Options, 0)
	if commandSize(c) > 8000 {
		f.add(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
	}
}

func checkContextMenu(f *formErrors, at func(string) string, c *command) {
	if c.Type > commandEntry || c.Type < 1 {
		f.add(at("type"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4).")
	}
	menuName := func(path, name string) {
		if n := utf8.RuneCountInString(name); n < 1 || n > 32 {
			f.badLength(path, 1, 32)
		}
	}
	menuName(at("name"), c.Name)
	checkLocalized(f, at("name_localizations"), c.NameLocalizations, menuName)
	if c.Type == commandEntry && (c.Handler == nil || *c.Handler < 1 || *c.Handler > 2) {
		f.add(at("handler"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
	}
	if c.Description != "" && c.Type != commandEntry {
		f.add(at("description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "Context menu commands cannot have description")
	}
	if len(c.Options) > 0 {
		f.add(at("options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS", "Context menu commands cannot have options")
	}
}

func checkName(f *formErrors, path, name string) {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		f.required(path)
	case n > 32:
		f.badLength(path, 1, 32)
	case !commandName.MatchString(name) || strings.ToLower(name) != name:
		f.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	}
}

func checkText(f *formErrors, path, text string, most int) {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		f.required(path)
	case n > most:
		f.badLength(path, 1, most)
	}
}

// checkOptions checks a list of options; depth is 0 on the command, 1 in a
// group or subcommand, 2 in a subcommand of a group.
func checkOptions(f *formErrors, path string, options []commandOption, depth int) {
	if len(options) > 25 {
		f.add(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	seen := map[string]bool{}
	optional := false
	for i, o := range options {
		at := fmt.Sprintf("%s.%d", path, i)
		checkName(f, at+".name", o.Name)
		checkText(f, at+".description", o.Description, 100)
		checkLocalized(f, at+".name_localizations", o.NameLocalizations, func(path, text string) { checkName(f, path, text) })
		checkLocalized(f, at+".description_localizations", o.DescriptionLocalizations, func(path, text string) { checkText(f, path, text, 100) })
		if seen[o.Name] {
			f.add(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
		}
		seen[o.Name] = true
		if o.Required && optional {
			f.add(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		}
		optional = optional || !o.Required && o.Type > optionGroup
		checkOption(f, at, &o, depth)
	}
	nested := slices.ContainsFunc(options, func(o commandOption) bool { return o.Type <= optionGroup })
	if nested && slices.ContainsFunc(options, func(o commandOption) bool { return o.Type > optionGroup }) {
		f.add(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types")
	}
}

func checkOption(f *formErrors, at string, o *commandOption, depth int) {
	if o.Type < optionSubcommand || o.Type > optionAttachment {
		f.add(at+".type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).")
		return
	}
	if o.Type <= optionGroup {
		if o.Type == optionGroup && depth > 0 || o.Type == optionSubcommand && depth > 1 {
			f.add(at+".type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This nesting of options is not supported")
			return
		}
		checkOptions(f, at+".options", o.Options, depth+3-o.Type)
		return
	}
	if len(o.Choices) > 25 {
		f.add(at+".choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
	}
	if o.Autocomplete && len(o.Choices) > 0 {
		f.add(at, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", "Choices and autocomplete are mutually exclusive")
	}
	for i, choice := range o.Choices {
		checkChoice(f, fmt.Sprintf("%s.choices.%d", at, i), choice, o.Type)
	}
}

// checkChoice checks one choice of an option or of an autocomplete answer.
func checkChoice(f *formErrors, at string, choice commandChoice, optionType int) {
	checkText(f, at+".name", choice.Name, 100)
	checkLocalized(f, at+".name_localizations", choice.NameLocalizations, func(path, text string) { checkText(f, path, text, 100) })
	var text string
	var number float64
	switch {
	case len(choice.Value) == 0:
		f.required(at + ".value")
	case optionType == optionString:
		if json.Unmarshal(choice.Value, &text) != nil {
			f.add(at+".value", "STRING_TYPE_CONVERT", "Could not interpret value as string.")
		} else if n := utf8.RuneCountInString(text); n < 1 || n > 100 {
			f.badLength(at+".value", 1, 100)
		}
	case json.Unmarshal(choice.Value, &number) != nil:
		f.add(at+".value", "NUMBER_TYPE_COERCE", "Value is not a number.")
	}
}

// commandSize counts the characters of names, descriptions and values.
func commandSize(c *command) int {
	size := utf8.RuneCountInString(c.Name) + utf8.RuneCountInString(c.Description)
	var add func([]commandOption)
	add = func(options []commandOption) {
		for _, o := range options {
			size += utf8.RuneCountInString(o.Name) + utf8.RuneCountInString(o.Description)
			for _, choice := range o.Choices {
				size += utf8.RuneCountInString(choice.Name) + len(bytes.Trim(choice.Value, `"`))
			}
			add(o.Options)
		}
	}
	add(c.Options)
	return size
}

// findOption returns the option of a name, nil if there is none.
func findOption(options []commandOption, name string) *commandOption {
	i := slices.IndexFunc(options, func(o commandOption) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &options[i]
}

// command finds a bot's command as a person in a channel means it: the
// guild's before the global one; in a DM only global ones. A name may be one
// of its translations.
func (b *bot) command(name string, kind int, inDM bool) *command {
	var global *command
	for _, c := range b.commands {
		switch {
		case c.Type != kind || c.Name != name && !slices.Contains(slices.Collect(maps.Values(c.NameLocalizations)), name):
		case c.GuildID == "":
			global = c
		case !inDM:
			return c
		}
	}
	return global
}
