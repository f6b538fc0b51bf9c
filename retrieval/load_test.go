package retrieval

import (
	"context"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"summitbot/retrieval/encoder"
)

// folder makes a folder of files by name and text.
func folder(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

// load loads articles without an encoder.
func load(files map[string]string) (*Index, error) {
	return Load(folder(files), os.DirFS("../seeds"), nil)
}

func TestLoad(t *testing.T) {
	ix, err := load(map[string]string{
		"Second Summit.md":              "# Second\n\nIt failed.\n",
		"a.txt":                         "First\nIt began. It ended.\n",
		"a.questions.jsonl":             "\uFEFF{\"sentence\": \"s2\", \"question\": \"When did it end?\"}\n\n{\"sentence\": \"s1\", \"question\": \"When did it begin?\"}\n",
		"a.questions.anna.jsonl":        `{"sentence": "s1", "question": "wann fing es an?", "lang": "de"}`,
		"Second Summit.questions.jsonl": `{"sentence": "s1", "question": "Did it fail?"}`,
		"README.md":                     "About this folder",
		".hidden.txt":                   "\xff",
		"picture.png":                   "\x00",
	})
	if err != nil {
		t.Fatal(err)
	}
	var slugs []string
	for _, a := range ix.Articles() {
		slugs = append(slugs, a.Slug)
	}
	if want := []string{"second-summit", "a"}; !reflect.DeepEqual(slugs, want) {
		t.Errorf("articles are %q, want %q", slugs, want)
	}
	want := []Line{
		{Text: "wann fing es an?", Lang: "de", Author: "questions.anna", Class: Class{Answerable, "s1"}},
		{Text: "When did it end?", Lang: "en", Author: "questions", Class: Class{Answerable, "s2"}},
		{Text: "When did it begin?", Lang: "en", Author: "questions", Class: Class{Answerable, "s1"}},
	}
	if got := ix.banks[1].Lines; !reflect.DeepEqual(got, want) {
		t.Errorf("the bank holds\n%+v, want\n%+v", got, want)
	}
}

func TestLoadErrors(t *testing.T) {
	const article = "A Title\nIt began.\n"
	with := func(name, lines string) map[string]string {
		return map[string]string{"a.txt": article, name: lines}
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"nothing", map[string]string{"picture.png": "x"}, []string{"no .txt or .md file"}},
		{"article", map[string]string{"a.txt": article, "b.txt": "One.\n\xff"}, []string{"b.txt", "line 2", "UTF-8"}},
		{"no sentence", map[string]string{"a.txt": "A Title\n"}, []string{"a.txt", "no sentence"}},
		{"same name", map[string]string{"my summit.txt": article, "My-Summit.md": article}, []string{"summit", `"my-summit"`}},
		{"synonyms", with("synonyms.csv", "end, close\n"), []string{"synonyms.csv", "delete the file"}},
		{"JSON", with("a.questions.jsonl", "\n{\"sentence\"\n"), []string{"a.questions.jsonl", "line 2"}},
		{"mistyped key", with("a.questions.jsonl", `{"sentense": "s1", "question": "What?"}`), []string{"line 1", "sentense"}},
		{"sentence", with("a.questions.b.jsonl", `{"sentence": "s2", "question": "What?"}`), []string{"a.questions.b.jsonl", "line 1", `"s2"`}},
		{"no question", with("a.questions.jsonl", "\n\n"+`{"sentence": "s1", "question": " "}`), []string{"line 3", "empty"}},
		{"unknown gap", with("a.unanswered.jsonl", `{"gap": "costs", "question": "How much?"}`), []string{"line 1", `"costs"`}},
		{"gap without words", with("a.gaps.jsonl", `{"gap": "costs"}`), []string{"a.gaps.jsonl", "line 1", "English"}},
		{"premise", with("a.premises.jsonl", `{"sentence": "s1", "question": "Why did it end?", "premise": "it ended", "instead": "it begins"}`), []string{"line 1", "does not hold"}},
		{"intent", with("a.intents.jsonl", `{"intent": "poem", "question": "Sing!"}`), []string{"line 1", "poem", "takeaways"}},
		{"several", with("a.several.jsonl", `{"question": "a and b?", "sentences": [["s1"]]}`), []string{"line 1", "two"}},
		{"curated", with("a.curated.jsonl", `{"sentence": "s1", "en": "`+strings.Repeat("a", 81)+`"}`), []string{"line 1", "80"}},
		{"note", with("a.sentences.jsonl", `{"sentence": "s1", "twin": ["s7"]}`), []string{"line 1", `"s7"`}},
		{"voice", with("a.sentences.jsonl", `{"sentence": "s1", "voice": "shouted"}`), []string{"line 1", `"shouted"`, `"forecast"`}},
		{"follow-up", with("a.followups.jsonl", `{"question": "why?"}`), []string{"line 1", "history"}},
		{"index", with("a.index", "nonsense"), []string{"a.index", "damaged"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(tt.files)
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not hold %q", err, w)
				}
			}
		})
	}
}

// An index of another article's lines is told as such.
func TestIndexOfAnother(t *testing.T) {
	lines := []Line{{Text: "why?", Class: Class{Answerable, "s9"}}}
	file := BuildIndex(lines, make([][]float32, 1), nil)
	ix, err := load(map[string]string{"a.txt": "A Title\nIt began.\n", "a.index": string(file)})
	if err != nil {
		t.Fatal(err)
	}
	if err := ix.Prepare(context.Background(), nil); err == nil || !strings.Contains(err.Error(), `"s9"`) {
		t.Errorf("got %v", err)
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"alaska-summit": "alaska-summit", "My Summit (2)": "my-summit-2", "__": "article", "Zürich": "z-rich",
	} {
		if got := slug(name); got != want {
			t.Errorf("slug(%q) = %q, want %q", name, got, want)
		}
	}
}

// seedIndex is the index of the built-in article, with meaning or without.
func seedIndex(t testing.TB, meaning bool) *Index {
	t.Helper()
	var model *encoder.Model
	if meaning {
		var err error
		if model, err = encoder.Load(); err != nil {
			t.Fatal(err)
		}
	}
	seeds := builtIn(t)
	ix, err := Load(seeds, seeds, model)
	if err != nil {
		t.Fatal(err)
	}
	if !ix.Ahead() {
		t.Fatal("not everything is made ahead")
	}
	if err := ix.Prepare(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	return ix
}

// builtIn are the files of seeds that the program holds.
func builtIn(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{
		"alaska-summit.txt", "alaska-summit.index", "general.index", "alaska-summit.gaps.jsonl", "alaska-summit.curated.jsonl", "alaska-summit.sentences.jsonl",
	} {
		data, err := os.ReadFile("../seeds/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}
