package testserver

import (
	"regexp"
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	md := newMarkdown()
	known := names(func(kind byte, id string) string {
		return map[string]string{"@1": "@ana", "#2": "#general"}[string(kind)+id]
	})
	for _, c := range []struct{ source, html string }{
		{"plain", "<p>plain</p>"},
		{"a\nb", "<p>a<br>\nb</p>"},
		{"**b** *i* _i_ __u__ ~~s~~ ||x||", `<p><strong>b</strong> <em>i</em> <em>i</em> <u>u</u> <s>s</s> <span class="spoiler">x</span></p>`},
		{"***both***", "<p><em><strong>both</strong></em></p>"},
		{"snake_case_name", "<p>snake_case_name</p>"},
		{"# One\n## Two\n### Three\n#### four", "<h1>One</h1>\n<h2>Two</h2>\n<h3>Three</h3>\n<p>#### four</p>"},
		{"#hash", "<p>#hash</p>"},
		{"-# small **b**\nnext", `<p class="subtext"><small>small <strong>b</strong></small></p>` + "\n<p>next</p>"},
		{"- a\n- b\nc", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>c</p>"},
		{"- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>"},
		{"1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"},
		{"> q\nr", "<blockquote>\n<p>q</p>\n</blockquote>\n<p>r</p>"},
		{">>> q\nr", "<blockquote>\n<p>q<br>\nr</p>\n</blockquote>"},
		{">no", "<p>&gt;no</p>"},
		{"`a*b*`", "<p><code>a*b*</code></p>"},
		{"```go\na < b\n```", "<pre><code>a &lt; b\n</code></pre>"},
		{"<@1> <@!1> <#2> <@9>", `<p><span class="mention">@ana</span> <span class="mention">@ana</span> <span class="mention">#general</span> <span class="mention">@unknown-user</span></p>`},
		{"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
		{"<https://a.example/x?a=1&b=2>", `<p><a href="https://a.example/x?a=1&amp;b=2" target="_blank" rel="noopener noreferrer nofollow">https://a.example/x?a=1&amp;b=2</a></p>`},
		{"see https://a.example/x.", `<p>see <a href="https://a.example/x" target="_blank" rel="noopener noreferrer nofollow">https://a.example/x</a>.</p>`},
		{"[t](https://a.example)", `<p><a href="https://a.example" target="_blank" rel="noopener noreferrer nofollow">t</a></p>`},
		{"[t](javascript:alert)", "<p>t</p>"},
		{"<t:0:D>", `<p><time class="timestamp" datetime="1970-01-01T00:00:00Z" data-style="D">1 January 1970</time></p>`},
		{"<:party:123>", `<p><span class="emoji">:party:</span></p>`},
		{"a\n---\nb", "<p>a<br>\n---<br>\nb</p>"},
		{`\*no\*`, "<p>*no*</p>"},
		{"&amp; &", "<p>&amp;amp; &amp;</p>"},
	} {
		if got := md.render(c.source, known); got != c.html {
			t.Errorf("%q\n got %s\nwant %s", c.source, got, c.html)
		}
	}
}

// safeHTML is every tag that may come out of the renderer.
var safeHTML = regexp.MustCompile(`^(?:[^<]|</?(?:p|strong|em|u|s|code|pre|blockquote|ul|li|ol|h1|h2|h3|small)>|<br>|</(?:span|a|time)>|<p class="subtext">|<ol start="\d+">|<span class="(?:mention|spoiler|emoji)">|<a href="(?i:https?)://[^"<>]*" target="_blank" rel="noopener noreferrer nofollow">|<time class="timestamp" datetime="[^"<>]*" data-style="[tTdDfFsSR]?">)*$`)

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{
		"**a** <b>x</b>", "[a](javascript:x) ![b](data:x)", "```\n<script>", "> a\n>>> b\n- c\n-# d", "<https://x\"onmouseover=1>",
		"||a||b|| __u__ <@1> <t:99999999999:R>", "[x]: http://y\n[x]", "- \n  - ```", "<a@b.c> www.a.b", "\x00\xff&#60;",
	} {
		f.Add(seed)
	}
	md := newMarkdown()
	f.Fuzz(func(t *testing.T, source string) {
		out := md.render(source, names(func(byte, string) string { return "<&\"" }))
		if !safeHTML.MatchString(out) {
			t.Errorf("%q gave %s", source, out)
		}
		if strings.Count(out, "<a ") != strings.Count(out, "</a>") {
			t.Errorf("%q gave unbalanced links: %s", source, out)
		}
	})
}
