package bot

import (
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"summitbot/bot/llm"
	"summitbot/bot/llm/llmtest"
	"summitbot/retrieval"
)

// Where the article does not fit into a prompt, passages that share no word
// with the question are found by their meaning; their vectors are paid once.
func TestMeanings(t *testing.T) {
	const text = "The Talks\nThe Ships\nVessels waited in the bay. It was cold.\nThe Cost\nEverything was dear.\nThe Town\nPeople slept in tents. They sang.\n"
	var asked atomic.Int32
	srv := llmtest.New(t, reply("not_in_article"))
	srv.Embed = func(text string) []float32 {
		asked.Add(1)
		if strings.Contains(text, "dear") || strings.Contains(text, "pay") {
			return []float32{0, 3}
		}
		return []float32{2, 0}
	}
	folder := filepath.Join(t.TempDir(), "data")
	answer := func(url string) *Answerer {
		client, err := llm.New(llm.Config{BaseURL: url + "/v1", Model: "scripted"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		return NewAnswerer(retrieval.NewIndex([]*retrieval.Article{parse(t, "talks", text)}, retrieval.Options{}), Options{
			Model: wired{client}, Embedder: llm.Embedder{Client: client, Model: "e"}, Embedding: "e", ContextTokens: 12,
		})
	}
	for i, want := range []int32{4, 1} { // three passages and the question; the question
		asked.Store(0)
		a := answer(srv.URL)
		if err := a.Prepare(t.Context(), folder); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Answer(t.Context(), Question{Kind: Ask, Text: "what did the ships have to pay?"}); err != nil {
			t.Fatal(err)
		}
		if n := asked.Load(); n != want {
			t.Errorf("run %d: %d texts were embedded, want %d", i+1, n, want)
		}
		shown := srv.Requests()[i].Messages[0].Content
		if !strings.Contains(shown, "Everything was dear.") || strings.Contains(shown, "People slept") {
			t.Errorf("the prompt shows %s", shown[strings.Index(shown, "The passages\n"):])
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.gob"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the vectors are in %v, %v", files, err)
	}
	if err := os.WriteFile(files[0], []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := answer(srv.URL).Prepare(t.Context(), folder); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("a broken file gives %v", err)
	}
	if err := answer("http://127.0.0.1:1").Prepare(t.Context(), t.TempDir()); err == nil {
		t.Error("a server that is down gives no error")
	}
}
