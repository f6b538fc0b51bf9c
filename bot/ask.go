package bot

import (
	"slices"
	"strings"

	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// ask answers a question in a member's own words: what kind of message it is
// decides how.
func (a *Answerer) ask(ans *Answer) {
	q := ans.Question
	if !retrieval.HasWords(q.Text) {
		ans.Kind = retrieval.Chat
		a.refuse(ans, OutOfScope, Refusal{Reason: Empty})
		return
	}
	u := a.index.Understand(retrieval.Request{Text: q.Text, History: q.History, Without: q.Without}, searched)
	ans.resolved = u.Text
	a.answer(ans, u)
}

// answer answers a question that was understood.
func (a *Answerer) answer(ans *Answer, u retrieval.Understanding) {
	ans.Kind, ans.Hits = u.Kind, u.Hits
	switch u.Kind {
	case retrieval.Answerable:
		ans.Verdict = Answered
		for _, h := range u.Quoted() {
			a.claimAt(ans, h.Place)
		}
	case retrieval.Several:
		if len(u.Parts) > 0 {
			a.answerParts(ans, u)
			return
		}
		ans.Verdict = Answered
		for _, h := range u.Quoted() {
			a.claimAt(ans, h.Place)
		}
	case retrieval.FalsePremise:
		ans.Verdict = PremiseCorrected
		for _, h := range u.Quoted() {
			a.claimAt(ans, h.Place)
		}
	case retrieval.Open:
		r := Refusal{Reason: NoEvidence}
		if u.Gap != nil {
			r = Refusal{Reason: Lacks, Lacking: u.Gap.Lacks[retrieval.Languages[0]], Gap: u.Gap}
		}
		a.refuse(ans, NotInArticle, r)
	case retrieval.OffTopic, retrieval.Injection:
		a.refuse(ans, OutOfScope, Refusal{Reason: OffTopic})
	case retrieval.Risks:
		if a.risks(ans, Everybody) == nil {
			a.first(ans, u.Count)
		}
	case retrieval.TitleAsked:
		ans.Verdict = Answered
		a.claimHeads(ans, TitleID)
	case retrieval.AboutIt:
		ans.Verdict = Answered
		a.claimHeads(ans, TitleID, SubtitleID)
	case retrieval.Outline:
		ans.Verdict, ans.List = Answered, true
		a.claimHeads(ans, headingID)
	case retrieval.Simpler, retrieval.Shorter:
		a.again(ans, u)
	default:
		if section, ok := sectionsOf[u.Kind]; ok {
			a.sectionsAsked(ans, u, section)
			return
		}
		a.reply(ans, u.Kind)
	}
}

// reply answers with words of the bot's own.
func (a *Answerer) reply(ans *Answer, kind retrieval.Kind) {
	ans.Verdict, ans.Reply = OutOfScope, replies[kind]
	if kind == retrieval.SourceAsked {
		ans.Verdict = NotInArticle
	}
	ans.Next = a.index.First(proof.Language(ans.Question.Text), offered)
}

// replies are the bot's own words by what they reply to.
var replies = map[retrieval.Kind]Reply{
	retrieval.Thanks: ReplyThanks, retrieval.Help: ReplyHelp, retrieval.Language: ReplyLanguage,
	retrieval.Chat: ReplyChat, retrieval.SourceAsked: ReplySource,
	retrieval.Simpler: ReplyRetell, retrieval.Shorter: ReplyRetell,
}

// claimAt adds a sentence to the answer, together with the one before it if it
// cannot be understood without.
func (a *Answerer) claimAt(ans *Answer, at retrieval.Place) {
	run := []retrieval.Place{at}
	for before, ok := a.index.LeansOn(run[0]); ok; before, ok = a.index.LeansOn(run[0]) {
		run = slices.Insert(run, 0, before)
	}
	var evidence []Evidence
	for _, at := range run {
		if !quotes(ans, at) {
			evidence = append(evidence, whole(at))
		}
	}
	if len(evidence) > 0 {
		a.claim(ans, Everybody, evidence...)
	}
}

// answerParts answers each of several questions in one message, in order.
func (a *Answerer) answerParts(ans *Answer, u retrieval.Understanding) {
	verdict := Verdict("")
	var refusal *Refusal
	for _, part := range u.Parts {
		one := Answer{Question: ans.Question, Mode: ans.Mode}
		a.answer(&one, part)
		if len(one.Claims) == 0 {
			if refusal == nil {
				refusal = one.Refusal
			}
			continue
		}
		if verdict == "" || verdict == one.Verdict {
			verdict = one.Verdict
		} else {
			verdict = Answered
		}
		for _, c := range one.Claims {
			if !slices.ContainsFunc(ans.Claims, func(have Claim) bool { return have.Text() == c.Text() }) {
				ans.Claims = append(ans.Claims, c)
			}
		}
	}
	switch {
	case len(ans.Claims) == 0 && refusal != nil:
		a.refuse(ans, NotInArticle, *refusal)
	case refusal != nil:
		ans.Verdict = Partly
	default:
		ans.Verdict = verdict
	}
}

// again tells the last answer again, in the article's own words: the first
// sentence of it alone, if it was to be shorter. A model tells it in others.
// Where nothing was said, it is the article that is to be told in short.
func (a *Answerer) again(ans *Answer, u retrieval.Understanding) {
	history := ans.Question.History
	if len(history) == 0 && a.list(ans, 0, takeaways) {
		return
	}
	if len(history) == 0 {
		a.reply(ans, u.Kind)
		return
	}
	last := Answer{Question: ans.Question, Mode: ans.Mode}
	last.Question.Text, last.Question.History = history[len(history)-1], history[:len(history)-1]
	a.ask(&last)
	if len(last.Claims) == 0 || last.Kind == retrieval.Simpler || last.Kind == retrieval.Shorter {
		a.reply(ans, u.Kind)
		return
	}
	ans.Verdict, ans.Claims, ans.List, ans.Heading, ans.Hits = last.Verdict, last.Claims, last.List, last.Heading, last.Hits
	if u.Kind == retrieval.Shorter && !ans.List {
		ans.Claims = ans.Claims[:1]
	}
}

// The ids of what an article has beside sentences, in evidence and quotations.
const (
	TitleID    = "title"
	SubtitleID = "subtitle"
	headingID  = "h" // with the heading's number behind it
)

// claimHeads adds the articles' titles, subtitles or headings to the answer.
func (a *Answerer) claimHeads(ans *Answer, ids ...string) {
	for _, art := range a.articles {
		for _, head := range art.Heads() {
			if slices.Contains(ids, head.ID) || slices.Contains(ids, headingID) && strings.HasPrefix(head.ID, headingID) {
				a.claim(ans, Everybody, Evidence{Article: art.Slug, Sentence: head.ID})
			}
		}
	}
}

// sectionsAsked answers with whole parts, or with the sentences that bear on the
// question where the articles have no such part.
func (a *Answerer) sectionsAsked(ans *Answer, u retrieval.Understanding, parts []part) {
	if !a.list(ans, u.Count, parts...) {
		u.Kind = retrieval.Answerable
		a.answer(ans, u)
	}
}
