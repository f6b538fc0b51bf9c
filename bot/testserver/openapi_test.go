package testserver

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"summitbot/bot/testserver/openapitest"
)

// compare checks a REST answer against Discord's description.
func compare(t *testing.T, method, target string, a answer) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	if path, below := strings.CutPrefix(u.Path, "/api/v10"); below {
		openapitest.Load(t).Response(t, method, path, a.status, a.body)
	}
}

// parts are what of an event's data Discord describes: a path into it, "*" for
// every element, and the schema's name.
var parts = map[string]map[string]string{
	"MESSAGE_CREATE":     {"": "MessageResponse", "author": "UserResponse"},
	"MESSAGE_UPDATE":     {"": "MessageResponse"},
	"CHANNEL_CREATE":     {"": "GuildChannelResponse"},
	"CHANNEL_UPDATE":     {"": "GuildChannelResponse"},
	"CHANNEL_DELETE":     {"": "GuildChannelResponse"},
	"THREAD_CREATE":      {"": "ThreadResponse"},
	"GUILD_ROLE_CREATE":  {"role": "GuildRoleResponse"},
	"GUILD_ROLE_UPDATE":  {"role": "GuildRoleResponse"},
	"GUILD_CREATE":       {"channels.*": "GuildChannelResponse", "threads.*": "ThreadResponse", "roles.*": "GuildRoleResponse", "members.*.user": "UserResponse"},
	"INTERACTION_CREATE": {"message": "MessageResponse", "user": "UserResponse", "member.user": "UserResponse"},
}

// compareEvent checks an event's data against Discord's description.
func compareEvent(t *testing.T, name string, data json.RawMessage) {
	t.Helper()
	var whole any
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for path, schema := range parts[name] {
		for _, part := range picked(whole, path) {
			encoded, err := json.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			openapitest.Load(t).Schema(t, schema, encoded)
		}
	}
}

// picked are the values at a path, none where the path leads nowhere.
func picked(v any, path string) []any {
	if path == "" {
		return []any{v}
	}
	head, rest, _ := strings.Cut(path, ".")
	if list, ok := v.([]any); ok && head == "*" {
		var all []any
		for _, e := range list {
			all = append(all, picked(e, rest)...)
		}
		return all
	}
	if fields, ok := v.(map[string]any); ok && fields[head] != nil {
		return picked(fields[head], rest)
	}
	return nil
}

// These tests compare nothing where no description is at hand; this one says so.
func TestDescriptionIsUsed(t *testing.T) {
	openapitest.Need(t)
}
