package retrieval

import (
	"os"
	"strings"
	"testing"
)

// leastAgreed is how many of the labelled sentences must get their label.
const leastAgreed = 55

// A heard sentence has the voice that a reader hears in it.
type heard struct {
	voice    Voice
	sentence string
}

// readVoices reads the hand-labelled sentences.
func readVoices(t testing.TB) []heard {
	t.Helper()
	text, err := os.ReadFile("testdata/voices.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []heard
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		voice, sentence, ok := strings.Cut(line, "\t")
		switch Voice(voice) {
		case Stated, Attributed, Analysis, Forecast:
		default:
			ok = false
		}
		if !ok || sentence == "" {
			t.Fatalf("not a voice, a tab and a sentence: %q", line)
		}
		all = append(all, heard{Voice(voice), sentence})
	}
	return all
}

func TestVoicesAgreeWithReader(t *testing.T) {
	a, err := Parse("alaska-summit", readSeed(t))
	if err != nil {
		t.Fatal(err)
	}
	inSeed := map[string]bool{}
	for i := range a.Len() {
		inSeed[a.At(i).Text()] = true
	}
	all := readVoices(t)
	agreed, ofSeed := 0, 0
	for _, h := range all {
		if inSeed[h.sentence] {
			ofSeed++
		}
		if got := voiceOf(h.sentence); got == h.voice {
			agreed++
		} else {
			t.Logf("%s, a reader says %s: %s", got, h.voice, h.sentence)
		}
	}
	if len(all) != 60 || ofSeed != 40 {
		t.Errorf("%d labelled sentences, %d of the seed; want 60 and 40", len(all), ofSeed)
	}
	t.Logf("%d of %d agree", agreed, len(all))
	if agreed < leastAgreed {
		t.Errorf("%d of %d agree, want at least %d", agreed, len(all), leastAgreed)
	}
}

func TestHolder(t *testing.T) {
	for _, c := range []struct{ sentence, want string }{
		{"Putin has long advocated for a new order.", "Putin"},
		{"The Kremlin regards the offer as a trap.", "Kremlin"},
		{"From the Kremlin’s perspective, the treaty is void.", "Kremlin"},
		{"In the Bank of England’s view, rates are high enough.", "Bank of England"},
		{"Trump, known for his tone, sees this summit as a breakthrough.", "Trump"},
		{"Putin's plan is to keep the land.", "Putin"},
		{"The team’s aims are many, above all to end what it sees as neglect.", ""},
		{"Norway’s aims are many, above all to end what it sees as neglect.", "Norway"},
		{"In Berlin, Chancellor Merz said the plan was dead.", "Chancellor Merz"},
		{"On Thursday the ECB announced a pause.", "ECB"},
		{"“The accord is finished,” Duarte told reporters.", "Duarte"},
		{"Putin and Trump believe the deadline is too short.", "Putin and Trump"},
		{"Critics say the law goes too far.", "Critics"},
		// Nobody is named, or somebody else than who holds the view.
		{"Senior officials said the talks had stalled.", ""},
		{"According to Moscow, the treaty is void.", ""},
		{"He sees the summit as a chance.", ""},
		{"Russia is losing, he said.", ""},
		{"Trump, some say, is bluffing.", ""},
		{"Putin’s spokesman said the war was over.", ""},
		{"Putin met Trump, who believes that the war is lost.", ""},
		{"Key objectives for Putin include a treaty.", ""},
		{"Russia is seen as a threat by its neighbours.", ""},
	} {
		p := onlySentence(t, c.sentence)
		if p.Sentence.Voice != Attributed {
			t.Errorf("%s: %s, want attributed", c.sentence, p.Sentence.Voice)
		}
		if got := p.Holder(); got != c.want {
			t.Errorf("%s: held by %q, want %q", c.sentence, got, c.want)
		}
	}
}

func TestHolderOfOtherVoices(t *testing.T) {
	for sentence, want := range map[string]Voice{
		"Putin may believe that the offer stands.": Forecast,
		"Putin met Trump in Helsinki in 2018.":     Stated,
		"For Putin, the vote is crucial.":          Analysis,
	} {
		p := onlySentence(t, sentence)
		if got := p.Holder(); got != "" || p.Sentence.Voice != want {
			t.Errorf("%s: %s, held by %q, want %s, held by nobody", sentence, p.Sentence.Voice, got, want)
		}
	}
}

func TestHolderBehindLead(t *testing.T) {
	const bullet = "- Restoring Russia’s Standing: Putin views Russia as a great power."
	if got := onlySentence(t, bullet).Holder(); got != "Putin" {
		t.Errorf("held by %q, want Putin", got)
	}
	const nobody = "- Restoring Russia’s Standing: he views the country as a great power."
	if got := onlySentence(t, nobody).Holder(); got != "" {
		t.Errorf("held by %q, want nobody", got)
	}
}

// onlySentence is the place of the one sentence of an article of its own.
func onlySentence(t *testing.T, line string) Place {
	t.Helper()
	a, err := Parse("one", "A Title\n\n"+line+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if a.Len() != 1 {
		t.Fatalf("%d sentences in %q", a.Len(), line)
	}
	return a.At(0)
}

// FuzzVoice holds that every text has a voice and that a holder is a piece of
// its sentence.
func FuzzVoice(f *testing.F) {
	f.Add("From the Kremlin’s perspective, what it views as")
	f.Add("’s view as Putin’ according to, may")
	f.Add("İstanbul’s aim: “Å” said X.")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		for i := range a.Len() {
			p := a.At(i)
			if p.Sentence.Voice == "" || !strings.Contains(p.Text(), p.Holder()) {
				t.Fatalf("%q: voice %q, held by %q", p.Text(), p.Sentence.Voice, p.Holder())
			}
		}
	})
}

func BenchmarkParseSeed(b *testing.B) {
	text := readSeed(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Parse("alaska-summit", text); err != nil {
			b.Fatal(err)
		}
	}
}
