package llm

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"time"
)

// A Config says which model to talk to. Model is required, the rest has
// defaults.
type Config struct {
	// BaseURL is where the API's paths begin, such as
	// http://localhost:11434/v1; empty means OpenAI's own. Its query, which
	// may hold a key, goes behind every path, and is not printed.
	BaseURL string
	Key     Key // empty for servers that want none
	Model   string
	// JSON is how a reply's form is asked for. Empty means by schema, and by
	// less where the server refuses that.
	JSON JSONMode
	// Timeout is how long one reply may take, with all attempts. 0 means
	// 20 s.
	Timeout time.Duration
	// Parallel is how many replies are asked for at once; others wait.
	// 0 means 4.
	Parallel int
	// Log gets a line when the model begins to fail, one when it is back, and
	// one for each part of a request that its server refuses; nil means none.
	Log *slog.Logger
}

// A Key is a secret: it does not print.
type Key string

const hidden = "[secret]"

// String hides the key.
func (Key) String() string { return hidden }

// GoString hides the key.
func (Key) GoString() string { return hidden }

// MarshalText hides the key.
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// JSONMode is how the form of a reply is asked for.
type JSONMode string

// The modes, from the strictest to the one that every server knows.
const (
	Schema JSONMode = "schema" // response_format json_schema, strict
	Object JSONMode = "object" // response_format json_object
	Text   JSONMode = "text"   // no response_format: the prompt holds the schema
)

const (
	defaultTimeout  = 20 * time.Second
	defaultParallel = 4
)

// versioned matches the path of a base URL that names the API's version.
var versioned = regexp.MustCompile(`/v\d+[a-z0-9]*(/.*)?$`)

// complete checks the configuration and fills in its defaults. The error
// tells all of its faults.
func (c *Config) complete() error {
	var faults []error
	if c.Model == "" {
		faults = append(faults, errors.New("no model is named: give the name that the server knows it by, such as gpt-5-mini or llama3.1"))
	}
	if c.BaseURL != "" {
		switch u, err := url.Parse(c.BaseURL); {
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
			faults = append(faults, errors.New("the base URL is no URL: write it as http://localhost:11434/v1"))
		case u.User != nil:
			faults = append(faults, errors.New("the base URL holds a password: give it as the key"))
		case !versioned.MatchString(u.Path):
			faults = append(faults, fmt.Errorf("the base URL %s names no version of the API: most servers have it at %s", bare(u), bare(u.JoinPath("v1"))))
		}
	} else if c.Key == "" {
		faults = append(faults, errors.New("OpenAI wants a key, and none is given"))
	}
	switch c.JSON {
	case "", Schema, Object, Text:
	default:
		faults = append(faults, fmt.Errorf("there is no JSON mode %q: say schema, object or text", c.JSON))
	}
	if c.Timeout < 0 || c.Parallel < 0 {
		faults = append(faults, errors.New("a timeout and a number of replies at once cannot be negative"))
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Parallel == 0 {
		c.Parallel = defaultParallel
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return errors.Join(faults...)
}
