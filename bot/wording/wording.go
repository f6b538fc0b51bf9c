// Package wording has the bot's own words in six languages, and tells answers in them.
package wording

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"summitbot/bot"
	"summitbot/bot/proof"
	"summitbot/retrieval"
)

// Words is all that the bot says in its own words, in one language. Each
// field is one text of wording/<language>.json, where the same key has the
// same verbs of fmt in every language. What an article says is never
// translated.
type Words struct {
	Language string `json:"-"` // its code, "en"

	AskName              string `json:"ask_name"`
	AskDescription       string `json:"ask_description"`
	QuestionName         string `json:"question_name"`
	QuestionDescription  string `json:"question_description"`
	ShowName             string `json:"show_name"`
	ShowDescription      string `json:"show_description"`
	Everyone             string `json:"everyone"`
	OnlyMe               string `json:"only_me"`
	TakeawaysName        string `json:"takeaways_name"`
	TakeawaysDescription string `json:"takeaways_description"`
	CountName            string `json:"count_name"`
	CountDescription     string `json:"count_description"`
	RisksName            string `json:"risks_name"`
	RisksDescription     string `json:"risks_description"`
	ForName              string `json:"for_name"`
	ForDescription       string `json:"for_description"`
	StyleName            string `json:"style_name"`
	StyleDescription     string `json:"style_description"`
	Brief                string `json:"brief"`
	Plain                string `json:"plain"`
	Debate               string `json:"debate"`
	OutlineName          string `json:"outline_name"`
	OutlineDescription   string `json:"outline_description"`
	PassageName          string `json:"passage_name"`
	PassageDescription   string `json:"passage_description"`
	PlaceName            string `json:"place_name"`
	PlaceDescription     string `json:"place_description"`
	SourcesName          string `json:"sources_name"`
	SourcesDescription   string `json:"sources_description"`
	HelpName             string `json:"help_name"`
	HelpDescription      string `json:"help_description"`
	PrivacyName          string `json:"privacy_name"`
	PrivacyDescription   string `json:"privacy_description"`
	ForgetName           string `json:"forget_name"`
	ForgetDescription    string `json:"forget_description"`
	ReportName           string `json:"report_name"`
	ReportDescription    string `json:"report_description"`
	DaysName             string `json:"days_name"`
	DaysDescription      string `json:"days_description"`
	ReportMap            string `json:"report_map"`
	ReportDenied         string `json:"report_denied"`
	MenuAsk              string `json:"menu_ask"`
	MenuCheck            string `json:"menu_check"`

	Help            string `json:"help"`
	Privacy         string `json:"privacy"`
	PrivacyShort    string `json:"privacy_short"`
	PrivacyMentions string `json:"privacy_mentions"`
	PrivacyContent  string `json:"privacy_content"`
	PrivacyModel    string `json:"privacy_model"`
	PrivacyJudge    string `json:"privacy_judge"`
	JudgeOff        string `json:"judge_off"`
	JudgeTried      string `json:"judge_tried"`
	JudgeRefused    string `json:"judge_refused"`
	PrivacyForget   string `json:"privacy_forget"`
	Forgotten       string `json:"forgotten"`
	Looking         string `json:"looking"`
	Writing         string `json:"writing"`
	Failed          string `json:"failed"`
	Stopped         string `json:"stopped"`
	Stop            string `json:"stop"`
	StopDone        string `json:"stop_done"`
	StopLate        string `json:"stop_late"`
	StopDenied      string `json:"stop_denied"`
	StoppedHere     string `json:"stopped_here"`
	StoppedEmpty    string `json:"stopped_empty"`
	GaveUp          string `json:"gave_up"`
	ForAsker        string `json:"for_asker"`
	Ahead           string `json:"ahead"`
	Busy            string `json:"busy"`
	TooFast         string `json:"too_fast"`
	UnknownCommand  string `json:"unknown_command"`
	Stale           string `json:"stale"`
	Incomplete      string `json:"incomplete"`
	Edited          string `json:"edited"`
	NoPost          string `json:"no_post"`
	NoPostLocked    string `json:"no_post_locked"`
	MayView         string `json:"may_view"`
	MaySend         string `json:"may_send"`
	MaySendThreads  string `json:"may_send_threads"`
	MayReadHistory  string `json:"may_read_history"`
	NoText          string `json:"no_text"`
	ByRole          string `json:"by_role"`

	Helpful        string `json:"helpful"`
	NotHelpful     string `json:"not_helpful"`
	InThread       string `json:"in_thread"`
	Shorter        string `json:"shorter"`
	PlainWords     string `json:"plain_words"`
	QuotesOnly     string `json:"quotes_only"`
	ShowPassage    string `json:"show_passage"`
	PassageSelect  string `json:"passage_select"`
	Previous       string `json:"previous"`
	Next           string `json:"next"`
	AskAgain       string `json:"ask_again"`
	AskNext        string `json:"ask_next"`
	Page           string `json:"page"`
	Thanks         string `json:"thanks"`
	ThreadOpened   string `json:"thread_opened"`
	ThreadThere    string `json:"thread_there"`
	ThreadDenied   string `json:"thread_denied"`
	ThreadHello    string `json:"thread_hello"`
	ThreadHelloAll string `json:"thread_hello_all"`

	DownTitle       string `json:"down_title"`
	DownReason      string `json:"down_reason"`
	DownWrong       string `json:"down_wrong"`
	DownUnsupported string `json:"down_unsupported"`
	DownMissing     string `json:"down_missing"`
	DownOther       string `json:"down_other"`
	DownWords       string `json:"down_words"`
	AskTitle        string `json:"ask_title"`
	AskLabel        string `json:"ask_label"`

	RisksHeading     string `json:"risks_heading"`
	TakeawaysHeading string `json:"takeaways_heading"`
	Ukraine          string `json:"ukraine"`
	West             string `json:"west"`
	Trump            string `json:"trump"`
	Russia           string `json:"russia"`
	World            string `json:"world"`
	ReplyThanks      string `json:"reply_thanks"`
	ReplyHelp        string `json:"reply_help"`
	ReplyLanguage    string `json:"reply_language"`
	ReplyChat        string `json:"reply_chat"`
	ReplySource      string `json:"reply_source"`
	ReplyRetell      string `json:"reply_retell"`
	Forecast         string `json:"forecast"`
	Partly           string `json:"partly"`
	Corrected        string `json:"corrected"`
	BadgeSeveral     string `json:"badge_several"`
	BadgeOne         string `json:"badge_one"`
	JudgedSeveral    string `json:"judged_several"`
	JudgedOne        string `json:"judged_one"`
	BadgeExpectation string `json:"badge_expectation"`
	BadgeNotFound    string `json:"badge_not_found"`
	BadgeHeads       string `json:"badge_heads"`
	Quoted           string `json:"quoted"`
	Rewritten        string `json:"rewritten"`
	AsOfWriting      string `json:"as_of_writing"`
	OffTopic         string `json:"off_topic"`
	Lacks            string `json:"lacks"`
	NoEvidence       string `json:"no_evidence"`
	Empty            string `json:"empty"`
	Nearest          string `json:"nearest"`
	CouldAsk         string `json:"could_ask"`
	Introduction     string `json:"introduction"`
	TitlePlace       string `json:"title_place"`
	SubtitlePlace    string `json:"subtitle_place"`
	HeadingPlace     string `json:"heading_place"`
	HeadingsPlace    string `json:"headings_place"`
	Paragraph        string `json:"paragraph"`
	Point            string `json:"point"`
	Paragraphs       string `json:"paragraphs"`
	Points           string `json:"points"`
	HoldsParagraphs  string `json:"holds_paragraphs"`
	HoldsPoints      string `json:"holds_points"`
	Expects          string `json:"expects"`
	View             string `json:"view"`
	KremlinView      string `json:"kremlin_view"`
	HoldersView      string `json:"holders_view"`
	NoModelReply     string `json:"no_model_reply"`
	NothingLeft      string `json:"nothing_left"`
	BudgetSpent      string `json:"budget_spent"`
	NotJudged        string `json:"not_judged"`
	CutOff           string `json:"cut_off"`
	DirectYes        string `json:"direct_yes"`
	DirectNo         string `json:"direct_no"`
	DirectPartly     string `json:"direct_partly"`
	DirectDisputed   string `json:"direct_disputed"`
	DirectUnclear    string `json:"direct_unclear"`
	Missing          string `json:"missing"`
	Supported        string `json:"supported"`
	Contradicted     string `json:"contradicted"`
	NotSaid          string `json:"not_said"`
	Unjudged         string `json:"unjudged"`
	NothingToCheck   string `json:"nothing_to_check"`
	MoreToCheck      string `json:"more_to_check"`
	Claimed          string `json:"claimed"`
	OutlineHeading   string `json:"outline_heading"`
	SourcesHeading   string `json:"sources_heading"`
	SourceLine       string `json:"source_line"`
	NoPassage        string `json:"no_passage"`
}

