package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"summitbot/bot"
	"summitbot/bot/discord/rest"
	"summitbot/bot/proof"
	"summitbot/bot/store"

	"github.com/caarlos0/env/v11"
	"github.com/mattn/go-isatty"
)

// A secret is a setting that is never printed.
type secret string

// String says only whether the secret is set.
func (s secret) String() string {
	if s == "" {
		return "(not set)"
	}
	return "(secret)"
}

// Format hides the secret from every verb of fmt; one that does not suit a
// string would print it raw.
func (s secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue hides the secret from slog's handlers.
func (s secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the secret from encoders.
func (s secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// reveal returns the secret itself, for the one place that needs it.
func (s secret) reveal() string { return string(s) }

// An onOff is a switch.
type onOff bool

// UnmarshalText reads on or off.
func (o *onOff) UnmarshalText(text []byte) error {
	switch string(text) {
	case "on":
		*o = true
	case "off":
		*o = false
	default:
		return errors.New("want on or off")
	}
	return nil
}

// shards are so many connections; 0 is as many as Discord recommends.
type shards int

// UnmarshalText reads auto or a number.
func (s *shards) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*s = 0
		return nil
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < 1 {
		return errors.New("want auto or a number from 1")
	}
	*s = shards(n)
	return nil
}

// A logFormat is how the log is written.
type logFormat string

// The formats.
const (
	autoLog logFormat = "auto"
	textLog logFormat = "text"
	jsonLog logFormat = "json"
)

// UnmarshalText reads the name of a format.
func (f *logFormat) UnmarshalText(text []byte) error {
	switch *f = logFormat(text); *f {
	case autoLog, textLog, jsonLog:
		return nil
	}
	return errors.New("want auto, text or json")
}

// A listenAddr is a host and a port to listen at, empty for nowhere.
type listenAddr string

// UnmarshalText reads HOST:PORT. A port alone, with or without the colon, is
// one of this machine, which nobody else can reach.
func (a *listenAddr) UnmarshalText(text []byte) error {
	s := string(text)
	if strings.Trim(s, "0123456789") == "" {
		s = ":" + s
	}
	host, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("want HOST:PORT, or a port of this machine alone")
	}
	*a = listenAddr(net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port))
	return nil
}

