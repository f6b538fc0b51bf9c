package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// canary is a token that must never be seen again.
const canary = "canary-8b1f6d"

// A setting is a variable with what is said about it.
type setting struct{ name, doc, value string }

// documented reads the settings from the declaration of config.
func documented(t *testing.T) (settings []setting) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "config" {
			return true
		}
		for _, f := range spec.Type.(*ast.StructType).Fields.List {
			if f.Tag == nil {
				continue // no setting
			}
			tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`"))
			settings = append(settings, setting{tag.Get("env"), words(f.Doc.Text()), tag.Get("envDefault")})
		}
		return false
	})
	return settings
}

// words is a text on one line.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestExampleHoldsEverySetting(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(strings.TrimSpace(string(data)), "\n\n")
	var got []setting
	for i, block := range blocks {
		var s setting
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			if comment, ok := strings.CutPrefix(line, "#"); ok && s.name == "" {
				s.doc = words(s.doc + " " + comment)
				continue
			}
			name, value, ok := strings.Cut(line, "=")
			if !ok || s.name != "" {
				t.Errorf(".env.example: block %d has the line %q after its setting, or without one", i, line)
			}
			s.name, s.value = name, value
		}
		if s.name == "" && (i == 0 || strings.HasPrefix(s.doc, "== ")) {
			continue // what the file itself is, or a group of settings
		}
		got = append(got, s)
	}
	want := documented(t)
	if len(want) == 0 || len(want) != len(settingNames()) {
		t.Fatalf("config declares %d settings, and %d are read", len(want), len(settingNames()))
	}
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf(".env.example lacks %s", want[i].name)
		case i >= len(want):
			t.Errorf(".env.example has %s, which is no setting", got[i].name)
		case got[i] != want[i]:
			t.Errorf(".env.example has\n%+v\nand config\n%+v", got[i], want[i])
		}
		if i < len(want) && want[i].doc == "" {
			t.Errorf("%s is not documented", want[i].name)
		}
	}
}

// settings makes an environment of NAME=value pairs and a file .env.
func settings(t *testing.T, file string, vars map[string]string) environment {
	t.Helper()
	dir := t.TempDir()
	if file != "" {
		if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return environment{dir: dir, getenv: func(name string) (string, bool) {
		v, ok := vars[name]
		return v, ok
	}}
}

func TestReadConfig(t *testing.T) {
	t.Parallel()
	got, err := readConfig(settings(t, "# mine\nDISCORD_TOKEN=from-file\nLOG_LEVEL=debug\nDISCORD_GUILD_ID=12\nOTHER=x\n",
		map[string]string{"DISCORD_TOKEN": "from-environment", "DISCORD_GUILD_ID": "", "HOME": "x"}))
	defaults := config{Meaning: true, LogLevel: slog.LevelInfo, LogFormat: autoLog, OpenAITimeout: 20 * time.Second, OpenAIParallel: 4, OpenAIJudge: true, ContextTokens: 6000, DataDir: "data", QuestionsPerMinute: 30, RetentionDays: 30}
	want := defaults
	want.DiscordToken, want.DiscordGuildID, want.LogLevel = "from-environment", "12", slog.LevelDebug
	if got.from.at("LOG_LEVEL") != "LOG_LEVEL in line 3 of .env" || got.from.at("DISCORD_TOKEN") != "DISCORD_TOKEN" {
		t.Errorf("they stand in %v", got.from)
	}
	got.from = nil
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %v (token %q), %v", got, got.DiscordToken.reveal(), err)
	}
	got, err = readConfig(settings(t, "", nil))
	got.from = nil
	if err != nil || !reflect.DeepEqual(got, defaults) {
		t.Errorf("without settings: %v, %v", got, err)
	}
	if _, err = readConfig(settings(t, "", map[string]string{"LOG_LEVEL": "loud", "DISCORD_GUILD_ID": "x"})); !errors.Is(err, errUsage) ||
		!strings.Contains(err.Error(), "\n  LOG_LEVEL (\"loud\") ") || !strings.Contains(err.Error(), "\n  DISCORD_GUILD_ID (\"x\") ") {
		t.Errorf("two faults are told as %v", err)
	}
	for value, address := range map[string]string{"100": "", "-1": "http://127.0.0.1:8080"} {
		vars := map[string]string{"REQUESTS_PER_SECOND": value, "DISCORD_API_URL": address}
		if _, err = readConfig(settings(t, "", vars)); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "REQUESTS_PER_SECOND") {
			t.Errorf("%v is told as %v", vars, err)
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	c, err := readConfig(settings(t, "", map[string]string{"DISCORD_TOKEN": canary}))
	if err != nil || c.DiscordToken.reveal() != canary {
		t.Fatalf("the token was not read: %v", err)
	}
	var out bytes.Buffer
	for _, v := range []any{c, &c, c.DiscordToken, &c.DiscordToken, []secret{c.DiscordToken}, map[string]any{"c": c}, fmt.Errorf("with %v: %w", c, errUsage)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%10.3s"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Error(err)
		}
		for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			slog.New(h).Info("settings", "v", v, slog.Group("g", "v", v))
		}
	}
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), canary[:3]} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the token is printed as %q", form)
		}
	}
	if !strings.Contains(out.String(), "(secret)") {
		t.Error("it is not said that the token is set")
	}
}

// A fault in one setting, or in the file, tells nothing of another.
func TestFaultsDoNotTellSecrets(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]environment{
		"a fault beside it": settings(t, "", map[string]string{"DISCORD_TOKEN": canary, "LOG_LEVEL": canary, "DISCORD_GUILD_ID": canary}),
		"no equals sign":    settings(t, "DISCORD_TOKEN "+canary+"\n", nil),
		"an open quotation": settings(t, "DISCORD_TOKEN=\""+canary+"\n", nil),
		"an odd name":       settings(t, canary+" !=x\n", nil),
	} {
		_, err := readConfig(e)
		if !errors.Is(err, errUsage) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error tells the token: %v", name, err)
		}
	}
}
