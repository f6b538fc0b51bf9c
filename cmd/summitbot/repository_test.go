package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// arrows are the packages of this module, each with those of them that it may
// import. Imports point one way: what lies lower knows nothing of what lies
// above it. Tests may import more.
var arrows = map[string][]string{
	".ci/lint":                      {},
	"retrieval/encoder/weights":     {},
	"retrieval/encoder":             {"retrieval/encoder/weights"},
	"retrieval":                     {"retrieval/encoder"},
	"retrieval/folds":               {"retrieval", "retrieval/encoder"},
	"retrieval/learn":               {"retrieval", "retrieval/encoder", "retrieval/folds"},
	"seeds":                         {},
	"seeds/seedtest":                {"retrieval", "retrieval/encoder", "seeds"},
	"prompts":                       {"retrieval"},
	"bot/proof":                     {"prompts", "retrieval"},
	"bot":                           {"bot/proof", "prompts", "retrieval"},
	"bot/discord/object":            {"retrieval"},
	"bot/discord/customid":          {"bot/discord/object"},
	"bot/discord/markdown":          {"retrieval"},
	"bot/wording":                   {"bot", "bot/proof", "retrieval"},
	"bot/discord/render":            {"bot", "bot/discord/customid", "bot/discord/markdown", "bot/discord/object", "bot/proof", "bot/wording", "retrieval"},
	"bot/discord/rest":              {"bot", "bot/discord/markdown", "bot/discord/object"},
	"bot/discord/command":           {"bot", "bot/discord/object", "bot/discord/render", "bot/discord/rest", "bot/wording"},
	"bot/queue":                     {"bot"},
	"bot/discord/event":             {"bot", "bot/discord/command", "bot/discord/object", "bot/discord/render", "bot/queue", "bot/wording", "retrieval"},
	"bot/discord/gateway":           {"bot", "bot/discord/rest"},
	"bot/discord/worker":            {"bot", "bot/discord/customid", "bot/discord/event", "bot/discord/gateway", "bot/discord/object", "bot/discord/render", "bot/discord/rest", "bot/queue", "bot/wording", "retrieval"},
	"bot/discord":                   {"bot", "bot/discord/command", "bot/discord/customid", "bot/discord/event", "bot/discord/gateway", "bot/discord/markdown", "bot/discord/object", "bot/discord/render", "bot/discord/rest", "bot/discord/worker", "bot/queue", "bot/wording", "retrieval"},
	"bot/discord/inspect":           {"bot/discord/command", "bot/discord/gateway", "bot/discord/object", "bot/discord/rest"},
	"bot/discord/render/rendertest": {"bot", "bot/discord/customid", "bot/discord/markdown", "bot/discord/object", "bot/proof", "retrieval", "seeds/seedtest"},
	"bot/llm":                       {},
	"bot/store":                     {"bot", "bot/queue"},
	"bot/doctor":                    {"bot", "bot/discord/gateway", "bot/discord/inspect", "bot/discord/rest", "bot/llm", "bot/proof", "bot/store", "prompts", "retrieval"},
	"bot/eval":                      {"bot", "bot/proof", "bot/wording", "retrieval", "retrieval/folds"},
	"bot/llm/llmtest":               {"bot/proof"},
	"bot/metrics":                   {"bot", "bot/discord", "bot/discord/gateway", "bot/discord/rest", "bot/discord/worker", "bot/llm", "bot/proof"},
	"bot/report":                    {"bot", "retrieval"},
	"bot/store/postgrestest":        {},
	"bot/store/storetest":           {},
	"bot/testserver":                {},
	"bot/testserver/discordtest":    {"bot/testserver"},
	"bot/testserver/openapitest":    {},
	"bot/testserver/soak":           {"bot/llm/llmtest", "bot/testserver", "bot/wording", "retrieval", "seeds"},
	"cmd/summitbot":                 {"bot", "bot/discord", "bot/discord/gateway", "bot/discord/rest", "bot/doctor", "bot/eval", "bot/llm", "bot/llm/llmtest", "bot/metrics", "bot/proof", "bot/report", "bot/store", "bot/testserver", "bot/wording", "prompts", "retrieval", "retrieval/encoder", "retrieval/folds", "seeds"},
}