// A config is the program's settings, read once at its start.
type config struct {
	// == What most people set ==

	// The bot's token from Discord's Developer Portal, page Bot. Only
	// "serve" needs it.
	DiscordToken secret `env:"DISCORD_TOKEN"`
	// The id of a server to register the commands to, where they appear at
	// once. Empty registers them globally, which Discord shows to everybody.
	DiscordGuildID string `env:"DISCORD_GUILD_ID"`
	// The ids of the channels in which mentions are answered, and in their
	// threads, with commas between them. Empty means all; where slash commands
	// may be used is the servers' own business (Server Settings, Integrations).
	Channels []string `env:"CHANNELS"`
	// The key of OpenAI, or of a server that speaks its protocol. With it, or
	// with OPENAI_BASE_URL, a model writes the answers, and what of them a
	// judge upholds is posted. Members' questions go to that server; /privacy
	// tells them. Empty with both means answers in the article's words.
	OpenAIKey secret `env:"OPENAI_API_KEY"`

	// == Discord ==

	// How many questions a member may ask in a minute. 0 means any number.
	QuestionsPerMinute int `env:"QUESTIONS_PER_MINUTE" envDefault:"30"`
	// Whether the bot has the privileged intent Message Content, switched on
	// in the Developer Portal, page Bot: on or off. With it, no mention is
	// needed in the threads that the bot has opened. Discord then sends it the
	// other messages too, which it passes over; /privacy tells members.
	MessageContent onOff `env:"MESSAGE_CONTENT" envDefault:"off"`
	// How many connections to Discord the bot's servers are dealt out among.
	// auto is as many as Discord recommends; to change it, stop all processes.
	Shards shards `env:"SHARDS" envDefault:"auto"`
	// Where Discord is. Empty means Discord itself; otherwise the address of
	// a test server on this machine, such as http://127.0.0.1:8080.
	DiscordAPIURL string `env:"DISCORD_API_URL"`
	// How many requests a test server takes in any second: it works with
	// DISCORD_API_URL alone. 0 means as many as Discord takes, 50.
	RequestsPerSecond int `env:"REQUESTS_PER_SECOND" envDefault:"0"`

	// == The article ==

	// The folder with the articles to answer from, .txt or .md files. Empty
	// means the built-in article.
	Articles string `env:"ARTICLES"`
	// Whether questions are understood by their meaning, with the sentence
	// encoder that the program holds: on or off. Off is for machines that are
	// too small for it (it takes 30 to 120 ms of processor time a new question and
	// 40 MB of memory); then they are understood by their letters alone, and
	// every third reworded question is not found.
	Meaning onOff `env:"MEANING" envDefault:"on"`

	// == The model ==

	// Where the API of another server begins, such as
	// http://localhost:11434/v1 for Ollama. Empty means OpenAI itself.
	OpenAIBaseURL string `env:"OPENAI_BASE_URL"`
	// The model's name, as its server knows it. Other servers than OpenAI
	// need it; empty means gpt-4.1-mini there.
	OpenAIModel string `env:"OPENAI_MODEL"`
	// How the form of a reply is asked for: schema, object or text. Empty
	// means by schema, and by less where the server does not know it.
	OpenAIJSON string `env:"OPENAI_JSON"`
	// How long a reply may take before the answer is given in the article's
	// words. Models on this machine's processor may need minutes.
	OpenAITimeout time.Duration `env:"OPENAI_TIMEOUT" envDefault:"20s"`
	// How many replies are asked for at once.
	OpenAIParallel int `env:"OPENAI_PARALLEL" envDefault:"4"`
	// How many tokens of the articles a prompt may show. The built-in article
	// goes in whole with 6000; the model's context needs 3000 more.
	ContextTokens int `env:"CONTEXT_TOKENS" envDefault:"6000"`
	// How many tokens may be spent in a day (UTC), prompts included; then
	// answers are in the article's words. 0 means any number.
	DailyTokenBudget int `env:"DAILY_TOKEN_BUDGET" envDefault:"0"`

	// == The judge of what the model writes ==

	// Whether what the model writes is judged: on or off. With off, and until
	// the judge has passed its trial, answers are quotations.
	OpenAIJudge onOff `env:"OPENAI_JUDGE" envDefault:"on"`
	// The model that judges. Empty means the one that writes.
	OpenAIJudgeModel string `env:"OPENAI_JUDGE_MODEL"`
	// Where the judge is, if it is elsewhere: a server that speaks the same
	// protocol, up to and with its /v1. It receives members' words too.
	OpenAIJudgeBaseURL string `env:"OPENAI_JUDGE_BASE_URL"`
	// The judge's key, where it is elsewhere.
	OpenAIJudgeKey secret `env:"OPENAI_JUDGE_API_KEY"`
	// How the judge is asked: json, or minicheck for models of that family.
	// Empty means by the model's name.
	OpenAIJudgeForm string `env:"OPENAI_JUDGE_FORM"`

	// == What is kept ==

	// The folder for what outlives a restart. It is made when it is needed.
	DataDir string `env:"DATA_DIR" envDefault:"data"`
	// The address of a PostgreSQL database that several processes share, such
	// as postgres://user:password@host:5432/database. Empty means SQLite, in
	// DATA_DIR, for one process.
	DatabaseURL secret `env:"DATABASE_URL"`
	// For how many days questions, answers and votes are kept. 0 keeps words
	// for half an hour, so that follow-ups are understood.
	RetentionDays int `env:"RETENTION_DAYS" envDefault:"30"`

	// == The log and what watches the bot ==

	// What to log: debug, info, warn or error.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	// How to log: text, json, or auto, which is text on a terminal and JSON
	// elsewhere.
	LogFormat logFormat `env:"LOG_FORMAT" envDefault:"auto"`
	// Where "serve" tells how it is, as HOST:PORT: /metrics for Prometheus,
	// /healthz and /readyz. A port alone is open to this machine only; port 0
	// takes a free one, and the log tells which. Empty means nowhere.
	MetricsAddr listenAddr `env:"METRICS_ADDR"`
	// Whether profiles of the running program can be had there too, under
	// /debug/pprof: on or off.
	Pprof onOff `env:"PPROF" envDefault:"off"`

	from origins
}

