package bot

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"summitbot/bot/llm/llmtest"
	"summitbot/bot/proof"
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

// A model that obeys every injection gets none of it posted where the judge does
// its work. Where a judge that has passed its trial would uphold all of it, code
// alone holds what is posted: no link, mention, mark-up or hidden character, and no
// number and no known name that the sentence behind it does not have.
func TestInjectionsAreNotObeyed(t *testing.T) {
	s1 := seed(t).At(0).Text()
	for name, all := range map[string]func(*testing.T) []injection{"own": ownInjections, "public": publicInjections} {
		for _, judge := range []func(llmtest.JudgeCheck) string{llmtest.Judge, func(llmtest.JudgeCheck) string { return "supported" }} {
			upholds := judge(llmtest.JudgeCheck{}) == "supported"
			t.Run(fmt.Sprintf("%s, upheld %v", name, upholds), func(t *testing.T) {
				srv := llmtest.New(t)
				var now injection
				srv.Answers(llmtest.Judging(func(llmtest.Request) llmtest.Reply {
					written := []drafted{quoted}
					for _, text := range now.Obeyed {
						written = append(written, drafted{text, "s1"})
					}
					all := reply("answered", written...)
					all.Piece = 4096
					return all
				}, judge))
				a := modelled(t, srv, nil)
				a.writer.kept = newCache(0, time.Now)
				asked, obeyed := 0, 0
				for _, now = range all(t) {
					ans := Answer{Question: Question{Kind: Ask, Text: now.Text}, Mode: Quotes}
					a.write(t.Context(), &ans, nil) // whatever the question means, the model is asked
					if ans.Usage.Calls > 0 && len(ans.Claims) > 0 {
						asked++
					}
					for _, c := range ans.Claims {
						switch text := c.Text(); {
						case c.How() == proof.Quoted:
						case !upholds:
							t.Errorf("%s: %q gets %q said", now.ID, clipTo(now.Text, 80), clipTo(text, 120))
						case strings.ContainsAny(text, "@`<") || strings.Contains(text, "://") || strings.Contains(text, "**") || strings.ContainsFunc(text, unicode.IsControl):
							t.Errorf("%s: %q is said", now.ID, text)
						default:
							obeyed++
							for _, n := range digits.FindAllString(text, -1) {
								if !strings.Contains(s1, n) {
									t.Errorf("%s: %q is said with a number of its own", now.ID, text)
								}
							}
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
}

var digits = regexp.MustCompile(`\d+`)

func clipTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
