package bot

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// leansBack is in how many pairs of files the earlier one, as doc.go lists them,
// still uses names of the later one: types that know each other by nature, and what
// is still to be put in order. The numbers may only fall; a package that is not
// here has none.
var leansBack = map[string]int{
	"retrieval":           10,
	"retrieval/learn":     4,
	"bot/proof":           2,
	"bot/discord/render":  2,
	"bot/discord/gateway": 1,
	"bot/discord/worker":  1,
	"bot/llm":             11,
	"bot/store":           4,
	"bot/doctor":          1,
	"bot/eval":            2,
	"bot/llm/llmtest":     2,
	"bot/report":          6,
	"bot/testserver":      61,
	"bot/testserver/soak": 4,
	"cmd/summitbot":       5,
}

// doc.go lists the files of each package of more than three, in an order in which
// they can be read from top to bottom.
func TestReadingOrder(t *testing.T) {
	listed := readingOrder(t)
	packages := goFiles(t)
	for dir, files := range packages {
		order := listed[dir]
		switch {
		case len(files) <= 3 && order == nil:
			continue
		case order == nil:
			t.Errorf("doc.go does not list the files of %s: %s", dir, strings.Join(files, " "))
			continue
		}
		if there := slices.Sorted(slices.Values(order)); !slices.Equal(there, files) {
			t.Errorf("doc.go lists for %s\n\t%s, and there are\n\t%s", dir, strings.Join(there, " "), strings.Join(files, " "))
			continue
		}
		back := usesOfLater(t, dir, order)
		switch most := leansBack[dir]; {
		case len(back) > most:
			t.Errorf("%s: a file uses names of a later one in %d pairs, and not in %d:\n\t%s", dir, len(back), most, strings.Join(back, "\n\t"))
		case len(back) < most:
			t.Errorf("%s: a file uses names of a later one in %d pairs; write that down in place of %d", dir, len(back), most)
		}
	}
	for dir := range listed {
		if packages[dir] == nil {
			t.Errorf("doc.go lists files of %s, which is no package", dir)
		}
	}
}

// readingOrder reads the lists in doc.go, each a line "path: a.go b.go" that is
// indented.
func readingOrder(t *testing.T) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string][]string{}
	for line := range strings.Lines(file.Doc.Text()) {
		dir, files, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if names := strings.Fields(files); ok && strings.HasPrefix(line, "\t") && !slices.ContainsFunc(names, func(s string) bool { return !strings.HasSuffix(s, ".go") }) {
			listed[dir] = names
		}
	}
	return listed
}

// goFiles are the files of all packages, without tests and doc.go, by the
// package's folder from the repository's root.
func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, top := range []string{"bot", "cmd", "prompts", "retrieval", "seeds"} {
		err := filepath.WalkDir(filepath.Join("..", top), func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			name := d.Name()
			if d.IsDir() && name == "node_modules" {
				return filepath.SkipDir
			}
			if filepath.Ext(name) == ".go" && name != "doc.go" && !strings.HasSuffix(name, "_test.go") {
				dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
				all[dir] = append(all[dir], name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// nothing imports nothing: what other packages declare is not looked at.
type nothing struct{}

func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

// usesOfLater are the pairs of files, of those for this system, of which the earlier
// one uses names that the later one declares.
func usesOfLater(t *testing.T, dir string, order []string) (back []string) {
	t.Helper()
	set, info := token.NewFileSet(), &types.Info{Uses: map[*ast.Ident]types.Object{}}
	var files []*ast.File
	folder := filepath.Join("..", filepath.FromSlash(dir))
	for _, name := range order {
		if here, err := build.Default.MatchFile(folder, name); err != nil {
			t.Fatal(err)
		} else if !here {
			continue
		}
		f, err := parser.ParseFile(set, filepath.Join(folder, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	check := types.Config{Importer: nothing{}, Error: func(error) {}}
	pkg, _ := check.Check(dir, set, files, info) // its errors are about what is imported
	at := func(p token.Pos) int {
		return slices.Index(order, filepath.Base(set.Position(p).Filename))
	}
	used := map[[2]int][]string{}
	for id, o := range info.Uses {
		if o.Pkg() != pkg || !o.Pos().IsValid() {
			continue
		}
		if pair := [2]int{at(id.Pos()), at(o.Pos())}; pair[0] < pair[1] && !slices.Contains(used[pair], o.Name()) {
			used[pair] = append(used[pair], o.Name())
		}
	}
	for pair, names := range used {
		slices.Sort(names)
		back = append(back, fmt.Sprintf("%s uses of %s: %s", order[pair[0]], order[pair[1]], strings.Join(names, " ")))
	}
	slices.Sort(back)
	return back
}
