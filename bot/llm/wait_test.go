package llm

import (
	"net/http"
	"testing"
	"time"
)

// How long to wait is read wherever a server says it: the headers first.
func TestWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header map[string]string
		body   string
		want   time.Duration
	}{
		"seconds":          {map[string]string{"Retry-After": "7"}, `{"error":"try again in 3s"}`, 7 * time.Second},
		"parts of one":     {map[string]string{"Retry-After": "0.5"}, ``, 500 * time.Millisecond},
		"milliseconds":     {map[string]string{"Retry-After-Ms": "1200", "Retry-After": "9"}, ``, 1200 * time.Millisecond},
		"weeks":            {map[string]string{"Retry-After": "6000000"}, ``, 24 * time.Hour},
		"nonsense":         {map[string]string{"Retry-After": "NaN"}, ``, 0},
		"below nothing":    {map[string]string{"Retry-After": "-3"}, ``, 0},
		"long ago":         {map[string]string{"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, ``, 0},
		"a date":           {map[string]string{"Date": "Fri, 31 Dec 1999 23:59:59 GMT", "Retry-After": "Sat, 01 Jan 2000 00:00:06 GMT"}, ``, 7 * time.Second},
		"Gemini":           {nil, `[{"error":{"code":429,"details":[{"retryDelay":"36s"}]}}]`, 36 * time.Second},
		"words":            {nil, `{"error":{"message":"Please try again in 1.43s. Need more?"}}`, 1430 * time.Millisecond},
		"minutes in words": {nil, `{"error":{"message":"Please try again in 7m12.5s."}}`, 432500 * time.Millisecond},
		"milliseconds, in words": {nil, `{"error":{"message":"Please try again in 250ms."}}`,
			250 * time.Millisecond},
		"nothing": {nil, `{"error":"slow down"}`, 0},
	} {
		h := http.Header{}
		for k, v := range c.header {
			h.Set(k, v)
		}
		if got := readRefusal(429, h, []byte(c.body)).wait; got != c.want {
			t.Errorf("%s: it waits %v, not %v", name, got, c.want)
		}
	}
}
