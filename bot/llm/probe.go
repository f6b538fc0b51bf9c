package llm

import (
	"context"
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
	p := Probe{Mode: c.now().mode, Found: strings.Contains(reply.Text, words), Took: time.Since(began)}
	formed, _, unfinished := objects(reply.Text, req.Schema)
	if p.InForm = formed.end > 0 && !unfinished; reply.counted {
		p.PromptTokens = reply.PromptTokens
	}
	return p, err
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