//go:embed *.json
var wordingFiles embed.FS

// Languages are the codes of the languages that the bot speaks, English first.
var Languages = []string{"en", "de", "es", "fr", "ru", "uk"}

var wordings = readWordings()

// readWordings reads the embedded texts. They are part of the program, so
// that a fault in them is a fault of the program.
func readWordings() map[string]*Words {
	all := map[string]*Words{}
	for _, language := range Languages {
		data, err := wordingFiles.ReadFile(language + ".json")
		if err != nil {
			panic(err)
		}
		w := &Words{Language: language}
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(w); err != nil {
			panic(fmt.Errorf("bot/wording/%s.json: %w", language, err))
		}
		all[language] = w
	}
	return all
}

// For returns the words for a locale such as "de" or "es-419", English
// where there is none.
func For(locale string) *Words {
	language, _, _ := strings.Cut(locale, "-")
	if w := wordings[language]; w != nil {
		return w
	}
	return wordings["en"]
}

// ForText returns the words in the language that a text is written in, as
// far as its letters and small words tell.
func ForText(text string) *Words { return For(proof.Language(text)) }

// Lead is the first line of a refusal, what the article does not say, or of a
// correction. It is empty for an answer.
func (w *Words) Lead(a bot.Answer) string {
	switch {
	case a.Direct != bot.NoDirect:
		return w.Direct(a.Direct)
	case a.Verdict == bot.PremiseCorrected:
		return w.Corrected
	case a.Reply != bot.NoReply:
		return w.Reply(a.Reply)
	case a.Refusal == nil:
		return ""
	}
	switch a.Refusal.Reason {
	case bot.OffTopic:
		return w.OffTopic
	case bot.Lacks:
		return fmt.Sprintf(w.Lacks, w.lacking(*a.Refusal))
	case bot.Empty:
		return w.Empty
	}
	return w.NoEvidence
}

