package bot

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// A tongue is a language that answers are written in. Quotations stay in the
// article's, which is English.
type tongue int

// The tongues.
const (
	english tongue = iota
	spanish
	german
	french
	ukrainian
	russian
	tongues
)

// cues are the words by which a language says something, as regular
// expressions. They are compared with a text in small letters. They are large,
// and compiled when their language is first met.
type cues [tongues]func() *regexp.Regexp

// in says whether the text, in the given language, has a cue.
func (c cues) in(t tongue, text string) bool { return c[t]().MatchString(text) }

// newCues makes cues of lists of whole words. A star stands for any letters.
func newCues(lists [tongues]string) (c cues) {
	for t, list := range lists {
		c[t] = sync.OnceValue(func() *regexp.Regexp {
			var all []string
			for w := range strings.SplitSeq(list, ",") {
				w = strings.TrimSpace(w)
				pattern := strings.ReplaceAll(regexp.QuoteMeta(w), `\*`, `\pL*`)
				all = append(all, pattern)
			}
			return regexp.MustCompile(`(?:^|[^\pL\pN])(?:` + strings.Join(all, "|") + `)(?:[^\pL\pN]|$)`)
		})
	}
	return c
}

var (
	// negates are words that turn a statement round.
	negates = newCues([tongues]string{
		english:   `not,never,no,nor,neither,none,nothing,nobody,cannot,can't,won't,don't,doesn't,didn't,isn't,aren't,wasn't,weren't,wouldn't,couldn't,shouldn't,hasn't,haven't,without,unlikely,hardly,barely,unable,refus*,reject*,rules out,ruled out,rule out,fail to,fails to,failed to,failing to,no longer`,
		spanish:   `no,nunca,jamás,ni,sin,ningún,ninguna,ninguno,nada,nadie,improbable,tampoco,apenas,rechaz*,descarta*`,
		german:    `nicht,nie,niemals,kein*,ohne,weder,kaum,nichts,niemand*,unwahrscheinlich,ablehn*,lehnt,weigert`,
		french:    `ne,n,pas,jamais,sans,aucun*,ni,rien,personne,improbable,peu probable,refuse*,rejette*,guère`,
		ukrainian: `не,ні,немає,ніколи,без,навряд,малоймовірно,нічого,ніхто,жодн*,неможлив*,відмовля*,відкида*`,
		russian:   `не,ни,нет,никогда,без,вряд,маловероятно,ничего,никто,нельзя,невозможн*,отказ*,отверга*`,
	})
	// denies are further words of the article's that a negation may stand for.
	denies = regexp.MustCompile(`\b(far from|lack\w*|halt\w*|absence|rather than|instead|denied|deny\w*|oppos\w*|elusive|unprovoked|less|mistrust|unlike)\b`)
	// merely matches negations that deny no more than that something is all.
	merely = regexp.MustCompile(`\b(?:not|isn't|aren't|wasn't|nicht|no|не|pas)\s+(?:only|merely|just|simply|solely|nur|bloß|lediglich|solo|sólo|solamente|seulement|simplement|только|просто|лише|тільки)\b|n'est pas (?:seulement|simplement)|не\s+(?:только|просто|лише|тільки)`)
	// hedges are words that keep a statement from being told as fact.
	hedges = newCues([tongues]string{
		english:   `may,might,could,would,should,likely,unlikely,possible,possibly,possibility,perhaps,potential,potentially,probably,expect*,aim*,seek*,sought,hope*,hoping,want*,intend*,intent,plan*,appear*,seem*,suggest*,believ*,perceiv*,view*,see,sees,seen,saw,regard*,consider*,think*,thought,if,whether,attempt*,try,tries,trying,goal*,objective*,desire*,ambition*,opportunity,opportunities,chance*,risk*,danger*,prospect*,eager,strategy,looking to,according to,argu*,claim*,can,advocat*,wish*,demand*,push for,pushes for,pushing for,agenda,priority,purpose,opportunity,let,allow*,need*,depend*,hinge*,uncertain*,question*,portray*,frame*,narrative,present*,perspective,unpredictable`,
		spanish:   `puede*,podría*,poder,quizá*,tal vez,posible*,posiblemente,posibilidad*,probable*,probablemente,improbable,sería*,haría*,tendría*,habría*,busca*,quier*,espera*,pretend*,aspira*,intenta*,considera*,ve,ven,cree*,según,potencial*,si,riesgo*,oportunidad*,objetivo*,meta*,desea*,parece*,prevé*,previst*,trata*,deseo*,permitiría*,llevaría*,reforzaría*,aumentaría*,debilitaría*,supondría*,ayudaría*,daría*,depende*,percib*,*ría,*rían`,
		german:    `kann,können,könnte*,konnte*,mag,mögen,möchte*,dürfte*,würde*,wäre*,hätte*,sollte*,soll,sollen,will,wollen,wolle*,möglich*,möglicherweise,womöglich,vielleicht,wahrscheinlich*,unwahrscheinlich*,vermutlich,hofft,hoffen,erhofft,strebt,streben,versuch*,ziel*,erwart*,sieht,sehen,glaubt,glauben,potenziell*,eventuell,chance*,risik*,gefahr*,wenn,falls,ob,laut,sicht,betracht*,anstreb*,gelegenheit*,wunsch*,wünscht,scheint,gilt,hält,hinauslauf*,beabsichtig*,plant,planen,halte,bemüht,hoffnung*`,
		french:    `peut,peuvent,pourrait*,pourraient,peut-être,possible*,possibilité*,probable*,probablement,serait,seraient,aurait,auraient,permettrait,cherche*,veut,veulent,voudrait,espère*,espérer,souhait*,vis*,estime*,voit,voient,croit,croire,selon,potentiel*,si,s'il,risque*,occasion*,opportunité*,objectif*,but,susceptible*,considère*,perçoi*,semble*,tent*,devrait,dépend*,prévoi*,compte,envisag*,désir*,*rait,*raient`,
		ukrainian: `може,можуть,могла,могло,могли,міг,можливо,ймовірн*,імовірн*,малоймовірн*,би,б,якщо,чи,хоче,хочуть,прагне,прагнути*,сподіва*,намір*,намага*,вважа*,бачить,розглядає,потенційн*,ризик*,шанс*,мета,мети,метою,ціл*,очіку*,можлив*,нагод*,планує,здається,бажан*,навряд,спроб*`,
		russian:   `может,могут,могла,могло,могли,мог,возможно,вероятн*,маловероятн*,бы,б,если,ли,хочет,хотят,стремит*,стремится,надеется,намерен*,пытается,счита*,видит,рассматрива*,потенциальн*,риск*,шанс*,цел*,ожида*,возможн*,планирует,кажется,желан*,вряд,попыт*,полага*,мнени*`,
	})
	// hardens are words that say that something is always, wholly or surely so.
	hardens = newCues([tongues]string{
		english:   `all,every,everyone,everybody,everything,always,only,entire,entirely,completely,fully,totally,guaranteed,certainly,definitely,undoubtedly,inevitabl*,surely,most,largest,biggest,greatest,strongest,worst,best,sole,solely,proven,proves,confirmed,confirms,forever,permanently,immediately,exactly,must`,
		spanish:   `todos,todas,siempre,completamente,totalmente,garantiza*,seguramente,definitivamente,inevitable*,sin duda,exactamente,inmediatamente`,
		german:    `alle,jeder,jede,jedes,immer,vollständig,garantiert,sicherlich,definitiv,zweifellos,unvermeidlich*,genau,sofort`,
		french:    `tous,toutes,toujours,complètement,totalement,garanti,garantit,certainement,définitivement,inévitable*,exactement,immédiatement`,
		ukrainian: `усі,всі,завжди,повністю,гарантован*,гарантує,безумовно,неминуч*,точно,негайно`,
		russian:   `все,всегда,полностью,гарантирован*,гарантирует,безусловно,неизбежн*,точно,немедленно`,
	})
)