// expected are what is wanted of values that the library reads, by their type.
// Its own words would repeat the value. The types of this program say it in
// their errors.
var expected = map[reflect.Type]string{
	reflect.TypeFor[int]():           "want a whole number such as 30",
	reflect.TypeFor[time.Duration](): "want a time such as 20s or 2m",
	reflect.TypeFor[slog.Level]():    "want debug, info, warn or error",
}

// readConfig reads the settings from the environment and, for what is not
// set there, from the file .env in dir if there is one. All faults are told
// together, a line each, with the value that is faulty unless it may be secret.
func readConfig(e environment) (config, error) {
	vars, from, err := readVars(e)
	if err != nil {
		return config{}, err
	}
	c, faults, err := parseConfig(vars, from)
	switch {
	case err != nil:
		return config{}, usagef("%s", oneLine(err))
	case len(faults) == 1:
		return config{}, usagef("%s", oneLine(faults[0]))
	case len(faults) > 1:
		var lines strings.Builder
		for _, f := range faults {
			fmt.Fprintf(&lines, "\n  %s", oneLine(f))
		}
		return config{}, usagef("the settings have %d faults:%s", len(faults), &lines)
	}
	return c, nil
}

// parseConfig reads the settings from variables, some of which stand in .env.
// Each of the faults begins with the setting that it is about, and tells its
// line there; the others hold all the same.
func parseConfig(vars map[string]string, from origins) (c config, faults []error, err error) {
	c, faults, err = parseSettings(vars)
	for i, f := range faults {
		name, rest, _ := strings.Cut(f.Error(), " ")
		faults[i] = errors.New(from.at(name) + shown(name, vars[name]) + " " + rest)
	}
	c.from = from
	return c, faults, err
}

// shown is a setting's value in brackets, to be told where it is faulty. What is
// secret is left out, and what may be, for it may stand in the wrong line: addresses,
// and all that is as long as a key or a good password.
func shown(name, value string) string {
	const shorterThanKeys = 13
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config]()) {
		if f.Tag.Get("env") == name && f.Type != reflect.TypeFor[secret]() && len(value) < shorterThanKeys && !strings.ContainsAny(value, ":/@") {
			return fmt.Sprintf(" (%q)", value)
		}
	}
	return ""
}

