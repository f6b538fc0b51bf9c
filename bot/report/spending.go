package report

// An Amount is a labelled figure.
type Amount struct{ Label, Value string }

// spending tells the tokens and the cost.
func (r Report) spending() []Amount {
	t := r.Tokens
	out := []Amount{
		{"calls of the model", number(t.Calls)},
		{"tokens of prompts", number(t.Prompt)},
		{"of these, cached", number(t.Cached)},
		{"tokens of replies", number(t.Completion)},
	}
	if r.Cost != nil {
		out = append(out,
			Amount{"cost", r.Cost.String()},
			Amount{"cost by question to the model", Cost{Amount: r.Cost.Each, Currency: r.Cost.Currency}.String()})
	}
	return out
}
