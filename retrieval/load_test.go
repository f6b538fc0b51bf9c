package retrieval

import (
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// folder makes a folder of files by name and text.
func folder(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestLoad(t *testing.T) {
	ix, err := Load(folder(map[string]string{
		"Second Summit.MD":              "# Second\n\nIt failed.\n",
		"a.txt":                         "First\nIt began. It ended.\n",
		"a.questions.jsonl":             "\ufeff{\"sentence\": \"s2\", \"question\": \"When did it end?\"}\n\n{\"sentence\": \"s1\", \"question\": \"When did it begin?\"}\n",
		"Second Summit.questions.jsonl": `{"sentence": "s1", "question": "Did it fail?"}`,
		"synonyms.csv":                  "\ufeffend, close\n",
		"README.md":                     "About this folder",
		".hidden.txt":                   "\xff",
		"picture.png":                   "\x00",
	}), nil)
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
}

func TestLoadErrors(t *testing.T) {
	const article = "A Title\nIt began.\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"nothing", map[string]string{"picture.png": "x"}, []string{"no .txt or .md file"}},
		{"article", map[string]string{"a.txt": article, "b.txt": "One.\n\xff"}, []string{"b.txt", "line 2", "save the file as UTF-8"}},
		{"article of Windows", map[string]string{"a.txt": "\xff\xfeA\x00"}, []string{"a.txt", "line 1 is not UTF-8 but UTF-16: save the file as UTF-8"}},
		{"no sentence", map[string]string{"a.txt": "A Title\n"}, []string{"a.txt", "no sentence"}},
		{"same name", map[string]string{"my summit.txt": article, "My-Summit.md": article}, []string{"summit", `"my-summit"`}},
		{"questions: JSON", map[string]string{"a.txt": article, "a.questions.jsonl": "\n{\"sentence\"\n"}, []string{"a.questions.jsonl", "line 2"}},
		{"questions: sentence", map[string]string{"a.txt": article, "a.questions.jsonl": `{"sentence": "s2", "question": "What?"}`},
			[]string{"a.questions.jsonl", "line 1", `"s2"`}},
		{"questions: no question", map[string]string{"a.txt": article, "a.questions.jsonl": "\n\n" + `{"sentence": "s1", "question": " "}`},
			[]string{"a.questions.jsonl", "line 3"}},
		{"synonyms", map[string]string{"a.txt": article, "synonyms.csv": "# words\n\nend, close\nalone\n"}, []string{"synonyms.csv", "line 4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(folder(tt.files), nil)
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

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"alaska-summit": "alaska-summit", "My Summit (2)": "my-summit-2", "__": "article", "Zürich": "z-rich",
	} {
		if got := slug(name); got != want {
			t.Errorf("slug(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestParseSynonyms(t *testing.T) {
	s, err := ParseSynonyms("# a comment\r\n\r\nputin, Vladimir Putin ,vlad\r\n\tend,close")
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]string{{"putin", "Vladimir Putin", "vlad"}, {"end", "close"}}; !reflect.DeepEqual(s.groups, want) {
		t.Errorf("groups are %q, want %q", s.groups, want)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"one member", "a, b\nalone\n", "line 2: a group needs two members"},
		{"empty member", "# x\n\na, , b\n", "line 3: a member of the group is empty"},
		{"comma at the end", "a, b,\n", "line 1: a member of the group is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParseSynonyms(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