// Direct is a direct reply in words.
func (w *Words) Direct(d bot.Direct) string {
	return map[bot.Direct]string{bot.Yes: w.DirectYes, bot.No: w.DirectNo, bot.PartlySo: w.DirectPartly, bot.Disputed: w.DirectDisputed, bot.Unclear: w.DirectUnclear}[d]
}

// lacking is what the article lacks, in the wording's language where that is
// known.
func (w *Words) lacking(r bot.Refusal) string {
	if r.Gap != nil && r.Gap.Lacks[w.Language] != "" {
		return r.Gap.Lacks[w.Language]
	}
	return r.Lacking
}

// Reply is a reply in words.
func (w *Words) Reply(r bot.Reply) string {
	switch r {
	case bot.ReplyThanks:
		return w.ReplyThanks
	case bot.ReplyHelp:
		return w.ReplyHelp
	case bot.ReplyLanguage:
		return w.ReplyLanguage
	case bot.ReplyChat:
		return w.ReplyChat
	case bot.ReplySource:
		return w.ReplySource
	case bot.ReplyRetell:
		return w.ReplyRetell
	}
	return ""
}

// Evidence is an answer's badge in words, with how many passages prove it.
func (w *Words) Evidence(a bot.Answer) string {
	switch a.Badge {
	case bot.Expectation:
		return w.BadgeExpectation
	case bot.ProvenByOne, bot.ProvenBySeveral:
	default:
		return w.BadgeNotFound
	}
	one, several := w.BadgeOne, w.BadgeSeveral
	if a.Judged() { // code proves quotations alone
		one, several = w.JudgedOne, w.JudgedSeveral
	}
	switch n := passages(a.Claims); n {
	case 0:
		return w.BadgeHeads
	case 1:
		return one
	default:
		return fmt.Sprintf(several, n)
	}
}