// common are the function words by which a language is told.
var common = [tongues]map[string]bool{
	english:   wordSet(`the of and to in is a that for with on as by it his he an be are at from this would could may why what when where who how was does did`),
	spanish:   wordSet(`el la los las de que y en un una del por con para su se es al lo como más sus qué quién cuándo dónde cómo cuál`),
	german:    wordSet(`der die das und ist ein eine den dem des zu mit für auf im von sich er es als auch einen einer seine seinen warum was wer wann wo wie wurde welche`),
	french:    wordSet(`le la les de des et un une du que en pour dans sur au est il avec par se sa son ses ce l d qu pourquoi quand où qui quoi quel quelle comment`),
	ukrainian: wordSet(`і та що на у в з до за його це як від для є чому чи хто де коли про саме після який яка які`),
	russian:   wordSet(`и что на в с к по его это как от для из о почему ли кто где когда после какой какая какие`),
}

// tongueOf tells the language of a text by its letters and its function words.
func tongueOf(text string) tongue {
	text = strings.ToLower(text)
	cyrillic, latin := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	if cyrillic > latin {
		switch {
		case strings.ContainsAny(text, "іїєґ"):
			return ukrainian
		case strings.ContainsAny(text, "ыэъё"):
			return russian
		}
	}
	best, most, candidates := english, 0, []tongue{english, spanish, german, french}
	if cyrillic > latin {
		best, candidates = russian, []tongue{russian, ukrainian}
	}
	for _, t := range candidates {
		if n := commonWords(text, t); n > most {
			best, most = t, n
		}
	}
	return best
}

// commonWords is how many function words of a language a text has.
func commonWords(text string, t tongue) (n int) {
	for w := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if common[t][w] {
			n++
		}
	}
	return n
}
