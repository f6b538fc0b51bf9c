// Package openapitest compares, in tests, what goes over the wire with
// Discord's own OpenAPI description of its API.
package openapitest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Variable names the environment variable with the description's file.
const Variable = "DISCORD_OPENAPI"

// Description is Discord's description; nil compares nothing.
type Description struct{ doc *openapi3.T }

var load = sync.OnceValues(func() (*openapi3.T, error) {
	file := os.Getenv(Variable)
	if file == "" {
		return nil, nil
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err == nil { // the description names replies alone; Discord's reference has forwards, too, and sends them
		if kind := doc.Components.Schemas["MessageReferenceType"]; kind != nil {
			kind.Value.OneOf = nil
		}
	}
	return doc, err
})

// Load reads the description that [Variable] names, nil if it names none.
func Load(t testing.TB) *Description {
	t.Helper()
	doc, err := load()
	if err != nil {
		t.Fatalf("loading Discord's OpenAPI description: %v", err)
	}
	if doc == nil {
		return nil
	}
	return &Description{doc}
}

// Need is Load for a test that is nothing without the description: it is
// skipped, or fails where SUMMITBOT_CI forbids skips.
func Need(t testing.TB) *Description {
	t.Helper()
	d := Load(t)
	if d == nil && os.Getenv("SUMMITBOT_CI") != "" {
		t.Fatalf("%s names no file", Variable)
	}
	if d == nil {
		t.Skipf("%s names no file: nothing is compared with Discord's OpenAPI description", Variable)
	}
	return d
}

// operation finds the described path of a request's path below /api/v10; a
// path with more fixed parts goes first.
func (d *Description) operation(method, target string) *openapi3.Operation {
	u, err := url.Parse(target)
	if err != nil {
		return nil
	}
	parts := strings.Split(u.Path, "/")
	var best *openapi3.Operation
	most := -1
	for template, item := range d.doc.Paths.Map() {
		named := strings.Split(template, "/")
		if len(named) != len(parts) {
			continue
		}
		fixed := 0
		for i, name := range named {
			if name == parts[i] {
				fixed++
			} else if !strings.HasPrefix(name, "{") {
				fixed = -1
				break
			}
		}
		if op := item.GetOperation(method); op != nil && fixed > most {
			best, most = op, fixed
		}
	}
	return best
}

// Response checks an answer to a call; path is below /api/v10. A route that
// is not described, and failures of the server, are let pass.
func (d *Description) Response(t testing.TB, method, path string, status int, body []byte) {
	t.Helper()
	if d == nil || status >= 500 {
		return
	}
	op := d.operation(method, path)
	if op == nil {
		return
	}
	res := op.Responses.Status(status)
	if res == nil && status >= 400 {
		res = op.Responses.Value("4XX")
	}
	if res == nil {
		t.Errorf("%s %s: status %d is not described", method, path, status)
		return
	}
	media := res.Value.Content.Get("application/json")
	if media == nil {
		if len(body) > 0 {
			t.Errorf("%s %s: %d has a body: %s", method, path, status, body)
		}
		return
	}
	if err := d.fits(media.Schema.Value, body, openapi3.VisitAsResponse()); err != nil {
		t.Errorf("%s %s %d: %v\nbody %s", method, path, status, err, body)
	}
}

// Request checks the JSON body of a call; path is below /api/v10. A route that
// is not described is an error.
func (d *Description) Request(t testing.TB, method, path string, body []byte) {
	t.Helper()
	if d == nil {
		return
	}
	op := d.operation(method, path)
	if op == nil {
		t.Errorf("%s %s is not described", method, path)
		return
	}
	if op.RequestBody == nil {
		return
	}
	media := op.RequestBody.Value.Content.Get("application/json")
	if media == nil || len(body) == 0 {
		if op.RequestBody.Value.Required {
			t.Errorf("%s %s needs a body, as JSON", method, path)
		}
		return
	}
	if err := d.fits(media.Schema.Value, body, openapi3.VisitAsRequest()); err != nil {
		t.Errorf("%s %s: %v\nbody %s", method, path, err, body)
	}
}

// Schema checks a body against one of the described schemas by its name.
func (d *Description) Schema(t testing.TB, name string, body []byte) {
	t.Helper()
	if d == nil {
		return
	}
	schema := d.doc.Components.Schemas[name]
	if schema == nil {
		t.Errorf("there is no schema %s", name)
		return
	}
	if err := d.fits(schema.Value, body, openapi3.VisitAsResponse()); err != nil {
		t.Errorf("no %s: %v\nbody %s", name, err, body)
	}
}

func (d *Description) fits(schema *openapi3.Schema, body []byte, as openapi3.SchemaValidationOption) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("decoding: %w", err)
	}
	if e, ok := v.(map[string]any); ok && e["code"] == float64(50035) {
		delete(e, "errors") // the description gives leaves integer codes; Discord and its reference have names
	}
	return d.doc.ValidateSchemaJSON(schema, v, as, openapi3.EnableJSONSchema2020())
}
