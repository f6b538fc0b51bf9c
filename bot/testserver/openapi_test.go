package testserver

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

// openapiVariable names the file of Discord's own OpenAPI description, with
// which every REST answer in these tests is then compared.
const openapiVariable = "DISCORD_OPENAPI"

var openapiDoc = sync.OnceValues(func() (*openapi3.T, error) {
	file := os.Getenv(openapiVariable)
	if file == "" {
		return nil, nil
	}
	return openapi3.NewLoader().LoadFromFile(file)
})

// operation finds the described path of a request path below /api/v10; a path
// with more fixed parts goes first.
func operation(doc *openapi3.T, method, path string) *openapi3.Operation {
	parts := strings.Split(path, "/")
	var best *openapi3.Operation
	most := -1
	for template, item := range doc.Paths.Map() {
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

// compare checks a REST answer against Discord's description.
func compare(t *testing.T, method, target string, a answer) {
	t.Helper()
	doc, err := openapiDoc()
	if err != nil {
		t.Fatalf("loading the description: %v", err)
	}
	u, perr := url.Parse(target)
	if doc == nil || perr != nil || !strings.HasPrefix(u.Path, "/api/v10/") || a.status >= 500 {
		return
	}
	op := operation(doc, method, strings.TrimPrefix(u.Path, "/api/v10"))
	if op == nil {
		return
	}
	res := op.Responses.Status(a.status)
	if res == nil && a.status >= 400 {
		res = op.Responses.Value("4XX")
	}
	if res == nil {
		t.Errorf("%s %s: status %d is not described", method, u.Path, a.status)
		return
	}
	media := res.Value.Content.Get("application/json")
	if media == nil {
		if len(a.body) > 0 {
			t.Errorf("%s %s: %d has a body: %s", method, u.Path, a.status, a.body)
		}
		return
	}
	if err := fits(doc, media.Schema.Value, a.body); err != nil {
		t.Errorf("%s %s %d: %v\nbody %s", method, u.Path, a.status, err, a.body)
	}
}

func fits(doc *openapi3.T, schema *openapi3.Schema, body []byte) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("decoding: %w", err)
	}
	if e, ok := v.(map[string]any); ok && e["code"] == float64(50035) {
		delete(e, "errors") // the description gives leaves integer codes; Discord and its reference have names
	}
	return doc.ValidateSchemaJSON(schema, v, openapi3.VisitAsResponse(), openapi3.EnableJSONSchema2020())
}

// skip skips a test that needs the description, or fails it where nothing may
// be skipped.
func skip(t *testing.T) {
	t.Helper()
	if os.Getenv("SUMMITBOT_CI") != "" {
		t.Fatalf("%s names no file", openapiVariable)
	}
	t.Skipf("%s names no file: nothing is compared with Discord's OpenAPI description", openapiVariable)
}

func TestDescriptionIsUsed(t *testing.T) {
	doc, err := openapiDoc()
	if err != nil {
		t.Fatal(err)
	}
	if doc == nil {
		skip(t)
	}
	schema := operation(doc, "GET", "/channels/1/messages/2").Responses.Status(200).Value.Content.Get("application/json").Schema.Value
	if fits(doc, schema, []byte(`{"id":"1"}`)) == nil {
		t.Error("a message without fields passes as described")
	}
}
