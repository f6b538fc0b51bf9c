// Package proof decides what may be said about an article. A [Claim] is what may
// be said, and only this package makes one:
//
//   - of whole sentences of the article, word for word ([Gate.Quote]). Code
//     guarantees it: a quotation is the article's bytes at known offsets.
//   - of a [Statement] in other words, with the ids of the whole sentences that it
//     rests on, when two have let it pass. Code vetoes what is exact
//     ([Gate.Examine]): a sentence that there is not, a number, date or percentage
//     that its sentences do not hold, a name of names.csv that neither they nor
//     their heading nor what they lean on hold, a link, mention, mark-up or
//     character that cannot be seen, another language than the article's or the
//     question's, more than three times the evidence's length. All else is what the
//     statement means, and that a [Judge] decides, who is shown the statement and
//     those sentences and nothing else ([Examined.Upheld]).
//
// A statement that is its sentences but for case, punctuation and spaces is a
// quotation, and needs no judge.
//
// The judge is judged first ([Judge.Try]): of 72 pairs in six languages, 48 of
// them wrong by one twist each, it may uphold two wrong ones and refuse two honest
// ones. One that does worse is not used. What it does not say, says twice, too late
// or in another form is unjudged, and upholds nothing.
//
// What neither guarantees: that a judge that passed is never wrong. It can uphold
// a twist that it does not see, in words that the veto lets pass; the sentences
// stand with the statement, for readers to compare. And neither says that what is
// quoted answers the question.
package proof
