package doctor

import (
	"strings"
	"testing"
	"time"

	"summitbot/bot/discord/inspect"
)

func TestDoctorJudgesStandings(t *testing.T) {
	t.Parallel()
	good := []inspect.Place{{Name: "general", Answers: true}}
	for name, c := range map[string]struct {
		of   inspect.Standing
		as   Status // empty: nothing is said
		says string
	}{
		"well":              {inspect.Standing{Places: good}, "", ""},
		"timed out":         {inspect.Standing{Places: good, Silenced: time.Now().Add(time.Hour)}, Fault, "Remove Timeout"},
		"was timed out":     {inspect.Standing{Places: good, Silenced: time.Now().Add(-time.Hour)}, "", ""},
		"roles without":     {inspect.Standing{Places: good, Lacks: []string{"Read Message History"}}, Warning, "roles lack Read Message History"},
		"an administrator":  {inspect.Standing{Places: good, Administrator: true}, Warning, "switch off Administrator"},
		"channels it reads": {inspect.Standing{Places: append([]inspect.Place{{Name: "rules", Lacks: []string{"Send Messages"}}}, good...)}, Warning, "#rules (Send Messages)"},
		"no channel":        {inspect.Standing{}, Fault, "allow View Channel"},
	} {
		var got Finding
		if found := new(doctor).lacking("House", c.of, Fault); len(found) > 0 {
			got = found[0]
		}
		if got.Status != c.as || !strings.Contains(got.Found+got.Mend, c.says) || c.as != "" && !strings.HasPrefix(got.Found, "House: ") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