// owners are the packages that alone may import a library, with their tests and
// what lies in their folders, by the beginning of the library's paths.
var owners = map[string][]string{
	"github.com/bwmarrin/discordgo":     {"bot/discord"},
	"github.com/sashabaranov/go-openai": {"bot/llm"},
	"github.com/openai/openai-go":       {"bot/llm"},
	"github.com/viterin/vek":            {"retrieval/encoder", "retrieval/learn"},
	"golang.org/x/image":                {"bot/report"},
	"github.com/prometheus":             {"bot/metrics"},
	"database/sql":                      {"bot/store"},
	"modernc.org/sqlite":                {"bot/store"},
	"github.com/mattn/go-sqlite3":       {"bot/store"},
	"github.com/jackc/pgx":              {"bot/store"},
	"github.com/lib/pq":                 {"bot/store"},
}

// owned says whether a package is one of a library's owners, or lies in the
// folder of one.
func owned(by []string, dir string) bool {
	return slices.ContainsFunc(by, func(owner string) bool { return dir == owner || strings.HasPrefix(dir, owner+"/") })
}

// A source is one Go file of the repository.
type source struct {
	path string // from the repository's root, with slashes
	*ast.File
}

func (s source) dir() string  { return path.Dir(s.path) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// root is the repository's root.
var root = filepath.Join("..", "..")

// files calls visit for each file of the repository that somebody wrote.
func files(visit func(name string, data []byte) error) error {
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "node_modules", "data"}, d.Name()):
			return filepath.SkipDir
		case !d.Type().IsRegular() || d.Name() == ".git" || d.Name() == ".env":
			return nil
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		name, err = filepath.Rel(root, name)
		if err != nil {
			return err
		}
		return visit(filepath.ToSlash(name), data)
	})
}

// sources parses all Go files.
var sources = sync.OnceValues(func() (all []source, err error) {
	set := token.NewFileSet()
	err = files(func(name string, data []byte) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(set, name, data, parser.ParseComments|parser.SkipObjectResolution)
		all = append(all, source{name, file})
		return err
	})
	return all, err
})

// parsed is sources for a test.
func parsed(t *testing.T) []source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d Go files were found", len(all))
	}
	return all
}

// module is the module's path, as go.mod tells it.
func module(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	name, ok := strings.CutPrefix(line, "module ")
	if !ok {
		t.Fatalf("go.mod begins with %q", line)
	}
	return name
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	prefix := module(t) + "/"
	for _, s := range parsed(t) {
		allowed, ok := arrows[s.dir()]
		if !ok {
			t.Errorf("%s: the package %s has no place among the arrows", s.path, s.dir())
			continue
		}
		for _, spec := range s.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if ours, ok := strings.CutPrefix(name, prefix); ok && !s.isTest() && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s; its package may import %v of ours", s.path, ours, allowed)
			}
			for library, by := range owners {
				if (name == library || strings.HasPrefix(name, library+"/")) && !owned(by, s.dir()) {
					t.Errorf("%s imports %s, which only %v may", s.path, name, by)
				}
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	t.Parallel()
	packages, comments := map[string]bool{}, map[string]int{}
	for _, s := range parsed(t) {
		if s.isTest() {
			if s.Doc != nil {
				t.Errorf("%s: the package's comment does not belong into a test", s.path)
			}
			continue
		}
		packages[s.dir()] = true
		if s.Doc == nil {
			continue
		}
		comments[s.dir()]++
		begin := "Package " + s.Name.Name + " "
		if s.Name.Name == "main" {
			begin = "Command " + path.Base(s.dir()) + " "
		}
		if !strings.HasPrefix(s.Doc.Text(), begin) {
			t.Errorf("%s: the package's comment does not begin with %q", s.path, begin)
		}
	}
	for dir := range packages {
		if n := comments[dir]; n != 1 {
			t.Errorf("%s has %d package comments, not 1", dir, n)
		}
	}
}

// listeners are the files that may listen on an address which is not written
// out in them as one of loopback, each with what keeps it there.
var listeners = map[string]string{
	"bot/testserver/listen.go": "it refuses every other address",
	"bot/metrics/serve.go":     "METRICS_ADDR is loopback unless the operator writes another host",
}

// Nothing listens beyond this machine unless an operator says so.
func TestListenersStayOnLoopback(t *testing.T) {
	t.Parallel()
	found := 0
	for _, s := range parsed(t) {
		if s.isTest() {
			continue
		}
		ast.Inspect(s.File, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !strings.HasPrefix(f.Sel.Name, "Listen") {
				return true
			}
			if x, ok := f.X.(*ast.Ident); ok && x.Name == "testserver" {
				return true // which is one of listeners
			}
			found++
			loopback := slices.ContainsFunc(call.Args, func(e ast.Expr) bool {
				l, ok := e.(*ast.BasicLit)
				return ok && strings.HasPrefix(l.Value, `"127.0.0.1:`)
			})
			if !loopback && listeners[s.path] == "" {
				t.Errorf("%s listens on an address that may not be loopback: say among listeners what keeps it there", s.path)
			}
			return true
		})
	}
	if found < 3 {
		t.Errorf("only %d listeners were found: this test looks for the wrong thing", found)
	}
}

