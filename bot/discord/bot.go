package discord

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"summitbot/bot/discord/gateway"
	"summitbot/bot/discord/rest"
	"summitbot/bot/discord/worker"

	"github.com/bwmarrin/discordgo"
	lru "github.com/hashicorp/golang-lru/v2"
)

// A Bot answers questions on Discord. Run it once.
type Bot struct {
	*worker.Worker
	token     string
	server    string
	role      Role
	reports   Reporter
	styles    bool
	elsewhere bool // a model's judge is on another server
	content   bool
	keptDays  int
	perMinute int
	channels  []string
	drain     time.Duration
	ready     func(string)
	shards    int // 0: as many as Discord recommends
	share     gateway.Shards

	network rest.Network
	meter   Meter                        // the worker's, and that of connections and requests
	intake  *intake                      // of events that become rows
	leaving chan struct{}                // closed when no more is taken up
	heard   *lru.Cache[string, struct{}] // ids of messages and interactions
	threads *lru.Cache[string, thread]   // by the ids of places
	mine    *lru.Cache[string, bool]     // by the ids of roles that were mentioned, whether the bot's installation made it
	pointed *lru.Cache[string, struct{}] // servers and members who were told that a mention of a role is not read
	// catching are what is read for each shard, *catchUp by [2]int, and caughtUp
	// tells, with room for one, that something of it is.
	catching sync.Map
	caughtUp chan struct{}
	// shardsNow is what State tells of the shards; nil before there are any.
	shardsNow atomic.Pointer[gateway.State]

	// unregistered is why the commands are not registered, empty when they
	// are; nil before that was tried.
	unregistered atomic.Pointer[string]
}

// New returns a bot. Its errors say which option is wrong.
func New(o Options) (*Bot, error) {
	base, err := rest.ParseAPIURL(o.APIURL)
	if err == nil {
		err = rest.CheckToken(o.Token)
	}
	switch {
	case err != nil:
		return nil, err
	case o.Answerer == nil:
		return nil, errors.New("there is no answerer")
	case len(o.Answerer.Articles()) == 0:
		return nil, errors.New("there is no article")
	case o.Ledger == nil || o.Records == nil:
		return nil, errors.New("there is no place for questions")
	case !slices.Contains([]Role{"", Everything, Gateway, Worker}, o.Role):
		return nil, fmt.Errorf("there is no role %q: say %s, %s or %s", o.Role, Everything, Gateway, Worker)
	case o.Role != "" && o.Role != Everything && !o.Ledger.Shared():
		return nil, fmt.Errorf("the role %s needs a database that processes share (DATABASE_URL)", o.Role)
	case o.PerMinute < 0:
		return nil, fmt.Errorf("%d questions a minute are no limit", o.PerMinute)
	case o.Log == nil:
		return nil, errors.New("there is no log")
	case o.Workers < 1:
		return nil, fmt.Errorf("%d workers answer nothing", o.Workers)
	case o.RequestsPerSecond < 0 || o.RequestsPerSecond > 0 && base == nil:
		return nil, errors.New("only for a test server can the number of requests per second be set")
	case o.Drain < 0:
		return nil, fmt.Errorf("the time to drain is %v", o.Drain)
	case o.Shards < 0:
		return nil, fmt.Errorf("%d shards connect nothing", o.Shards)
	}
	meter, reach := o.Meter, rest.Options{Token: o.Token, Base: base, PerSecond: o.RequestsPerSecond, Slots: o.Slots, Clock: o.Clock, Log: o.Log}
	if meter == nil {
		meter = unmetered{}
	} else {
		reach.Meter = meter
	}
	client, err := rest.New(reach)
	if err != nil {
		return nil, err
	}
	b := &Bot{
		Worker: worker.New(worker.Options{Answerer: o.Answerer, Ledger: o.Ledger, Records: o.Records, Model: o.Model, Room: o.Workers, API: client, Meter: meter, Log: o.Log}),
		token:  o.Token, server: o.GuildID, role: cmp.Or(o.Role, Everything), reports: o.Reports, styles: o.Styles, elsewhere: o.JudgeElsewhere, content: o.MessageContent, keptDays: o.KeptDays, perMinute: o.PerMinute, channels: o.Channels, drain: o.Drain, ready: o.Ready, shards: o.Shards, share: o.Share,
		network: rest.Network{Loopback: base != nil},
		meter:   meter,
		intake:  newIntake(),
		leaving: make(chan struct{}),
		heard:   worker.NewCache[struct{}](8192),
		threads: worker.NewCache[thread](4096),
		mine:    worker.NewCache[bool](4096),
		pointed: worker.NewCache[struct{}](1024),

		caughtUp: make(chan struct{}, 1),
	}
	return b, nil
}

// intents are the events that the bot asks for.
func (b *Bot) intents() discordgo.Intent {
	if b.content {
		return gateway.ContentIntents
	}
	return gateway.Intents
}

// seen says whether a key is in a cache already, and adds it.
func seen(c *lru.Cache[string, struct{}], key string) bool {
	was, _ := c.ContainsOrAdd(key, struct{}{})
	return was
}

// A thread is what is known of a place: whether it is a thread of the bot's own,
// and which channel it is in, where it is a thread at all.
type thread struct {
	own    bool
	parent string
}
