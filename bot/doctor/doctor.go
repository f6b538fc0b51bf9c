// Package doctor finds out whether everything is there that the bot needs, and
// says how to mend what is wrong. It changes nothing, and disturbs no bot that
// runs.
//
// It is a list of checks, in checks: each has a name, the checks and the
// settings that have to be well first, and a function that returns what it finds.
// A [Finding] says what it spoils, so that what needs that is skipped.
package doctor

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"summitbot/bot"
	"summitbot/bot/discord/inspect"
	"summitbot/bot/llm"
	"summitbot/bot/store"
	"summitbot/retrieval"
)

// Options are what the doctor goes by: the settings as the program understands
// them, and what the program makes of them.
type Options struct {
	Settings Settings
	Discord  Discord
	Model    Model
	Judge    Judge

	Articles string                                // the folder with them, empty for the built-in one
	Index    func() (*retrieval.Index, error)      // reads them
	Store    store.Options                         // what is kept, in a folder or elsewhere
	Free     func(folder string) (uint64, error)   // how many bytes may be written to its disk
	Ready    func(context.Context) (string, error) // what a bot that runs says of its parts, line by line

	Waiting io.Writer    // is told of what takes long
	Log     *slog.Logger // is told how Discord is asked
}

// Settings are how the settings were read.
type Settings struct {
	Unread   error             // why there are none at all
	Faults   []error           // each names the settings that it is about, and says after a colon what to do
	Known    []string          // the names of all settings
	Set      []string          // of these, those that are set
	Misspelt map[string]string // names in .env that are none, with those that may be meant
}

// Discord is what the settings say of it.
type Discord struct {
	Token          string
	APIURL         string   // of a test server, empty for Discord itself
	Server         string   // the id of the server that the commands are registered in, empty for all
	Channels       []string // the ids of the only ones in which the bot is asked, if it is so
	MessageContent bool     // whether that intent is asked for
	Shards         int      // 0 is as many as Discord recommends
	Authorities    string   // the file with the certificates that are believed, empty for the system's
}

// Model is the model that the settings name.
type Model struct {
	Named         bool                        // there is one
	Name, Server  string                      // as they are told
	BaseURL, JSON string                      // as they are set
	Timeout       time.Duration               // of a reply
	ContextTokens int                         // of the articles that a prompt may show
	ReplyTokens   int                         // that a reply may have
	DailyTokens   int                         // 0 is any number
	New           func() (*llm.Client, error) // nil without one
}

// Judge is who judges what the model writes.
type Judge struct {
	On, Apart    bool // there is one; it is another than the model
	Name, Server string
	// New returns what tries it, unless that was done before on this machine.
	New func(*retrieval.Index) (try func(context.Context) (bot.JudgeState, error), err error)
}

// A Status is what comes of a check.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // the bot works, but not as well as it could
	Fault   Status = "fault"   // the bot does not work, or a part of it does not
	Skipped Status = "skipped" // an earlier check has to be well first
)

// A Finding is one line of what the doctor says. It holds nothing secret. One
// without a status says nothing.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	Found  string `json:"found"`
	Mend   string `json:"mend"` // what to do about it; empty when there is nothing to say
	// Command is a command line that mends it, empty for none.
	Command string `json:"-"`

	// spoils are what cannot be relied on, checks and settings, each with what
	// has to be well first. For a fault, nil is its own check.
	spoils map[string]string
}

// of is the finding as another check's than the one that tells it.
func (f Finding) of(check string) Finding {
	f.Check = check
	return f
}

func ok(found string) Finding            { return Finding{Status: OK, Found: found} }
func warning(found, mend string) Finding { return Finding{Status: Warning, Found: found, Mend: mend} }
func fault(found, mend string) Finding   { return Finding{Status: Fault, Found: found, Mend: mend} }

// failed is a fault by an error. Where its text says after a colon what to do,
// that is the mend.
func failed(err error, otherwise string) Finding {
	found, mend, ok := strings.Cut(err.Error(), ": ")
	if !ok {
		mend = otherwise
	}
	return fault(found, mend)
}

// skipped says that a check has to wait for another one.
func skipped(check, cause string) Finding {
	return Finding{Check: check, Status: Skipped, Found: "not checked: it needs " + cause, spoils: map[string]string{check: cause}}
}

// A check finds out about one thing.
type check struct {
	name   string
	needs  []string      // checks and settings; one of them that is not well, and the check is skipped
	within time.Duration // how long it may take; 0 is any time
	// run returns what it finds, and nothing where ctx ends first.
	run func(ctx context.Context) []Finding
}

// one is a check that finds one thing.
func one(run func(ctx context.Context) Finding) func(ctx context.Context) []Finding {
	return func(ctx context.Context) []Finding { return []Finding{run(ctx)} }
}

// A doctor is what checks know from those before them.
type doctor struct {
	Options
	patience time.Duration // for each check of Discord
	every    time.Duration // how often a check that waits says so

	index     *retrieval.Index
	inspector *inspect.Inspector // nil without a token that can be one
	app       inspect.Application
	servers   []inspect.Server // those that are looked at
	client    *llm.Client      // nil without a model
}

const (
	// discordPatience is how long each check of Discord may take: somebody waits
	// for what the doctor says.
	discordPatience = 15 * time.Second
	// tellEvery is how often a check that waits says so.
	tellEvery = 5 * time.Second
)

func newDoctor(o Options) *doctor {
	return &doctor{Options: o, patience: discordPatience, every: tellEvery}
}

// close lets go of connections.
func (d *doctor) close() {
	if d.inspector != nil {
		d.inspector.Close()
	}
	if d.client != nil {
		d.client.Close()
	}
}

// carryOut returns what a check finds, or why it cannot be carried out: the cause
// of each thing that is not well is what has to be mended first.
func (c check) carryOut(ctx context.Context, cause map[string]string) (found []Finding) {
	for _, need := range append([]string{"settings"}, c.needs...) {
		if of := cause[need]; of != "" {
			return []Finding{skipped(c.name, of)}
		}
	}
	if c.within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.within)
		defer cancel()
	}
	for _, f := range c.run(ctx) {
		if f.Status == "" {
			continue
		}
		f.Check = cmp.Or(f.Check, c.name)
		if f.Status == Fault && f.spoils == nil {
			f.spoils = map[string]string{f.Check: f.Check}
		}
		f.Found, f.Mend, f.Command = printable(f.Found), printable(f.Mend), printable(f.Command)
		found = append(found, f)
	}
	return found
}

// printable is a text on one line without what a terminal would act on: names
// of servers, channels and models are strangers' words.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
