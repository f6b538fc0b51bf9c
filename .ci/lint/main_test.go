package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A linter that finds nothing in a faulty file is none.
func TestRun(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"well":        {"FROM golang:1.26 AS build\nRUN true\nFROM scratch\nCOPY --from=build /a /a\n", ""},
		"casing":      {"FROM golang:1.26 as build\n", "Dockerfile:1: FromAsCasing: "},
		"shell form":  {"FROM scratch\nENTRYPOINT /a\n", "Dockerfile:2: JSONArgsRecommended: "},
		"a secret":    {"FROM golang:1.26\nENV DISCORD_TOKEN=x\n", "Dockerfile:2: SecretsUsedInArgOrEnv: "},
		"not a stage": {"FROM scratch\nCOPY --frm=x /a /a\n", "unknown flag: --frm"},
	} {
		file := filepath.Join(t.TempDir(), "Dockerfile")
		if err := os.WriteFile(file, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		err := run(t.Context(), []string{file}, &out)
		told := out.String()
		if err != nil {
			told += err.Error()
		}
		if (err != nil) != (c.says != "") || !strings.Contains(told, c.says) {
			t.Errorf("%s: it tells %q", name, told)
		}
	}
}
