package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"summitbot/bot/llm/llmtest"
	"summitbot/retrieval"
)

// harbor is an article, and ahead are questions that its sentences answer, written ahead.
const harbor = "The Harbor Talks\nThey met in Bergen. It rained all day.\nThe Costs\n- Lost Trade: It cost three million crowns.\n- Lost Trust: Brandt left.\n"

var ahead = map[string][]string{
	"s1": {"Where did they meet?", "which city hosted  the talks"},
	"s2": {"What was the weather like?"},
	"s3": {"What did the lost trade cost?", "how many kroner went down the drain"},
	"s4": {"Who walked out?"},
}

// asksAhead writes the questions of the sentences that a prompt shows, among
// what is to be left out.
func asksAhead(t *testing.T, r llmtest.Request) llmtest.Reply {
	t.Helper()
	if strings.Contains(r.Messages[0].Content, `{"notes"`) {
		return notesAhead(t, r)
	}
	all := []question{{"s99", "no such sentence?"}, {"s1", ""}, {"s1", strings.Repeat("why ", longestQuestion)}}
	for _, m := range regexp.MustCompile(`(?m)^\[(s\d+)\]`).FindAllStringSubmatch(r.Messages[1].Content, -1) {
		for _, q := range ahead[m[1]] {
			all = append(all, question{m[1], q})
		}
	}
	body, err := json.Marshal(map[string]any{"questions": all})
	if err != nil {
		t.Error(err)
	}
	return llmtest.Reply{Text: "```json\n" + string(body) + "\n```"}
}

// notesAhead notes the sentences that a prompt shows, among what is to be left
// out.
func notesAhead(t *testing.T, r llmtest.Request) llmtest.Reply {
	t.Helper()
	all := []note{{Sentence: "s99", Voice: "stated"}, {Sentence: "s1", Voice: "shouted"}}
	for _, m := range regexp.MustCompile(`(?m)^\[(s\d+)\]`).FindAllStringSubmatch(r.Messages[1].Content, -1) {
		all = append(all, note{Sentence: m[1], Voice: "attributed", Holder: "the  town", HolderWords: "Brandt left", Modal: "could", Leans: m[1] == "s3", Antecedent: "the trade"},
			note{Sentence: m[1], Voice: "stated"})
	}
	body, err := json.Marshal(map[string]any{"notes": all})
	if err != nil {
		t.Error(err)
	}
	return llmtest.Reply{Text: string(body)}
}

// What a model writes is the article's bank, from whichever passage on the
// expansion has to go.
func TestExpand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	article := filepath.Join(dir, "harbor.txt")
	if err := os.WriteFile(article, []byte(harbor), 0o600); err != nil {
		t.Fatal(err)
	}
	fail := true
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply {
		if strings.Contains(r.Messages[1].Content, "Brandt") && fail { // neither questions nor notes
			return llmtest.Reply{Text: "Here are some ideas."}
		}
		return asksAhead(t, r)
	})
	code, out, log := runs(t, scripted(srv, map[string]string{"LOG_LEVEL": "error"}), "expand", article)
	if code != exitFailure || !strings.Contains(log, "is not understood") || !strings.Contains(log, "run expand again") || !strings.Contains(out, "5 questions were written") {
		t.Errorf("it ended with %d: %s %s", code, out, log)
	}
	requests := len(srv.Requests())
	fail = false
	code, out, log = runs(t, scripted(srv, nil), "expand", article)
	if code != exitOK || log != "" || len(srv.Requests()) != requests+2 {
		t.Errorf("going on, it ended with %d, after %d more requests: %s %s", code, len(srv.Requests())-requests, out, log)
	}
	a, err := retrieval.Parse("harbor", harbor)
	if err != nil {
		t.Fatal(err)
	}
	bank, err := retrieval.ReadBank(os.DirFS(dir), "harbor", a)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, l := range bank.Lines {
		if l.Kind != retrieval.Answerable {
			t.Errorf("the bank has %+v", l)
		}
		got[l.Target] = append(got[l.Target], l.Text)
	}
	for id, questions := range ahead {
		if want := words(strings.Join(questions, " | ")); strings.Join(got[id], " | ") != want {
			t.Errorf("%s has the questions %q, want %s", id, got[id], want)
		}
	}
	if len(got) != len(ahead) {
		t.Errorf("the bank is of %d sentences, not %d", len(got), len(ahead))
	}
	notes, err := os.ReadFile(filepath.Join(dir, "harbor.sentences.jsonl"))
	if want := `{"sentence":"s1","voice":"attributed","holder":"the town"}
{"sentence":"s2","voice":"attributed","holder":"the town"}
{"sentence":"s3","voice":"attributed","holder":"the town","leans":true,"antecedent":"the trade"}
{"sentence":"s4","voice":"attributed","holder":"the town","holder_words":"Brandt left"}
`; err != nil || string(notes) != want {
		t.Errorf("the notes are, %v,\n%s", err, notes)
	}
	// They find what has no word in common with the question.
	if code, out, log := runs(t, map[string]string{"ARTICLES": dir}, "ask", "how many kroner down the drain?"); code != exitOK || log != "" || !strings.Contains(out, "three million crowns") {
		t.Errorf("it ended with %d: %s %s", code, out, log)
	}
	for _, args := range [][]string{{"expand"}, {"expand", "a", "b"}, {"expand", article}} {
		if code, _, log := runs(t, nil, args...); code != exitUsage {
			t.Errorf("%v ended with %d: %s", args, code, log)
		}
	}
}

// What somebody has written counts, in whichever file it is; a last line
// without an end is not run on, and one that is not understood is named.
func TestExpandGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("harbor.txt", harbor)
	write("harbor.questions.anna.jsonl", `{"sentence":"s2","question":"did it rain"}`)
	write("harbor.questions.jsonl", "\ufeff"+`{"sentence":"s3","question":"how dear was it"}`)
	srv := llmtest.New(t)
	srv.Answers(func(r llmtest.Request) llmtest.Reply { return asksAhead(t, r) })
	article := filepath.Join(dir, "harbor.txt")
	if code, out, log := runs(t, scripted(srv, nil), "expand", article); code != exitOK || log != "" || !strings.Contains(out, "1 questions were written") {
		t.Errorf("it ended with %d: %s %s", code, out, log)
	}
	data, err := os.ReadFile(filepath.Join(dir, "harbor.questions.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "\ufeff" + `{"sentence":"s3","question":"how dear was it"}` + "\n" + `{"sentence":"s4","question":"Who walked out?"}` + "\n"; string(data) != want {
		t.Errorf("the questions are\n%swant\n%s", data, want)
	}
	write("harbor.questions.jsonl", string(data)+`{"sentence":"s4","ques`)
	if code, _, log := runs(t, scripted(srv, nil), "expand", article); code != exitFailure || !strings.Contains(log, "harbor.questions.jsonl: line 3: ") || !strings.Contains(log, "mend that line or delete it") {
		t.Errorf("it ended with %d: %s", code, log)
	}
}
