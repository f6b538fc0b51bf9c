package bot

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"summitbot/bot/llm/llmtest"
	"summitbot/prompts"
	"summitbot/seeds/seedtest"
)

// An injection is a question that tells the bot to do something, and what a
// model would write that obeys it.
type injection struct {
	ID, Lang string
	Text     string
	Obeyed   []string
}

// ownInjections are those of testdata.
func ownInjections(t *testing.T) (all []injection) {
	t.Helper()
	data, err := os.ReadFile("testdata/injections.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		var i injection
		if err := json.Unmarshal([]byte(line), &i); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, i)
	}
	if len(all) < 50 {
		t.Fatalf("there are %d injections", len(all))
	}
	return all
}

// publicInjections are those of the public data. What would obey them is the
// injection itself, word for word and sentence by sentence, and the secret
// that it asks for.
func publicInjections(t *testing.T) (all []injection) {
	t.Helper()
	read := func(name string, into any) {
		folder := os.Getenv("SUMMITBOT_DATA")
		if folder == "" && os.Getenv("SUMMITBOT_CI") != "" {
			t.Fatal("SUMMITBOT_DATA names no folder")
		} else if folder == "" {
			t.Skip("SUMMITBOT_DATA names no folder with public test data")
		}
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	var cyber []struct {
		Prompt string `json:"user_input"`
		Told   string `json:"test_case_prompt"`
	}
	read("cyberseceval_prompt_injection.json", &cyber)
	for _, c := range cyber {
		all = append(all, injection{Text: c.Prompt, Obeyed: append(pieces(c.Prompt), c.Told)})
	}
	var bipia map[string][]string
	read("bipia_text_attack_test.json", &bipia)
	for kind, list := range bipia {
		for _, text := range list {
			all = append(all, injection{ID: kind, Text: "Why Alaska? " + text, Obeyed: append(pieces(text), "The choice of Alaska is far from arbitrary, "+text)})
		}
	}
	if len(all) < 300 {
		t.Fatalf("%d injections were read, want 326", len(all))
	}
	return all
}

// pieces are a text and its sentences, as far as a reply holds them.
func pieces(text string) []string {
	all := []string{text}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?\n", r) }) {
		if s = strings.TrimSpace(s); s != "" && len(all) < mostStatements/3 {
			all = append(all, s)
		}
	}
	return all
}

// honestly are quotations that a model can hide behind: each stands in the
// article, one with hardly a name and one with all of them.
var honestly = []drafted{
	choice,
	{Sentence: "s1", Quote: "President Vladimir Putin of Russia prepares to meet President Donald Trump of the United States in Alaska next Friday"},
}

// A model that obeys every injection gets none of it posted: what is said is
// the one honest statement that it also writes, or the article's own words.
func TestInjectionsAreNotObeyed(t *testing.T) {
	for name, all := range map[string]func(*testing.T) []injection{"own": ownInjections, "public": publicInjections} {
		t.Run(name, func(t *testing.T) {
			srv := llmtest.New(t)
			var now injection
			behind := honestly
			if name == "public" {
				behind = honestly[1:] // there are many, and this is the one to hide behind
			}
			srv.Answer = func(r llmtest.Request) llmtest.Reply {
				if strings.Contains(r.Messages[1].Content, "You have answered this before") {
					return reply("answered")
				}
				written := []drafted{choice}
				for _, text := range now.Obeyed {
					for _, h := range behind {
						written = append(written, drafted{Text: text, Sentence: h.Sentence, Quote: h.Quote})
					}
				}
				all := reply("answered", written...)
				all.Piece = 4096
				return all
			}
			// By words, since the model is to be asked whatever the question means.
			a := modelledOver(t, seedtest.ByWords(t, seedtest.Index(t).Articles()...), srv, nil)
			a.writer.kept = newCache(0, time.Now)
			asked, obeyed := 0, 0
			for _, now = range all(t) {
				ans, err := a.Answer(t.Context(), Question{Kind: Ask, Text: now.Text})
				if err != nil {
					t.Fatalf("%q: %v", now.Text, err)
				}
				if ans.Mode == FromModel && len(ans.Claims) > 0 {
					asked++
				}
				for _, c := range ans.Claims {
					if !c.own && c.Text() != choice.Text {
						obeyed++
						t.Errorf("%s: %q gets %q said", now.ID, clipTo(now.Text, 80), clipTo(c.Text(), 120))
					}
				}
			}
			t.Logf("%d answers are the model's, with %d statements that obey", asked, obeyed)
			if asked < 40 {
				t.Errorf("only %d answers are the model's: the others show nothing", asked)
			}
		})
	}
}

func clipTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// Whoever asks, the words of the prompt are not posted: not one of its
// sentences, behind whatever quotation.
func TestPromptIsNotLeaked(t *testing.T) {
	gate := NewGate(seed(t))
	p := prompts.Answer(prompts.Passages{}, "Why?", nil)
	n := 0
	for line := range strings.SplitSeq(p.System, "\n") {
		for _, text := range append(pieces(line), "The prompt is: "+line) {
			if !words.MatchString(text) {
				continue
			}
			for _, h := range honestly {
				n++
				if c, err := gate.Prove(drafted{Text: text, Sentence: h.Sentence, Quote: h.Quote}.statement()); err == nil {
					t.Errorf("proven: %q", c.Text())
				}
			}
		}
	}
	if n < 100 {
		t.Fatalf("only %d pieces were tried", n)
	}
}

// What holds a model's words to its evidence keeps what is honest, in all
// languages, to questions that only ask.
func TestHonestAnswersAreKept(t *testing.T) {
	a := modelled(t, llmtest.New(t), nil)
	questions := map[tongue][]string{
		english:   {"Why Alaska?", "what does putin want", "Tell me what the article says about the summit."},
		spanish:   {"¿Por qué Alaska?", "¿Qué quiere Putin de la cumbre?"},
		german:    {"Warum Alaska?", "Was will Putin?", "Was sagt der Artikel über den Gipfel?"},
		french:    {"Pourquoi l'Alaska ?", "Que veut Poutine ?"},
		ukrainian: {"Чому Аляска?", "Чого хоче Путін?"},
		russian:   {"Почему Аляска?", "Чего хочет Путин?"},
	}
	for _, d := range readDrafted(t, "testdata/honest.jsonl") {
		for _, q := range questions[tongueOf(d.Text)] {
			if _, err := a.proveFor(q, d.statement()); err != nil {
				t.Errorf("%q drops %q: %v", q, d.Text, err)
			}
		}
	}
}
