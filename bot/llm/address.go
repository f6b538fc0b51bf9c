package llm

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
)

// Some servers want a key, or the version of their API, in the query of every
// request. It is given in the base URL's query, and told nobody.

// Server is where a base URL leads, as people may see it: without the query
// and without a password.
func Server(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return "an address that is none"
	}
	return bare(u)
}

// bare is an address without its query and its password.
func bare(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// splitQuery takes the query off a base URL, so that paths can be put behind it.
func splitQuery(base string) (rest, query string) {
	base, _, _ = strings.Cut(base, "#")
	rest, query, _ = strings.Cut(base, "?")
	return rest, query
}

// A doer makes requests with a query behind their addresses.
type doer struct {
	*http.Client
	query string
}

// Do makes a request. Its errors tell the address without the query.
func (d doer) Do(r *http.Request) (*http.Response, error) {
	if d.query == "" {
		return d.Client.Do(r)
	}
	plain := *r.URL
	r = r.Clone(r.Context())
	r.URL.RawQuery = strings.Trim(r.URL.RawQuery+"&"+d.query, "&")
	resp, err := d.Client.Do(r)
	if e, ok := err.(*url.Error); ok {
		e.URL = plain.String()
	}
	return resp, err
}

// shortestSecret is how long a value of the query has to be to be taken for a
// secret; shorter ones stand in many a word.
const shortestSecret = 4

// secrets are what no error may hold: the key, and the values of the base
// URL's query, as they stand there and as they are meant.
func (c *Config) secrets() (all []string) {
	if c.Key != "" {
		all = append(all, string(c.Key))
	}
	_, query := splitQuery(c.BaseURL)
	for pair := range strings.SplitSeq(query, "&") {
		_, raw, named := strings.Cut(pair, "=")
		if !named {
			raw = pair
		}
		meant, err := url.QueryUnescape(raw)
		if err != nil {
			meant = ""
		}
		for _, s := range []string{raw, cmp.Or(meant, raw)} {
			if len(s) >= shortestSecret {
				all = append(all, s)
			}
		}
	}
	return all
}
