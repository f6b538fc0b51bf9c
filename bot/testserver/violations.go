package testserver

import (
	"maps"
	"slices"
	"strings"
)

// violation is something that a request did against Discord's rules, with the
// address of the documentation's section on it. Discord refuses most of them;
// unknown keys it passes over in silence, which hides misspelt ones.
type violation struct {
	At      string `json:"at,omitempty"` // where in the body: "embeds.0.title"
	Message string `json:"message"`
	Section string `json:"section"` // of Discord's documentation
}

const documentation = "https://docs.discord.com/developers/"

// sectionOf is where the documentation tells of what an error refuses.
func sectionOf(e *apiError, at string) string {
	parts := strings.Split(at, ".")
	switch {
	case e.Code == 50035 && slices.Contains(parts, "embeds"):
		return "resources/message#embed-object-embed-limits"
	case e.Code == 50035 && slices.Contains(parts, "components"):
		return "components/reference#component-object"
	case e.Code == 50035 && slices.Contains(parts, "allowed_mentions"):
		return "resources/message#allowed-mentions-object"
	case e.Code == 50035 && slices.Contains(parts, "content"):
		return "resources/message#create-message"
	case e.Code == 40060 || e.Code == 10062 || e.Code == 10015:
		return "interactions/receiving-and-responding#interaction-callback"
	case e.Code == 50001 || e.Code == 50013:
		return "topics/permissions#permissions-bitwise-permission-flags"
	}
	return "topics/opcodes-and-status-codes#json"
}

// violationsOf words a refusal, one for each faulty field.
func violationsOf(e *apiError) []violation {
	if e.Status >= 500 {
		return nil
	}
	var found []violation
	var visit func(path string, tree map[string]any)
	visit = func(path string, tree map[string]any) {
		for _, name := range slices.Sorted(maps.Keys(tree)) {
			switch v := tree[name].(type) {
			case map[string]any:
				visit(dotted(path, name), v)
			case []fieldError:
				for _, f := range v {
					found = append(found, violation{path, f.Message, documentation + sectionOf(e, path)})
				}
			}
		}
	}
	visit("", e.Errors)
	if len(found) == 0 {
		found = append(found, violation{"", e.Message, documentation + sectionOf(e, "")})
	}
	return found
}
