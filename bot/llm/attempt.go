package llm

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// attempt asks for a reply once; by as many requests as it takes to find out
// what the server does not take.
func (c *Client) attempt(ctx context.Context, req Request, text func(string) error) (Reply, error) {
	how := c.now()
	var left []part // out of the request, in this attempt
	var why *Error  // what was said before anything was left out on suspicion
	for guessing := false; ; {
		reply, err := c.once(ctx, req, how, text)
		if err == nil {
			c.learn(ctx, how, left)
			return reply, nil
		}
		if errors.As(err, new(abort)) {
			return reply, err
		}
		e := c.classify(err)
		if e.twice {
			c.learnDrafts(ctx)
		}
		if reply.worked && !e.empty && !guessing {
			c.learn(ctx, how, left) // it is the reply that is not as it should be
		}
		if why == nil || !guessing {
			why = e
		}
		next, p, ok := c.otherwise(how, req, e)
		if !ok {
			p, ok = c.suspect(how, e, guessing)
			guessing = guessing || ok
			next, _ = how.without(p)
		}
		if !ok || reply.begun {
			return reply, why
		}
		if how = next; p != "" {
			left = append(left, p)
		}
	}
}

// otherwise is how to ask after an error that says what is refused: without a
// part, or for a shorter reply.
func (c *Client) otherwise(how asking, req Request, e *Error) (next asking, without part, ok bool) {
	asked := how.tokens(req)
	if e.Kind == NoRoom && e.prompt == 0 {
		e.prompt = max(0, e.Wanted-asked)
	}
	switch p := part(e.Refuses); {
	case e.Kind == NoRoom && e.Limit > 0 && e.prompt > 0:
		next, enough := how.fit(req, e)
		c.mu.Lock()
		c.asking.room, c.asking.rate = next.room, next.rate // the next prompt may be shorter
		c.mu.Unlock()
		return next, "", enough && next.tokens(req) < asked
	case !how.yields(p):
		return how, "", false
	case longest(e.lengths, asked) > 0:
		how.most = longest(e.lengths, asked)
		return how, "", true
	default:
		next, _ := how.without(p)
		return next, p, true
	}
}

// suspect is the part that is left out next where a server refuses a request
// and does not say why, or answers with nothing. It is asked so once, and only
// as long as it has given no reply: after that, the request's words are to
// blame.
func (c *Client) suspect(how asking, e *Error, going bool) (part, bool) {
	if e.Kind != BadRequest && !e.empty || e.Refuses != "" {
		return "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered || c.suspected && !going {
		return "", false
	}
	c.suspected = true
	for _, p := range suspects {
		if how.yields(p) && !(e.empty && p != jsonSchema && p != jsonObject) {
			return p, true
		}
	}
	return "", false
}

// now is how the model is asked at present.
func (c *Client) now() asking {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asking
}

// learn asks without some parts from now on, and for replies as short as they
// were asked for, since the server takes that; and says so once.
func (c *Client) learn(ctx context.Context, how asking, left []part) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answered = true
	say := func(refused part, now string) {
		c.cfg.Log.InfoContext(ctx, "the model's server refuses a part of the request, and is asked otherwise from now on",
			"model", c.cfg.Model, "refused", string(refused), "now", now)
	}
	for _, p := range left {
		if !c.asking.yields(p) {
			continue // another reply has taught it
		}
		var now string
		c.asking, now = c.asking.without(p)
		c.refused = append(c.refused, string(p))
		say(p, now)
	}
	if how.most > 0 && how.most != c.asking.most {
		c.asking.most = how.most
		say(how.length, fmt.Sprintf("%d at most", how.most))
	}
	if how.room > 0 && how.room != c.told {
		c.told = how.room
		say(how.length, fmt.Sprintf("what a context of %d leaves", how.room))
	}
}

// learnDrafts hands nothing on from now on before the end of a reply.
func (c *Client) learnDrafts(ctx context.Context) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asking.drafts {
		c.asking.drafts = true
		c.cfg.Log.InfoContext(ctx, "the model writes drafts before its reply, which is awaited whole from now on", "model", c.cfg.Model)
	}
}

// Refused are the parts of a request that the server has refused so far, by
// their names there.
func (c *Client) Refused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.refused)
}