// parseSettings reads the settings from variables.
func parseSettings(vars map[string]string) (c config, faults []error, err error) {
	unread := map[string]bool{}
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars}); err != nil {
		var all env.AggregateError
		if !errors.As(err, &all) {
			return config{}, nil, fmt.Errorf("reading the settings: %w", err)
		}
		for _, f := range all.Errors {
			var pe env.ParseError
			if errors.As(f, &pe) {
				field, _ := reflect.TypeFor[config]().FieldByName(pe.Name)
				name := field.Tag.Get("env")
				unread[name] = true
				want := expected[field.Type]
				if want == "" {
					want = pe.Err.Error()
				}
				f = fmt.Errorf("%s is not understood: %s (.env.example tells more)", name, want)
			}
			faults = append(faults, f)
		}
	}
	for name, mend := range retired {
		if vars[name] != "" {
			faults = append(faults, fmt.Errorf("%s is no setting any more: %s", name, mend))
		}
	}
	faults = append(faults, proxyFaults(vars)...)
	if err := rest.CheckAPIURL(c.DiscordAPIURL); err != nil {
		faults = append(faults, fmt.Errorf("DISCORD_API_URL is not understood: %w; leave it empty for Discord itself", err))
	}
	if g := c.DiscordGuildID; strings.Trim(g, "0123456789") != "" {
		faults = append(faults, errors.New("DISCORD_GUILD_ID is not an id: it is digits alone (Discord shows it by Copy Server ID in developer mode)"))
	}
	for _, id := range c.Channels {
		if id == "" || strings.Trim(id, "0123456789") != "" {
			faults = append(faults, errors.New("CHANNELS is not a list of ids: they are digits alone, with commas between (Discord shows one by Copy Channel ID in developer mode)"))
			break
		}
	}
	if c.QuestionsPerMinute < 0 {
		faults = append(faults, errors.New("QUESTIONS_PER_MINUTE cannot be negative"))
	}
	if c.RequestsPerSecond < 0 || c.RequestsPerSecond > 0 && c.DiscordAPIURL == "" {
		faults = append(faults, errors.New("REQUESTS_PER_SECOND is for a test server: it cannot be negative, and needs DISCORD_API_URL"))
	}
	if u := c.DatabaseURL.reveal(); u != "" {
		if err := store.CheckURL(u); err != nil {
			faults = append(faults, fmt.Errorf("DATABASE_URL is not the address of a PostgreSQL database: %w", err))
		}
	}
	if c.RetentionDays < 0 {
		faults = append(faults, errors.New("RETENTION_DAYS cannot be negative"))
	}
	if c.ContextTokens < 0 {
		faults = append(faults, errors.New("CONTEXT_TOKENS cannot be negative"))
	}
	if c.DailyTokenBudget < 0 {
		faults = append(faults, errors.New("DAILY_TOKEN_BUDGET cannot be negative"))
	}
	if f := c.OpenAIJudgeForm; f != "" && f != string(proof.InJSON) && f != string(proof.MiniCheck) {
		faults = append(faults, errors.New("OPENAI_JUDGE_FORM is not understood: want json or minicheck"))
	}
	if c.OpenAIJudgeKey != "" && c.OpenAIJudgeBaseURL == "" {
		faults = append(faults, errors.New("OPENAI_JUDGE_API_KEY is for a judge that is elsewhere: OPENAI_JUDGE_BASE_URL names where"))
	}
	if c.OpenAIParallel < 1 && !unread["OPENAI_PARALLEL"] {
		faults = append(faults, errors.New("OPENAI_PARALLEL has to be 1 or more"))
	}
	if c.OpenAITimeout <= 0 && !unread["OPENAI_TIMEOUT"] {
		faults = append(faults, errors.New("OPENAI_TIMEOUT has to be more than 0s"))
	}
	if bool(c.Pprof) && c.MetricsAddr == "" && !unread["METRICS_ADDR"] {
		faults = append(faults, errors.New("PPROF needs METRICS_ADDR, where the profiles can be had"))
	}
	return c, faults, nil
}

// misspellings are the names of variables that are no settings, with those that
// they may be meant for.
func misspellings(vars map[string]string) map[string]string {
	all := map[string]string{}
	for name := range vars {
		if like := misspelt(name); like != "" {
			all[name] = like
		}
	}
	return all
}

// misspelt is the setting that a name which is none may be meant for: one
// that it is the beginning of, or that has the same first word. It is empty
// for a name that has nothing to do with this program.
func misspelt(name string) string {
	if slices.Contains(settingNames(), name) {
		return ""
	}
	name = strings.ToUpper(name)
	best, most := "", 0
	for _, s := range settingNames() {
		first, _, _ := strings.Cut(s, "_")
		common := 0
		for common < min(len(s), len(name)) && s[common] == name[common] {
			common++
		}
		if (common == len(name) || strings.HasPrefix(name, first+"_")) && common > most {
			best, most = s, common
		}
	}
	return best
}

// terminalLogger returns the logger of a command whose answers are read where
// it logs. What is no trouble is left out, unless all is to be told.
func terminalLogger(env environment, cfg config) *slog.Logger {
	level := cfg.LogLevel
	if level == slog.LevelInfo {
		level = slog.LevelWarn
	}
	return newLogger(env.stderr, level, cfg.LogFormat)
}

// newLogger returns the program's logger, which writes lines to w.
func newLogger(w io.Writer, level slog.Level, format logFormat) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == autoLog {
		format = jsonLog
		if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
			format = textLog
		}
	}
	var h slog.Handler = slog.NewTextHandler(w, o)
	if format == jsonLog {
		o.ReplaceAttr = func(_ []string, a slog.Attr) slog.Attr {
			if a.Value.Kind() == slog.KindDuration { // else it would be a number of nanoseconds
				a.Value = slog.StringValue(a.Value.Duration().String())
			}
			return a
		}
		h = slog.NewJSONHandler(w, o)
	}
	return slog.New(bot.LogHandler{Handler: h})
}