// passages counts the passages that claims are quoted from; titles and headings
// are none.
func passages(claims []bot.Claim) int {
	all := map[[2]string]bool{}
	for _, c := range claims {
		for _, q := range c.Quotes() {
			if q.Passage != "" {
				all[[2]string{q.Article, q.Passage}] = true
			}
		}
	}
	return len(all)
}

// FallenBack says to a member why the answer is not the model's, or not all of
// it; it is empty for no fallback.
func (w *Words) FallenBack(f bot.Fallback) string {
	switch f {
	case bot.NoModelReply:
		return w.NoModelReply
	case bot.NothingLeft:
		return w.NothingLeft
	case bot.NotJudged:
		return w.NotJudged
	case bot.BudgetSpent:
		return w.BudgetSpent
	case bot.CutOff:
		return w.CutOff
	}
	return ""
}

// Group is the name of those whom a risk threatens; empty for everybody.
func (w *Words) Group(t bot.Threatened) string {
	switch t {
	case bot.Ukraine:
		return w.Ukraine
	case bot.West:
		return w.West
	case bot.Trump:
		return w.Trump
	case bot.Russia:
		return w.Russia
	case bot.World:
		return w.World
	}
	return ""
}

// Where says where a quotation stands: its section, and its paragraph or
// bullet there. What stands in no paragraph is a title or a heading.
func (w *Words) Where(q bot.Quote) string {
	switch {
	case q.Passage != "":
		return w.Section(q) + ", " + w.Spot(q)
	case q.Sentence == bot.TitleID:
		return w.TitlePlace
	case q.Sentence == bot.SubtitleID:
		return w.SubtitlePlace
	}
	return w.HeadingPlace
}

// Section is the heading that a quotation stands under.
func (w *Words) Section(q bot.Quote) string { return cmp.Or(q.Section, w.Introduction) }

// Spot is a quotation's paragraph or bullet in its section.
func (w *Words) Spot(q bot.Quote) string {
	spot := w.Paragraph
	if q.IsBullet {
		spot = w.Point
	}
	return fmt.Sprintf(spot, q.Number, q.Of)
}

// Said says in whose voice a claim speaks, as the words that stand before it, by
// what a reader noted; empty where the article says it in its own voice or
// nobody noted anything. An item of a list that is the article's own sentence
// has no such words where the sentence has its own.
func (w *Words) Said(c bot.Claim, inList bool) string {
	voice, holder := c.Told()
	switch {
	case inList && c.SaysSo():
		return ""
	case voice == retrieval.Forecast:
		return w.Expects
	case voice != retrieval.Attributed:
		return ""
	case holder == "":
		return w.View
	case holder == "the Kremlin":
		return w.KremlinView
	}
	return fmt.Sprintf(w.HoldersView, holder)
}

// Judge says why a model's words are not posted, empty where they are.
func (w *Words) Judge(s bot.JudgeState) string {
	switch {
	case s.Off:
		return w.JudgeOff
	case !s.Tried:
		return w.JudgeTried
	case !s.Trusted:
		return w.JudgeRefused
	}
	return ""
}

// Judged is a finding in words.
func (w *Words) Judged(f bot.Finding) string {
	switch f {
	case bot.Supported:
		return w.Supported
	case bot.Contradicted:
		return w.Contradicted
	case bot.NotSaid:
		return w.NotSaid
	}
	return w.Unjudged
}

// Heading is the line above a list; empty where it has none.
func (w *Words) Heading(a bot.Answer) string {
	switch {
	case !a.List:
		return ""
	case a.Heading != "":
		return a.Heading
	case a.Question.Kind == bot.Risks || a.Kind == retrieval.Risks:
		return w.RisksHeading
	case a.Question.Kind == bot.Takeaways:
		return w.TakeawaysHeading
	case a.Kind == retrieval.Outline:
		return w.OutlineHeading
	}
	return ""
}