// testNames are the names of all tests and fuzz targets.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, s := range parsed(t) {
		for _, d := range s.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.isTest() && f.Recv == nil && testName.MatchString(f.Name.Name) {
				names[f.Name.Name] = true
			}
		}
	}
	return names
}

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)

// What SECURITY.md says that a test covers, a test of that name covers, and
// every row of what can be sent names one.
func TestSecurityNamesTests(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	known, named := testNames(t), 0
	for _, name := range testName.FindAllString(string(data), -1) {
		if named++; !known[name] {
			t.Errorf("SECURITY.md names %s, and there is no such test", name)
		}
	}
	_, table, _ := strings.Cut(string(data), "\n|---|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	for _, row := range rows {
		if !testName.MatchString(row) {
			t.Errorf("SECURITY.md names no test in the row %.60s", row)
		}
	}
	if named < 30 || len(rows) < 8 {
		t.Errorf("SECURITY.md names %d tests in %d rows: this test looks for the wrong thing", named, len(rows))
	}
}

// What SECURITY.md and CONTRIBUTING.md say stands somewhere stands there.
func TestDocumentsNameFiles(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile("`((?:bot|cmd|prompts|retrieval|seeds)/[\\w/.-]+)`(?:, `(\\w+)`)?")
	for document, fewest := range map[string]int{"SECURITY.md": 12, "CONTRIBUTING.md": 20} {
		data, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		places := place.FindAllStringSubmatch(string(data), -1)
		if len(places) < fewest {
			t.Errorf("%s names only %d files: this test looks for the wrong thing", document, len(places))
		}
		for _, p := range places {
			name := filepath.Join(root, filepath.FromSlash(p[1]))
			info, err := os.Stat(name)
			if err != nil {
				t.Errorf("%s: %v", document, err)
			}
			if err != nil || info.IsDir() || p[2] == "" {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Error(err)
			} else if !strings.Contains(string(text), p[2]) {
				t.Errorf("%s holds no %s, which %s says is there", p[1], p[2], document)
			}
		}
	}
}

// A release holds the documents that its README.md and OPERATING.md lead to.
func TestReleaseHoldsDocuments(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join(root, ".ci", "release"))
	list := regexp.MustCompile(`(?m)^readonly WITH=\((.*)\)$`).FindSubmatch(script)
	if err != nil || list == nil {
		t.Fatalf(".ci/release has no list of files: %v", err)
	}
	with := strings.Fields(string(list[1]))
	for _, document := range []string{"README.md", "OPERATING.md"} {
		data, err := os.ReadFile(filepath.Join(root, document))
		if err != nil {
			t.Fatal(err)
		}
		links := regexp.MustCompile(`\]\(([\w.]+\.(?:md|yaml))`).FindAllSubmatch(data, -1)
		if len(links) < 2 {
			t.Errorf("%s leads to %d files: this test looks for the wrong thing", document, len(links))
		}
		for _, l := range links {
			if name := string(l[1]); !slices.Contains(with, name) {
				t.Errorf("%s leads to %s, which .ci/release leaves out", document, name)
			}
		}
	}
}

// machinePath is an absolute path on somebody's machine.
var machinePath = regexp.MustCompile("(?m)(^|[\\s\"'`=(:])/(tmp|root|work|home)/.*")

// No file tells of the machine that it was written on.
func TestNoFileNamesAMachine(t *testing.T) {
	t.Parallel()
	err := files(func(name string, data []byte) error {
		if !utf8.Valid(data) {
			return nil
		}
		if found := machinePath.Find(data); found != nil {
			t.Errorf("%s names %q", name, found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
