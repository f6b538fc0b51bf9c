package wording

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every language has every text, with the same verbs in the same order.
func TestWordings(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	english := reflect.ValueOf(*For("en"))
	for _, language := range Languages {
		w := reflect.ValueOf(*For(language))
		for i := range w.NumField() {
			name, text := w.Type().Field(i).Name, w.Field(i).String()
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", language, name)
			}
			if want := verbs.FindAllString(english.Field(i).String(), -1); !slices.Equal(verbs.FindAllString(text, -1), want) {
				t.Errorf("%s: %s has not the verbs %v: %q", language, name, want, text)
			}
			for _, never := range []string{"@everyone", "@here", "<@", "http"} {
				if strings.Contains(text, never) {
					t.Errorf("%s: %s says %q", language, name, never)
				}
			}
		}
	}
	for locale, language := range map[string]string{"de": "de", "es-419": "es", "es-ES": "es", "ja": "en", "": "en", "en-GB": "en", "uk": "uk"} {
		if got := For(locale).Language; got != language {
			t.Errorf("for %q it speaks %s", locale, got)
		}
	}
}

func TestWordsFor(t *testing.T) {
	for question, language := range map[string]string{
		"why was Alaska chosen?": "en", "Alaska": "en", "": "en", "🍕": "en",
		"Warum wurde Alaska gewählt?": "de", "¿Por qué eligieron Alaska?": "es", "¿Qué quiere Putin de la OTAN?": "es",
		"Pourquoi l’Alaska a-t-il été choisi ?": "fr", "Чому обрали саме Аляску?": "uk", "Коли зустріч?": "uk",
		"Почему выбрали Аляску?": "ru", "Когда встреча?": "ru", "What does Putin want from NATO?": "en",
	} {
		if got := ForText(question).Language; got != language {
			t.Errorf("%q is answered in %s, not %s", question, got, language)
		}
	}
}
