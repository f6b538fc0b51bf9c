package eval

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"summitbot/bot"
	"summitbot/retrieval"
	"summitbot/seeds"
)

var update = flag.Bool("update", false, "write the golden files")

// seedIndex is the index over the built-in article.
func seedIndex(t testing.TB) *retrieval.Index {
	t.Helper()
	ix, err := retrieval.Load(seeds.Files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

// developmentSet is the built-in evaluation set.
func developmentSet(t testing.TB) []Case {
	t.Helper()
	f, err := seeds.Files.Open("gold-dev.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases, err := ReadCases(f)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// The figures of the development set are a golden file, so that every change
// of ranking shows in the diff.
func TestDevelopmentSet(t *testing.T) {
	outcomes, err := Run(t.Context(), bot.NewAnswerer(seedIndex(t), bot.Options{}), developmentSet(t))
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := Summarise(outcomes).Write(&got); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "gold-dev.txt")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the figures changed; if that is meant, run this test with -update.\ngot:\n%s\nwant:\n%s", got.String(), want)
	}
}

// The questions written ahead are many and varied, and none of them is one
// that the evaluation asks.
func TestQuestionsWrittenAhead(t *testing.T) {
	asked := map[string]string{}
	for _, c := range developmentSet(t) {
		asked[bare(c.Question)] = c.ID
	}
	seen := map[string]bool{}
	perSentence := map[string]int{}
	for _, file := range []string{"alaska-summit.questions.jsonl", "alaska-summit.unanswered.jsonl"} {
		data, err := seeds.Files.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			var q retrieval.Question
			if err := json.Unmarshal([]byte(line), &q); err != nil {
				t.Fatalf("%s: %v in %s", file, err, line)
			}
			b := bare(q.Text)
			if id, ok := asked[b]; ok {
				t.Errorf("%s asks %q, which is %s of the evaluation set", file, q.Text, id)
			}
			if seen[b] {
				t.Errorf("%s asks %q twice", file, q.Text)
			}
			seen[b] = true
			if q.Sentence != "" {
				perSentence[q.Sentence]++
			}
		}
	}
	for id, n := range perSentence {
		if n < 3 || n > 8 {
			t.Errorf("%s has %d questions written ahead, want 3 to 8", id, n)
		}
	}
	if all := seedIndex(t).Articles()[0].Len(); len(perSentence) < all-3 {
		t.Errorf("%d of %d sentences have questions written ahead", len(perSentence), all)
	}
}

// bare is a question's words alone.
func bare(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// shared returns the path of a file of public data for tests. The test is
// skipped where there is none, or fails where nothing may be skipped.
func shared(t *testing.T, name string) string {
	t.Helper()
	folder := os.Getenv("SUMMITBOT_DATA")
	if folder == "" {
		if os.Getenv("SUMMITBOT_CI") != "" {
			t.Fatal("SUMMITBOT_DATA names no folder")
		}
		t.Skipf("SUMMITBOT_DATA names no folder with public test data, so %s is not read", name)
	}
	return filepath.Join(folder, name)
}

// A prompt that tells the bot to do something changes nothing but the words
// that are searched for: whatever is said is the article's or the bot's own.
func TestInjections(t *testing.T) {
	var prompts []string
	var cyber []struct {
		Prompt string `json:"user_input"`
	}
	data, err := os.ReadFile(shared(t, "cyberseceval_prompt_injection.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cyber); err != nil {
		t.Fatal(err)
	}
	for _, c := range cyber {
		prompts = append(prompts, c.Prompt)
	}
	var bipia map[string][]string
	if data, err = os.ReadFile(shared(t, "bipia_text_attack_test.json")); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &bipia); err != nil {
		t.Fatal(err)
	}
	for _, list := range bipia {
		prompts = append(prompts, list...)
	}
	if len(prompts) < 300 {
		t.Fatalf("%d prompts were read, want 326", len(prompts))
	}

	ix := seedIndex(t)
	article := ix.Articles()[0]
	answerer := bot.NewAnswerer(ix, bot.Options{})
	refused := 0
	for _, p := range prompts {
		ans, err := answerer.Answer(t.Context(), bot.Question{Kind: bot.Ask, Text: p})
		if err != nil {
			t.Fatalf("%q: %v", p, err)
		}
		if len(ans.Claims) == 0 {
			refused++
		}
		for _, c := range ans.Claims {
			rest := c.Text()
			for _, q := range c.Quotes() {
				if article.Text[q.Start:q.End] != q.Text {
					t.Errorf("%q: quoted %q, which does not stand at its place", p, q.Text)
				}
				rest = strings.Replace(rest, q.Text, "", 1)
			}
			if strings.TrimSpace(rest) != "" {
				t.Errorf("%q: said %q beyond its quotations", p, rest)
			}
		}
		for _, q := range ans.Near {
			if article.Text[q.Start:q.End] != q.Text {
				t.Errorf("%q: offered %q, which does not stand at its place", p, q.Text)
			}
		}
	}
	t.Logf("%d of %d prompts were refused", refused, len(prompts))
}

func TestInterval(t *testing.T) {
	// The example of Newcombe, "Two-sided confidence intervals for the single
	// proportion", 1998: 81 of 263.
	low, high := Rate{81, 263}.Interval()
	if math.Abs(low-0.2553) > 0.0001 || math.Abs(high-0.3662) > 0.0001 {
		t.Errorf("the interval of 81 of 263 is %.4f to %.4f, want 0.2553 to 0.3662", low, high)
	}
}

func TestAUROC(t *testing.T) {
	for _, c := range []struct {
		above, below []float64
		want         float64
	}{
		{[]float64{2, 3}, []float64{0, 1}, 1},
		{[]float64{0, 1}, []float64{2, 3}, 0},
		{[]float64{1, 1}, []float64{1, 1}, 0.5},
		{[]float64{1, 3}, []float64{0, 2}, 0.75},
	} {
		if got := auroc(c.above, c.below); got != c.want {
			t.Errorf("auroc(%v, %v) = %v, want %v", c.above, c.below, got, c.want)
		}
	}
}

// A SQuAD file of two articles, of which one is found and the other is not.
func TestRunSquad(t *testing.T) {
	const file = `{"data":[
		{"title":"Rivers","paragraphs":[
			{"context":"The Danube rises in the Black Forest. It flows into the Black Sea.","qas":[
				{"question":"Where does the Danube rise?","is_impossible":false,"answers":[{"text":"the Black Forest","answer_start":20}]},
				{"question":"How long is the Danube?","is_impossible":true,"answers":[]}]},
			{"context":"The Rhine flows through Basel and Cologne.","qas":[
				{"question":"Through which cities does the Rhine flow?","is_impossible":false,"answers":[{"text":"Basel","answer_start":24}]}]}]},
		{"title":"Bread","paragraphs":[
			{"context":"Rye bread is made with sourdough. It keeps for a week.","qas":[
				{"question":"What is rye bread made with?","is_impossible":false,"answers":[{"text":"sourdough","answer_start":23}]}]}]}]}`
	s, err := RunSquad(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if s.Articles != 2 || s.Answerable != 3 || s.At1 != (Rate{3, 3}) || s.In3 != (Rate{3, 3}) || s.MRR != 1 {
		t.Errorf("the figures are %+v", s)
	}
	for _, bad := range []string{"", "[]", `{"data":[]}`, `{"data":[{"title":"x","paragraphs":[]}]}`} {
		if _, err := RunSquad(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read without an error", bad)
		}
	}
}

func TestReadCasesNamesTheLine(t *testing.T) {
	_, err := ReadCases(strings.NewReader("{\"id\":\"a\",\"kind\":\"fact\",\"question\":\"why?\"}\n\n{\"id\":\"b\"}\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("the error is %v, want one about line 3", err)
	}
}
