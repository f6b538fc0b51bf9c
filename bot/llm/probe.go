package llm

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// A Probe is what a request tells of the model that answered it.
type Probe struct {
	// Mode is how the form of the reply was asked for in the end.
	Mode JSONMode
	// InForm says that the reply holds a JSON object with the members that
	// the request's schema requires.
	InForm bool
	// Found says that the reply holds the words that were looked for.
	Found bool
	// PromptTokens is how long the server says that the prompt was, 0 where
	// it does not say.
	PromptTokens int
	Took         time.Duration
}

// Probe asks for a reply and looks for words in it, which stand in the prompt.
// A server that cuts prompts off without saying so is found out by words at
// the beginning of a long one. The error is that of Stream.
func (c *Client) Probe(ctx context.Context, req Request, words string) (Probe, error) {
	began := time.Now()
	reply, err := c.Stream(ctx, req, func(string) error { return nil })
	c.mu.Lock()
	mode := c.mode
	c.mu.Unlock()
	return Probe{
		Mode: mode, InForm: inForm(reply.Text, req.Schema), Found: strings.Contains(reply.Text, words),
		PromptTokens: reply.PromptTokens, Took: time.Since(began),
	}, err
}

// inForm says whether a reply holds an object with the members that a schema
// requires; words may stand around it.
func inForm(reply string, schema json.RawMessage) bool {
	begin, end := strings.Index(reply, "{"), strings.LastIndex(reply, "}")
	if begin < 0 || end < begin {
		return false
	}
	var object map[string]json.RawMessage
	var wants struct{ Required []string }
	if json.Unmarshal([]byte(reply[begin:end+1]), &object) != nil || json.Unmarshal(schema, &wants) != nil {
		return false
	}
	return !slices.ContainsFunc(wants.Required, func(name string) bool { return object[name] == nil })
}

// Models are the names of the models that the server has. Some servers have
// no list, which is an *Error as those of Stream are.
func (c *Client) Models(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	list, err := c.api.ListModels(ctx)
	if err != nil {
		return nil, c.classify(err)
	}
	var names []string
	for _, m := range list.Models {
		names = append(names, c.clean(m.ID))
	}
	return names, nil
}
