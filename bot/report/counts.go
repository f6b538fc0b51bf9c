package report

import (
	"cmp"
	"slices"

	"summitbot/bot"
)

// A Count is how often something happened.
type Count struct {
	// Name is the value itself, such as "not_in_article"; Label is how it is
	// told to people.
	Name  string `json:"name"`
	Label string `json:"label"`
	N     int    `json:"n"`
}

// A named value and how it is told.
type named struct{ name, label string }

// What is counted, in the order in which it is told. The empty name stands
// for what was not recorded.
var (
	verdicts = []named{
		{string(bot.Answered), "answered"},
		{string(bot.Partly), "partly answered"},
		{string(bot.PremiseCorrected), "premise corrected"},
		{string(bot.NotInArticle), "not in the article"},
		{string(bot.OutOfScope), "about something else"},
		{"", "not recorded"},
	}
	modes = []named{
		{string(bot.FromModel), "a model's words, judged"},
		{string(bot.Quotes), "the article's own words"},
		{"", "not recorded"},
	}
	fallbacks = []named{
		{string(bot.NoFallback), "as meant"},
		{string(bot.NoModelReply), "the model gave no reply"},
		{string(bot.NothingLeft), "nothing it wrote was upheld"},
		{string(bot.NotJudged), "what it cited was quoted, its words not upheld"},
		{string(bot.CutOff), "its reply ended too soon"},
		{string(bot.BudgetSpent), "the day's tokens were spent"},
	}
	kinds = []named{
		{string(bot.Ask), "questions in own words"},
		{string(bot.Takeaways), "/takeaways"},
		{string(bot.Risks), "/risks"},
		{"", "not recorded"},
	}
)

// count counts verdicts, modes, fallbacks and kinds, and where they came from.
func (r *Report) count(rows []*Row) {
	servers := map[string]bool{}
	for _, row := range rows {
		r.Verdicts = add(r.Verdicts, verdicts, string(row.Verdict))
		r.Modes = add(r.Modes, modes, string(row.Mode))
		r.Fallbacks = add(r.Fallbacks, fallbacks, string(row.Fallback))
		r.Kinds = add(r.Kinds, kinds, string(row.Kind))
		if row.Server == "" {
			r.Direct++
		} else {
			servers[row.Server] = true
		}
	}
	r.Servers = len(servers)
	for list, order := range map[*[]Count][]named{&r.Verdicts: verdicts, &r.Modes: modes, &r.Fallbacks: fallbacks, &r.Kinds: kinds} {
		inOrder(*list, order)
	}
}

// other stands for values that the report does not know.
const other = "other"

// add counts one value.
func add(counts []Count, of []named, name string) []Count {
	label := other
	if at := position(of, name); at < len(of) {
		label = of[at].label
	} else {
		name = other
	}
	i := slices.IndexFunc(counts, func(c Count) bool { return c.Name == name })
	if i < 0 {
		i, counts = len(counts), append(counts, Count{Name: name, Label: label})
	}
	counts[i].N++
	return counts
}

// inOrder sorts counts in the order of their values, unknown ones last.
func inOrder(counts []Count, of []named) {
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(cmp.Compare(position(of, a.Name), position(of, b.Name)), cmp.Compare(a.Name, b.Name))
	})
}

// position is where a name stands in a list; its length when it does not.
func position(of []named, name string) int {
	if i := slices.IndexFunc(of, func(v named) bool { return v.name == name }); i >= 0 {
		return i
	}
	return len(of)
}

// of returns how often a value was counted.
func of[T ~string](counts []Count, names ...T) (n int) {
	for _, c := range counts {
		if slices.Contains(names, T(c.Name)) {
			n += c.N
		}
	}
	return n
}
