package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"summitbot/bot"
	"summitbot/retrieval"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds got against the golden file of the given name.
func golden(t *testing.T, name string, got []byte, same func(got, want []byte) bool) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !same(got, want) {
		t.Errorf("%s is not what was made (-update writes it anew)", path)
	}
}

// smallArticle has what the seed article has not: a heading in other
// alphabets, a long section, and a second section of one paragraph.
func smallArticle(t testing.TB) *retrieval.Article {
	t.Helper()
	var text strings.Builder
	text.WriteString("# Small & <b>bold</b> Ünïcode: Привет\n\nIt begins here. It goes on.\n\n## A section of many\n\n")
	for range 9 {
		text.WriteString("One of many paragraphs, each with a sentence.\n\n")
	}
	text.WriteString("## Die kürzeste – a heading that is far too long to be written on one line of the picture, whatever happens\n\nThe last one.\n")
	a, err := retrieval.Parse("small", text.String())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// smallReport is a report about smallArticle.
func smallReport(t testing.TB) Report {
	t.Helper()
	a := smallArticle(t)
	var rows []Row
	for i := range 40 {
		n := (i*i + i/6) % a.Len()
		r := Row{ID: string(rune('A' + i)), At: to.Add(-time.Duration(i) * time.Hour), Kind: bot.Ask, Verdict: bot.Answered, Mode: bot.Quotes, Article: "small", Sentences: []string{a.At(n).Sentence.ID}}
		if i%9 == 0 {
			r.Votes.Down = 1 + i
		}
		rows = append(rows, r)
	}
	return New(rows, []*retrieval.Article{a}, Options{To: to})
}

// pageOf is a report's page.
func pageOf(t testing.TB, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pictureOf is a report's picture.
func pictureOf(t testing.TB, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.PNG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// samePixels says whether two pictures show the same.
func samePixels(a, b []byte) bool {
	x, err1 := png.Decode(bytes.NewReader(a))
	y, err2 := png.Decode(bytes.NewReader(b))
	if err1 != nil || err2 != nil || x.Bounds() != y.Bounds() {
		return false
	}
	for at := x.Bounds().Min; at.Y < x.Bounds().Max.Y; at.Y++ {
		for at.X = x.Bounds().Min.X; at.X < x.Bounds().Max.X; at.X++ {
			if !sameColour(x, y, at) {
				return false
			}
		}
	}
	return true
}

func sameColour(x, y image.Image, at image.Point) bool {
	r1, g1, b1, a1 := x.At(at.X, at.Y).RGBA()
	r2, g2, b2, a2 := y.At(at.X, at.Y).RGBA()
	return r1 == r2 && g1 == g2 && b1 == b2 && a1 == a2
}

// How reports look.
func TestGolden(t *testing.T) {
	t.Parallel()
	sample := sampleReport(t)
	empty := New(nil, seedArticles(t), Options{From: to.AddDate(0, 0, -7), To: to})
	votes := New([]Row{{ID: "1", At: to.Add(-time.Hour), Article: "alaska-summit", Sentences: []string{"s1"}, Votes: Votes{Down: 1, Reasons: []string{"wrong"}}}}, seedArticles(t), Options{To: to})
	golden(t, "sample.txt", []byte(sample.Text()), bytes.Equal)
	golden(t, "sample-short.txt", []byte(sample.Short()), bytes.Equal)
	golden(t, "sample.html", pageOf(t, sample), bytes.Equal)
	golden(t, "empty.txt", []byte(empty.Text()), bytes.Equal)
	golden(t, "empty-short.txt", []byte(empty.Short()), bytes.Equal)
	golden(t, "votes.txt", []byte(votes.Text()), bytes.Equal)
	// The pixels, since Go's releases may pack them differently.
	golden(t, "small.png", pictureOf(t, smallReport(t)), samePixels)
}

// Equal rows make equal bytes, whatever their order.
func TestOrderOfRowsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rows := slices.Concat(sampleRows(t, 300, 2), strangeRows(strange, seedArticles(t)[0]))
	made := func() [][]byte {
		r := New(rows, seedArticles(t), Options{To: to, Prices: prices})
		figures, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return [][]byte{figures, pageOf(t, r), []byte(r.Text()), []byte(r.Short()), pictureOf(t, r)}
	}
	want := made()
	shuffle := rand.New(rand.NewPCG(1, 2))
	for range 4 {
		shuffle.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for i, got := range made() {
			if !bytes.Equal(got, want[i]) {
				t.Fatalf("form %d of the report depends on the order of the rows", i)
			}
		}
	}
}

// Rows outside of the period are not told of, and every question is counted
// once in each table.
func TestPeriod(t *testing.T) {
	t.Parallel()
	rows := sampleRows(t, 400, 3)
	from := to.AddDate(0, 0, -5)
	want := 0
	for _, row := range rows {
		if !row.At.Before(from) && row.At.Before(to) {
			want++
		}
	}
	r := New(rows, seedArticles(t), Options{From: from, To: to})
	if r.Questions != want || want == 0 || want == len(rows) {
		t.Errorf("%d questions in the period, want %d", r.Questions, want)
	}
	for name, counts := range map[string][]Count{"verdicts": r.Verdicts, "modes": r.Modes, "fallbacks": r.Fallbacks, "kinds": r.Kinds} {
		n := 0
		for _, c := range counts {
			n += c.N
		}
		if n != want {
			t.Errorf("%s count %d questions of %d", name, n, want)
		}
	}
	n, themes := 0, 0
	for _, s := range r.Series.Steps {
		n += s.N
	}
	for _, g := range slices.Concat(r.Gaps.Groups, r.OffTopic.Groups) {
		themes += g.N
	}
	refused := of(r.Verdicts, bot.NotInArticle, bot.OutOfScope)
	if n != want || themes+r.ToBot != refused || themes != r.Gaps.N+r.OffTopic.N {
		t.Errorf("%d of %d questions in steps, %d and %d of %d refused ones in themes", n, want, themes, r.ToBot, refused)
	}
}

// The picture is as wide as it may be, and no article makes it endless.
func TestPictureIsBounded(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("# Long\n\n")
	for range 120 {
		text.WriteString("## A heading\n\n" + strings.Repeat("A paragraph of some words.\n\n", 30))
	}
	a, err := retrieval.Parse("long", text.String())
	if err != nil {
		t.Fatal(err)
	}
	r := New([]Row{{ID: "1", At: to.Add(-time.Hour), Article: "long", Sentences: []string{"s3500"}}}, []*retrieval.Article{a}, Options{To: to})
	in, left := r.Maps[0].fitting()
	if last := in[len(in)-1]; left < 50 || last.Number != 117 {
		t.Errorf("%d sections are left out, the last one drawn is %d", left, last.Number)
	}
	got, err := png.DecodeConfig(bytes.NewReader(pictureOf(t, r)))
	if err != nil || got.Width != 1600 || got.Height > tallest+800 {
		t.Errorf("the picture is %d × %d, %v", got.Width, got.Height, err)
	}
	if err := (Report{}).PNG(&bytes.Buffer{}); err == nil {
		t.Error("a report without an article has a picture")
	}
}

// Figures are JSON that others can read: no null where a list is meant.
func TestJSON(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]Report{"empty": New(nil, nil, Options{To: to}), "sample": sampleReport(t), "small": smallReport(t)} {
		got, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(got, []byte("null")) {
			t.Errorf("%s holds a null: %s", name, got)
		}
	}
}
