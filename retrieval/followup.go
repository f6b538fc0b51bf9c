package retrieval

import (
	"math"
	"unicode/utf8"
)

// FollowUpSignals are what FollowUpWeights weigh.
type FollowUpSignals struct{ Exemplars, Alone, Joined, Length float64 }

// odds are the log odds that the message needs what was asked before.
func (w FollowUpWeights) odds(s FollowUpSignals) float64 {
	return w.Exemplars*s.Exemplars + w.Alone*s.Alone + w.Joined*s.Joined + w.Length*s.Length + w.Bias
}

// deepestHistory is how many earlier messages are looked back at.
const deepestHistory = 4

// resolve compares a message with everything, together with what was asked
// before it if it cannot stand alone. It returns the words that were looked
// for.
func (ix *Index) resolve(req Request) (*look, string) {
	history := req.History[max(0, len(req.History)-deepestHistory):]
	if len(history) == 0 {
		return ix.lookAt(req.Text, req.Without), req.Text
	}
	before := Request{Text: history[len(history)-1], History: history[:len(history)-1], Without: req.Without}
	_, context := ix.resolve(before)
	alone := ix.lookAt(req.Text, req.Without)
	together := Joined(context, req.Text)
	joined := ix.lookAt(together, req.Without)
	if ix.meaning.Load() == nil || ix.learned.FollowUp.odds(ix.followUpSignals(alone, joined)) < 0 {
		return alone, req.Text
	}
	return ix.mix(alone, joined, float32(ix.learned.FollowUp.Mixed)), together
}

// followUpSignals are the signals of a message and of the same together with
// what was asked before.
func (ix *Index) followUpSignals(alone, joined *look) FollowUpSignals {
	s := FollowUpSignals{
		Alone: ix.nearest(alone), Joined: ix.nearest(joined),
		Length: math.Log(1 + float64(utf8.RuneCountInString(alone.text))),
	}
	m := ix.meaning.Load()
	needs, stands := float64(nothing), float64(nothing)
	for i, own := range m.own {
		near := ix.affinity(alone.own[i])
		if c, ok := own.kinds[NeedsHistory]; ok {
			needs = add(needs, float64(near[c]))
		}
		if c, ok := own.kinds[StandsAlone]; ok {
			stands = add(stands, float64(near[c]))
		}
	}
	s.Exemplars = needs - stands
	return s
}

// nearest is how near the nearest kind is.
func (ix *Index) nearest(l *look) float64 {
	most := float64(nothing)
	for _, n := range ix.nearness(l) {
		most = max(most, n.Top)
	}
	return most
}

// mix joins two looks, the first with the given share.
func (ix *Index) mix(x, y *look, share float32) *look {
	mean := func(a, b []float32) []float32 {
		if a == nil || b == nil {
			return nil
		}
		out := make([]float32, len(a))
		for i := range a {
			out[i] = float32(share*a[i]) + float32((1-share)*b[i])
		}
		return out
	}
	both := func(a, b affinities) affinities {
		return affinities{mean(a.meaning, b.meaning), mean(a.letters, b.letters)}
	}
	out := &look{text: y.text, general: both(x.general, y.general), features: make([]FeatureVector, len(x.features))}
	for i := range x.own {
		out.own = append(out.own, both(x.own[i], y.own[i]))
	}
	for i := range out.features {
		for f := range Features {
			out.features[i][f] = float32(share*x.features[i][f]) + float32((1-share)*y.features[i][f])
		}
	}
	return out
}
